"""The verifier: the reranker that comes with Noa, which aligns the words of question and entry."""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from noa_rag.domain.question import Question
from noa_rag.french.places import BUILT_IN, Gazetteer
from noa_rag.retrieval.calibration import BUNDLED_RERANKER
from noa_rag.retrieval.index import SearchIndex, derived_path
from noa_rag.retrieval.model_loading import model_of
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.reranker import Reranker, Vector
from noa_rag.retrieval.verifier.aligner import Aligner, Pair, Tokens
from noa_rag.retrieval.verifier.token_cache import TokenCache, TokenReader, TokenStore

BUNDLED_VERIFIER = Path(__file__).parent / "aligner.onnx"
WORDS_READ = 360  # tokens of the passages of one candidate


class ScoresPairs(Protocol):
    """Scores pairs, of log-odds that the entry answers the question: an aligner, or several in training."""

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """Return a score for each pair."""


class Verifier(Reranker):
    """Compares the token vectors of a question with those of candidate entries."""

    def __init__(
        self, index: SearchIndex, tokens: TokenCache, aligner: ScoresPairs, gazetteer: Gazetteer = BUILT_IN
    ) -> None:
        super().__init__(index, gazetteer)
        self.tokens = tokens
        self.aligner = aligner

    @property
    def fingerprint(self) -> str:
        return BUNDLED_RERANKER

    def over(self, index: SearchIndex) -> "Verifier":
        """Return a verifier over another index that shares the cache of token vectors."""
        return Verifier(index, self.tokens, self.aligner, self.gazetteer)

    def warm(self, pause: Callable[[float], bool] = lambda seconds: False) -> None:
        """Read entries ahead, so that visitors need not wait: questions and passages, then other ways of asking.

        This takes a minute of both cores for 360 entries, or seconds where an earlier process left the vectors on disk,
        which also holds those that do not fit in memory. Texts are taken in random order, so that workers reading at
        once find on disk what others have read. `pause` is called after each text with the seconds it took; it may
        sleep, and stops the reading by returning True.
        """
        texts = self.index.snapshot.texts
        self.tokens.keep_only((text.embedded_text, text.kind is Kind.QUESTION) for text in texts)
        first = [text for text in texts if text.kind is Kind.PASSAGE or text.number == 0]
        others = [text for text in texts if not (text.kind is Kind.PASSAGE or text.number == 0)]
        for text in (*random.sample(first, len(first)), *random.sample(others, len(others))):
            start = time.perf_counter()
            self.tokens.tokens(text.embedded_text, is_query=text.kind is Kind.QUESTION)
            if pause(time.perf_counter() - start):
                return

    def close(self) -> None:
        self.tokens.close()

    def direction(self, question: Question) -> Vector:
        mean: Vector = self._asked(question).astype(np.float32).mean(axis=0)
        mean /= np.linalg.norm(mean)
        return mean

    def readings(self, question: Question, chosen: Sequence[list[SearchedText]]) -> list[float]:
        readings_of = self._asked(question)
        return self.aligner.score([pair_of(readings_of, texts, self.tokens) for texts in chosen])

    def _asked(self, question: Question) -> Tokens:
        return self.tokens.tokens(question.normalised, is_query=True, is_kept=False)


def pair_of(asked: Tokens, texts: Sequence[SearchedText], cache: TokenCache) -> Pair:
    """Return the pair of a question's tokens and the texts of `chosen_texts`."""
    own, nearest, *passages = texts
    parts = [cache.tokens(searched.embedded_text, is_query=True) for searched in (own, nearest)]
    read = [cache.tokens(passage.embedded_text, is_query=False) for passage in passages]
    text = np.concatenate(read)[:WORDS_READ] if read else np.zeros((0, asked.shape[1]), np.float16)
    segments = np.repeat([0, 1, 2], [len(parts[0]), len(parts[1]), len(text)])
    return Pair(asked, np.concatenate([*parts, text]), segments)


def read_verifier(
    index: SearchIndex,
    model: TokenReader,
    fingerprint: str,
    path: Path = BUNDLED_VERIFIER,
    *,
    gazetteer: Gazetteer = BUILT_IN,
    kept_in: Path | None = None,
) -> Verifier | None:
    """Return the verifier that was trained for this embedding model; None for any other, or where none was trained.

    What it reads of entries is kept in a file of the folder `kept_in`.
    """
    if not path.is_file():
        return None
    aligner = Aligner(path)
    if model_of(fingerprint) != aligner.model:
        return None
    store = TokenStore(derived_path(kept_in, "tokens", fingerprint)) if kept_in else None
    return Verifier(index, TokenCache(model, store=store), aligner, gazetteer)
