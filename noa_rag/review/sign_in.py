"""Signing in: who somebody is, for how long, and how often a wrong password may be tried."""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

from noa_rag.domain.errors import SignInFailed, StorageUnavailable
from noa_rag.domain.people import Person, PersonId

IDLE_LIMIT = timedelta(hours=2)
ABSOLUTE_LIMIT = timedelta(hours=12)  # a working day
SEEN_EVERY = timedelta(minutes=1)  # a write at each request would make readers wait for the disk
THROTTLE_WINDOW = timedelta(minutes=15)
FAILURES_OF_A_NAME = 5
FAILURES_OF_AN_ADDRESS = 30  # an agency may sit behind one address
_CSRF_LABEL = b"noa review form"


class Accounts(Protocol):
    """Where accounts are kept."""

    def person(self, person_id: PersonId) -> Person | None: ...

    def password_hash(self, person_id: PersonId) -> str | None: ...

    def renew_hash(self, person_id: PersonId, *, known_hash: str, password: str) -> None: ...


class HeldSession(Protocol):
    """A session that is kept, with its person's account as it stands now."""

    @property
    def person(self) -> Person: ...

    @property
    def started_at(self) -> datetime: ...

    @property
    def seen_at(self) -> datetime: ...


class Sessions(Protocol):
    """Where sessions and attempts are kept, for every worker."""

    def start(self, token_hash: str, person_id: PersonId, *, at: datetime, started_before: datetime) -> None: ...

    def find(self, token_hash: str) -> HeldSession | None: ...

    def seen(self, token_hash: str, *, at: datetime) -> None: ...

    def end(self, token_hash: str) -> None: ...

    def end_all(self, person_id: PersonId) -> None: ...

    def count_attempt(self, limits: Mapping[str, int], *, at: datetime, since: datetime) -> datetime | None: ...

    def forget_attempts(self, key: str, *, at: datetime | None = None) -> None: ...


class PasswordCheck(Protocol):
    """What hashes and verifies passwords."""

    def hash(self, password: str) -> str: ...

    def matches(self, password: str, known_hash: str) -> bool: ...

    def is_outdated(self, known_hash: str) -> bool: ...


class SignIn:
    """Begins, reads and ends sessions. A browser holds the token; the database holds its SHA-256."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        passwords: PasswordCheck,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._now = now
        # An unknown name is verified against this one, so that it takes as long as a known one.
        self._nobodys_hash = passwords.hash(secrets.token_urlsafe(32))

    def sign_in(self, name: str, password: str, address: str) -> str:
        """Begin a session and return its token, which is always a new one.

        Raises SignInFailed, in the same words and after the same work whether the name, the password or
        the account is wrong; with `retry_seconds` after too many attempts.
        """
        person_id, now = PersonId(name.strip().lower()), self._now()
        name_key, address_key = _key("name", person_id), _key("address", _network(address))
        self._count_attempt({name_key: FAILURES_OF_A_NAME, address_key: FAILURES_OF_AN_ADDRESS}, now)
        known_hash = self._accounts.password_hash(person_id)
        is_right = self._passwords.matches(password, known_hash or self._nobodys_hash)
        person = self._accounts.person(person_id)
        if known_hash is None or not is_right or person is None or not person.is_active:
            raise SignInFailed("The name or the password is wrong.")
        self._sessions.forget_attempts(name_key)
        self._sessions.forget_attempts(address_key, at=now)
        if self._passwords.is_outdated(known_hash):
            self._accounts.renew_hash(person_id, known_hash=known_hash, password=password)
        token = secrets.token_urlsafe(32)
        self._sessions.start(_token_hash(token), person_id, at=now, started_before=now - ABSOLUTE_LIMIT)
        return token

    def person_of(self, token: str) -> Person | None:
        """Return whose session it is, with her roles as they stand now; None when it is over or she is disabled."""
        digest, now = _token_hash(token), self._now()
        session = self._sessions.find(digest)
        if session is None:
            return None
        if now - session.seen_at > IDLE_LIMIT or now - session.started_at > ABSOLUTE_LIMIT:
            self._sessions.end(digest)
            return None
        if now - session.seen_at >= SEEN_EVERY:
            with suppress(StorageUnavailable):  # on a full disk the queue can still be read
                self._sessions.seen(digest, at=now)
        return session.person if session.person.is_active else None

    def sign_out(self, token: str) -> None:
        self._sessions.end(_token_hash(token))

    def sign_out_everywhere(self, person_id: PersonId) -> None:
        self._sessions.end_all(person_id)

    def csrf_token(self, token: str) -> str:
        """Return what the forms of this session carry: nobody makes it who does not hold the session's token."""
        return hmac.new(_in_bytes(token), _CSRF_LABEL, hashlib.sha256).hexdigest()

    def csrf_is_right(self, token: str, given: str) -> bool:
        return hmac.compare_digest(self.csrf_token(token).encode(), _in_bytes(given))

    def _count_attempt(self, limits: Mapping[str, int], now: datetime) -> None:
        """Count before verifying, so that attempts sent all at once are counted too."""
        in_the_way = self._sessions.count_attempt(limits, at=now, since=now - THROTTLE_WINDOW)
        if in_the_way is not None:
            wait = in_the_way + THROTTLE_WINDOW - now
            raise SignInFailed("There were too many attempts.", retry_seconds=max(1, round(wait.total_seconds())))


def _key(kind: str, value: str) -> str:
    """Return what attempts are counted under; hashed, because people type passwords into the name's field."""
    return f"{kind}:{hashlib.sha256(_in_bytes(value)).hexdigest()}"


def _network(address: str) -> str:
    """Return the address, or the /64 that an IPv6 address lies in: whoever has one of those has all of it."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address


def _token_hash(token: str) -> str:
    return hashlib.sha256(_in_bytes(token)).hexdigest()


def _in_bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
