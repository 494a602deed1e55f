"""Token vectors of texts that were read lately: in memory, and those of entries on disk as well."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from noa_rag.cache import Cache
from noa_rag.retrieval.verifier.aligner import Tokens
from noa_rag.retrieval.verifier.compressed import Compressed, compressed
from noa_rag.retrieval.verifier.token_store import Key, TokenStore

BYTES_KEPT = 100_000_000  # all that a base of 360 entries is read for takes 82 MB


class TokenReader(Protocol):
    """A model that gives one vector for each token of a text."""

    def token_vectors(self, text: str, *, is_query: bool) -> NDArray[np.float32]: ...


class TokenCache:
    """Returns unit token vectors, computed once for each text; the texts read longest ago are forgotten.

    With a store, what is kept outlives the process. What is not to be kept is never written.
    """

    def __init__(self, model: TokenReader, *, limit: int = BYTES_KEPT, store: TokenStore | None = None) -> None:
        self._model = model
        self._store = store
        self._kept: Cache[Key, Compressed] = Cache(limit, size_of=lambda kept: kept.nbytes)

    @property
    def is_full(self) -> bool:
        """Whether a text more would push another out."""
        return self._kept.is_full

    def tokens(self, text: str, *, is_query: bool, is_kept: bool = True) -> Tokens:
        """Return the token vectors of a text, each of length one, shape (tokens, dimension)."""
        key = (text, is_query)
        kept = self._kept.get(key)
        if kept is None and is_kept:
            kept = self._kept.keep(key, (self._store and self._store.get(key)) or self._read_to_keep(key))
        return (kept or self._read(key)).tokens()

    def allow(self, limit: int) -> None:
        """Keep so many bytes from now on."""
        self._kept.limit = limit

    def keep_only(self, keys: Iterable[Key]) -> None:
        """Forget every other text in the store; memory forgets by itself."""
        if self._store is not None:
            self._store.keep_only(keys)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _read(self, key: Key) -> Compressed:
        text, is_query = key
        return compressed(self._model.token_vectors(text, is_query=is_query))

    def _read_to_keep(self, key: Key) -> Compressed:
        kept = self._read(key)
        if self._store is not None:
            self._store.keep(key, kept)
        return kept
