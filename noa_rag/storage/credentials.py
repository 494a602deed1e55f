"""What somebody signs in with beside a password: an identity at a provider, a second factor; each change is audited."""

import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, Row, delete, func, insert, select, update
from structlog import get_logger

from noa_rag.domain.errors import InvalidRequest, NoaError
from noa_rag.domain.people import IdentityLink, Person, PersonId
from noa_rag.domain.sign_in import Factor, FactorKinds, SecurityKey, email_in
from noa_rag.storage.audit import write_audit
from noa_rag.storage.audited_accounts import ADDED, fingerprint, rights_in_words
from noa_rag.storage.database import Database
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import account_row, end_sessions, known_person
from noa_rag.storage.tables import identities, in_utc, people, recovery_codes, second_factors, security_keys, sessions

NOA = "noa"  # the actor where a sign-in fails, or the first one opens an account or links hers
_SEALED = "sealed:"
_log = get_logger()


class IdentityStore:
    """Keeps at most one e-mail address and one identity for each account."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    def of_person(self, person_id: PersonId) -> IdentityLink | None:
        with self._database.reading() as connection:
            return _link(connection.execute(select(identities).where(identities.c.person_id == person_id)).first())

    def of_subject(self, issuer: str, subject: str) -> IdentityLink | None:
        """Return the account that was linked to an identity."""
        its = (identities.c.issuer == issuer) & (identities.c.subject == subject)
        with self._database.reading() as connection:
            return _link(connection.execute(select(identities).where(its)).first())

    def of_email(self, email: str) -> IdentityLink | None:
        """Return the account that has an address."""
        with self._database.reading() as connection:
            return _link(connection.execute(select(identities).where(identities.c.email == email)).first())

    def set_email(self, person_id: PersonId, email: str, *, actor: str, at: datetime) -> None:
        """Set an account's address, or remove it; an identity linked to the account is unlinked.

        Raises NotFound, and InvalidRequest for an invalid address or that of another account.
        """
        try:
            address = email_in(email) if email.strip() else ""
        except ValueError as error:
            raise InvalidRequest(f"{email[:80]!r} is no e-mail address.", field="email") from error
        with self._database.writing() as connection:
            known_person(connection, person_id)
            theirs = identities.c.person_id == person_id
            taken = (identities.c.email == address) & (identities.c.person_id != person_id)
            if address and connection.execute(select(identities).where(taken)).first():
                raise InvalidRequest(f"{address} is the address of another account.", field="email", kind="taken")
            connection.execute(delete(identities).where(theirs))
            if address:
                connection.execute(insert(identities).values(person_id=person_id, email=address))
            write_audit(
                connection, actor=actor, action="email_set", subject=person_id, detail={"email": address}, at=at
            )

    def bind(self, person_id: PersonId, issuer: str, subject: str, *, at: datetime) -> bool:
        """Link an identity to an account that has none; return whether it was linked."""
        free = (identities.c.person_id == person_id) & identities.c.subject.is_(None)
        with self._database.writing() as connection:
            change = update(identities).where(free).values(issuer=issuer, subject=subject)
            if connection.execute(change).rowcount != 1:
                return False
            _note_link(connection, person_id, issuer, at)
            return True

    def add_person(self, person: Person, link: IdentityLink, *, at: datetime) -> None:
        """Open an account without a role for an identity; nobody knows its password."""
        password_hash = self._passwords.hash(secrets.token_urlsafe(32))
        with self._database.writing() as connection:
            connection.execute(insert(people).values(**account_row(person, password_hash, at)))
            row = {"person_id": person.id, "email": link.email, "issuer": link.issuer, "subject": link.subject}
            connection.execute(insert(identities).values(**row))
            detail = {"name": person.name, **rights_in_words(person), "password": fingerprint(password_hash)}
            write_audit(connection, actor=NOA, action=ADDED, subject=person.id, detail=detail, at=at)
            _note_link(connection, person.id, link.issuer, at)


def _note_link(connection: Connection, person_id: PersonId, issuer: str, at: datetime) -> None:
    detail = {"issuer": issuer}
    write_audit(
        connection, actor=NOA, action="identity_linked", subject=person_id, detail=detail, at=at.astimezone(UTC)
    )


def _link(row: Row[Any] | None) -> IdentityLink | None:
    return IdentityLink(PersonId(row.person_id), row.email, row.issuer or "", row.subject or "") if row else None


class Unreadable(NoaError):
    """A secret was sealed with another key than the operator's present one."""


class SecretBox:
    """Seals texts with a key, or keeps them as they are without one; also reads texts kept before there was a key."""

    def __init__(self, key: str = "") -> None:
        digest = hashlib.sha256(key.encode()).digest()  # 32 characters are required: no key stretching is needed
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
    """Keeps second factors: secrets sealed, recovery codes as hashes. Security keys are kept by `SecurityKeyStore`."""

    def __init__(self, database: Database, box: SecretBox) -> None:
        self._database = database
        self._box = box

    def find(self, person_id: PersonId) -> Factor | None:
        """Return a second factor, confirmed or not; its secret is empty where it was sealed with another key."""
        codes = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.person_id == person_id)
        with self._database.reading() as connection:
            row = connection.execute(select(second_factors).where(second_factors.c.person_id == person_id)).first()
            keys = read_keys(connection, person_id)
            left: int = connection.execute(codes).scalar_one()
        if row is None:
            return Factor("", 0, False, left, keys) if keys else None
        try:
            secret = self._box.open(row.secret)
        except Unreadable as error:  # recovery codes go on working
            _log.error("second_factor_unreadable", person=person_id, error=str(error))
            secret = ""
        return Factor(secret, row.last_step, row.confirmed_at is not None, left, keys)

    def kinds(self) -> Mapping[PersonId, FactorKinds]:
        """Return which second factors each person uses; people without any are left out."""
        with_codes = select(second_factors.c.person_id).where(second_factors.c.confirmed_at.is_not(None))
        with self._database.reading() as connection:
            codes = set(connection.execute(with_codes).scalars())
            keys = Counter(connection.execute(select(security_keys.c.person_id)).scalars())
        return {PersonId(code): FactorKinds(code in codes, keys[code]) for code in codes | keys.keys()}

    def propose(self, person_id: PersonId, secret: str) -> None:
        """Keep a secret that waits for its first code; it replaces an earlier one that was never confirmed."""
        with self._database.writing() as connection:
            theirs = second_factors.c.person_id == person_id
            connection.execute(delete(second_factors).where(theirs & second_factors.c.confirmed_at.is_(None)))
            connection.execute(
                insert(second_factors).values(person_id=person_id, secret=self._box.seal(secret), last_step=0)
            )

    def confirm(self, person_id: PersonId, *, step: int, recovery: Collection[str], at: datetime) -> bool:
        """Put a proposed secret into use; return whether there was one. Without new recovery codes old ones stay."""
        waits = (second_factors.c.person_id == person_id) & second_factors.c.confirmed_at.is_(None)
        with self._database.writing() as connection:
            change = update(second_factors).where(waits).values(last_step=step, confirmed_at=at.astimezone(UTC))
            if connection.execute(change).rowcount != 1:
                return False
            if recovery:
                keep_recovery(connection, person_id, recovery)
            forget_challenges(connection, person_id)
            write_audit(connection, actor=person_id, action="second_factor_on", subject=person_id, detail={}, at=at)
            return True

    def spend_step(self, person_id: PersonId, step: int) -> bool:
        """Mark the code of this half minute as used; return whether neither it nor a later one was used before."""
        earlier = (second_factors.c.person_id == person_id) & (second_factors.c.last_step < step)
        with self._database.writing() as connection:
            changed = connection.execute(update(second_factors).where(earlier).values(last_step=step))
            return changed.rowcount == 1

    def spend_recovery(self, person_id: PersonId, code_hash: str, *, at: datetime) -> bool:
        """Use up a recovery code; return False when it is unknown or was used before."""
        theirs = recovery_codes.c.person_id == person_id
        with self._database.writing() as connection:
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
            keep_recovery(connection, person_id, recovery)
            write_audit(
                connection, actor=person_id, action="recovery_codes_renewed", subject=person_id, detail={}, at=at
            )

    def remove_codes(self, person_id: PersonId, *, at: datetime) -> None:
        """Remove somebody's authenticator application; security keys and recovery codes stay."""
        with self._database.writing() as connection:
            connection.execute(delete(second_factors).where(second_factors.c.person_id == person_id))
            write_audit(connection, actor=person_id, action="codes_off", subject=person_id, detail={}, at=at)

    def remove(self, person_id: PersonId, *, actor: str, at: datetime) -> None:
        """Remove all second factors of a person, and end her sessions when somebody else does so. Raises NotFound."""
        with self._database.writing() as connection:
            known_person(connection, person_id)
            keys = read_keys(connection, person_id)
            keep_recovery(connection, person_id, ())
            removed = connection.execute(delete(second_factors).where(second_factors.c.person_id == person_id))
            connection.execute(delete(security_keys).where(security_keys.c.person_id == person_id))
            if actor != person_id:
                end_sessions(connection, person_id)
            if removed.rowcount or keys:
                detail = {"keys": ", ".join(key.name for key in keys)} if keys else {}
                write_audit(
                    connection, actor=actor, action="second_factor_off", subject=person_id, detail=detail, at=at
                )


def read_keys(connection: Connection, person_id: PersonId) -> tuple[SecurityKey, ...]:
    """Return somebody's security keys, the oldest first, as the caller's transaction sees them."""
    theirs = select(security_keys).where(security_keys.c.person_id == person_id)
    return tuple(
        SecurityKey(
            id=row.id,
            name=row.name,
            public_key=row.public_key,
            sign_count=row.sign_count,
            transports=tuple(row.transports),
            added_at=in_utc(row.added_at),
            used_at=in_utc(row.used_at) if row.used_at else None,
        )
        for row in connection.execute(theirs.order_by(security_keys.c.added_at, security_keys.c.id))
    )


def keep_recovery(connection: Connection, person_id: PersonId, recovery: Collection[str]) -> None:
    """Replace a person's recovery codes with these, in the caller's transaction."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
    if recovery:
        connection.execute(insert(recovery_codes), [{"person_id": person_id, "code_hash": code} for code in recovery])


def forget_challenges(connection: Connection, person_id: PersonId) -> None:
    """Cancel the key registrations begun in her sessions: once she has a factor, adding another one needs a proof."""
    theirs = update(sessions).where(sessions.c.person_id == person_id)
    connection.execute(theirs.values(challenge=None, challenge_at=None))
