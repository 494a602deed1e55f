"""The checker as the service runs it: a sentence against the whole paragraphs of its quote, by an ONNX graph.

`evals.lab.checker.network` says what the network is, trains it and writes the file.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from noa_rag.cache import Cache
from noa_rag.domain.errors import NoaError
from noa_rag.domain.passages import passages_of, readable
from noa_rag.rephrasing.gate.gate import Gate
from noa_rag.retrieval.model_loading import model_of
from noa_rag.retrieval.verifier.token_cache import TokenCache

LONGEST_PREMISE = 1_200  # characters; few paragraphs are longer
_BLOCK_END = re.compile(r"\n[ \t]*\n+")


def paragraphs_of(official_text: str) -> tuple[str, ...]:
    """Return the blocks of a text between empty lines, each as it stands."""
    return tuple(part for piece in _BLOCK_END.split(official_text) if (part := piece.strip()))


def paragraphs_around(quote: str, official_text: str) -> str:
    """Return the whole paragraphs that a quote stands in; the quote itself where the text does not have it."""
    start = official_text.find(quote)
    if start < 0 or not quote:
        return quote
    end = start + len(quote)
    before = [match.end() for match in _BLOCK_END.finditer(official_text, 0, start + 1) if match.end() <= start]
    after = _BLOCK_END.search(official_text, end)
    return official_text[before[-1] if before else 0 : after.start() if after else len(official_text)].strip()


def premise(paragraphs: str, *, title: str) -> str:
    """Return paragraphs as the checker reads them: no Markdown, the entry's question first ("il le faut si…")."""
    lines = readable(passages_of(paragraphs)).texts
    return "\n".join((title, *lines))[:LONGEST_PREMISE]


BUNDLED_CHECKER = Path(__file__).parent / "checker.onnx"
INPUTS = ("sentence", "is_word", "passage", "is_passage")
SCORES = "scores"
LONGEST_SENTENCE, LONGEST_PASSAGE = 96, 288  # tokens read of either side
BYTES_KEPT = 30_000_000  # of the vectors of passages: some 300 paragraphs
PAIRS_KEPT = 500  # a megabyte; while a text is written its sentences are checked each time that one more is whole
Tokens = NDArray[np.float16]


@runtime_checkable
class ReadsLayers(Protocol):
    """A model that gives for each token of a text its vectors from two depths."""

    def layered_vectors(self, text: str) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Layered:
    """Adapts such a model to `TokenReader`, so that a `TokenCache` can keep its vectors."""

    model: ReadsLayers

    def token_vectors(self, text: str, *, is_query: bool) -> NDArray[np.float32]:
        return self.model.layered_vectors(text)


@dataclass(frozen=True, slots=True)
class CheckerAbout:
    """What the file of a checker says of itself: its model, its threshold, and the curve of its probabilities."""

    model: str
    slope: float
    intercept: float
    threshold: float

    def probability(self, score: float) -> float:
        """Return how likely a sentence of this score is borne out."""
        return 1.0 / (1.0 + math.exp(-(self.slope * score + self.intercept)))


class SentenceChecker(Protocol):
    """What a gate asks about the sentences that its rules let through."""

    def behind(self, gate: Gate, official_text: str, *, title: str) -> Gate:
        """Return the gate that also asks about sentences over a text, which answers the title."""


class Checker:
    """Says how likely passages bear a sentence out. Raises NoaError when the file cannot be read."""

    def __init__(self, model: ReadsLayers, path: Path = BUNDLED_CHECKER) -> None:
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = 1  # its steps are small: threads would wait for each other
        options.log_severity_level = 3
        try:
            self._session: Any = InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
            metadata = self._session.get_modelmeta().custom_metadata_map
            numbers = (float(metadata[name]) for name in ("slope", "intercept", "threshold"))
            self.about = CheckerAbout(str(metadata["model"]), *numbers)
        except Exception as error:  # onnxruntime raises a class of its own for each kind of damage
            raise NoaError(f"The checker {path.name} cannot be read ({error}). Run `make checker`.") from error
        self._tokens = TokenCache(Layered(model), limit=BYTES_KEPT)
        self._known: Cache[tuple[str, str], float] = Cache(PAIRS_KEPT)

    def probability(self, sentence: str, passages: str) -> float:
        """Return how likely passages, as `premise` gives them, bear a sentence out; what was read is kept."""
        return self._known.get_or_make((sentence, passages), lambda: self._read(sentence, passages))

    def _read(self, sentence: str, passages: str) -> float:
        said = self._tokens.tokens(sentence, is_query=True, is_kept=False)
        (scores,) = self._session.run([SCORES], padded([(said, self._tokens.tokens(passages, is_query=False))]))
        return self.about.probability(float(scores[0]))

    def behind(self, gate: Gate, official_text: str, *, title: str) -> Gate:
        def entails(quote: str, sentence: str) -> float:
            return self.probability(sentence, premise(paragraphs_around(quote, official_text), title=title))

        return replace(gate, entails=entails, least_entailment=self.about.threshold)


def padded(pairs: Sequence[tuple[Tokens, Tokens]]) -> dict[str, NDArray[Any]]:
    """Return what the graph reads of several pairs, by the names of INPUTS, padded to the longest."""
    sides = zip(*pairs, strict=True)
    arrays = [filled(side, limit) for side, limit in zip(sides, (LONGEST_SENTENCE, LONGEST_PASSAGE), strict=True)]
    return dict(zip(INPUTS, (array for side in arrays for array in side), strict=True))


def filled(tokens: Sequence[Tokens], limit: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return texts padded to the longest, at most `limit` tokens of each, and which tokens are real."""
    longest = min(limit, max(len(token) for token in tokens))
    vectors = np.zeros((len(tokens), longest, tokens[0].shape[1]), np.float32)
    is_real = np.zeros((len(tokens), longest), bool)
    for row, token in enumerate(tokens):
        read = token[:longest]
        vectors[row, : len(read)] = read
        is_real[row, : len(read)] = True
    return vectors, is_real


def read_checker(model: object, fingerprint: str, path: Path = BUNDLED_CHECKER) -> Checker | None:
    """Return the checker that was trained for this embedding model; None for any other, or where none was trained."""
    if not path.is_file() or not isinstance(model, ReadsLayers):
        return None
    checker = Checker(model, path)
    return checker if checker.about.model == model_of(fingerprint) else None
