"""Accounts in the database; every change is in the audit."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import InvalidRequest, NotAllowedNow, NotFound
from noa_rag.domain.people import RESERVED, AccountChange, Person, PersonId, Role
from noa_rag.storage.audit import Detail, write_audit
from noa_rag.storage.audited_accounts import (
    ADDED,
    CONFIRMED,
    DISABLED,
    ENABLED,
    PASSWORD_SET,
    RENEWED,
    ROLES_SET,
    WAITS,
    fingerprint,
    rights_in_words,
    rights_of,
)
from noa_rag.storage.database import Database
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.stored_text import check_one_line
from noa_rag.storage.tables import agencies, people, sessions, waiting_sign_ins

NAME_LIMIT = 120
NOA = "noa"
_PERSON_ID = re.compile(r"[a-z0-9.-]{2,40}")


class PeopleStore:
    """Adds and changes accounts; `actor` is the person who does so, for the audit. Accounts are never deleted."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._passwords = passwords or Passwords()
        self._now = now

    def everyone(self) -> list[Person]:
        """Return every account, disabled ones included, by id."""
        with self._database.reading() as connection:
            return read_everyone(connection)

    def person(self, person_id: PersonId) -> Person | None:
        with self._database.reading() as connection:
            return read_person(connection, person_id)

    def add(self, person: Person, password: str, *, actor: str) -> None:
        """Open an account. Raises InvalidRequest for a taken or impossible id, role, agency or password."""
        self.add_all([(person, password)], actor=actor)

    def add_all(self, accounts: Iterable[tuple[Person, str]], *, actor: str) -> None:
        """Open several accounts, all or none. Raises InvalidRequest."""
        hashed = [(person, self._passwords.hash(password)) for person, password in accounts]
        with self._database.writing() as connection:
            for person, password_hash in hashed:
                _check_account(connection, person)
                if read_person(connection, person.id):
                    raise InvalidRequest(f"There is an account `{person.id}` already.", field="id", kind="taken")
                connection.execute(insert(people).values(**account_row(person, password_hash, self._now())))
                detail = {
                    "name": person.name.strip(),
                    **rights_in_words(person),
                    "password": fingerprint(password_hash),
                }
                self._note(connection, actor, ADDED, person.id, detail, gives=True)
                if not person.is_active:
                    self._close(connection, person, actor)

    def set_password(self, person_id: PersonId, password: str, *, actor: str) -> None:
        """Give a new password; the sessions begun with the old one end. Raises InvalidRequest, NotFound."""
        password_hash = self._passwords.hash(password)
        with self._database.writing() as connection:
            known_person(connection, person_id)
            connection.execute(update(people).where(people.c.id == person_id).values(password_hash=password_hash))
            end_sessions(connection, person_id)
            detail = {"password": fingerprint(password_hash)}
            self._note(connection, actor, PASSWORD_SET, person_id, detail, gives=actor != person_id)

    def set_roles(
        self, person_id: PersonId, roles: Iterable[Role], agency_ids: Iterable[AgencyId], *, actor: str
    ) -> Person:
        """Replace roles and agencies; it counts from her next request on.

        Raises InvalidRequest, NotFound, and NotAllowedNow `last_administrator`.
        """
        with self._database.writing() as connection:
            known = known_person(connection, person_id)
            changed = Person(known.id, known.name, frozenset(roles), frozenset(agency_ids), known.is_active)
            _check_account(connection, changed)
            connection.execute(update(people).where(people.c.id == person_id).values(**rights_of(changed)))
            _keep_an_administrator(connection, known)
            before = {f"{name}_before": value for name, value in rights_in_words(known).items()}
            gives = not (changed.roles <= known.roles and changed.agencies <= known.agencies)
            self._note(connection, actor, ROLES_SET, person_id, {**rights_in_words(changed), **before}, gives=gives)
            return known_person(connection, person_id)

    def disable(self, person_id: PersonId, *, actor: str) -> None:
        """Close an account, and end its sessions. Raises NotFound, and NotAllowedNow `last_administrator`."""
        self._set_active(person_id, False, actor)

    def enable(self, person_id: PersonId, *, actor: str) -> None:
        """Open a closed account again, with the password it had. Raises NotFound."""
        self._set_active(person_id, True, actor)

    def confirm(self, person_id: PersonId, *, actor: str) -> None:
        """Confirm the changes of an account that wait for a second person. Raises NotFound and NotAllowedNow.

        The caller checks that `actor` is a second person: the desk, or whoever may use this machine.
        """
        with self._database.writing() as connection:
            if not known_person(connection, person_id).unconfirmed:
                raise NotAllowedNow(f"No change of the account `{person_id}` waits.", reason="nothing_to_confirm")
            write_confirmed(connection, person_id)
            self._note(connection, actor, CONFIRMED, person_id, {})

    def password_hash(self, person_id: PersonId) -> str | None:
        """Return the hash that is kept, or None when there is no such account."""
        with self._database.reading() as connection:
            stored: str | None = connection.execute(
                select(people.c.password_hash).where(people.c.id == person_id)
            ).scalar()
            return stored

    def renew_hash(self, person_id: PersonId, *, known_hash: str, password: str) -> None:
        """Keep the same password under today's parameters, unless it was changed in between."""
        password_hash = self._passwords.hash(password)
        unchanged = (people.c.id == person_id) & (people.c.password_hash == known_hash)
        with self._database.writing() as connection:
            renewed = connection.execute(update(people).where(unchanged).values(password_hash=password_hash))
            if renewed.rowcount:
                self._note(connection, NOA, RENEWED, person_id, {"password": fingerprint(password_hash)})

    def _set_active(self, person_id: PersonId, is_active: bool, actor: str) -> None:
        with self._database.writing() as connection:
            known = known_person(connection, person_id)
            if known.is_active is is_active:
                return
            if not is_active:
                self._close(connection, known, actor)
                return
            connection.execute(update(people).where(people.c.id == person_id).values(is_active=True))
            self._note(connection, actor, ENABLED, person_id, {}, gives=True)

    def _close(self, connection: Connection, known: Person, actor: str) -> None:
        connection.execute(update(people).where(people.c.id == known.id).values(is_active=False))
        _keep_an_administrator(connection, known)
        end_sessions(connection, known.id)
        self._note(connection, actor, DISABLED, known.id, {})

    def _note(
        self,
        connection: Connection,
        actor: str,
        action: str,
        person_id: PersonId,
        detail: Detail,
        *,
        gives: bool = False,
    ) -> None:
        """Audit a change; one that gives the account something waits for a second person.

        Changes made at the terminal do not wait: whoever may use this machine holds the database. Raises NotAllowedNow
        when the actor's own account waits for a second person.
        """
        by = read_person(connection, PersonId(actor))
        if by is not None and by.unconfirmed and action != RENEWED:
            raise NotAllowedNow(f"The account `{actor}` waits for a second person itself.", reason="unconfirmed")
        waits = gives and by is not None
        said = {**detail, WAITS: 1} if waits else detail
        number = write_audit(connection, actor=actor, action=action, subject=person_id, detail=said, at=self._now())
        if waits:
            held = [*known_person(connection, person_id).unconfirmed, AccountChange(PersonId(actor), number)]
            connection.execute(update(people).where(people.c.id == person_id).values(unconfirmed=held))


def write_confirmed(connection: Connection, person_id: PersonId) -> None:
    """Clear an account's waiting changes, in the caller's transaction; the caller writes the audit entry."""
    connection.execute(update(people).where(people.c.id == person_id).values(unconfirmed=[]))


def read_person(connection: Connection, person_id: PersonId) -> Person | None:
    """Return an account as the caller's transaction sees it."""
    row = connection.execute(select(people).where(people.c.id == person_id)).first()
    return person_of_row(row) if row else None


def read_everyone(connection: Connection) -> list[Person]:
    """Return every account by id, as the caller's transaction sees them."""
    return [person_of_row(row) for row in connection.execute(select(people).order_by(people.c.id))]


def person_of_row(row: Row[Any]) -> Person:
    """Return the person of a row that has the columns of `people`."""
    return Person(
        id=PersonId(row.id),
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        agencies=frozenset(AgencyId(agency) for agency in row.agencies),
        is_active=row.is_active,
        unconfirmed=tuple(AccountChange(PersonId(by), number) for by, number in row.unconfirmed),
    )


def account_row(person: Person, password_hash: str, at: datetime) -> dict[str, Any]:
    """Return the row of a new account."""
    return {
        "id": person.id,
        "name": person.name.strip(),
        **rights_of(person),
        "password_hash": password_hash,
        "is_active": person.is_active,
        "created_at": at.astimezone(UTC),
    }


def known_person(connection: Connection, person_id: PersonId) -> Person:
    """Return an account as the caller's transaction sees it. Raises NotFound."""
    person = read_person(connection, person_id)
    if person is None:
        raise NotFound(f"Nobody has the account `{person_id}`.")
    return person


def _keep_an_administrator(connection: Connection, before: Person) -> None:
    """Raise NotAllowedNow when nobody is left to manage accounts; `before` is the person before this change."""
    if not (before.is_active and Role.ADMINISTRATOR in before.roles):
        return
    if not any(person.is_active and Role.ADMINISTRATOR in person.roles for person in read_everyone(connection)):
        raise NotAllowedNow(
            f"`{before.id}` is the last administrator; give that role to somebody else first.",
            reason="last_administrator",
        )


def _check_account(connection: Connection, person: Person) -> None:
    if not _PERSON_ID.fullmatch(person.id):
        raise InvalidRequest(
            f"`{person.id[:60]}` cannot be the name of an account: 2 to 40 of a-z, 0-9, dots and hyphens.", field="id"
        )
    if person.id in RESERVED:
        raise InvalidRequest(f"`{person.id}` stands for what no person did; take another name.", field="id")
    if not person.name.strip() or len(person.name) > NAME_LIMIT:
        raise InvalidRequest(f"Give a name of 1 to {NAME_LIMIT} characters.", field="name")
    check_one_line("name", person.name)
    if not person.roles:
        raise InvalidRequest(f"Give at least one role: {', '.join(Role)}.", field="roles")
    known = set(connection.execute(select(agencies.c.id)).scalars())
    if unknown := sorted(person.agencies - known):
        raise InvalidRequest(
            f"No agency is called {', '.join(unknown)}; known: {', '.join(sorted(known)) or 'none yet'}.",
            field="agencies",
            kind="unknown",
            seen=", ".join(unknown),
        )
    if (Role.REFERENT in person.roles) is not bool(person.agencies):
        raise InvalidRequest("A referent has at least one agency, and nobody else has any.", field="agencies")


def end_sessions(connection: Connection, person_id: PersonId) -> None:
    """End somebody's sessions, and the sign-ins that wait for a code, in the caller's transaction."""
    connection.execute(delete(sessions).where(sessions.c.person_id == person_id))
    connection.execute(delete(waiting_sign_ins).where(waiting_sign_ins.c.person_id == person_id))
