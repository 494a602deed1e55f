"""Passwords as Argon2id hashes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from noa_rag.domain.errors import InvalidRequest, SignInFailed

MIN_LENGTH = 12  # CNIL 2022, for a password with attempts limited; no rule about kinds of characters
MAX_LENGTH = 200
MAX_AT_ONCE = 2  # each hash takes 64 MB and a core
BUSY_SECONDS = 10


class Passwords:
    """Hashes and verifies with argon2-cffi's default parameters, at most two at a time in a process.

    Callers that would wait for more than ten seconds get SignInFailed.
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
        """Return whether this hash was made with other parameters than today's."""
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
    """Raise InvalidRequest when this cannot be a password."""
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
