"""Sessions, kept where every worker sees them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select, update

from noa_rag.domain.people import Person, PersonId
from noa_rag.storage.database import Database
from noa_rag.storage.moments import in_utc
from noa_rag.storage.people import person_of_row
from noa_rag.storage.tables import people, sessions


@dataclass(frozen=True, slots=True)
class Session:
    """A session, with its person's account as it stands now."""

    person: Person
    started_at: datetime
    seen_at: datetime


class SessionStore:
    """Sessions by the hash of their token."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, token_hash: str, person_id: PersonId, *, at: datetime, started_before: datetime) -> None:
        """Keep a new session; those begun before `started_before` are thrown away."""
        moment = at.astimezone(UTC)
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.started_at < started_before.astimezone(UTC)))
            connection.execute(
                insert(sessions).values(token_hash=token_hash, person_id=person_id, started_at=moment, seen_at=moment)
            )

    def find(self, token_hash: str) -> Session | None:
        query = select(sessions.c.started_at, sessions.c.seen_at, people)
        query = query.join(people, people.c.id == sessions.c.person_id).where(sessions.c.token_hash == token_hash)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
            return Session(person_of_row(row), in_utc(row.started_at), in_utc(row.seen_at)) if row else None

    def seen(self, token_hash: str, *, at: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(
                update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=at.astimezone(UTC))
            )

    def end(self, token_hash: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    def end_all(self, person_id: PersonId) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.person_id == person_id))
