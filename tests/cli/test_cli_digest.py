"""`noa digest` and what `noa doctor` says of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from noa_rag.cli import doctor
from noa_rag.cli.doctor import PartExamined
from noa_rag.environment import read_settings
from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from tests.factories import a_draft, a_person, a_theme, an_agency
from tests.mail_server import Mailbox, mail_server

Command = Any


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def queue(settings: Settings, noa: Command, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `noa` over a base where a draft waits for Inès, beside a mail server."""
    records = open_records(settings)
    records.directory.save([an_agency()], [a_theme()])
    records.people.add(a_person("ines", "inpi"), "cheval-agrafe-batterie", actor="tests")
    records.identities.set_email(a_person("ines").id, "ines@exemple.fr", actor="tests", at=datetime.now(UTC))
    with records.review.changing() as change:
        change.add_draft(a_draft())
    records.close()
    monkeypatch.setenv("NOA_SMTP_URL", f"smtp+plain://127.0.0.1:{mailbox.port}?from=noa@exemple.fr")
    monkeypatch.setenv("NOA_BASE_URL", "https://noa.exemple.fr")
    return noa


def test_a_dry_run_prints_what_would_be_sent_and_sends_nothing(queue: Command, mailbox: Mailbox) -> None:
    for _ in range(2):
        shown = queue("digest", "--dry-run").out
        assert "To: Ines <ines@exemple.fr>\nSubject: Noa : 1 question à traiter\n" in shown
        assert "https://noa.exemple.fr/revue/brouillons/" in shown

    assert mailbox.came == []


def test_it_is_sent_at_once_and_only_once(queue: Command, mailbox: Mailbox) -> None:
    assert queue("digest").out == "1 sent.\n"
    assert queue("digest").out == "0 sent.\n"

    assert len(mailbox.came) == 1


def test_a_dry_run_needs_no_mail_server(queue: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOA_SMTP_URL")

    assert "1 question à traiter" in queue("digest", "--dry-run").out
    sending = queue("digest")
    assert (sending.status, "NOA_SMTP_URL is empty" in sending.err) == (1, True)


def test_an_account_that_gets_none_is_told(queue: Command) -> None:
    outcome = queue("digest", "--dry-run", "--person", "ugo")

    assert outcome.status == 1
    assert "noa users email ugo ADDRESS" in outcome.err


def test_the_doctor_says_whether_this_week_s_could_be_sent(queue: Command, mailbox: Mailbox) -> None:
    def finding() -> PartExamined:
        return doctor._looked_at("digest", lambda: doctor._digest(read_settings()))

    assert finding().words == "Mondays at 8:00 to 1 people through 127.0.0.1"
    mailbox.to_texts = ["451 try later"]
    assert queue("digest").status == 1

    examined = finding()
    assert examined.is_well is False
    assert "1 of 1 digests of this week could not be sent" in examined.words
