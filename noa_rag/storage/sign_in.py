"""Sessions and failed attempts to sign in, kept where every worker sees them."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.sign_in import FORGOTTEN_HOURS, Delay, remaining
from noa_rag.storage.audit import take_turn
from noa_rag.storage.database import Database
from noa_rag.storage.people import person_of_row
from noa_rag.storage.tables import failed_sign_ins, in_utc, known_sign_ins, people, sessions, waiting_sign_ins


@dataclass(frozen=True, slots=True)
class Session:
    """A session, with its person's account as it stands now."""

    person: Person
    started_at: datetime
    seen_at: datetime
    is_strong: bool
    id_token: str | None = None


class SessionStore:
    """Sessions, and sign-ins that wait for their code, by the hash of their token."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(
        self,
        token_hash: str,
        person_id: PersonId,
        *,
        at: datetime,
        started_before: datetime,
        is_strong: bool = False,
        id_token: str | None = None,
    ) -> None:
        """Keep a new session; those begun before `started_before` are thrown away."""
        moment = at.astimezone(UTC)
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.started_at < started_before.astimezone(UTC)))
            row = {"token_hash": token_hash, "person_id": person_id, "is_strong": is_strong, "id_token": id_token}
            connection.execute(insert(sessions).values(**row, started_at=moment, seen_at=moment))

    def find(self, token_hash: str) -> Session | None:
        session = (sessions.c.started_at, sessions.c.seen_at, sessions.c.is_strong, sessions.c.id_token)
        query = select(*session, people)
        query = query.join(people, people.c.id == sessions.c.person_id).where(sessions.c.token_hash == token_hash)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            moments = in_utc(row.started_at), in_utc(row.seen_at)
            return Session(person_of_row(row), *moments, row.is_strong, row.id_token)

    def seen(self, token_hash: str, *, at: datetime) -> None:
        with self._database.writing() as connection:
            connection.execute(
                update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=at.astimezone(UTC))
            )

    def strengthen(self, token_hash: str) -> None:
        """Keep that a second factor was given in this session."""
        with self._database.writing() as connection:
            connection.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(is_strong=True))

    def end(self, token_hash: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    def wait(
        self, token_hash: str, person_id: PersonId, *, at: datetime, since: datetime, id_token: str | None = None
    ) -> None:
        """Keep a sign-in that waits for its code; those that have waited since before `since` are thrown away."""
        with self._database.writing() as connection:
            connection.execute(delete(waiting_sign_ins).where(waiting_sign_ins.c.at < since.astimezone(UTC)))
            row = {"token_hash": token_hash, "person_id": person_id, "at": at.astimezone(UTC), "id_token": id_token}
            connection.execute(insert(waiting_sign_ins).values(**row))

    def waiting(self, token_hash: str, *, since: datetime) -> tuple[PersonId, str | None] | None:
        """Return whose sign-in waits under this token, and has not since before `since`, with its ID token."""
        query = select(waiting_sign_ins.c.person_id, waiting_sign_ins.c.id_token).where(
            waiting_sign_ins.c.token_hash == token_hash, waiting_sign_ins.c.at >= since.astimezone(UTC)
        )
        with self._database.reading() as connection:
            found = connection.execute(query).first()
            return (PersonId(found.person_id), found.id_token) if found else None

    def wait_no_more(self, token_hash: str) -> bool:
        """Forget a sign-in that waited; return whether it was there."""
        with self._database.writing() as connection:
            there = delete(waiting_sign_ins).where(waiting_sign_ins.c.token_hash == token_hash)
            return connection.execute(there).rowcount == 1


class SignInAttempts:
    """Failed attempts counted by key, and the keys of known browsers and networks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, delays: Mapping[str, Delay], *, at: datetime) -> int:
        """Count an attempt under every key as failed, before anybody knows how it ends, and return 0.

        Where one of the delays is not over, nothing is counted: the seconds until all of them are is returned.
        """
        with self._counting() as connection:
            connection.execute(
                delete(failed_sign_ins).where(failed_sign_ins.c.at < (at - timedelta(hours=FORGOTTEN_HOURS)))
            )
            counts = _counts(connection, delays, at)
            waits = [
                delay.seconds_after(failures) - int(seconds)
                for key, delay in delays.items()
                for failures, seconds in [counts.get(key, (0.0, 0.0))]
            ]
            if (wait := max(waits, default=0)) > 0:
                return wait
            for key, delay in delays.items():
                failures = min(counts.get(key, (0.0, 0.0))[0] + 1, delay.most)
                _write(connection, key, failures, at=at, is_new=key not in counts)
            return 0

    def take_back(self, keys: Collection[str], *, at: datetime, cleared: str) -> None:
        """Take back one attempt under each key, and all that was counted under the one that is cleared."""
        with self._counting() as connection:
            connection.execute(delete(failed_sign_ins).where(failed_sign_ins.c.key == cleared))
            counts = _counts(connection, keys, at)
            for key, (failures, _) in counts.items():
                _write(connection, key, max(failures - 1, 0.0), at=at, is_new=False)

    def known(self, person_id: PersonId, keys: Collection[str], *, since: datetime) -> set[str]:
        """Return those of the keys under which this person has signed in since then."""
        query = select(known_sign_ins.c.key).where(
            known_sign_ins.c.key.in_(keys),
            known_sign_ins.c.person_id == person_id,
            known_sign_ins.c.seen_at >= since.astimezone(UTC),
        )
        with self._database.reading() as connection:
            return set(connection.execute(query).scalars())

    def know(self, person_id: PersonId, keys: Collection[str], *, at: datetime, since: datetime) -> None:
        """Keep that this person has signed in under these keys; what was last seen before `since` is thrown away."""
        theirs = known_sign_ins.c.person_id == person_id
        with self._database.writing() as connection:
            connection.execute(delete(known_sign_ins).where(known_sign_ins.c.seen_at < since.astimezone(UTC)))
            connection.execute(delete(known_sign_ins).where(theirs & known_sign_ins.c.key.in_(keys)))
            rows = [{"key": key, "person_id": person_id, "seen_at": at.astimezone(UTC)} for key in keys]
            connection.execute(insert(known_sign_ins), rows)

    @contextmanager
    def _counting(self) -> Iterator[Connection]:
        """Yield a transaction in which nobody else counts: two attempts at once must not both be the third."""
        with self._database.writing() as connection:
            take_turn(connection)
            yield connection


def _counts(connection: Connection, keys: Collection[str], at: datetime) -> dict[str, tuple[float, float]]:
    """Return what is left of each key's failures, and the seconds since the last one."""
    rows = connection.execute(select(failed_sign_ins).where(failed_sign_ins.c.key.in_(list(keys)))).all()
    ages = {row.key: max(0.0, (at - in_utc(row.at)).total_seconds()) for row in rows}
    return {row.key: (remaining(row.failures, ages[row.key]), ages[row.key]) for row in rows}


def _write(connection: Connection, key: str, failures: float, *, at: datetime, is_new: bool) -> None:
    values = {"failures": failures, "at": at.astimezone(UTC)}
    if is_new:
        connection.execute(insert(failed_sign_ins).values(key=key, **values))
    else:
        connection.execute(update(failed_sign_ins).where(failed_sign_ins.c.key == key).values(**values))
