"""Addresses of accounts, and the identities of a provider that were linked to them, each change audited."""

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.identity import email_in
from noa_rag.domain.people import Link, Person, PersonId
from noa_rag.storage.audit import take_turn, write_audit
from noa_rag.storage.audited_accounts import ADDED, fingerprint, rights_in_words
from noa_rag.storage.database import Database
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import account_row, known_person
from noa_rag.storage.tables import identities, people

NOA = "noa"  # the actor where somebody's first sign-in opens an account or links hers


class IdentityStore:
    """One address, and one identity at most, for an account."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    def of_person(self, person_id: PersonId) -> Link | None:
        with self._database.reading() as connection:
            return _link(connection.execute(select(identities).where(identities.c.person_id == person_id)).first())

    def of_subject(self, issuer: str, subject: str) -> Link | None:
        """Return the account that was linked to an identity."""
        its = (identities.c.issuer == issuer) & (identities.c.subject == subject)
        with self._database.reading() as connection:
            return _link(connection.execute(select(identities).where(its)).first())

    def of_email(self, email: str) -> Link | None:
        """Return the account that has an address."""
        with self._database.reading() as connection:
            return _link(connection.execute(select(identities).where(identities.c.email == email)).first())

    def set_email(self, person_id: PersonId, email: str, *, actor: str, at: datetime) -> None:
        """Give an account another address, or none; an identity that was linked to it no longer is.

        Raises NotFound, and InvalidRequest for what is no address or somebody else's.
        """
        try:
            address = email_in(email) if email.strip() else ""
        except ValueError as error:
            raise InvalidRequest(f"{email[:80]!r} is no e-mail address.", field="email") from error
        with self._database.writing() as connection:
            take_turn(connection)
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
        """Link an identity to an account that has none; return whether it had none."""
        free = (identities.c.person_id == person_id) & identities.c.subject.is_(None)
        with self._database.writing() as connection:
            take_turn(connection)
            change = update(identities).where(free).values(issuer=issuer, subject=subject)
            if connection.execute(change).rowcount != 1:
                return False
            _note_link(connection, person_id, issuer, at)
            return True

    def add_person(self, person: Person, link: Link, *, at: datetime) -> None:
        """Open an account without a role for an identity; nobody knows its password."""
        password_hash = self._passwords.hash(secrets.token_urlsafe(32))
        with self._database.writing() as connection:
            take_turn(connection)
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


def _link(row: Row[Any] | None) -> Link | None:
    return Link(PersonId(row.person_id), row.email, row.issuer or "", row.subject or "") if row else None
