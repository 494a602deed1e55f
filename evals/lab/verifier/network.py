"""The network that reads a question and an entry together, word by word: what is trained, and how it is shipped.

Each word of the question looks for its counterpart in the entry, and each word of the entry's questions for its
counterpart in the question; what was found is compared, the words that matter counted more. This is decomposable
attention (Parikh et al. 2016, "A decomposable attention model for natural language inference") with the comparison of
Chen et al. 2017 ("Enhanced LSTM for natural language inference"), over the token vectors of the embedding model. Those
are trained for late interaction (Khattab and Zaharia 2020, "ColBERT"): how alike words are as they stand counts too.

The service runs it as an ONNX graph (`noa_rag.retrieval.verifier.aligner`), without torch.
"""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from noa_rag.retrieval.verifier.aligner import INPUTS, SCORES, SEGMENTS, Pair, padded

FEATURES_PER_WORD = 4
OPSET = 17  # the latest that torch's exporter by tracing writes
_HIDDEN_AWAY = -1e4


class AlignerNetwork(nn.Module):
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
        query, given = self.value(question), self.value(entry)
        sharpness = self.sharpness.exp()
        drawn = alike * sharpness + self.preference[segments][:, None, :]
        counterpart = drawn.masked_fill(~is_entry[:, None, :], _HIDDEN_AWAY).softmax(-1) @ given
        of_segment = [(is_entry & (segments == number))[:, None, :] for number in range(SEGMENTS)]
        nearest = _nearest(alike, of_segment)
        as_they_stand = _nearest(_unit(question) @ _unit(entry).transpose(1, 2), of_segment)
        of_question = self.compare_question(torch.cat([*_compared(query, counterpart), nearest, as_they_stand], dim=-1))
        # Only the words of its questions are weighed on the entry's side, and they stand first.
        is_title = is_entry & (segments < SEGMENTS - 1)
        titles = slice(0, is_title.sum(1).max())  # a tensor: the exported graph finds it anew for each batch
        is_title = is_title[:, titles]
        looked = alike[:, :, titles].transpose(1, 2)
        backward = (looked * sharpness).masked_fill(~is_word[:, None, :], _HIDDEN_AWAY).softmax(-1) @ query
        best = looked.masked_fill(~is_word[:, None, :], -1.0).amax(-1, keepdim=True)
        of_entry = self.compare_entry(torch.cat([*_compared(given[:, titles], backward), best], dim=-1))
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


class Mean(nn.Module):
    """The mean score of several aligners: steadier than any one of them."""

    def __init__(self, aligners: Sequence[AlignerNetwork]) -> None:
        super().__init__()
        self.aligners = nn.ModuleList(aligners)

    def forward(self, *arguments: Tensor) -> Tensor:
        """Return a score for each pair, shape (pairs,); arguments as an aligner takes them."""
        return torch.stack([aligner(*arguments) for aligner in self.aligners]).mean(dim=0)

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """Return a score for each pair."""
        with torch.inference_mode():
            return [float(score) for score in self(*batch(pairs))]


def batch(pairs: Sequence[Pair]) -> list[Tensor]:
    """Return the arguments of an aligner for several pairs, padded to the longest."""
    return [torch.from_numpy(array) for array in padded(pairs).values()]


def export_aligners(path: Path, aligners: Sequence[AlignerNetwork], about: Mapping[str, str]) -> None:
    """Write the mean of several aligners as an ONNX graph for batches of any size; `about` says what made them."""
    import onnx

    mean = Mean(aligners).eval()
    dimension = aligners[0].match.in_features
    pairs = [_any_pair(dimension, 2, 3), _any_pair(dimension, 4, 6)]
    words = {"question": "words", "is_word": "words", "entry": "entry_words", "is_entry": "entry_words"}
    axes = {name: {0: "pairs", 1: words.get(name, "entry_words")} for name in INPUTS} | {SCORES: {0: "pairs"}}
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the exporter that follows it needs another package
        torch.onnx.export(
            mean,
            tuple(batch(pairs)),
            str(path),
            input_names=list(INPUTS),
            output_names=[SCORES],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    graph = onnx.load(path)
    onnx.helper.set_model_props(graph, dict(about))
    onnx.save(graph, path)


def save_aligner(path: Path, aligner: AlignerNetwork) -> None:
    """Write the weights of one aligner."""
    save_file({name: tensor.contiguous() for name, tensor in aligner.state_dict().items()}, path)


def load_aligner(path: Path) -> AlignerNetwork:
    """Return the aligner of a file, ready to score."""
    with safe_open(path, framework="pt") as file:
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no dictionary)
    width, dimension = state["match.weight"].shape
    aligner = AlignerNetwork(dimension, width=width)
    aligner.load_state_dict(state)
    return aligner.eval()


def _any_pair(dimension: int, asked: int, given: int) -> Pair:
    question, entry = (np.ones((count, dimension), np.float16) for count in (asked, given))
    return Pair(question, entry, np.arange(given) % SEGMENTS)


def _comparison(features: int, width: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(features, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, width), nn.GELU())


def _compared(tensor: Tensor, other: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return tensor, other, tensor * other, (tensor - other).abs()


def _nearest(alike: Tensor, of_segment: Sequence[Tensor]) -> Tensor:
    """Return for each word the largest likeness with a word of each segment, shape (pairs, words, segments)."""
    return torch.stack([alike.masked_fill(~is_of, -1.0).amax(-1) for is_of in of_segment], dim=-1)


def _weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    return (weights[..., None] * values).sum(1) / (weights.sum(1, keepdim=True) + 1e-3)


def _unit(vectors: Tensor) -> Tensor:
    return nn.functional.normalize(vectors, dim=-1)
