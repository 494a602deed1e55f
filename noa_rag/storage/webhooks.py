"""How far the webhook is: events are read from the audit, in which every publication and withdrawal stands in order."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from noa_rag.domain.entry import EntryId, EntryStatus
from noa_rag.domain.integrations import EntryEvent, EventType
from noa_rag.storage.audit import audit_entry
from noa_rag.storage.database import Database
from noa_rag.storage.stored_text import VERSION_ADDED
from noa_rag.storage.tables import audit, in_utc, webhook

_ROW = 1
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WebhookTurn:
    """What there is to do: an event to tell, or none; `failure_count` counts the attempts that failed before."""

    event: EntryEvent | None
    failure_count: int = 0
    is_waiting: bool = False
    """Whether an event waits for its next attempt, or for another process that tells it now."""


class WebhookStore:
    """Keeps the last event told, for all processes together; nothing is told twice at once, and nothing is left out."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looked_to = 0

    def begin(self) -> None:
        """Follow what happens from now on, unless it is followed already: earlier publications are not told."""
        with self._database.writing() as connection:
            if _state(connection) is None:
                newest = connection.execute(select(func.coalesce(func.max(audit.c.number), 0))).scalar_one()
                connection.execute(
                    insert(webhook).values(id=_ROW, told_to=newest, failure_count=0, not_before=_LONG_AGO)
                )

    def take_turn(self, now: datetime, *, hold_seconds: float) -> WebhookTurn:
        """Return the oldest event that was not told, which nobody else is given for so many seconds."""
        if not self._has_news():
            return WebhookTurn(None)
        with self._database.writing() as connection:
            state = _state(connection)
            event = _next(connection, state.told_to) if state is not None else None
            if state is None or event is None:
                return WebhookTurn(None)
            if in_utc(state.not_before) > now:
                return WebhookTurn(None, state.failure_count, is_waiting=True)
            _keep(connection, not_before=now + timedelta(seconds=hold_seconds))
            return WebhookTurn(event, state.failure_count)

    def told(self, event: EntryEvent) -> None:
        """Note that the receiver took an event."""
        with self._database.writing() as connection:
            _keep(connection, told_to=event.number, failure_count=0, not_before=_LONG_AGO)

    def failed(self, failure_count: int, *, not_before: datetime) -> None:
        """Note that an attempt failed, and when the next one may be made, by whatever process."""
        with self._database.writing() as connection:
            _keep(connection, failure_count=failure_count, not_before=not_before)

    def _has_news(self) -> bool:
        """Look without writing; what was looked at once is not looked at again."""
        with self._database.reading() as connection:
            state = _state(connection)
            start = max(state.told_to, self._looked_to) if state is not None else 0
            newest: int = connection.execute(select(func.coalesce(func.max(audit.c.number), 0))).scalar_one()
            if _next(connection, start) is not None:
                return True
            self._looked_to = newest
            return False


def _state(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(webhook).where(webhook.c.id == _ROW)).first()


def _keep(connection: Connection, **values: object) -> None:
    connection.execute(update(webhook).where(webhook.c.id == _ROW).values(**values))


def _next(connection: Connection, after: int) -> EntryEvent | None:
    query = select(audit).where(audit.c.number > after, audit.c.action == VERSION_ADDED)
    row = connection.execute(query.order_by(audit.c.number).limit(1)).first()
    if row is None:
        return None
    one = audit_entry(row)
    is_withdrawn = one.detail.get("status") == EntryStatus.WITHDRAWN
    return EntryEvent(
        number=one.number,
        hash=one.hash,
        type=EventType.WITHDRAWN if is_withdrawn else EventType.PUBLISHED,
        entry_id=EntryId(one.subject),
        version=int(one.detail["version"] or 0),
        at=one.at,
    )
