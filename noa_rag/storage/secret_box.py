"""What is sealed in the database with the operator's key, so that a copy of the database alone does not give it."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from noa_rag.domain.errors import NoaError

_SEALED = "sealed:"


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
