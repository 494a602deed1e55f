"""The aligner as the service runs it: an ONNX graph that scores pairs of a question and an entry, word by word.

`evals.lab.verifier.network` says what the network is, trains it and writes the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.errors import NoaError

Tokens = NDArray[np.float16]
SEGMENTS = 3  # the entry's question, the way of asking that comes nearest, its text
INPUTS = ("question", "is_word", "entry", "is_entry", "segments")
SCORES = "scores"


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and an entry as token vectors, shapes (words, dimension); `segments` says what each word is of."""

    question: Tokens
    entry: Tokens
    segments: NDArray[np.int64]


class Aligner:
    """Scores pairs: above 0 the entry likelier answers than not, in log-odds of the training pairs.

    Raises NoaError when the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        # Threads wait for each other at every one of these small steps: two took twice as long as one.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
            if {model_input.name for model_input in self._session.get_inputs()} != set(INPUTS):
                raise NoaError("it takes other inputs")
            self.model = str(self._session.get_modelmeta().custom_metadata_map["model"])
        except Exception as error:  # onnxruntime raises a class of its own for each kind of damage
            raise NoaError(f"The verifier {path.name} cannot be read ({error}). Run `make verifier`.") from error
        self.dimension = int(
            next(model_input.shape[-1] for model_input in self._session.get_inputs() if model_input.name == "question")
        )

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """Return a score for each pair."""
        (scores,) = self._session.run([SCORES], padded(pairs))
        return [float(score) for score in scores]


def padded(pairs: Sequence[Pair]) -> dict[str, NDArray[Any]]:
    """Return what an aligner reads of several pairs, by the names of INPUTS, padded to the longest.

    Token vectors (pairs, words, dimension) in single precision; which words are real, and what each word of the entry
    is of (pairs, words).
    """
    question, is_word = _filled([pair.question for pair in pairs])
    entry, is_entry = _filled([pair.entry for pair in pairs])
    segments = np.zeros(is_entry.shape, np.int64)
    for row, pair in enumerate(pairs):
        segments[row, : len(pair.segments)] = pair.segments
    return dict(zip(INPUTS, (question, is_word, entry, is_entry, segments), strict=True))


def _filled(tokens: Sequence[Tokens]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    longest = max(len(token) for token in tokens)
    filled = np.zeros((len(tokens), longest, tokens[0].shape[1]), np.float32)
    is_real = np.zeros((len(tokens), longest), bool)
    for row, token in enumerate(tokens):
        filled[row, : len(token)] = token
        is_real[row, : len(token)] = True
    return filled, is_real
