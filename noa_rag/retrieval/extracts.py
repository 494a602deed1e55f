"""The passage of an entry that answers a question, shown word for word above the entry; or none.

Each passage, and "none of them", gets a weighted sum of its figures, and a softmax over these sums the probabilities (a
conditional logit, McFadden 1974). `make extracts` learns the weights from messages whose passages readers chose.
"""

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from noa_rag.cache import Cache
from noa_rag.domain.entry import EntryContent, EntryId, EntryVersion, official_text
from noa_rag.domain.passages import Passage, passages_of, readable
from noa_rag.french.quantities import stated_in
from noa_rag.french.words import fold, stems
from noa_rag.retrieval.embedding import Embedder, Vectors
from noa_rag.retrieval.model_loading import model_of
from noa_rag.retrieval.passages import Kind, SearchedText

LEARNED_PATH = Path(__file__).with_name("extracts.json")
PASSAGES_READ = 40  # of a long text, the first ones; a vector that is not kept yet costs some 8 ms
READ_BYTES = 12_000_000  # vectors of texts that were compared lately: half of 500 entries; others are read from disk
HEADING_WORDS = 4  # at most: so short a passage heads those after it
NO_ENTRY = EntryId("-")  # vectors are kept by what a text says, not by whose it is

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Learned:
    """The weights of a passage and of "none of them", and the probability from which a passage is shown."""

    passage: Mapping[str, float]
    nothing: Mapping[str, float]
    show_from: float
    model: str
    """The embedding model whose vectors were compared; nothing is shown with those of another."""


def read_learned(path: Path = LEARNED_PATH) -> Learned:
    """Return what `make extracts` learned."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Learned(content["passage"], content["nothing"], content["show_from"], content["model"])


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of each passage of a text for a question, and those of "none of them"."""

    passages: tuple[Passage, ...]
    figures: tuple[Mapping[str, float], ...]
    nothing: Mapping[str, float]


NOTHING_COMPARED = Compared((), (), {})


class Extracts:
    """Compares the passages of a text with a question.

    `vectors_of` returns the vectors of texts, and keeps them. With weights learned for another embedding model nothing
    is pointed out.
    """

    def __init__(
        self,
        embedder: Embedder,
        vectors_of: Callable[[Sequence[SearchedText]], Vectors],
        learned: Learned | None = None,
    ) -> None:
        self._embedder = embedder
        self._read_lately: Cache[tuple[str, ...], Vectors] = Cache(READ_BYTES, size_of=lambda vectors: vectors.nbytes)
        self._kept_vectors_of = vectors_of
        self._learned = learned or read_learned()
        self._is_known = model_of(embedder.fingerprint) == self._learned.model

    def extract(self, asked: str, content: EntryContent, shown: str) -> str | None:
        """Return the passage of the text shown that answers, None where none surely does or where it stands first.

        Nor where it only leads on to what follows: an extract has an end.
        """
        best, chance = self._best(asked, content, shown)
        if best is None or best.number == 1 or best.quote.rstrip(" *_").endswith((":", "?")):
            return None
        return best.quote if chance >= self._learned.show_from else None

    def nearest(self, asked: str, content: EntryContent, shown: str) -> tuple[str, float] | None:
        """Return the passage likeliest to answer, the first one too, with its probability."""
        best, chance = self._best(asked, content, shown)
        return (best.quote, chance) if best else None

    def _best(self, asked: str, content: EntryContent, shown: str) -> tuple[Passage | None, float]:
        """Return the likeliest passage; to "combien de temps" only one that states a duration can be it."""
        compared = self.compared(asked, content, shown) if self._is_known else NOTHING_COMPARED
        if not compared.passages:
            return None, 0.0
        chances = chances_of(compared, self._learned)
        stated = stated_in(asked)
        if stated:
            holds = [bool(stated.search(passage.quote.replace("*", "").lower())) for passage in compared.passages]
            left_out = float(chances[np.logical_not(holds)].sum())
            chances = np.where(holds, chances, 0.0) / max(1.0 - left_out, 1e-9)
        best = int(np.argmax(chances))
        return (compared.passages[best], float(chances[best])) if chances[best] else (None, 0.0)

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return one figure for each text, in standard deviations over these texts; larger is nearer."""
        if not texts:
            return []
        figures, _, _ = self._figures(question, texts, "")
        sums = np.array([_sum(figure, self._learned.passage) for figure in figures])
        spread = float(sums.std())
        return [float(similarity) for similarity in (sums - sums.mean()) / (spread if spread > 1e-6 else 1.0)]

    def compared(self, asked: str, content: EntryContent, shown: str) -> Compared:
        """Return the figures of the passages of a text that an entry shows."""
        passages = passages_of(shown)[:PASSAGES_READ]
        if len(passages) < 2:
            return NOTHING_COMPARED
        figures, question, nearest = self._figures(asked, readable(passages).texts, content.question)
        own = self._vectors_of(_questions(content)) @ question
        nothing = {
            "always": 1.0,
            "nearest_passage": nearest,
            "title": float(own[0]),
            "nearest_question": float(own.max()),
            "most_words": max(figure["words"] for figure in figures),
        }
        return Compared(passages, tuple(figures), nothing)

    def warm(self, versions: Sequence[EntryVersion], pause: Callable[[float], bool]) -> None:
        """Embed the passages of entries ahead, one entry after the other; see `Verifier.warm` for `pause`."""
        for version in versions:
            start = time.perf_counter()
            self.compared(version.content.question, version.content, official_text(version.content))
            if pause(time.perf_counter() - start):
                return

    def _vectors_of(self, texts: Sequence[SearchedText]) -> Vectors:
        key = tuple(text.embedded_text for text in texts)
        return self._read_lately.get_or_make(key, lambda: self._kept_vectors_of(texts))

    def _figures(self, asked: str, texts: Sequence[str], title: str) -> tuple[list[dict[str, float]], Vectors, float]:
        """Return the figures of each text, the vector of the question, and its highest cosine with a text."""
        question: Vectors = self._embedder.embed_queries([asked])[0]
        cosines = self._vectors_of([_passage(text, title) for text in texts]) @ question
        figures = [
            {
                "cosine": float(cosine - cosines.max()),
                "words": held,
                "length": math.log(max(len(text), 1)),
                "is_heading": float(len(text.split()) <= HEADING_WORDS),
                "leads_on": float(text.rstrip().endswith((":", "?"))),
                "says_yes_or_no": float(fold(text[:3]) in ("oui", "non")),
            }
            for text, cosine, held in zip(texts, cosines, _shared_words(asked, texts), strict=True)
        ]
        return figures, question, float(cosines.max())


def chances_of(compared: Compared, learned: Learned) -> Floats:
    """Return the probability of each passage that it answers; what they lack to 1 is that none does."""
    sums = np.array(
        [_sum(compared.nothing, learned.nothing), *(_sum(figure, learned.passage) for figure in compared.figures)]
    )
    chances = np.exp(sums - sums.max())
    whole: Floats = chances / chances.sum()
    return whole[1:]


def _sum(figures: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(weight * figures[name] for name, weight in weights.items())


def _passage(text: str, title: str) -> SearchedText:
    return SearchedText(NO_ENTRY, 0, 0, Kind.PASSAGE, text, title)


def _questions(content: EntryContent) -> list[SearchedText]:
    texts = [content.question, *(alternate.text for alternate in content.alternate_questions)]
    return [SearchedText(NO_ENTRY, 0, number, Kind.QUESTION, text) for number, text in enumerate(texts)]


def _shared_words(question: str, texts: Sequence[str]) -> list[float]:
    """Return for each text the share of the question's words in it, each weighed by how few of the texts have it."""
    held = [_stems_of(text) for text in texts]
    texts_with = Counter(stem for stems_held in held for stem in stems_held)
    weight = {stem: math.log(1 + len(texts) / (1 + texts_with[stem])) for stem in set(stems(question))}
    whole = sum(weight.values()) or 1.0
    return [sum(weight[stem] for stem in weight.keys() & stems_held) / whole for stems_held in held]


@lru_cache(maxsize=10_000)
def _stems_of(passage: str) -> frozenset[str]:
    return frozenset(stems(passage))
