"""Attempts to sign in: counted before their outcome is known, and apart for known browsers and networks."""

import hashlib
import secrets
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from structlog import get_logger

from noa_rag.domain.errors import SignInFailed
from noa_rag.domain.limits import network_of
from noa_rag.domain.people import PersonId
from noa_rag.domain.sign_in import OF_A_NAME, OF_A_NAMES_CODES, OF_A_NETWORK, OF_A_PAIR, Delay
from noa_rag.storage.sign_in import SignInAttempts

KNOWN_FOR = timedelta(days=180)  # since the last sign-in from that browser or network
AUDITED_EVERY = timedelta(minutes=10)  # of one account: a flood of failures must not fill the audit
_log = get_logger()


class What(StrEnum):
    """What is tried: passwords and codes are counted apart, so that a right password clears no wrong codes."""

    PASSWORD = ""
    CODE = "code of "


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an attempt comes from: an address, and the token of a browser that has signed in before."""

    address: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """A counted attempt: the keys it is counted under, of which `pair` is cleared when the attempt was right."""

    pair: str
    delays: Mapping[str, Delay]
    at: datetime


class Tries:
    """Counts attempts in a store that all workers share."""

    def __init__(self, attempts: SignInAttempts) -> None:
        self._attempts = attempts
        self._failures: Counter[PersonId] = Counter()
        self._written_at: dict[PersonId, datetime] = {}
        self._turn = threading.Lock()

    def count(self, what: What, person_id: PersonId, origin: Origin, *, at: datetime) -> Tried:
        """Count an attempt as failed. Raises SignInFailed with the seconds to wait where it comes too early."""
        tried = self._tried(what, person_id, origin, at)
        if wait := self._attempts.count(tried.delays, at=at):
            raise SignInFailed("There were too many attempts.", retry_seconds=wait)
        return tried

    def was_right(self, tried: Tried) -> None:
        self._attempts.take_back(tried.delays, at=tried.at, cleared=tried.pair)

    def was_not_looked_at(self, tried: Tried) -> None:
        self._attempts.take_back(tried.delays, at=tried.at, cleared="")

    def note_failure(self, account: PersonId | None, step: str, *, too_early: bool) -> None:
        """Log a failed sign-in, and count it for the audit. A name without an account may be a password: not kept."""
        _log.warning("sign_in_failed", account=account or "", step=step, too_early=too_early)
        if account:
            with self._turn:
                self._failures[account] += 1

    def write_failures(self, at: datetime) -> None:
        """Write the failures of each account to the audit, unless a line was written less than ten minutes ago."""
        with self._turn:
            written = {name for name, last in self._written_at.items() if at - last < AUDITED_EVERY}
            due = {name: count for name, count in self._failures.items() if name not in written}
        if due:
            self._attempts.write_failures(due, at=at)
            with self._turn:
                self._failures -= Counter(due)
                self._written_at |= dict.fromkeys(due, at)

    def know(self, person_id: PersonId, origin: Origin, *, at: datetime) -> str:
        """Remember that she signed in from here; return the browser's token, a new one unless it has one of ours."""
        browser, since = _key("browser", origin.device), at - KNOWN_FOR
        device = origin.device
        if browser not in self._attempts.known(person_id, (browser,), since=since):
            device = secrets.token_urlsafe(32)
        self._attempts.know(person_id, (_key("browser", device), _network(person_id, origin)), at=at, since=since)
        return device

    def _tried(self, what: What, person_id: PersonId, origin: Origin, at: datetime) -> Tried:
        """Return the keys an attempt is counted under: where she is known, strangers' failures do not delay her."""
        browser, known_as = _key("browser", origin.device), _network(person_id, origin)
        known = self._attempts.known(person_id, (browser, known_as), since=at - KNOWN_FOR)
        if browser in known:
            pair = _key(f"{what}browser and name", origin.device, person_id)
            return Tried(pair, {pair: OF_A_PAIR}, at)
        of_network = network_of(origin.address)
        pair = _key(f"{what}network and name", of_network, person_id)
        if known_as in known:
            return Tried(pair, {pair: OF_A_PAIR}, at)
        name, network = _key(f"{what}name", person_id), _key(f"{what}any name", of_network)
        of_a_name = OF_A_NAMES_CODES if what is What.CODE else OF_A_NAME
        return Tried(pair, {pair: OF_A_PAIR, name: of_a_name, network: OF_A_NETWORK}, at)


def _network(person_id: PersonId, origin: Origin) -> str:
    return _key("network", network_of(origin.address), person_id)


def _key(kind: str, *values: str) -> str:
    """Return a key that attempts are counted under; hashed, because people type passwords into the name field."""
    text = chr(0).join(values).encode(errors="surrogatepass")
    return f"{kind}:{hashlib.sha256(text).hexdigest()}"
