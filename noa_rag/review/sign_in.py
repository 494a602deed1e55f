"""Signing in: who somebody is, for how long, and how long a wrong password makes the next one wait."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from noa_rag.domain.addresses import network_of
from noa_rag.domain.errors import SignInFailed, StorageUnavailable
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.sign_in_delay import OF_A_NAME, OF_A_NETWORK, OF_A_PAIR, Delay

IDLE_LIMIT = timedelta(minutes=30)  # unless the operator says otherwise
ABSOLUTE_LIMIT = timedelta(hours=12)  # a working day
SEEN_EVERY = timedelta(minutes=1)  # a write at each request would make readers wait for the disk
KNOWN_FOR = timedelta(days=180)  # since the last sign-in from that browser or network
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
    """Where sessions are kept, for every worker."""

    def start(self, token_hash: str, person_id: PersonId, *, at: datetime, started_before: datetime) -> None: ...

    def find(self, token_hash: str) -> HeldSession | None: ...

    def seen(self, token_hash: str, *, at: datetime) -> None: ...

    def end(self, token_hash: str) -> None: ...


class Attempts(Protocol):
    """Where failures are counted, and where somebody has signed in before, for every worker."""

    def count(self, delays: Mapping[str, Delay], *, at: datetime) -> int: ...

    def take_back(self, keys: Collection[str], *, at: datetime, cleared: str) -> None: ...

    def known(self, person_id: PersonId, keys: Collection[str], *, since: datetime) -> set[str]: ...

    def know(self, person_id: PersonId, keys: Collection[str], *, at: datetime, since: datetime) -> None: ...


class PasswordCheck(Protocol):
    """What hashes and verifies passwords."""

    def hash(self, password: str) -> str: ...

    def matches(self, password: str, known_hash: str) -> bool: ...

    def is_outdated(self, known_hash: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that begins: its token, and the one by which the browser is known from now on."""

    token: str
    device: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one attempt is counted under; `pair` is cleared when it succeeds."""

    pair: str
    delays: Mapping[str, Delay]


class SignIn:
    """Begins, reads and ends sessions. A browser holds the token; the database holds its SHA-256."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        attempts: Attempts,
        passwords: PasswordCheck,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        idle_limit: timedelta = IDLE_LIMIT,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._attempts = attempts
        self._passwords = passwords
        self._now = now
        self._idle_limit = idle_limit
        # An unknown name is verified against this one, so that it takes as long as a known one.
        self._nobodys_hash = passwords.hash(secrets.token_urlsafe(32))

    def sign_in(self, name: str, password: str, address: str, device: str = "") -> Begun:
        """Begin a session, whose token is always a new one; `device` is what an earlier sign-in gave this browser.

        Raises SignInFailed, in the same words and after the same work whether the name, the password or
        the account is wrong; with `retry_seconds` for an attempt that comes too early, which is not counted.
        """
        person_id, now = PersonId(name.strip().lower()), self._now()
        network = _key("network", network_of(address), person_id)
        attempt = self._attempt(person_id, address, device, known_as=network, now=now)
        # Counted before verifying, so that attempts sent all at once are counted too.
        if wait := self._attempts.count(attempt.delays, at=now):
            raise SignInFailed("There were too many attempts.", retry_seconds=wait)
        known_hash = self._accounts.password_hash(person_id)
        try:
            is_right = self._passwords.matches(password, known_hash or self._nobodys_hash)
        except SignInFailed:  # too many at once: nobody looked at the password
            self._attempts.take_back(attempt.delays, at=now, cleared="")
            raise
        person = self._accounts.person(person_id)
        if known_hash is None or not is_right or person is None or not person.is_active:
            raise SignInFailed("The name or the password is wrong.")
        self._attempts.take_back(attempt.delays, at=now, cleared=attempt.pair)
        if self._passwords.is_outdated(known_hash):
            self._accounts.renew_hash(person_id, known_hash=known_hash, password=password)
        token = secrets.token_urlsafe(32)
        self._sessions.start(_token_hash(token), person_id, at=now, started_before=now - ABSOLUTE_LIMIT)
        return Begun(token, self._made_known(person_id, device, network, now))

    def person_of(self, token: str) -> Person | None:
        """Return whose session it is, with her roles as they stand now; None when it is over or she is disabled."""
        digest, now = _token_hash(token), self._now()
        session = self._sessions.find(digest)
        if session is None:
            return None
        if now - session.seen_at > self._idle_limit or now - session.started_at > ABSOLUTE_LIMIT:
            self._sessions.end(digest)
            return None
        if now - session.seen_at >= SEEN_EVERY:
            with suppress(StorageUnavailable):  # on a full disk the queue can still be read
                self._sessions.seen(digest, at=now)
        return session.person if session.person.is_active else None

    def sign_out(self, token: str) -> None:
        self._sessions.end(_token_hash(token))

    def csrf_token(self, token: str) -> str:
        """Return what the forms of this session carry: nobody makes it who does not hold the session's token."""
        return hmac.new(_in_bytes(token), _CSRF_LABEL, hashlib.sha256).hexdigest()

    def csrf_is_right(self, token: str, given: str) -> bool:
        return hmac.compare_digest(self.csrf_token(token).encode(), _in_bytes(given))

    def _attempt(self, person_id: PersonId, address: str, device: str, *, known_as: str, now: datetime) -> _Attempt:
        """Return what an attempt is counted under: the failures of strangers delay nobody where she is known."""
        browser = _key("browser", device)
        known = self._attempts.known(person_id, (browser, known_as), since=now - KNOWN_FOR)
        if browser in known:
            pair = _key("browser and name", device, person_id)
            return _Attempt(pair, {pair: OF_A_PAIR})
        of_network = network_of(address)
        pair = _key("network and name", of_network, person_id)
        if known_as in known:
            return _Attempt(pair, {pair: OF_A_PAIR})
        name, network = _key("name", person_id), _key("any name", of_network)
        return _Attempt(pair, {pair: OF_A_PAIR, name: OF_A_NAME, network: OF_A_NETWORK})

    def _made_known(self, person_id: PersonId, device: str, network: str, now: datetime) -> str:
        """Keep that she signed in from here; return the browser's token, a new one unless she got this one from us."""
        browser, since = _key("browser", device), now - KNOWN_FOR
        if browser not in self._attempts.known(person_id, (browser,), since=since):
            device = secrets.token_urlsafe(32)
        self._attempts.know(person_id, (_key("browser", device), network), at=now, since=since)
        return device


def _key(kind: str, *values: str) -> str:
    """Return what attempts are counted under; hashed, because people type passwords into the name's field."""
    return f"{kind}:{hashlib.sha256(_in_bytes(chr(0).join(values))).hexdigest()}"


def _token_hash(token: str) -> str:
    return hashlib.sha256(_in_bytes(token)).hexdigest()


def _in_bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
