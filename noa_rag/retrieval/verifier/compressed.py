"""Token vectors in a byte a number."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from noa_rag.retrieval.verifier.aligner import Tokens

_LARGEST = 127


@dataclass(frozen=True, slots=True)
class Compressed:
    """Unit vectors as whole numbers, shape (tokens, dimension), each row with its scale, shape (tokens, 1)."""

    rows: NDArray[np.int8]
    scales: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        return self.rows.nbytes + self.scales.nbytes

    def tokens(self) -> Tokens:
        return (self.rows * self.scales).astype(np.float16)


def compressed(vectors: NDArray[np.float32]) -> Compressed:
    """Return vectors brought to length one and compressed."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    scales = np.maximum(np.abs(unit).max(axis=1, keepdims=True), 1e-9) / _LARGEST
    return Compressed(np.rint(unit / scales).astype(np.int8), scales.astype(np.float32))
