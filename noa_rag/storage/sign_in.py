"""Sessions, failed attempts to sign in and security keys, kept where every worker sees them."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from noa_rag.domain.errors import NotAllowedNow, NotFound
from noa_rag.domain.people import PersonId
from noa_rag.domain.sign_in import FORGOTTEN_HOURS, Ceremony, Delay, SecurityKey, Session, remaining
from noa_rag.storage.audit import Deed, Detail, write_audit, write_audits
from noa_rag.storage.credentials import NOA, forget_challenges, keep_recovery, read_keys
from noa_rag.storage.database import Database
from noa_rag.storage.people import person_of_row
from noa_rag.storage.tables import (
    failed_sign_ins,
    in_utc,
    known_sign_ins,
    people,
    second_factors,
    security_keys,
    sessions,
    waiting_sign_ins,
)


class SessionStore:
    """Keeps sessions, and sign-ins that wait for their code, by the hash of their token."""

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
        """Keep a new session, and delete those begun before `started_before`."""
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
        """Keep a sign-in that waits for its code, and delete those waiting since before `since`."""
        with self._database.writing() as connection:
            connection.execute(delete(waiting_sign_ins).where(waiting_sign_ins.c.at < since.astimezone(UTC)))
            row = {"token_hash": token_hash, "person_id": person_id, "at": at.astimezone(UTC), "id_token": id_token}
            connection.execute(insert(waiting_sign_ins).values(**row))

    def waiting(self, token_hash: str, *, since: datetime) -> tuple[PersonId, str | None] | None:
        """Return whose sign-in waits under this token, with its ID token; None for one begun before `since`."""
        query = select(waiting_sign_ins.c.person_id, waiting_sign_ins.c.id_token).where(
            waiting_sign_ins.c.token_hash == token_hash, waiting_sign_ins.c.at >= since.astimezone(UTC)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
            return (PersonId(row.person_id), row.id_token) if row else None

    def wait_no_more(self, token_hash: str) -> bool:
        """Delete a waiting sign-in; return whether it was there."""
        with self._database.writing() as connection:
            there = delete(waiting_sign_ins).where(waiting_sign_ins.c.token_hash == token_hash)
            return connection.execute(there).rowcount == 1


class SignInAttempts:
    """Counts failed attempts by key, and keeps the keys of known browsers and networks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, delays: Mapping[str, Delay], *, at: datetime) -> int:
        """Count an attempt as failed under every key, before its outcome is known, and return 0.

        While one of the delays is not over, nothing is counted, and the seconds until all are over are returned.
        """
        with self._database.writing() as connection:
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
        """Take back one attempt under each key, and all that was counted under the key `cleared`."""
        with self._database.writing() as connection:
            connection.execute(delete(failed_sign_ins).where(failed_sign_ins.c.key == cleared))
            counts = _counts(connection, keys, at)
            for key, (failures, _) in counts.items():
                _write(connection, key, max(failures - 1, 0.0), at=at, is_new=False)

    def known(self, person_id: PersonId, keys: Collection[str], *, since: datetime) -> set[str]:
        """Return those of the keys under which this person has signed in since `since`."""
        query = select(known_sign_ins.c.key).where(
            known_sign_ins.c.key.in_(keys),
            known_sign_ins.c.person_id == person_id,
            known_sign_ins.c.seen_at >= since.astimezone(UTC),
        )
        with self._database.reading() as connection:
            return set(connection.execute(query).scalars())

    def know(self, person_id: PersonId, keys: Collection[str], *, at: datetime, since: datetime) -> None:
        """Note that this person has signed in under these keys; keys last seen before `since` are deleted."""
        theirs = known_sign_ins.c.person_id == person_id
        with self._database.writing() as connection:
            connection.execute(delete(known_sign_ins).where(known_sign_ins.c.seen_at < since.astimezone(UTC)))
            connection.execute(delete(known_sign_ins).where(theirs & known_sign_ins.c.key.in_(keys)))
            rows = [{"key": key, "person_id": person_id, "seen_at": at.astimezone(UTC)} for key in keys]
            connection.execute(insert(known_sign_ins), rows)

    def write_failures(self, counts: Mapping[PersonId, int], *, at: datetime) -> None:
        """Write how many sign-ins of each account failed to the audit."""
        with self._database.writing() as connection:
            deeds = [Deed(NOA, "sign_in_failed", account, {"failures": count}) for account, count in counts.items()]
            write_audits(connection, deeds, at=at)


def _counts(connection: Connection, keys: Collection[str], at: datetime) -> dict[str, tuple[float, float]]:
    """Return each key's remaining failures, and the seconds since the last one."""
    rows = connection.execute(select(failed_sign_ins).where(failed_sign_ins.c.key.in_(list(keys)))).all()
    ages = {row.key: max(0.0, (at - in_utc(row.at)).total_seconds()) for row in rows}
    return {row.key: (remaining(row.failures, ages[row.key]), ages[row.key]) for row in rows}


def _write(connection: Connection, key: str, failures: float, *, at: datetime, is_new: bool) -> None:
    values = {"failures": failures, "at": at.astimezone(UTC)}
    if is_new:
        connection.execute(insert(failed_sign_ins).values(key=key, **values))
    else:
        connection.execute(update(failed_sign_ins).where(failed_sign_ins.c.key == key).values(**values))


KEY_LIMIT = 10  # of one person
# A challenge is stored with its session or its waiting sign-in, and is deleted with it.
_HELD_WITH = {Ceremony.REGISTER: sessions, Ceremony.SIGN_IN: waiting_sign_ins}


class SecurityKeyStore:
    """Keeps each person's security keys; a challenge is used up by the first worker that asks for it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep_challenge(self, ceremony: Ceremony, token_hash: str, challenge: str, *, at: datetime) -> None:
        """Keep a challenge in place of an earlier one."""
        held = _HELD_WITH[ceremony]
        change = update(held).where(held.c.token_hash == token_hash)
        with self._database.writing() as connection:
            connection.execute(change.values(challenge=challenge, challenge_at=at.astimezone(UTC)))

    def spend_challenge(self, ceremony: Ceremony, token_hash: str, *, since: datetime) -> str | None:
        """Return the challenge and delete it; None when it was used before, or kept before `since`."""
        held = _HELD_WITH[ceremony]
        query = select(held.c.challenge).where(
            held.c.token_hash == token_hash, held.c.challenge_at >= since.astimezone(UTC)
        )
        with self._database.writing() as connection:
            subject: str | None = connection.execute(query).scalar()
            same = (held.c.token_hash == token_hash) & (held.c.challenge == subject)
            spent = connection.execute(update(held).where(same).values(challenge=None, challenge_at=None))
            return subject if spent.rowcount == 1 else None

    def add(self, person_id: PersonId, key: SecurityKey, *, recovery: Collection[str], at: datetime) -> bool:
        """Keep a key; return whether it is her first factor, in which case the recovery codes are kept too.

        Raises NotAllowedNow `key_known` and `keys_full`.
        """
        with self._database.writing() as connection:
            if connection.execute(select(security_keys.c.id).where(security_keys.c.id == key.id)).first():
                raise NotAllowedNow("The key is registered already.", reason="key_known")
            keys = read_keys(connection, person_id)
            if len(keys) >= KEY_LIMIT:
                raise NotAllowedNow(f"`{person_id}` has {KEY_LIMIT} keys already.", reason="keys_full")
            is_first = not keys and not _has_codes(connection, person_id)
            row = {name: getattr(key, name) for name in ("id", "name", "public_key", "sign_count")}
            row |= {"person_id": person_id, "transports": list(key.transports), "added_at": at.astimezone(UTC)}
            connection.execute(insert(security_keys).values(**row))
            if is_first:  # what her sessions have begun without a proof ends
                connection.execute(delete(second_factors).where(second_factors.c.person_id == person_id))
                keep_recovery(connection, person_id, recovery)
                forget_challenges(connection, person_id)
            _note(connection, person_id, "security_key_added", {"name": key.name}, at)
            return is_first

    def used(self, key: SecurityKey, sign_count: int, *, at: datetime) -> bool:
        """Update a key's counter; return False when it changed meanwhile, or the key is gone."""
        same = (security_keys.c.id == key.id) & (security_keys.c.sign_count == key.sign_count)
        with self._database.writing() as connection:
            change = update(security_keys).where(same).values(sign_count=sign_count, used_at=at.astimezone(UTC))
            return connection.execute(change).rowcount == 1

    def remove(self, person_id: PersonId, key_id: str, *, at: datetime) -> None:
        """Remove one of somebody's keys, and the recovery codes if it was the last factor. Raises NotFound."""
        this = (security_keys.c.person_id == person_id) & (security_keys.c.id == key_id)
        with self._database.writing() as connection:
            name = connection.execute(select(security_keys.c.name).where(this)).scalar()
            if name is None:
                raise NotFound("No key of that id.")
            connection.execute(delete(security_keys).where(this))
            _note(connection, person_id, "security_key_removed", {"name": name}, at)
            if not read_keys(connection, person_id) and not _has_codes(connection, person_id):
                keep_recovery(connection, person_id, ())
                _note(connection, person_id, "second_factor_off", {}, at)


def _has_codes(connection: Connection, person_id: PersonId) -> bool:
    confirmed = second_factors.c.confirmed_at.is_not(None)
    query = select(second_factors.c.person_id).where(second_factors.c.person_id == person_id, confirmed)
    return connection.execute(query).first() is not None


def _note(connection: Connection, person_id: PersonId, action: str, detail: Detail, at: datetime) -> None:
    write_audit(connection, actor=person_id, action=action, subject=person_id, detail=detail, at=at)
