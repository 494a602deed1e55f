"""Token vectors of texts that were read lately, in a byte a number."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from noa_rag.retrieval.verifier.aligner import Tokens

BYTES_KEPT = 100_000_000  # all that a base of 360 entries is read for takes 82 MB
_LARGEST = 127


class TokenReader(Protocol):
    """A model that gives one vector for each token of a text."""

    def token_vectors(self, text: str, *, is_query: bool) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class _Kept:
    rows: NDArray[np.int8]
    scales: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        return self.rows.nbytes + self.scales.nbytes


class TokenCache:
    """Returns unit token vectors, computed once for each text; the texts read longest ago are forgotten."""

    def __init__(self, model: TokenReader, *, limit: int = BYTES_KEPT) -> None:
        self._model = model
        self.limit = limit
        self._size = 0
        self._kept: OrderedDict[tuple[str, bool], _Kept] = OrderedDict()
        self._turn = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether a text more would push another out."""
        return self._size >= self.limit

    def tokens(self, text: str, *, is_query: bool, is_kept: bool = True) -> Tokens:
        """Return the token vectors of a text, each of length one, shape (tokens, dimension)."""
        key = (text, is_query)
        with self._turn:
            if kept := self._kept.get(key):
                self._kept.move_to_end(key)
        if kept is None:
            kept = _compressed(self._model.token_vectors(text, is_query=is_query))
            if is_kept:
                self._keep(key, kept)
        return (kept.rows * kept.scales).astype(np.float16)

    def _keep(self, key: tuple[str, bool], kept: _Kept) -> None:
        with self._turn:
            if key in self._kept:  # another thread read it meanwhile
                return
            self._kept[key] = kept
            self._size += kept.nbytes
            while self._size > self.limit and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._size -= oldest.nbytes


def _compressed(vectors: NDArray[np.float32]) -> _Kept:
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    scales = np.maximum(np.abs(unit).max(axis=1, keepdims=True), 1e-9) / _LARGEST
    return _Kept(np.rint(unit / scales).astype(np.int8), scales.astype(np.float32))
