"""Who is told what: the weekly digest and feeds of people."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from noa_rag.domain.people import Notices, Person, PersonId, Recipient, Week
from noa_rag.storage.audit import Detail, write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.people import known_person, person_of_row
from noa_rag.storage.tables import identities, in_utc, notices, people

SECRET_BYTES = 32  # random, so that a plain hash of it is safe to keep, as for client keys
_NONE: dict[str, Any] = {"wants_digest": True, "is_settled": False, "is_refused": False, "failure_count": 0}


class NoticeStore:
    """Keeps a row for each person who chose something or was sent a digest; without a row: digest on, no feed."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def of(self, person_id: PersonId) -> Notices:
        with self._database.reading() as connection:
            row = _row(connection, person_id)
        if row is None:
            return Notices()
        return Notices(row.wants_digest, _moment(row.feed_made_at), _moment(row.digest_sent_at), row.is_refused)

    def set_digest(self, person_id: PersonId, wants: bool) -> None:
        """Switch somebody's digest on or off."""
        self._change(person_id, "digest_on" if wants else "digest_off", wants_digest=wants)

    def renew_feed(self, person_id: PersonId) -> str:
        """Give somebody's feed a new secret and return it, to be shown once; the earlier one stops working."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        self._change(person_id, "feed_renewed", feed_hash=_hash(secret), feed_made_at=self._now().astimezone(UTC))
        return secret

    def revoke_feed(self, person_id: PersonId) -> None:
        """Revoke the secret of somebody's feed."""
        self._change(person_id, "feed_revoked", feed_hash=None, feed_made_at=None)

    def reader_of(self, secret: str) -> Person | None:
        """Return the person whose feed a secret opens; None when the secret is unknown or her account is closed."""
        query = select(people).join(notices, notices.c.person_id == people.c.id)
        with self._database.reading() as connection:
            row = connection.execute(query.where(notices.c.feed_hash == _hash(secret), people.c.is_active)).first()
        return person_of_row(row) if row is not None else None

    def recipients(self, week: Week) -> list[Recipient]:
        """Return the people who want the digest and have an open account and an address, by account."""
        query = (
            select(people, identities.c.email, *(column.label(f"notice_{column.name}") for column in notices.c))
            .join(identities, identities.c.person_id == people.c.id)
            .outerjoin(notices, notices.c.person_id == people.c.id)
            .where(people.c.is_active)
            .order_by(people.c.id)
        )
        with self._database.reading() as connection:
            recipients = [
                _recipient(row, week) for row in connection.execute(query) if row.notice_wants_digest is not False
            ]
        return recipients

    def claim(self, person_id: PersonId, week: Week, *, hold_seconds: float) -> bool:
        """Claim somebody's digest of a week for `hold_seconds`; return False when it is done, claimed or not due."""
        now = self._now().astimezone(UTC)
        with self._database.writing() as connection:
            row = _row(connection, person_id)
            is_new = row is None or row.digest_week != week
            if row is not None and not is_new and (row.is_settled or (row.not_before and in_utc(row.not_before) > now)):
                return False
            state = {"is_settled": False, "is_refused": False, "failure_count": 0} if is_new else {}
            _write(connection, person_id, digest_week=week, not_before=now + timedelta(seconds=hold_seconds), **state)
            return True

    def settle(self, person_id: PersonId, *, is_sent: bool = False, is_refused: bool = False) -> None:
        """Mark somebody's digest of this week as done: it was sent, refused, or there was nothing to say."""
        sent = {"digest_sent_at": self._now().astimezone(UTC)} if is_sent else {}
        with self._database.writing() as connection:
            _write(connection, person_id, is_settled=True, is_refused=is_refused, failure_count=0, **sent)

    def failed(self, person_id: PersonId, failure_count: int, *, wait_seconds: float) -> None:
        """Note a failed attempt, and when any process may make the next one."""
        not_before = self._now().astimezone(UTC) + timedelta(seconds=wait_seconds)
        with self._database.writing() as connection:
            _write(connection, person_id, failure_count=failure_count, not_before=not_before)

    def _change(self, person_id: PersonId, action: str, **values: Any) -> None:
        detail: Detail = {}
        with self._database.writing() as connection:
            known_person(connection, person_id)
            _write(connection, person_id, **values)
            write_audit(connection, actor=person_id, action=action, subject=person_id, detail=detail, at=self._now())


def _row(connection: Connection, person_id: PersonId) -> Row[Any] | None:
    return connection.execute(select(notices).where(notices.c.person_id == person_id)).first()


def _write(connection: Connection, person_id: PersonId, **values: Any) -> None:
    if not connection.execute(update(notices).where(notices.c.person_id == person_id).values(**values)).rowcount:
        connection.execute(insert(notices).values(person_id=person_id, **(_NONE | values)))


def _recipient(row: Row[Any], week: Week) -> Recipient:
    if row.notice_digest_week != week:
        return Recipient(person_of_row(row), row.email)
    return Recipient(
        person_of_row(row),
        row.email,
        is_settled=row.notice_is_settled,
        is_refused=row.notice_is_refused,
        failure_count=row.notice_failure_count,
        not_before=_moment(row.notice_not_before),
    )


def _moment(found: datetime | None) -> datetime | None:
    return in_utc(found) if found is not None else None


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
