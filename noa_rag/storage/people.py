"""Accounts in the database, with passwords as Argon2id hashes; every change is in the audit."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.characters import INVISIBLE, LINE_END, code_point
from noa_rag.domain.errors import InvalidRequest, NotAllowedNow, NotFound, SignInFailed
from noa_rag.domain.people import RESERVED, Person, PersonId, Role
from noa_rag.storage.audit import Detail, take_turn, write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.tables import agencies, people, sessions, waiting_sign_ins

NAME_LIMIT = 120
_PERSON_ID = re.compile(r"[a-z0-9.-]{2,40}")

MIN_LENGTH = 12  # CNIL 2022, for a password with attempts limited; no rule about kinds of characters
MAX_LENGTH = 200
MAX_AT_ONCE = 2  # each hash takes 64 MB and a core
BUSY_SECONDS = 10


class Passwords:
    """Hashes and verifies with argon2-cffi's own parameters, two at once in a process at most.

    When more wait than finish in ten seconds, the last ones are turned away: SignInFailed.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = threading.BoundedSemaphore(MAX_AT_ONCE)

    def hash(self, password: str) -> str:
        """Return the hash to keep. Raises InvalidRequest for a password that is too short or too long."""
        check_password(password)
        with self._turn():
            return self._hasher.hash(_in_bytes(password))

    def matches(self, password: str, known_hash: str) -> bool:
        """Return whether this is the password."""
        if len(password) > MAX_LENGTH:
            password = ""  # none of that length was ever kept; the work is the same
        with self._turn():
            try:
                return self._hasher.verify(known_hash, _in_bytes(password))
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, known_hash: str) -> bool:
        """Return whether the parameters have moved on since this hash was made."""
        return self._hasher.check_needs_rehash(known_hash)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=BUSY_SECONDS):
            raise SignInFailed("Too many people are signing in at once.", retry_seconds=BUSY_SECONDS)
        try:
            yield
        finally:
            self._turns.release()


def check_password(password: str) -> None:
    """Do nothing when this can be a password. Raises InvalidRequest."""
    if len(password) < MIN_LENGTH:
        raise InvalidRequest(
            f"The password has {len(password)} characters; take {MIN_LENGTH} at least, a sentence for instance.",
            field="password",
        )
    if len(password) > MAX_LENGTH:
        raise InvalidRequest(
            f"The password has {len(password)} characters; {MAX_LENGTH} is the limit.", field="password"
        )


def _in_bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")


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
            return [person_of_row(row) for row in connection.execute(select(people).order_by(people.c.id))]

    def person(self, person_id: PersonId) -> Person | None:
        with self._database.reading() as connection:
            return read_person(connection, person_id)

    def add(self, person: Person, password: str, *, actor: str) -> None:
        """Open an account. Raises InvalidRequest for a taken or impossible id, role, agency or password."""
        self.add_all([(person, password)], actor=actor)

    def add_all(self, accounts: Iterable[tuple[Person, str]], *, actor: str) -> None:
        """Open several accounts, all or none. Raises InvalidRequest."""
        hashed = [(person, self._passwords.hash(password)) for person, password in accounts]
        with self._changing() as connection:
            for person, password_hash in hashed:
                _check_account(connection, person)
                if read_person(connection, person.id):
                    raise InvalidRequest(f"There is an account `{person.id}` already.", field="id", kind="taken")
                connection.execute(insert(people).values(**account_row(person, password_hash, self._now())))
                detail = {"name": person.name.strip(), **_in_words(person.roles, person.agencies)}
                self._note(connection, actor, "person_added", person.id, detail)

    def set_password(self, person_id: PersonId, password: str, *, actor: str) -> None:
        """Give a new password; the sessions begun with the old one end. Raises InvalidRequest, NotFound."""
        password_hash = self._passwords.hash(password)
        with self._changing() as connection:
            known_person(connection, person_id)
            connection.execute(update(people).where(people.c.id == person_id).values(password_hash=password_hash))
            end_sessions(connection, person_id)
            self._note(connection, actor, "password_set", person_id, {})

    def set_roles(
        self, person_id: PersonId, roles: Iterable[Role], agency_ids: Iterable[AgencyId], *, actor: str
    ) -> Person:
        """Replace roles and agencies; it counts from her next request on.

        Raises InvalidRequest, NotFound, and NotAllowedNow `last_administrator`.
        """
        with self._changing() as connection:
            known = known_person(connection, person_id)
            changed = Person(known.id, known.name, frozenset(roles), frozenset(agency_ids), known.is_active)
            _check_account(connection, changed)
            rights = _rights(changed.roles, changed.agencies)
            connection.execute(update(people).where(people.c.id == person_id).values(**rights))
            _keep_an_administrator(connection, known)
            self._note(connection, actor, "roles_set", person_id, _in_words(changed.roles, changed.agencies))
            return changed

    def disable(self, person_id: PersonId, *, actor: str) -> None:
        """Close an account, and end its sessions. Raises NotFound, and NotAllowedNow `last_administrator`."""
        self._set_active(person_id, False, actor)

    def enable(self, person_id: PersonId, *, actor: str) -> None:
        """Open a closed account again, with the password it had. Raises NotFound."""
        self._set_active(person_id, True, actor)

    def password_hash(self, person_id: PersonId) -> str | None:
        """Return the hash that is kept, or None when there is no such account."""
        with self._database.reading() as connection:
            found: str | None = connection.execute(
                select(people.c.password_hash).where(people.c.id == person_id)
            ).scalar()
            return found

    def renew_hash(self, person_id: PersonId, *, known_hash: str, password: str) -> None:
        """Keep the same password under today's parameters, unless it was changed in between."""
        password_hash = self._passwords.hash(password)
        unchanged = (people.c.id == person_id) & (people.c.password_hash == known_hash)
        with self._database.writing() as connection:
            connection.execute(update(people).where(unchanged).values(password_hash=password_hash))

    def _set_active(self, person_id: PersonId, is_active: bool, actor: str) -> None:
        with self._changing() as connection:
            known = known_person(connection, person_id)
            if known.is_active is is_active:
                return
            connection.execute(update(people).where(people.c.id == person_id).values(is_active=is_active))
            if not is_active:
                _keep_an_administrator(connection, known)
                end_sessions(connection, person_id)
            self._note(connection, actor, "person_enabled" if is_active else "person_disabled", person_id, {})

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._database.writing() as connection:
            take_turn(connection)
            yield connection

    def _note(self, connection: Connection, actor: str, action: str, person_id: PersonId, detail: Detail) -> None:
        write_audit(connection, actor=actor, action=action, subject=person_id, detail=detail, at=self._now())


def read_person(connection: Connection, person_id: PersonId) -> Person | None:
    """Return an account as the caller's transaction sees it."""
    row = connection.execute(select(people).where(people.c.id == person_id)).first()
    return person_of_row(row) if row else None


def person_of_row(row: Row[Any]) -> Person:
    """Return the person of a row that has the columns of `people`."""
    return Person(
        id=PersonId(row.id),
        name=row.name,
        roles=frozenset(Role(one) for one in row.roles),
        agencies=frozenset(AgencyId(one) for one in row.agencies),
        is_active=row.is_active,
    )


def account_row(person: Person, password_hash: str, at: datetime) -> dict[str, Any]:
    """Return the row of a new account."""
    return {
        "id": person.id,
        "name": person.name.strip(),
        **_rights(person.roles, person.agencies),
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
    """Do nothing while somebody can still manage accounts; `before` is the person as she was before this change."""
    if not (before.is_active and Role.ADMINISTRATOR in before.roles):
        return
    everyone = map(person_of_row, connection.execute(select(people)))
    if not any(person.is_active and Role.ADMINISTRATOR in person.roles for person in everyone):
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
    if found := INVISIBLE.search(person.name) or LINE_END.search(person.name):
        seen = code_point(found.group())
        raise InvalidRequest(
            f"The name holds an invisible character, {seen}; type it instead of pasting it.",
            field="name",
            kind="invisible_character",
            seen=seen,
        )
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


def _rights(roles: Iterable[Role], agency_ids: Iterable[AgencyId]) -> dict[str, list[str]]:
    return {"roles": sorted(role.value for role in roles), "agencies": sorted(agency_ids)}


def _in_words(roles: Iterable[Role], agency_ids: Iterable[AgencyId]) -> dict[str, str]:
    return {name: ", ".join(values) for name, values in _rights(roles, agency_ids).items()}


def end_sessions(connection: Connection, person_id: PersonId) -> None:
    """End what somebody has begun, sign-ins that wait for a code included, in the caller's transaction."""
    connection.execute(delete(sessions).where(sessions.c.person_id == person_id))
    connection.execute(delete(waiting_sign_ins).where(waiting_sign_ins.c.person_id == person_id))
