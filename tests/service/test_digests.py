"""The weekly digest, sent to a real mail server on loopback: to whom, once, with what, and when the server fails."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryId, ValidityWindow
from noa_rag.domain.errors import MailFailed
from noa_rag.domain.facts import DatedValue
from noa_rag.domain.people import PersonId, Role
from noa_rag.domain.queue import ItemId
from noa_rag.review.queue import QueueDesk
from noa_rag.service import digests
from noa_rag.service.digests import Digests
from noa_rag.service.records import Records
from noa_rag.settings import MailServer, Settings
from tests.factories import VAT_FACT, a_draft, a_new_version, a_person, a_theme, an_agency, an_entry_content
from tests.mail_server import PASSWORD, USER, Mailbox, certificate, mail_server

DUE = datetime(2026, 11, 30, 7, tzinfo=UTC)  # a Monday, 8:00 in Paris
LATER = DUE + timedelta(minutes=5)


@dataclass
class Clock:
    now: datetime = LATER

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(records: Records, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(records.notices, "_now", clock)
    return clock


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def base(records: Records) -> Records:
    """Two agencies, three people with addresses, and a draft that waits at the INPI."""
    records.directory.save([an_agency("inpi"), an_agency("urssaf")], [a_theme()])
    people = [
        a_person("ines", "inpi"),
        a_person("ugo", "urssaf"),
        a_person("carla", roles=[Role.COORDINATOR]),
        a_person("quentin", roles=[Role.QA]),
    ]
    records.people.add_all([(person, "cheval-agrafe-batterie") for person in people], actor="tests")
    for person in people:
        records.identities.set_email(person.id, f"{person.id}@exemple.fr", actor="tests", at=LATER)
    keep(records, a_draft(content=an_entry_content(question="Comment renouveler une marque ?")))
    return records


def keep(records: Records, draft: Draft) -> None:
    with records.review.changing() as change:
        change.add_draft(draft)


@pytest.fixture
def a_sender(settings: Settings, base: Records, mailbox: Mailbox, clock: Clock) -> Callable[..., Digests]:
    """Return what makes the sender of another process, or of this one after a restart."""

    def made(**changes: Any) -> Digests:
        chosen = replace(
            settings,
            **{
                "smtp_url": f"smtp+plain://127.0.0.1:{mailbox.port}?from=noa@exemple.fr",
                "base_url": "https://noa.exemple.fr/",
                **changes,
            },
        )
        return Digests(chosen, base, now=clock, stopping=threading.Event())

    return made


def addressed(mailbox: Mailbox) -> list[str]:
    return sorted(message["To"].addresses[0].addr_spec for message in mailbox.came)


def test_referents_and_coordinators_get_their_share_once_a_week(
    a_sender: Callable[..., Digests], mailbox: Mailbox, clock: Clock
) -> None:
    sender = a_sender()

    assert sender.send_due() == 2  # nothing waits for Ugo's agency, and QA decides nothing
    assert sender.send_due() == 0
    assert a_sender().send_due() == 0  # after a restart
    assert addressed(mailbox) == ["carla@exemple.fr", "ines@exemple.fr"]
    clock.now += timedelta(days=7)
    assert sender.send_due() == 2


@pytest.mark.parametrize(
    ("now", "is_due"),
    [
        (DUE - timedelta(seconds=1), False),  # last week's is given up
        (DUE, True),
        (datetime(2026, 7, 6, 5, 59, tzinfo=UTC), False),  # a Monday in summer time
        (datetime(2026, 7, 6, 6, tzinfo=UTC), True),
        (DUE + timedelta(days=2), True),
        (DUE + timedelta(days=2, seconds=1), False),
    ],
)
def test_it_is_sent_at_its_hour_or_up_to_two_days_late(
    a_sender: Callable[..., Digests], clock: Clock, now: datetime, is_due: bool
) -> None:
    clock.now = now

    assert bool(a_sender().send_due()) is is_due


def test_the_message_says_in_french_what_waits_was_published_and_ends(
    base: Records, a_sender: Callable[..., Digests], mailbox: Mailbox
) -> None:
    keep(base, a_draft("e" * 32, content=an_entry_content(question="Que coûte un <brevet> ?"), entry_id="brevet"))
    QueueDesk(base.queue, lambda: LATER).assign(PersonId("carla"), ItemId("e" * 32), PersonId("ines"))
    window = ValidityWindow(valid_until=date(2026, 12, 10))
    base.entries.add_versions(
        [
            a_new_version("aide", approved_at=LATER - timedelta(days=2), question="Quelle aide ?", window=window),
            a_new_version(
                "tva", answer="Elle est de 20 %.", approved_at=LATER - timedelta(days=9), question="La TVA ?"
            ),
            a_new_version("ailleurs", agency_id="urssaf", approved_at=LATER - timedelta(days=2)),
        ]
    )
    rate = DatedValue("20", VAT_FACT.newest.source, valid_until=date(2026, 12, 24))
    base.change_facts([replace(VAT_FACT, periods=(rate,), entries=(EntryId("tva"),))], actor="tests", at=LATER)

    a_sender().send_due()

    (message,) = [mail for mail in mailbox.came if "ines" in mail["To"]]
    text, page = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert page is not None
    assert message["Subject"] == "Noa : 2 questions à traiter"
    assert message["From"].addresses[0].addr_spec == "noa@exemple.fr"
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "fr")
    assert message["List-Unsubscribe"] == "<https://noa.exemple.fr/revue/compte>"
    said = text.get_content().replace("\r\n", "\n")
    assert re.findall(r"^[A-ZÀÉÔ ]{8,} \(\d\)$", said, re.MULTILINE) == [
        "ENTRE VOS MAINS (1)",
        "À TRAITER (1)",
        "PUBLIÉ DEPUIS SEPT JOURS (1)",
        "À RELIRE OU BIENTÔT PÉRIMÉ (2)",
    ]
    assert "- Que coûte un <brevet> ?\n  INPI\n  https://noa.exemple.fr/revue/brouillons/eeee" in said
    assert "- Quelle aide ?\n  Valable jusqu'au 10/12/2026\n  https://noa.exemple.fr/revue/fiches/aide" in said
    assert "- La TVA ?\n  Ne vaut que jusqu'au 24/12/2026 : Taux\n  https://noa.exemple.fr/revue/fiches/tva" in said
    assert "ailleurs" not in said
    shown = page.get_content()
    assert "Que coûte un &lt;brevet&gt; ?</a>" in shown
    assert "La TVA ?</a><br>Ne vaut que jusqu'au 24/12/2026 : Taux</li>" in shown
    assert '<html lang="fr">' in shown
    assert "http" not in re.sub(r'href="https://noa\.exemple\.fr/[^"]*"', "", shown)  # no picture, nothing to load


def test_whoever_wants_none_has_no_address_or_a_closed_account_gets_none(
    base: Records, a_sender: Callable[..., Digests], mailbox: Mailbox
) -> None:
    base.notices.set_digest(PersonId("ines"), False)
    base.people.add(a_person("luc", "inpi"), "cheval-agrafe-batterie", actor="tests")
    base.people.disable(PersonId("carla"), actor="tests")

    assert a_sender().send_due() == 0

    base.notices.set_digest(PersonId("ines"), True)
    assert a_sender().send_due() == 1
    assert addressed(mailbox) == ["ines@exemple.fr"]


def test_several_processes_send_each_message_once(a_sender: Callable[..., Digests], mailbox: Mailbox) -> None:
    start = threading.Barrier(4)

    def send(sender: Digests) -> None:
        start.wait()
        sender.send_due()

    threads = [threading.Thread(target=send, args=(a_sender(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert addressed(mailbox) == ["carla@exemple.fr", "ines@exemple.fr"]


def test_a_message_that_is_not_taken_is_sent_again_with_longer_waits_under_the_same_id(
    base: Records, a_sender: Callable[..., Digests], mailbox: Mailbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.notices.set_digest(PersonId("carla"), False)
    ids: list[str] = []
    really_send = digests.send_mail

    def send(message: EmailMessage, server: MailServer) -> None:
        ids.append(message["Message-ID"])
        really_send(message, server)

    monkeypatch.setattr(digests, "send_mail", send)
    mailbox.to_texts = ["451 try later", "451 try later"]
    sender = a_sender()

    for wait in (60, 120):
        with pytest.raises(MailFailed, match="answered 451"):
            sender.send_due()
        clock.now += timedelta(seconds=wait - 1)
        with pytest.raises(MailFailed, match="not due yet"):
            sender.send_due()
        clock.now += timedelta(seconds=1)

    assert sender.send_due() == 1
    assert len(ids) == 3
    assert len(set(ids)) == 1


def test_a_refused_address_holds_up_nobody_and_is_not_tried_again_this_week(
    base: Records, a_sender: Callable[..., Digests], mailbox: Mailbox
) -> None:
    mailbox.to_recipients = ["550 no such user"]  # Carla, who comes first
    sender = a_sender()

    assert sender.send_due() == 1
    assert sender.send_due() == 0
    assert addressed(mailbox) == ["ines@exemple.fr"]
    assert sender.state().refused == ("carla",)
    assert base.notices.of(PersonId("carla")).is_refused


def test_what_a_process_died_with_is_sent_by_another_later(
    base: Records, a_sender: Callable[..., Digests], mailbox: Mailbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.notices.set_digest(PersonId("carla"), False)
    with monkeypatch.context() as patch:
        patch.setattr(digests, "send_mail", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            a_sender().send_due()

    assert a_sender().send_due() == 0
    clock.now += timedelta(seconds=digests.HOLD_SECONDS)
    assert a_sender().send_due() == 1


def test_starttls_with_a_name_and_a_password_and_a_certificate_that_is_checked(
    a_sender: Callable[..., Digests], clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, context = certificate(tmp_path)
    with mail_server(tls=context, asks_name=True) as box:
        url = f"smtp://{USER}:{PASSWORD}@localhost:{box.port}?from=noa@exemple.fr"
        with pytest.raises(MailFailed, match="certificate verify failed"):
            a_sender(smtp_url=url).send("ines")
        assert box.came == []
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        clock.now += timedelta(minutes=1)
        with pytest.raises(MailFailed, match="answered 535") as wrong:
            a_sender(smtp_url=url.replace(PASSWORD, "faux")).send("ines")
        assert "faux" not in str(wrong.value)
        clock.now += timedelta(minutes=2)

        assert a_sender(smtp_url=url).send("ines") == 1
        assert box.was_encrypted == [True]


def test_a_server_without_encryption_is_told_nothing_where_encryption_is_asked_for(
    a_sender: Callable[..., Digests], mailbox: Mailbox
) -> None:
    with pytest.raises(MailFailed, match="STARTTLS"):
        a_sender(smtp_url=f"smtp://127.0.0.1:{mailbox.port}?from=noa@exemple.fr").send_due()

    assert mailbox.came == []


def test_a_server_that_drips_is_given_up_at_the_deadline(
    a_sender: Callable[..., Digests], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "DEADLINE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                for _ in range(100):
                    connection.sendall(b"2")
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(MailFailed, match="in time"):
            a_sender(smtp_url=f"smtp+plain://127.0.0.1:{server.getsockname()[1]}?from=noa@exemple.fr").send("ines")

    assert time.monotonic() - begun < 3
