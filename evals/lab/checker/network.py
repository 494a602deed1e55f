"""The network that compares a sentence with the passages it rests on, word by word, and how it is shipped.

As for the verifier of search (`evals.lab.verifier.network`), each word looks for its counterpart on the other side
(Parikh et al. 2016, Chen et al. 2017). What is new here: the vectors are of two depths of the encoder, since its end
was trained to blur what a search does not need; each word is read with its neighbours; and where counterparts stand
counts, for two facts crossed have all their words in the passage, in other stretches of it: a word is told whether the
counterparts of the words around it stand in the same item or sentence as its own.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from noa_rag.rephrasing.checker.checker import INPUTS, SCORES, padded

OPSET = 17
_HIDDEN_AWAY = -1e4
PLACES = 5  # figures of where a counterpart stands, and how alike it is
SHIFTS = (1, 2, 3, 5, 8)  # words apart in a sentence, whose counterparts are compared
STRETCHES = 2 * len(SHIFTS) + 3


class CheckerNetwork(nn.Module):
    """Scores pairs in log-odds of the training pairs: above 0, passages more likely bear the sentence out than not."""

    def __init__(self, dimension: int, *, width: int = 96, dropout: float = 0.0) -> None:
        super().__init__()
        self.match = nn.Linear(dimension, width)
        self.value = nn.Linear(dimension, width)
        self.near = nn.Conv1d(width, width, 3, padding=1)
        self.sharpness = nn.Parameter(torch.tensor(3.0))
        self.drop = nn.Dropout(dropout)
        self.compare = nn.ModuleList([_compared_by(width, dropout) for _ in range(2)])
        # Where stretches end, on the passage's side and within a sentence, and how much a word carries of its stretch.
        self.ends = nn.Linear(dimension, 1)
        self.pauses = nn.Linear(dimension, 1)
        self.carries = nn.Linear(dimension, 1)
        self.fading = nn.Parameter(torch.tensor(0.5))
        self.own_fading = nn.Parameter(torch.tensor([0.5, -1.0]))
        self.context = nn.ModuleList([nn.Conv1d(width, width, 3, padding=1) for _ in range(2)])
        self.weigh = nn.ModuleList([nn.Linear(2 * width, 1) for _ in range(2)])
        self.decide = nn.Sequential(
            nn.Linear(4 * width + 6, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, 1)
        )

    def forward(self, sentence: Tensor, is_word: Tensor, passage: Tensor, is_passage: Tensor) -> Tensor:
        """Return a score for each pair, shape (pairs,), from padded token vectors and which of them are real."""
        return self._decided(self._seen(sentence, is_word), is_word, self._seen(passage, is_passage), is_passage)

    def of_shared(self, sentence: Tensor, is_word: Tensor, passage: Tensor, is_passage: Tensor, rows: Tensor) -> Tensor:
        """Return a score for each sentence, where `rows` says which of the passages it rests on."""
        seen = tuple(vectors[rows] for vectors in self._seen(passage, is_passage))
        return self._decided(self._seen(sentence, is_word), is_word, seen, is_passage[rows])

    def _seen(self, side: Tensor, is_real: Tensor) -> tuple[Tensor, ...]:
        """Return the unit vectors of both depths and of the match, the values of words, and their stretches.

        Stretches are the place of each word counted in their ends, the same in pauses, and the share a word carries.
        """
        ends = torch.sigmoid(self.ends(side).squeeze(-1)) * is_real
        place = torch.cumsum(ends, 1) - ends / 2
        pauses = torch.cumsum(torch.sigmoid(self.pauses(side).squeeze(-1)) * is_real, 1)
        carried = self.carries(side).squeeze(-1).masked_fill(~is_real, _HIDDEN_AWAY).softmax(-1)
        depths = map(_unit, torch.chunk(side, 2, dim=-1))
        return (*depths, _unit(self.match(side)), self._read(side, is_real), torch.stack([place, pauses, carried], -1))

    def _decided(
        self, said: tuple[Tensor, ...], is_word: Tensor, given: tuple[Tensor, ...], is_passage: Tensor
    ) -> Tensor:
        *raw, alike = (tokens @ other.transpose(1, 2) for tokens, other in zip(said[:-2], given[:-2], strict=True))
        turned = [matrix.transpose(1, 2) for matrix in (alike, *raw)]
        stretches = self._stretches(alike, is_word, is_passage, said[-1], given[-1])
        pooled = [
            *self._side(0, (said[-2], is_word), (given[-2], is_passage), [alike, *raw], stretches),
            *self._side(1, (given[-2], is_passage), (said[-2], is_word), turned, None),
        ]
        scores: Tensor = self.decide(torch.cat(pooled, dim=-1)).squeeze(-1)
        return scores

    def _read(self, side: Tensor, is_real: Tensor) -> Tensor:
        """Return the values of words, each with what its neighbours add."""
        own = self.drop(self.value(side)) * is_real[..., None]
        read: Tensor = own + functional.gelu(self.near(own.transpose(1, 2))).transpose(1, 2)
        return read

    def _drawn(self, alike: Tensor, is_other: Tensor) -> Tensor:
        """Return how much each word of a side draws on each word of the other one."""
        return (alike * self.sharpness.exp()).masked_fill(~is_other[:, None, :], _HIDDEN_AWAY).softmax(-1)

    def _stretches(
        self, alike: Tensor, is_word: Tensor, is_passage: Tensor, own: Tensor, other: Tensor
    ) -> list[Tensor]:
        """Return for each word of a sentence how surely others have their counterparts in the stretch of its own.

        The others are those some words away, all of them, and those of its clause, seen more and less narrowly.
        """
        drawn = self._drawn(alike, is_passage)
        place = other[..., 0]
        near = torch.exp(-functional.softplus(self.fading) * (place[:, :, None] - place[:, None, :]).abs())
        spread = drawn @ near
        stretches = []
        for shift in SHIFTS:
            both = (is_word[:, shift:] & is_word[:, :-shift]).to(drawn.dtype)
            same = (spread[:, shift:] * drawn[:, :-shift]).sum(-1) * both + (1 - both)
            edge = torch.ones_like(drawn[:, :shift, 0])
            stretches += [torch.cat([edge, same], 1), torch.cat([same, edge], 1)]
        carried = own[..., 2]
        stretches.append((spread * (carried[:, None, :] @ drawn)).sum(-1))
        together = spread @ drawn.transpose(1, 2)
        apart = (own[:, :, None, 1] - own[:, None, :, 1]).abs()
        for fading in self.own_fading:
            ally = torch.exp(-2 * functional.softplus(fading) * apart) * carried[:, None, :]
            stretches.append((ally * together).sum(-1) / ally.sum(-1).clamp(min=1e-6))
        return stretches

    def _side(
        self,
        place: int,
        side: tuple[Tensor, Tensor],
        facing: tuple[Tensor, Tensor],
        alike: list[Tensor],
        stretches: list[Tensor] | None,
    ) -> list[Tensor]:
        """Return what a side tells: its words compared with their counterparts, and how alike they are at most."""
        (own, is_own), (other, is_other) = side, facing
        hidden = ~is_other[:, None, :]
        drawn = self._drawn(alike[0], is_other)
        counterpart = drawn @ other
        numbers = torch.arange(other.shape[1], dtype=own.dtype, device=own.device)
        where = drawn @ numbers
        step = torch.cat([torch.ones_like(where[:, :1]), where[:, 1:] - where[:, :-1]], dim=1)
        best = [likeness.masked_fill(hidden, -1.0).amax(-1) for likeness in alike]
        in_stretch = stretches or [torch.ones_like(where)] * STRETCHES
        figures = torch.stack([*best, torch.tanh(step / 8), (step.abs() < 2.5).to(own.dtype), *in_stretch], dim=-1)
        compared = self.compare[place](torch.cat([own, counterpart, own * counterpart, own - counterpart, figures], -1))
        compared = compared * is_own[..., None]
        around = functional.gelu(self.context[place](compared.transpose(1, 2))).transpose(1, 2)
        combined = compared + around
        weights = self.weigh[place](torch.cat([own, combined], dim=-1)).squeeze(-1).masked_fill(~is_own, _HIDDEN_AWAY)
        mean = (weights.softmax(-1)[..., None] * combined).sum(1)
        most = combined.masked_fill(~is_own[..., None], _HIDDEN_AWAY).amax(1)
        share = is_own.sum(1, keepdim=True).clamp(min=1)
        least = [(likeness * is_own).sum(1, keepdim=True) / share for likeness in best]
        return [mean, most, *least]


def export_checker(path: Path, network: CheckerNetwork, about: Mapping[str, str]) -> None:
    """Write a network as an ONNX graph for batches of any size; `about` says what made it."""
    import onnx

    dimension = network.match.in_features
    pairs = [tuple(np.ones((count + at, dimension), np.float16) for at in (0, 2)) for count in (3, 5)]
    axes = {"sentence": "words", "is_word": "words", "passage": "passage_words", "is_passage": "passage_words"}
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the exporter that follows it needs another package
        warnings.simplefilter("ignore", torch.jit._trace.TracerWarning)
        torch.onnx.export(
            network.eval(),
            tuple(torch.from_numpy(array) for array in padded([(pair, other) for pair, other in pairs]).values()),
            str(path),
            input_names=list(INPUTS),
            output_names=[SCORES],
            dynamic_axes={name: {0: "pairs", 1: axes[name]} for name in INPUTS} | {SCORES: {0: "pairs"}},
            opset_version=OPSET,
            dynamo=False,
        )
    graph = onnx.load(path)
    onnx.helper.set_model_props(graph, dict(about))
    onnx.save(graph, path)


def _compared_by(width: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(4 * width + PLACES + STRETCHES, width),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Linear(width, width),
        nn.GELU(),
    )


def _unit(vectors: Tensor) -> Tensor:
    return functional.normalize(vectors, dim=-1)
