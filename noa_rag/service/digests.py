"""The weekly digest by e-mail: written from the records, sent once to each person, through the operator's server."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from jinja2 import Environment, PackageLoader
from structlog import get_logger

from noa_rag.domain.days import WeeklyMoment, paris_day
from noa_rag.domain.errors import InvalidSetting, MailFailed
from noa_rag.domain.people import Person, Recipient
from noa_rag.domain.timeline import recent_news
from noa_rag.review.digest import Digest, Week, digest_for, gets_digest, waiting_lines
from noa_rag.service.records import Records
from noa_rag.settings import MailServer, Settings

SENT_AT = WeeklyMoment(weekday=0, at=time(8))
LOOK_SECONDS = 60.0  # between two looks whether it is time: one short reading of the database
DEADLINE_SECONDS = 20.0  # for the whole of one message: greeting, TLS, name and password, text
HOLD_SECONDS = 3 * DEADLINE_SECONDS  # after which another process may take over from one that died
RETRY_SECONDS = (60.0, 900.0)  # doubled each time: a server that is back is used within a quarter of an hour
GIVEN_UP = timedelta(days=2)  # after the moment it was due: next week's comes soon enough
SHOWN = 10  # of each list; the workspace has the rest
ADVICE = "The mail server at NOA_SMTP_URL does not take the weekly digest; it is tried again. The log says why."
Now = Callable[[], datetime]
_log = get_logger()
_templates = Environment(
    loader=PackageLoader("noa_rag.service", "digest_templates"),
    autoescape=lambda name: bool(name and name.endswith(".html")),
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class DigestState:
    """The progress of this week's digest: how many people get it, how many messages fail, and which were refused."""

    recipient_count: int
    failing_count: int
    refused: tuple[str, ...]
    """The accounts whose addresses the mail server refused."""


class Digests:
    """Sends each person's digest; every process of a base may run one, and each message is sent by only one of them."""

    def __init__(
        self, settings: Settings, records: Records, *, now: Now = lambda: datetime.now(UTC), stopping: threading.Event
    ) -> None:
        self._settings = settings
        self._records = records
        self._store = records.notices
        self._now = now
        self._stopping = stopping
        server = settings.mail_server
        self._sender = server.sender if server else "noa@localhost"  # printed only, where no server is set

    def send_due(self) -> int:
        """Send the messages that are due and return how many; two days after its moment a digest is no longer due.

        Raises MailFailed when one could not be sent.
        """
        now = self._now()
        return self.send() if now - SENT_AT.last_before(now) <= GIVEN_UP else 0

    def send(self, account: str | None = None) -> int:
        """Send this week's unsent digests, at any hour, and return how many; with `account`, only that person's.

        Raises MailFailed, and InvalidSetting where no mail server is set.
        """
        server = self._settings.mail_server
        if server is None:
            raise InvalidSetting("NOA_SMTP_URL is empty: nothing is sent by e-mail. `noa digest --dry-run` prints it.")
        week = SENT_AT.last_before(self._now()).date()
        open_ones = [
            recipient
            for recipient in self._recipients()
            if not recipient.is_settled and account in (None, recipient.person.id)
        ]
        if not open_ones:
            return 0
        this_week, count = self._week(), 0
        problem: MailFailed | None = None
        for recipient in open_ones:
            if self._stopping.is_set():
                break
            if not self._store.claim(recipient.person.id, week, hold_seconds=HOLD_SECONDS):
                if recipient.failure_count:
                    problem = problem or MailFailed("An earlier attempt failed, and the next one is not due yet.")
                continue
            try:
                count += self._send(recipient, digest_for(recipient.person, this_week), server)
            except MailFailed as error:
                problem = error
                wait = min(RETRY_SECONDS[1], RETRY_SECONDS[0] * 2.0 ** min(recipient.failure_count, 30))
                self._store.failed(recipient.person.id, recipient.failure_count + 1, wait_seconds=wait)
        if problem is not None:
            raise problem
        return count

    def state(self) -> DigestState:
        """Return the progress of this week's digest."""
        recipients = self._recipients()
        return DigestState(
            recipient_count=len(recipients),
            failing_count=sum(bool(recipient.failure_count) and not recipient.is_settled for recipient in recipients),
            refused=tuple(recipient.person.id for recipient in recipients if recipient.is_refused),
        )

    def messages(self) -> Iterator[tuple[Recipient, EmailMessage | None]]:
        """Yield this week's message to each person, None where there is nothing to tell; nothing is sent or noted."""
        week = self._week()
        for recipient in self._recipients():
            digest = digest_for(recipient.person, week)
            yield recipient, None if digest.is_empty else self.message(recipient, digest)

    def _recipients(self) -> list[Recipient]:
        week = SENT_AT.last_before(self._now()).date()
        return [recipient for recipient in self._store.recipients(week) if gets_digest(recipient.person)]

    def _send(self, to: Recipient, found: Digest, server: MailServer) -> bool:
        """Send one message, unless there is nothing to tell, and note the outcome; return whether it was sent."""
        if found.is_empty:
            self._store.settle(to.person.id)
            return False
        try:
            send_mail(self.message(to, found), server)
        except MailFailed as error:
            if not error.is_refused:
                raise
            _log.warning("digest_refused", person=to.person.id, error=str(error))
            self._store.settle(to.person.id, is_refused=True)
            return False
        self._store.settle(to.person.id, is_sent=True)
        _log.info("digest_sent", person=to.person.id)
        return True

    def message(self, to: Recipient, found: Digest) -> EmailMessage:
        """Return the message: the same text for people and as HTML, in French."""
        base = f"{self._settings.base_url.rstrip('/')}"
        account = f"{base}/revue/compte"
        count = len(found.assigned) + len(found.waiting)
        message = EmailMessage(policy=SMTP)
        message["Subject"] = f"Noa : {_counted(count, 'question à traiter', 'questions à traiter')}"
        message["From"] = Address("Noa", addr_spec=self._sender)
        message["To"] = Address(to.person.name, addr_spec=to.email)
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = self._message_id(to.person)
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<{account}>"
        shown = {
            "digest": found,
            "agencies": {agency.id: agency.short_name or agency.name for agency in self._records.agencies().values()},
            "base": base,
            "account": account,
            "limit": SHOWN,
            "counted": _counted,
            "day": lambda moment: f"{paris_day(moment):%d/%m/%Y}",
        }
        message.set_content(_templates.get_template("digest.txt").render(shown))
        message.add_alternative(_templates.get_template("digest.html").render(shown), subtype="html")
        message["Content-Language"] = "fr"
        return message

    def _message_id(self, person: Person) -> str:
        """Return the same id for every attempt at one digest, so that a mail server can recognise a duplicate."""
        week = SENT_AT.last_before(self._now()).date()
        digits = sha256(f"{week}/{person.id}".encode()).hexdigest()[:32]
        return f"<{digits}@{self._sender.partition('@')[2]}>"

    def _week(self) -> Week:
        records, now = self._records, self._now()
        today = paris_day(now)
        review = records.review
        return Week(
            lines=waiting_lines(review.drafts(), review.groups(), records.queue.items(), now),
            news=recent_news(records.news, records.all_in_force(today), today),
            entries=list(records.changed_since(-1)[1]),
            now=now,
            facts=records.facts(),
        )


def send_mail(message: EmailMessage, server: MailServer) -> None:
    """Give a message to the operator's mail server, whose certificate is checked. Raises MailFailed."""
    import aiosmtplib

    async def send() -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.scheme == "smtps",
                start_tls=server.scheme == "smtp",
                tls_context=ssl.create_default_context(),
                timeout=DEADLINE_SECONDS,
            )

    try:
        asyncio.run(send())
    except aiosmtplib.SMTPRecipientsRefused as error:
        code = min((refusal.code for refusal in error.recipients), default=500)
        raise MailFailed(f"The mail server refused the address ({code}).", is_refused=code >= 500) from error
    except aiosmtplib.SMTPResponseException as error:  # its words may repeat a name
        raise MailFailed(f"The mail server answered {error.code} ({type(error).__name__}).") from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise MailFailed(
            "The mail server cannot be reached, refuses the connection, or did not answer in time "
            f"({type(error).__name__}: {error})."
        ) from error


def _counted(count: int, word: str, several: str) -> str:
    return f"{count} {word if count < 2 else several}" if count else f"aucune {word}"
