"""A small network that reads a question and an entry together, word by word.

Each word of the question looks for its counterpart in the entry, and each word of the entry's questions for its
counterpart in the question; what was found is compared, the words that matter counted more. This is decomposable
attention (Parikh et al. 2016, "A decomposable attention model for natural language inference") with the comparison of
Chen et al. 2017 ("Enhanced LSTM for natural language inference"), over the token vectors of the embedding model. Those
are trained for late interaction (Khattab and Zaharia 2020, "ColBERT"): how alike words are as they stand counts too.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from noa_rag.domain.errors import NoaError

Tokens = NDArray[np.float16]
SEGMENTS = 3  # the entry's question, the way of asking that comes nearest, its text
FEATURES_PER_WORD = 4
_HIDDEN_AWAY = -1e4


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and an entry as token vectors, shapes (words, dimension); `segments` says what each word is of."""

    question: Tokens
    entry: Tokens
    segments: NDArray[np.int64]


class Aligner(nn.Module):
    """Scores pairs: above 0 the entry likelier answers than not, in log-odds of the training pairs."""

    def __init__(self, dimension: int, *, width: int = 96, dropout: float = 0.0) -> None:
        super().__init__()
        self.match = nn.Linear(dimension, width)
        self.value = nn.Linear(dimension, width)
        self.sharpness = nn.Parameter(torch.tensor(3.0))
        self.preference = nn.Parameter(torch.zeros(SEGMENTS))
        self.weight = nn.Sequential(nn.Linear(dimension, 32), nn.GELU(), nn.Linear(32, 1))
        self.compare_question = _comparison(FEATURES_PER_WORD * width + 2 * SEGMENTS, width, dropout)
        self.compare_entry = _comparison(FEATURES_PER_WORD * width + 1, width, dropout)
        self.decide = nn.Sequential(
            nn.Linear(4 * width + 4, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, 1)
        )

    def forward(self, question: Tensor, is_word: Tensor, entry: Tensor, is_entry: Tensor, segments: Tensor) -> Tensor:
        """Return a score for each pair, shape (pairs,).

        `question` and `entry` are padded token vectors (pairs, words, dimension), `is_word` and `is_entry` say which
        words are real, `segments` what each word of the entry is of; all three (pairs, words).
        """
        alike = _unit(self.match(question)) @ _unit(self.match(entry)).transpose(1, 2)
        asked, given = self.value(question), self.value(entry)
        sharpness = self.sharpness.exp()
        drawn = alike * sharpness + self.preference[segments][:, None, :]
        counterpart = drawn.masked_fill(~is_entry[:, None, :], _HIDDEN_AWAY).softmax(-1) @ given
        of_segment = [(is_entry & (segments == one))[:, None, :] for one in range(SEGMENTS)]
        nearest = _nearest(alike, of_segment)
        as_they_stand = _nearest(_unit(question) @ _unit(entry).transpose(1, 2), of_segment)
        of_question = self.compare_question(torch.cat([*_compared(asked, counterpart), nearest, as_they_stand], dim=-1))
        # Only the words of its questions are weighed on the entry's side, and they stand first.
        is_title = is_entry & (segments < SEGMENTS - 1)
        titles = slice(0, int(is_title.sum(1).max()))
        is_title = is_title[:, titles]
        looked = alike[:, :, titles].transpose(1, 2)
        backward = (looked * sharpness).masked_fill(~is_word[:, None, :], _HIDDEN_AWAY).softmax(-1) @ asked
        found = looked.masked_fill(~is_word[:, None, :], -1.0).amax(-1, keepdim=True)
        of_entry = self.compare_entry(torch.cat([*_compared(given[:, titles], backward), found], dim=-1))
        weights = self.weight(question).squeeze(-1).sigmoid() * is_word
        title_weights = self.weight(entry[:, titles]).squeeze(-1).sigmoid() * is_title
        bests = nearest.amax(-1), as_they_stand.amax(-1)
        pooled = [
            _weighted_mean(of_question, weights),
            of_question.masked_fill(~is_word[..., None], _HIDDEN_AWAY).amax(1),
            _weighted_mean(of_entry, title_weights),
            of_entry.masked_fill(~is_title[..., None], _HIDDEN_AWAY).amax(1),
            *(_weighted_mean(best[..., None], weights) for best in bests),
            *(best.masked_fill(~is_word, 2.0).amin(1)[:, None] for best in bests),
        ]
        scores: Tensor = self.decide(torch.cat(pooled, dim=-1)).squeeze(-1)
        return scores


def batch(pairs: Sequence[Pair]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the arguments of an aligner for several pairs, padded to the longest."""
    question, is_word = _padded([pair.question for pair in pairs])
    entry, is_entry = _padded([pair.entry for pair in pairs])
    segments = torch.zeros(is_entry.shape, dtype=torch.long)
    for row, pair in enumerate(pairs):
        segments[row, : len(pair.segments)] = torch.from_numpy(pair.segments)
    return question, is_word, entry, is_entry, segments


def save_aligners(path: Path, aligners: Sequence[Aligner], about: Mapping[str, str]) -> None:
    """Write several aligners, whose scores are averaged, in half precision; `about` says what made them."""
    tensors = {
        f"{number}.{name}": tensor.to(torch.float16).contiguous()
        for number, aligner in enumerate(aligners)
        for name, tensor in aligner.state_dict().items()
    }
    save_file(tensors, path, metadata=dict(about))


def model_of_aligners(path: Path) -> str:
    """Return the embedding model that the aligners of a file read with. Raises NoaError when it cannot be read."""
    with _told_of(path), safe_open(path, framework="pt") as file:
        return str(file.metadata()["model"])


def load_aligners(path: Path) -> list[Aligner]:
    """Return the aligners of a file, ready to score. Raises NoaError when it cannot be read."""
    with _told_of(path):
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no dictionary)
        count = 1 + max(int(name.split(".")[0]) for name in tensors)
        listed = [{n: t for n, t in tensors.items() if n.startswith(f"{number}.")} for number in range(count)]
        return [_loaded(one) for one in listed]


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # safetensors raises its own tree, torch RuntimeError
        raise NoaError(f"The verifier {path.name} cannot be read ({error}). Run `make verifier`.") from error


def _loaded(tensors: Mapping[str, Tensor]) -> Aligner:
    state = {name.split(".", 1)[1]: tensor.to(torch.float32) for name, tensor in tensors.items()}
    width, dimension = state["match.weight"].shape
    aligner = Aligner(dimension, width=width)
    aligner.load_state_dict(state)
    return aligner.eval()


def _comparison(features: int, width: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(features, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, width), nn.GELU())


def _compared(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return one, other, one * other, (one - other).abs()


def _nearest(alike: Tensor, of_segment: Sequence[Tensor]) -> Tensor:
    """Return for each word the largest likeness with a word of each segment, shape (pairs, words, segments)."""
    return torch.stack([alike.masked_fill(~is_of, -1.0).amax(-1) for is_of in of_segment], dim=-1)


def _weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    return (weights[..., None] * values).sum(1) / (weights.sum(1, keepdim=True) + 1e-3)


def _unit(vectors: Tensor) -> Tensor:
    return nn.functional.normalize(vectors, dim=-1)


def _padded(tokens: Sequence[Tokens]) -> tuple[Tensor, Tensor]:
    longest = max(len(one) for one in tokens)
    filled = np.zeros((len(tokens), longest, tokens[0].shape[1]), np.float32)
    is_real = np.zeros((len(tokens), longest), bool)
    for row, one in enumerate(tokens):
        filled[row, : len(one)] = one
        is_real[row, : len(one)] = True
    return torch.from_numpy(filled), torch.from_numpy(is_real)
