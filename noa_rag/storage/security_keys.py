"""Security keys in the database, and the challenges that they are asked to sign; every change is audited."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select, update

from noa_rag.domain.errors import NotAllowedNow, NotFound
from noa_rag.domain.people import PersonId
from noa_rag.domain.sign_in import Ceremony, SecurityKey
from noa_rag.storage.audit import Detail, take_turn, write_audit
from noa_rag.storage.credentials import forget_challenges, keep_recovery, read_keys
from noa_rag.storage.database import Database
from noa_rag.storage.tables import second_factors, security_keys, sessions, waiting_sign_ins

KEY_LIMIT = 10  # of one person
# A challenge lies with the session, or with the sign-in that waits, and goes with it.
_HELD_WITH = {Ceremony.REGISTER: sessions, Ceremony.SIGN_IN: waiting_sign_ins}


class SecurityKeyStore:
    """Some keys a person; a challenge is spent by whichever worker asks for it first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep_challenge(self, ceremony: Ceremony, token_hash: str, challenge: str, *, at: datetime) -> None:
        """Keep a challenge in place of an earlier one."""
        held = _HELD_WITH[ceremony]
        change = update(held).where(held.c.token_hash == token_hash)
        with self._database.writing() as connection:
            connection.execute(change.values(challenge=challenge, challenge_at=at.astimezone(UTC)))

    def spend_challenge(self, ceremony: Ceremony, token_hash: str, *, since: datetime) -> str | None:
        """Return the challenge once, and None afterwards or where it was kept before `since`."""
        held = _HELD_WITH[ceremony]
        query = select(held.c.challenge).where(
            held.c.token_hash == token_hash, held.c.challenge_at >= since.astimezone(UTC)
        )
        with self._database.writing() as connection:
            found: str | None = connection.execute(query).scalar()
            same = (held.c.token_hash == token_hash) & (held.c.challenge == found)
            spent = connection.execute(update(held).where(same).values(challenge=None, challenge_at=None))
            return found if spent.rowcount == 1 else None

    def add(self, person_id: PersonId, key: SecurityKey, *, recovery: Collection[str], at: datetime) -> bool:
        """Keep a key; return whether it is her first factor, with which the recovery codes are kept too.

        Raises NotAllowedNow `key_known` and `keys_full`.
        """
        with self._database.writing() as connection:
            take_turn(connection)
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
        """Keep what a key counts now; return whether it still counted what was known, and is there."""
        same = (security_keys.c.id == key.id) & (security_keys.c.sign_count == key.sign_count)
        with self._database.writing() as connection:
            change = update(security_keys).where(same).values(sign_count=sign_count, used_at=at.astimezone(UTC))
            return connection.execute(change).rowcount == 1

    def remove(self, person_id: PersonId, key_id: str, *, at: datetime) -> None:
        """Take one of somebody's keys away, and the recovery codes with her last factor. Raises NotFound."""
        this = (security_keys.c.person_id == person_id) & (security_keys.c.id == key_id)
        with self._database.writing() as connection:
            take_turn(connection)
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
