"""How near passages of one entry are to a question, by sentence vectors."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from noa_rag.retrieval.embedding import Embedder

VECTORS_KEPT = 4_000  # 6 MB: the sentences of some 400 entries


class VectorNearness:
    """Cosines of a question with short texts; vectors of texts read lately are kept."""

    def __init__(self, embedder: Embedder, *, limit: int = VECTORS_KEPT) -> None:
        self._embedder = embedder
        self._limit = limit
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._turn = threading.Lock()

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the cosine of each text with the question, -1 to 1."""
        if not texts:
            return []
        asked = self._embedder.embed_queries([question])[0]
        return [float(asked @ vector) for vector in self._vectors(texts)]

    def _vectors(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        with self._turn:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= dict(zip(missing, self._embedder.embed_passages(missing), strict=True))
        with self._turn:
            for text in texts:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return [known[text] for text in texts]
