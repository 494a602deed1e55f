"""The verifier: the first candidates are read together with the question, and put in order again."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from noa_rag.domain.match import Match, Retrieved
from noa_rag.domain.places import BUILT_IN, Gazetteer
from noa_rag.domain.question import Question
from noa_rag.retrieval.index import SearchIndex, Snapshot, derived_path
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.verifier.aligner import Aligner, Pair, Tokens, batch, load_aligners, model_of_aligners
from noa_rag.retrieval.verifier.insistence import insistence
from noa_rag.retrieval.verifier.token_cache import TokenCache, TokenReader
from noa_rag.retrieval.verifier.token_store import TokenStore

BUNDLED_VERIFIER = Path(__file__).parent / "aligner.safetensors"
READ_LIMIT = 3  # candidates; a fourth is right in one question of a hundred
PASSAGES_READ = 2  # of each candidate, the nearest by meaning
WORDS_READ = 360  # tokens of the passages of one candidate
READING_WEIGHT = 0.3  # of a reading in the order, beside the fused score; from 0.1 to 0.8 the order is about as good


class ReadQuestion:
    """A question as it is read: its token vectors, and the direction of their mean."""

    def __init__(self, normalised: str, tokens: TokenCache) -> None:
        self.normalised = normalised
        self._cache = tokens

    @cached_property
    def tokens(self) -> Tokens:
        return self._cache.tokens(self.normalised, is_query=True, is_kept=False)

    @cached_property
    def vector(self) -> np.ndarray:
        mean: np.ndarray = self.tokens.astype(np.float32).mean(axis=0)
        mean /= np.linalg.norm(mean)
        return mean

    def light(self) -> "ReadQuestion":
        """Return the same question with its direction at hand, and its tokens to be made again when needed."""
        one = ReadQuestion(self.normalised, self._cache)
        one.vector = self.vector
        return one


class Verifier:
    """Reads a question and candidate entries together."""

    def __init__(
        self, index: SearchIndex, tokens: TokenCache, aligners: Sequence[Aligner], gazetteer: Gazetteer = BUILT_IN
    ) -> None:
        self.index = index
        self.tokens = tokens
        self.aligners = list(aligners)
        self.gazetteer = gazetteer

    def over(self, index: SearchIndex) -> "Verifier":
        """Return the same reader for another index, with what was read kept."""
        return Verifier(index, self.tokens, self.aligners, self.gazetteer)

    def warm(self, pause: Callable[[float], bool] = lambda seconds: False) -> None:
        """Read entries ahead, so that visitors need not wait: questions and passages, then other ways of asking.

        A minute of both cores for 360 entries, seconds where an earlier process left it on disk; a base with more than
        is kept is read ahead in part. `pause` hears after each text how many seconds it took, may sleep, and ends the
        reading when it returns True.
        """
        texts = self.index.snapshot.texts
        self.tokens.keep_only((text.embedded_text, text.kind is Kind.QUESTION) for text in texts)
        first = [text for text in texts if text.kind is Kind.PASSAGE or text.number == 0]
        others = [text for text in texts if not (text.kind is Kind.PASSAGE or text.number == 0)]
        for text in (*first, *others):
            start = time.perf_counter()
            if self.tokens.is_full:
                return
            self.tokens.tokens(text.embedded_text, is_query=text.kind is Kind.QUESTION)
            if pause(time.perf_counter() - start):
                return

    def close(self) -> None:
        self.tokens.close()

    def read(self, question: Question, retrieved: Retrieved) -> Retrieved:
        """Return what was retrieved with the first matches in a new order, and with what reading them told.

        Each of them gets the figure `read`, log-odds that its entry answers, and those of `insistence`.
        """
        snapshot = self.index.snapshot
        known = [match for match in retrieved.matches[:READ_LIMIT] if match.entry_id in snapshot.spans]
        if not known:
            return retrieved
        asked = self._asked(question)
        chosen = [chosen_texts(snapshot, match, asked.vector) for match in known]
        scores = self._readings(asked, chosen)
        reread = [
            replace(
                match,
                score=match.score + READING_WEIGHT * score,
                evidence={**match.evidence, "read": score, **self._insistence(question, snapshot, match, texts)},
            )
            for match, score, texts in zip(known, scores, chosen, strict=True)
        ]
        reread.sort(key=lambda match: (-match.score, match.entry_id))
        read_ids = {match.entry_id for match in known}
        rest = [match for match in retrieved.matches if match.entry_id not in read_ids]
        ordered = tuple(replace(match, rank=rank) for rank, match in enumerate([*reread, *rest], start=1))
        return replace(retrieved, matches=ordered)

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the mean score of the aligners for each pair."""
        # Threads wait for each other at every one of these small steps: two took twice as long as one.
        torch.set_num_threads(1)
        with torch.inference_mode():
            arguments = batch(pairs)
            total = torch.stack([aligner(*arguments) for aligner in self.aligners]).mean(dim=0)
        return [float(one) for one in total]

    def _asked(self, question: Question) -> ReadQuestion:
        return ReadQuestion(question.normalised, self.tokens)

    def _readings(self, asked: ReadQuestion, chosen: Sequence[list[SearchedText]]) -> list[float]:
        return self.score([pair_of(asked.tokens, texts, self.tokens) for texts in chosen])

    def _insistence(
        self, question: Question, snapshot: Snapshot, match: Match, texts: Sequence[SearchedText]
    ) -> dict[str, float]:
        title = " ".join(text.text for text in texts if text.kind is Kind.QUESTION)
        whole = "\n".join(text.embedded_text for text in snapshot.texts_of(match.entry_id))
        elsewhere = self.gazetteer.is_elsewhere(question.normalised, snapshot.regions[match.entry_id])
        return {**insistence(question.normalised, title, whole), "elsewhere": float(elsewhere)}


def chosen_texts(snapshot: Snapshot, match: Match, vector: np.ndarray) -> list[SearchedText]:
    """Return what is read of an entry: its question, the nearest way of asking, the nearest passages in their order."""
    span, question_count = snapshot.spans[match.entry_id], snapshot.question_counts[match.entry_id]
    texts = snapshot.texts[span]
    similarities = snapshot.vectors[span] @ vector
    nearest = texts[int(similarities[:question_count].argmax())]
    order = np.argsort(-similarities[question_count:], kind="stable")[:PASSAGES_READ]
    return [texts[0], nearest, *(texts[question_count + at] for at in sorted(order))]


def pair_of(asked: Tokens, texts: Sequence[SearchedText], cache: TokenCache) -> Pair:
    """Return the pair of a question's tokens and the texts of `chosen_texts`."""
    own, nearest, *passages = texts
    parts = [cache.tokens(one.embedded_text, is_query=True) for one in (own, nearest)]
    read = [cache.tokens(one.embedded_text, is_query=False) for one in passages]
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
    if not path.is_file() or not fingerprint.startswith(model_of_aligners(path)):
        return None
    store = TokenStore(derived_path(kept_in, "tokens", fingerprint)) if kept_in else None
    return Verifier(index, TokenCache(model, store=store), load_aligners(path), gazetteer)
