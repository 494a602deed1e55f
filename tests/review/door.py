"""A sign-in over the real stores, with a clock that tests turn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

import pytest
from argon2 import PasswordHasher

from noa_rag.domain.errors import SignInFailed
from noa_rag.domain.people import Person
from noa_rag.review.second_factor import SecondFactor
from noa_rag.review.security_keys import RelyingParty, SecurityKeys
from noa_rag.review.sign_in import SignIn
from noa_rag.review.sign_in_attempts import Tries
from noa_rag.storage.credentials import SecondFactorStore, SecretBox
from noa_rag.storage.database import Database
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.sign_in import SecurityKeyStore, SessionStore, SignInAttempts
from tests.factories import APPROVED_AT, a_person

PASSWORD, WRONG = "une phrase de passe", "une autre phrase"
KEY = "une clé de plus de trente-deux signes"
HOME = "192.0.2.7"
ADDRESS = "https://noa.example"
INES = a_person("ines", "inpi")
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class CountedPasswords(Passwords):
    """Quick hashes, and the work that was done."""

    verified: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(QUICK)

    def matches(self, password: str, known_hash: str) -> bool:
        self.verified.append(known_hash)
        return super().matches(password, known_hash)


def person_of(sign_in: SignIn, token: str) -> Person | None:
    """Return whose session it is; None when it is over or she is disabled."""
    session = sign_in.session_of(token)
    return session.person if session else None


class Door:
    """A sign-in over a base with one referent."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.moment = APPROVED_AT
        self.passwords = CountedPasswords()
        self.people = PeopleStore(database, self.passwords, lambda: self.moment)
        self.tries = Tries(SignInAttempts(database))
        self.factors = SecondFactorStore(database, SecretBox(KEY))
        self.factor = SecondFactor(self.factors, self.tries, self.now)
        self.keys = self.another_workers_keys()
        self.sign_in = self.another_worker()

    def another_workers_keys(self) -> SecurityKeys:
        party = RelyingParty.at(ADDRESS)
        return SecurityKeys(SecurityKeyStore(self.database), self.factor, self.tries, self.now, party)

    def another_worker(self, **options: Any) -> SignIn:
        sessions, keys = SessionStore(self.database), self.another_workers_keys()
        return SignIn(
            self.people, sessions, self.tries, self.passwords, self.factor, keys=keys, now=self.now, **options
        )

    def now(self) -> datetime:
        return self.moment

    def later(self, **duration: float) -> None:
        self.moment += timedelta(**duration)

    def enter(self, name: str = "ines", password: str = PASSWORD, address: str = HOME, device: str = "") -> str:
        return self.sign_in.sign_in(name, password, address, device).token

    def known_browser(self, address: str = HOME) -> str:
        """Sign in, and return by what the browser is known from then on."""
        return self.sign_in.sign_in("ines", PASSWORD, address).device

    def fail(self, times: int, name: str = "ines", address: str = HOME, device: str = "") -> SignInFailed:
        """Give a wrong password so many times, and return what was said last."""
        for _ in range(times):
            with pytest.raises(SignInFailed) as caught:
                self.enter(name, WRONG, address, device)
        return caught.value

    def guess(self, seconds: float, addresses: Sequence[str], device: str = "") -> int:
        """Give wrong passwords from all these addresses as fast as it goes; return how many were looked at."""
        before, end = len(self.passwords.verified), self.moment + timedelta(seconds=seconds)
        due = [(self.moment, address) for address in addresses]
        while due and due[0][0] < end:
            self.moment, address = heappop(due)
            wait = self.fail(1, address=address, device=device).retry_seconds
            heappush(due, (self.moment + timedelta(seconds=wait), address))
        self.moment = end
        return len(self.passwords.verified) - before
