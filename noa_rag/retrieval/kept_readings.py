"""Readings kept, for questions that are asked of many bases that differ in an entry or two."""

from collections.abc import Callable, Hashable, Sequence

from noa_rag.cache import Cache
from noa_rag.domain.question import Question
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.passages import SearchedText
from noa_rag.retrieval.reranker import Reranker, Vector

READINGS_KEPT = 12_000  # three candidates of 4,000 questions; half a kilobyte each
QUESTIONS_KEPT = 4_000  # their vectors: 6 MB


class KeptReadings(Reranker):
    """Reads as another reranker does, and each question with the same texts only once.

    A reading depends on the question and on the entry's texts alone, so it holds in every base that has the entry
    unchanged.
    """

    def __init__(self, reader: Reranker) -> None:
        super().__init__(reader.index, reader.gazetteer)
        self.reader = reader
        self._directions: Cache[str, Vector] = Cache(QUESTIONS_KEPT)
        self._scores: Cache[Hashable, float] = Cache(READINGS_KEPT)

    @property
    def fingerprint(self) -> str:
        return self.reader.fingerprint

    def over(self, index: SearchIndex) -> "KeptReadings":
        other = KeptReadings(self.reader.over(index))
        other._directions, other._scores = self._directions, self._scores
        return other

    def forget_questions(self) -> None:
        """Forget what was kept of questions; what was read of entries stays."""
        self._directions.forget()
        self._scores.forget()

    def warm(self, pause: Callable[[float], bool] = lambda seconds: False) -> None:
        self.reader.warm(pause)

    def close(self) -> None:
        self.reader.close()

    def direction(self, question: Question) -> Vector:
        return self._directions.get_or_make(question.normalised, lambda: self.reader.direction(question))

    def readings(self, question: Question, chosen: Sequence[list[SearchedText]]) -> list[float]:
        keys = [(question.normalised, *texts) for texts in chosen]
        known = [self._scores.get(key) for key in keys]
        missing = [place for place, score in enumerate(known) if score is None]
        if missing:
            fresh = self.reader.readings(question, [chosen[place] for place in missing])
            for place, score in zip(missing, fresh, strict=True):
                known[place] = self._scores.keep(keys[place], score)
        return [score for score in known if score is not None]
