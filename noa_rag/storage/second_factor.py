"""Second factors and recovery codes: secrets sealed with the operator's key, each change with its line in the audit."""

import base64
import hashlib
from collections.abc import Collection
from datetime import UTC, datetime

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, delete, func, insert, select, update
from structlog import get_logger

from noa_rag.domain.errors import NoaError
from noa_rag.domain.people import PersonId
from noa_rag.domain.sign_in import Factor
from noa_rag.storage.audit import take_turn, write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.people import end_sessions, known_person
from noa_rag.storage.tables import recovery_codes, second_factors

_SEALED = "sealed:"
_log = get_logger()


class Unreadable(NoaError):
    """Something was sealed with a key that is not the operator's now."""


class SecretBox:
    """Seals texts with a key; without one, keeps them as they are. What was kept before there was a key is read too."""

    def __init__(self, key: str = "") -> None:
        digest = hashlib.sha256(key.encode()).digest()  # the setting wants 32 characters: nothing is left to stretch
        self._fernet = Fernet(base64.urlsafe_b64encode(digest)) if key else None

    def seal(self, text: str) -> str:
        return _SEALED + self._fernet.encrypt(text.encode()).decode() if self._fernet else text

    def open(self, kept: str) -> str:
        """Return the text. Raises Unreadable where it was sealed with another key."""
        if not kept.startswith(_SEALED):
            return kept
        if self._fernet is None:
            raise Unreadable("A secret is sealed, and NOA_SECRETS_KEY is not set; set it to the key of then.")
        try:
            return self._fernet.decrypt(kept.removeprefix(_SEALED).encode()).decode()
        except InvalidToken as error:
            raise Unreadable("A secret was sealed with another NOA_SECRETS_KEY; set it to that one.") from error


class SecondFactorStore:
    """One second factor a person; secrets sealed, recovery codes by their hashes."""

    def __init__(self, database: Database, box: SecretBox) -> None:
        self._database = database
        self._box = box

    def find(self, person_id: PersonId) -> Factor | None:
        """Return a second factor, confirmed or not; its secret is empty where it was sealed with another key."""
        codes = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.person_id == person_id)
        query = select(second_factors, codes.scalar_subquery().label("left"))
        with self._database.reading() as connection:
            row = connection.execute(query.where(second_factors.c.person_id == person_id)).first()
        if row is None:
            return None
        try:
            secret = self._box.open(row.secret)
        except Unreadable as error:  # recovery codes go on working
            _log.error("second_factor_unreadable", person=person_id, error=str(error))
            secret = ""
        return Factor(secret, row.last_step, row.confirmed_at is not None, row.left)

    def propose(self, person_id: PersonId, secret: str) -> None:
        """Keep a secret that waits for its first code, in place of an earlier one that still does."""
        with self._database.writing() as connection:
            take_turn(connection)
            theirs = second_factors.c.person_id == person_id
            connection.execute(delete(second_factors).where(theirs & second_factors.c.confirmed_at.is_(None)))
            connection.execute(
                insert(second_factors).values(person_id=person_id, secret=self._box.seal(secret), last_step=0)
            )

    def confirm(self, person_id: PersonId, *, step: int, recovery: Collection[str], at: datetime) -> bool:
        """Put a proposed secret into use; return whether one waited."""
        waits = (second_factors.c.person_id == person_id) & second_factors.c.confirmed_at.is_(None)
        with self._database.writing() as connection:
            take_turn(connection)
            change = update(second_factors).where(waits).values(last_step=step, confirmed_at=at.astimezone(UTC))
            if connection.execute(change).rowcount != 1:
                return False
            _keep_recovery(connection, person_id, recovery)
            write_audit(connection, actor=person_id, action="second_factor_on", subject=person_id, detail={}, at=at)
            return True

    def spend_step(self, person_id: PersonId, step: int) -> bool:
        """Return whether the code of this half minute was unused until now."""
        earlier = (second_factors.c.person_id == person_id) & (second_factors.c.last_step < step)
        with self._database.writing() as connection:
            changed = connection.execute(update(second_factors).where(earlier).values(last_step=step))
            return changed.rowcount == 1

    def spend_recovery(self, person_id: PersonId, code_hash: str, *, at: datetime) -> bool:
        """Return whether this was an unused recovery code; now it is none any more."""
        theirs = recovery_codes.c.person_id == person_id
        with self._database.writing() as connection:
            take_turn(connection)
            spent = connection.execute(delete(recovery_codes).where(theirs & (recovery_codes.c.code_hash == code_hash)))
            if spent.rowcount != 1:
                return False
            left = connection.execute(select(func.count()).select_from(recovery_codes).where(theirs)).scalar_one()
            write_audit(
                connection,
                actor=person_id,
                action="recovery_code_used",
                subject=person_id,
                detail={"left": str(left)},
                at=at,
            )
            return True

    def renew_recovery(self, person_id: PersonId, recovery: Collection[str], *, at: datetime) -> None:
        with self._database.writing() as connection:
            take_turn(connection)
            _keep_recovery(connection, person_id, recovery)
            write_audit(
                connection, actor=person_id, action="recovery_codes_renewed", subject=person_id, detail={}, at=at
            )

    def remove(self, person_id: PersonId, *, actor: str, at: datetime) -> None:
        """Take a second factor away; where somebody else does so, her sessions end too. Raises NotFound."""
        with self._database.writing() as connection:
            take_turn(connection)
            known_person(connection, person_id)
            _keep_recovery(connection, person_id, ())
            removed = connection.execute(delete(second_factors).where(second_factors.c.person_id == person_id))
            if actor != person_id:
                end_sessions(connection, person_id)
            if removed.rowcount:
                write_audit(connection, actor=actor, action="second_factor_off", subject=person_id, detail={}, at=at)


def _keep_recovery(connection: Connection, person_id: PersonId, recovery: Collection[str]) -> None:
    connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
    if recovery:
        connection.execute(insert(recovery_codes), [{"person_id": person_id, "code_hash": one} for one in recovery])
