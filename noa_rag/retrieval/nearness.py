"""How near passages of one entry are to a question: by vectors, shared words, and the kind of figure asked for."""

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from noa_rag.cache import Cache
from noa_rag.french.words import fold, stems
from noa_rag.retrieval.embedding import Embedder
from noa_rag.retrieval.thresholds import FIGURE_WEIGHT, WORDS_WEIGHT

VECTORS_KEPT = 4_000  # 6 MB: the sentences of some 400 entries
_ASKS_TIME = re.compile(
    r"combien de temps|delai|\bquand\b|duree|\bjours?\b|\bdates?\b|jusqu|longtemps|avant de|\bkan\b"
    r"|how long|when|deadline"
)
_ASKS_NUMBER = re.compile(
    r"combien|cout|prix|montant|tarif|taux|pourcent|seuil|plafond|maximum|minimum|\bcb\b|€|euros?\b"
    r"|how m(?:uch|any)|cost"
)
_HAS_TIME = re.compile(
    r"\d+ ?(?:er |e )?(?:jours?|mois|ans?|heures?|semaines?|janv|fevr|mars|avr|mai|juin|juil|aout|sept|oct|nov|dec)"
    r"|\b20\d\d\b|\bavant\b|\bapres\b"
)
_HAS_NUMBER = re.compile(r"\d")


class VectorNearness:
    """Compares texts of one entry with a question; vectors of texts read lately are kept."""

    def __init__(self, embedder: Embedder, *, limit: int = VECTORS_KEPT) -> None:
        self._embedder = embedder
        self._kept: Cache[str, NDArray[np.float32]] = Cache(limit)

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return one figure for each text, in standard deviations over these texts; larger is nearer."""
        if not texts:
            return []
        asked = self._embedder.embed_queries([question])[0]
        cosines = np.array([float(asked @ vector) for vector in self._vectors(texts)])
        words = np.array(_shared_words(question, texts))
        figures = np.array(_fitting_figures(question, texts))
        scores = _standard(cosines) + WORDS_WEIGHT * _standard(words) + FIGURE_WEIGHT * figures
        return [float(score) for score in scores]

    def _vectors(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        known = {text: vector for text in texts if (vector := self._kept.get(text)) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            made = self._embedder.embed_passages(missing)
            known |= {text: self._kept.keep(text, vector) for text, vector in zip(missing, made, strict=True)}
        return [known[text] for text in texts]


def _shared_words(question: str, texts: Sequence[str]) -> list[float]:
    """Return for each text the share of the question's words in it, each weighed by how few of the texts have it."""
    found = [set(stems(text)) for text in texts]
    texts_with = Counter(stem for one in found for stem in one)
    weight = {stem: math.log(1 + len(texts) / (1 + texts_with[stem])) for stem in set(stems(question))}
    whole = sum(weight.values()) or 1.0
    return [sum(weight[stem] for stem in weight.keys() & one) / whole for one in found]


def _fitting_figures(question: str, texts: Sequence[str]) -> list[float]:
    """Return 1.0 for each text with a time where a time is asked for, with a number where one is; else 0.0."""
    asked = fold(question)
    if _ASKS_TIME.search(asked):
        return [float(bool(_HAS_TIME.search(fold(text)))) for text in texts]
    if _ASKS_NUMBER.search(asked):
        return [float(bool(_HAS_NUMBER.search(text))) for text in texts]
    return [0.0] * len(texts)


def _standard(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(scores.std())
    centred: NDArray[np.float64] = scores - scores.mean()
    return centred / spread if spread > 1e-6 else centred
