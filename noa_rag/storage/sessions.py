"""Sessions and attempts to sign in, kept where every worker sees them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select, update

from noa_rag.domain.people import Person, PersonId
from noa_rag.storage.audit import take_turn
from noa_rag.storage.database import Database
from noa_rag.storage.moments import in_utc
from noa_rag.storage.people import person_of_row
from noa_rag.storage.tables import failed_sign_ins, people, sessions


@dataclass(frozen=True, slots=True)
class Session:
    """A session, with its person's account as it stands now."""

    person: Person
    started_at: datetime
    seen_at: datetime


class SessionStore:
    """Sessions by the hash of their token; failed sign-ins by whatever key they are counted under."""

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

    def count_attempt(self, limits: Mapping[str, int], *, at: datetime, since: datetime) -> datetime | None:
        """Count an attempt under every key, before anybody knows how it ends.

        When a key has as many since `since` as its limit, nothing is counted: the moment of the
        oldest that stands in the way is returned. Older ones are thrown away.
        """
        with self._counting() as connection:
            connection.execute(delete(failed_sign_ins).where(failed_sign_ins.c.at < since.astimezone(UTC)))
            in_the_way = [
                oldest for key, limit in limits.items() if (oldest := _nth_newest(connection, key, limit)) is not None
            ]
            if in_the_way:
                return max(in_the_way)
            rows = [{"key": key, "at": at.astimezone(UTC)} for key in limits]
            connection.execute(insert(failed_sign_ins), rows)
            return None

    def forget_attempts(self, key: str, *, at: datetime | None = None) -> None:
        """Take back what was counted under a key, all of it or what was counted at one moment."""
        these = failed_sign_ins.c.key == key
        if at is not None:
            these &= failed_sign_ins.c.at == at.astimezone(UTC)
        with self._database.writing() as connection:
            connection.execute(delete(failed_sign_ins).where(these))

    @contextmanager
    def _counting(self) -> Iterator[Connection]:
        """Yield a transaction in which nobody else counts: two attempts at once must not both be the fifth."""
        with self._database.writing() as connection:
            take_turn(connection)
            yield connection


def _nth_newest(connection: Connection, key: str, number: int) -> datetime | None:
    query = select(failed_sign_ins.c.at).where(failed_sign_ins.c.key == key)
    query = query.order_by(failed_sign_ins.c.at.desc()).offset(number - 1).limit(1)
    moment: datetime | None = connection.execute(query).scalar()
    return in_utc(moment) if moment else None
