"""The grouping of failed questions, put together over the base."""

from collections.abc import Sequence
from datetime import datetime

from noa_rag.assembly.service import Noa
from noa_rag.domain.failure import Asked, Failure, QuestionGroup
from noa_rag.retrieval.passages import Kind
from noa_rag.retrieval.words import words
from noa_rag.review.failures import failures
from noa_rag.review.grouping import ALIKE_ENOUGH, Assignment, Grouper
from noa_rag.review.likeness import Landscape, likeness
from noa_rag.review.noise import noise_in


class BaseGrouping:
    """Tells failures, noise and meanings with the service's own model, words and entries."""

    def __init__(self, noa: Noa) -> None:
        snapshot = noa.index.snapshot
        questions = [at for at, text in enumerate(snapshot.texts) if text.kind is Kind.QUESTION]
        self._lexical = snapshot.lexical
        self._embed = noa.index.embedder.embed_queries
        self._landscape = Landscape.over(snapshot.vectors[questions], snapshot.vectors)
        self._grouper = Grouper(self._embed, self._landscape)

    def failures(self, asked: Sequence[Asked], *, now: datetime) -> list[Failure]:
        return failures(asked, is_same=self._is_same, now=now)

    def is_noise(self, asked: Asked) -> bool:
        return noise_in(asked.text, knows=self._knows) is not None

    def assign(self, groups: Sequence[QuestionGroup], new: Sequence[Failure], *, now: datetime) -> Assignment:
        return self._grouper.assign(groups, new, now=now)

    def _is_same(self, question: str, other: str) -> bool:
        """Whether two questions are as alike as those of one group."""
        places = self._landscape.placed(self._embed([question, other]))
        return float(likeness(places[:1], places[1:])[0, 0]) >= ALIKE_ENOUGH

    def _knows(self, word: str) -> bool:
        """Whether a word, put right if it is misspelt, stands somewhere in the base."""
        return bool(words(word)) and not self._lexical.understand(word).unknown
