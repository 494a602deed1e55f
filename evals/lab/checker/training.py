"""Training the checker, and the figures it is judged by.

An interrupted training goes on where it was saved. Repeatable for a seed, on one thread; a GPU is used if there is one.
"""

import math
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn import functional

from evals.calibration.profiles import ErrorBound, chance_of_so_few
from evals.lab.checker.network import CheckerNetwork
from evals.lab.checker.own_pairs import unit_of
from evals.lab.checker.pairs import FAITHFUL, Example
from evals.metrics.confidence import auroc
from evals.metrics.figure import Share, share
from noa_rag.domain.entry import EntryContent, EntryId, official_text
from noa_rag.knowledge.pack import Pack
from noa_rag.rephrasing.checker.checker import LONGEST_PASSAGE, LONGEST_SENTENCE, Checker, Tokens, filled, padded
from noa_rag.rephrasing.gate.finding import Check
from noa_rag.rephrasing.gate.gate import Gate, check_sentence
from noa_rag.retrieval.verifier.token_cache import TokenCache

# Bound on the share of wrong sentences that pass, with its probability. At 2 %, 17 % of faithful ones are shown.
BOUND = ErrorBound(0.025, 0.9)
RULES = frozenset(Check) - {Check.MEANING}


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """An example with what the rules found and the checker's score."""

    example: Example
    found: frozenset[Check]
    score: float

    def passes(self, rules: frozenset[Check]) -> bool:
        """Whether none of these rules found anything."""
        return not self.found & rules


def found_by_rules(example: Example, pack: Pack, entries: Mapping[EntryId, EntryContent]) -> frozenset[Check]:
    """Return the checks of the gate without a checker that refuse a sentence as it would be shown in an answer."""
    return _found(example, _gate(example, pack, entries), entries)


def is_shown(example: Example, checker: Checker, pack: Pack, entries: Mapping[EntryId, EntryContent]) -> bool:
    """Return whether the gate with a checker shows a sentence."""
    content = entries[example.entry]
    gate = checker.behind(_gate(example, pack, entries), official_text(content), title=content.question)
    return not _found(example, gate, entries)


def _gate(example: Example, pack: Pack, entries: Mapping[EntryId, EntryContent]) -> Gate:
    owner = next(agency for agency in pack.agencies if agency.id == entries[example.entry].agency_id)
    return Gate(agencies=pack.agencies, owner=owner)


def _found(example: Example, gate: Gate, entries: Mapping[EntryId, EntryContent]) -> frozenset[Check]:
    content = entries[example.entry]
    findings = check_sentence(
        example.sentence, example.quote, question=content.question, gate=gate, context=official_text(content)
    )
    return frozenset(finding.check for finding in findings)


def auroc_of(judged: Sequence[JudgedPair]) -> float | None:
    """Return how well scores tell true sentences from wrong ones."""
    return auroc(
        [judged_pair.score for judged_pair in judged], [judged_pair.example.is_faithful for judged_pair in judged]
    )


def threshold_for(judged: Sequence[JudgedPair], rules: frozenset[Check], bound: ErrorBound = BOUND) -> float:
    """Return the lowest threshold at which the wrong sentences that pass stay within the bound; infinity if none does.

    Thresholds are tried from the strictest down until the first failure, as for answers. The bound is on the share of
    all wrong sentences, not of those shown.
    """
    wrong = [judged_pair for judged_pair in judged if not judged_pair.example.is_faithful]
    passing = sorted((judged_pair.score for judged_pair in wrong if judged_pair.passes(rules)), reverse=True)
    best = float("inf")
    for count, score in enumerate([*passing, float("-inf")]):
        if chance_of_so_few(count, len(wrong), bound.wrong_at_most) > 1 - bound.probability:
            break
        best = np.nextafter(score, float("inf"))  # everything above this wrong sentence
    return float(best)


def shown(judged: Sequence[JudgedPair], rules: frozenset[Check], threshold: float) -> list[JudgedPair]:
    """Return the pairs that the rules let through and the checker scores at `threshold` or above."""
    return [judged_pair for judged_pair in judged if judged_pair.passes(rules) and judged_pair.score >= threshold]


def both_shares(judged: Sequence[JudgedPair], rules: frozenset[Check], threshold: float) -> tuple[Share, Share]:
    """Return the share of true sentences shown, and that of wrong ones not shown."""
    passed = {id(judged_pair) for judged_pair in shown(judged, rules, threshold)}
    return (
        share(id(judged_pair) in passed for judged_pair in judged if judged_pair.example.is_faithful),
        share(id(judged_pair) not in passed for judged_pair in judged if not judged_pair.example.is_faithful),
    )


def by_kind(judged: Sequence[JudgedPair], rules: frozenset[Check], threshold: float) -> Iterator[tuple[str, Share]]:
    """Yield for each kind of error the share not shown."""
    passed = {id(judged_pair) for judged_pair in shown(judged, rules, threshold)}
    for kind, _ in Counter(judged_pair.example.kind for judged_pair in judged).most_common():
        if kind != FAITHFUL:
            yield (
                kind,
                share(id(judged_pair) not in passed for judged_pair in judged if judged_pair.example.kind == kind),
            )


BATCH = 30  # sentences, after which no unit is added
SORTED_AT_ONCE = 120  # units that are sorted by the length of their passages, so that little is padding
DECAY = 0.05
WARM_UP = 0.1
SAMPLED = 300  # texts from whose words the directions of largest difference are computed
SAVED_EVERY = 200  # batches

Unit = tuple[Example, ...]
Watch = Callable[[int, int, float], None]
Pieces = Callable[[str], Sequence[str]]
ENDS = frozenset(".;:?!")
PAUSES = frozenset((",", "(", ")", "mais", "puis", "alors", "sauf", "sinon"))


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained: its seed, how often it reads what teaches, and the highest learning rate."""

    seed: int = 0
    rounds: float = 4
    rate: float = 1.5e-3
    dropout: float = 0.15


def units_of(examples: Sequence[Example]) -> list[Unit]:
    """Return together what was written together: over the same paragraphs, and over edits of these."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[unit_of(example.pair)].append(example)
    return [tuple(members) for _, members in sorted(groups.items())]


def train(
    examples: Sequence[Example],
    cache: TokenCache,
    saved: Path,
    *,
    pieces: Pieces,
    watch: Watch,
    recipe: Recipe | None = None,
) -> CheckerNetwork:
    """Return a network trained on the examples; `watch` gets batches done, batches in all, and the mean loss.

    `pieces` gives the tokens of a passage as they are written, one for each row of its vectors. The state of
    an interrupted training is kept in the file `saved`, and resumed from there.
    """
    recipe = recipe or Recipe()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(recipe.seed)
    network = CheckerNetwork(_dimension(examples, cache), dropout=recipe.dropout)
    sample = random.Random(recipe.seed).sample(examples, min(SAMPLED, len(examples)))
    _begin_with_likeness(network, sample, cache)
    _begin_with_punctuation(network, sample, cache, pieces)
    network.to(device)
    batches = _batches(units_of(examples), recipe)
    total = len(batches)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=total + 2, pct_start=WARM_UP)
    parts: dict[str, _Stateful] = {"network": network, "optimiser": optimiser, "schedule": schedule}
    done = _restored(saved, parts, total)
    losses = []
    network.train()
    for step in range(done, total):
        torch.manual_seed(hash((recipe.seed, step)) & 0xFFFFFFFF)
        loss = _loss(network, batches[step], cache, device)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % SAVED_EVERY == 0 or step + 1 == total:
            _save(saved, parts, step + 1, total)
            watch(step + 1, total, float(np.mean(losses[-SAVED_EVERY:])))
    return network.to("cpu").eval()


def _batches(units: Sequence[Unit], recipe: Recipe) -> list[list[Example]]:
    """Return the batches of all rounds, the last of which may be a part of one."""
    whole = math.ceil(recipe.rounds)
    batches = [batch for number in range(whole) for batch in _batches_of_round(units, f"{recipe.seed} {number}")]
    return batches[: int(len(batches) * recipe.rounds / whole)]


def _batches_of_round(units: Sequence[Unit], seed: str) -> list[list[Example]]:
    """Return batches in a random order: of whole units whose passages are about as long."""
    drawn_by = random.Random(seed)
    order = list(range(len(units)))
    drawn_by.shuffle(order)
    batches: list[list[Example]] = []
    for start in range(0, len(order), SORTED_AT_ONCE):
        batch: list[Example] = []
        for at in sorted(order[start : start + SORTED_AT_ONCE], key=lambda place: len(units[place][0].premise)):
            batch = [*batch, *units[at]]
            if len(batch) >= BATCH:
                batches.append(batch)
                batch = []
        batches += [batch] if batch else []
    drawn_by.shuffle(batches)
    return batches


def _loss(network: CheckerNetwork, batch: Sequence[Example], cache: TokenCache, device: str) -> Tensor:
    """Return the sum of three: of each sentence alone, of sentences over one text, of one sentence over several texts.

    The first is binary cross-entropy, right and wrong alike in weight; the others ask that what is right comes before
    what is wrong (pairwise logistic loss, Burges et al. 2005, "Learning to Rank using Gradient Descent").
    """
    premises = {text: at for at, text in enumerate(dict.fromkeys(example.premise for example in batch))}
    sentences = {text: at for at, text in enumerate(dict.fromkeys(example.sentence for example in batch))}
    said = _one_side([cache.tokens(example.sentence, is_query=True) for example in batch], LONGEST_SENTENCE)
    given = _one_side([cache.tokens(premise, is_query=False) for premise in premises], LONGEST_PASSAGE)
    over = torch.tensor([premises[example.premise] for example in batch], device=device)
    says = torch.tensor([sentences[example.sentence] for example in batch], device=device)
    scores = network.of_shared(*(tokens.to(device) for tokens in (*said, *given, over)))
    is_right = torch.tensor([example.is_faithful for example in batch], device=device)
    share = is_right.float().mean().clamp(0.05, 0.95)
    weight = torch.where(is_right, 0.5 / share, 0.5 / (1 - share))
    loss = (weight * functional.binary_cross_entropy_with_logits(scores, is_right.float(), reduction="none")).mean()
    comes_first = is_right[:, None] & ~is_right[None, :]
    for group in (over, says):
        together = comes_first & (group[:, None] == group[None, :])
        if together.any():
            loss = loss + functional.softplus((scores[None, :] - scores[:, None])[together]).mean()
    return loss


def _one_side(tokens: Sequence[Tokens], limit: int) -> list[Tensor]:
    return [torch.from_numpy(array) for array in filled(tokens, limit)]


def tensors(batch: Sequence[Example], cache: TokenCache, device: str = "cpu") -> list[Tensor]:
    """Return the arguments of the network for several examples."""
    pairs = [
        (cache.tokens(example.sentence, is_query=True), cache.tokens(example.premise, is_query=False))
        for example in batch
    ]
    return [torch.from_numpy(array).to(device) for array in padded(pairs).values()]


def scores_of(network: nn.Module, examples: Sequence[Example], cache: TokenCache, at_once: int = 32) -> list[float]:
    """Return the score of each example, in their order."""
    scores = [0.0] * len(examples)
    by_length = sorted(range(len(examples)), key=lambda place: len(examples[place].premise))
    with torch.inference_mode():
        for start in range(0, len(by_length), at_once):
            places = by_length[start : start + at_once]
            for place, score in zip(
                places, network(*tensors([examples[position] for position in places], cache)), strict=True
            ):
                scores[place] = float(score)
    return scores


def _dimension(examples: Sequence[Example], cache: TokenCache) -> int:
    return int(cache.tokens(examples[0].sentence, is_query=True).shape[1])


def _begin_with_likeness(network: CheckerNetwork, examples: Sequence[Example], cache: TokenCache) -> None:
    """Initialise the network to compare word vectors as they are, along the directions in which they differ most."""
    words = np.concatenate([cache.tokens(example.premise, is_query=False) for example in examples]).astype(np.float32)
    _, directions = np.linalg.eigh(words.T @ words)  # from the least spread to the widest
    with torch.no_grad():
        for layer in (network.match, network.value):
            widest = torch.from_numpy(directions[:, -layer.out_features :].T.copy())
            layer.weight[: len(widest)] = widest
            layer.bias.zero_()


def _begin_with_punctuation(
    network: CheckerNetwork, examples: Sequence[Example], cache: TokenCache, pieces: Pieces
) -> None:
    """Initialise where stretches end by what tells punctuation from words, in the vectors."""
    texts = list(dict.fromkeys(example.premise for example in examples))
    rows = [cache.tokens(text, is_query=False).astype(np.float32) for text in texts]
    written = [_bare_pieces(pieces(text)) for text in texts]
    pairs = [(row, words) for row, words in zip(rows, written, strict=True) if len(row) == len(words)]
    vectors = np.concatenate([row for row, _ in pairs])
    for layer, signs in ((network.ends, ENDS), (network.pauses, ENDS | PAUSES)):
        is_sign = [word in signs for _, words in pairs for word in words]
        if len(set(is_sign)) < 2:
            continue  # a text without punctuation has no stretches to begin with
        fit = LogisticRegression(C=10, max_iter=500).fit(vectors, is_sign)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(fit.coef_))
            layer.bias.copy_(torch.from_numpy(fit.intercept_))


def _bare_pieces(pieces: Sequence[str]) -> list[str]:
    return [piece.strip("▁") for piece in pieces]


class _Stateful(Protocol):
    """A network, an optimiser or a schedule: its state can be saved and restored."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any], /) -> object: ...


def _save(path: Path, parts: Mapping[str, _Stateful], done: int, total: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    torch.save({**{name: part.state_dict() for name, part in parts.items()}, "done": done, "total": total}, beside)
    os.replace(beside, path)


def _restored(path: Path, parts: Mapping[str, _Stateful], total: int) -> int:
    """Restore the saved state and return how many batches were done; 0 without one of a training of this length."""
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    if state["total"] != total:
        return 0
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["done"])
