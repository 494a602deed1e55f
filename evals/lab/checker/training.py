"""Training the checker, and the figures it is judged by.

An interrupted training goes on where it was saved. Repeatable for a seed, on one thread; a GPU is used if there is one.
"""

import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from evals.calibration.profiles import ErrorBound, chance_of_so_few
from evals.lab.checker.network import CheckerNetwork
from evals.lab.checker.pairs import FAITHFUL, Example
from evals.metrics.confidence import auroc
from evals.metrics.figure import Share, share
from noa_rag.domain.entry import EntryContent, EntryId, official_text
from noa_rag.knowledge.pack import Pack
from noa_rag.rephrasing.checker.checker import LONGEST_PASSAGE, LONGEST_SENTENCE, Checker, Tokens, filled, padded
from noa_rag.rephrasing.gate.finding import Check
from noa_rag.rephrasing.gate.gate import Gate, check_sentence
from noa_rag.retrieval.verifier.token_cache import TokenCache

# Bound on the share of wrong sentences that pass, with its probability. At 1 %, only 6 % of faithful ones are shown.
BOUND = ErrorBound(0.06, 0.85)
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
    return Gate(agencies=pack.agencies, owner=owner, takes_no_other_words=True)


def _found(example: Example, gate: Gate, entries: Mapping[EntryId, EntryContent]) -> frozenset[Check]:
    content = entries[example.entry]
    findings = check_sentence(
        example.sentence, example.quote, question=content.question, gate=gate, context=official_text(content)
    )
    return frozenset(one.check for one in findings)


def auroc_of(judged: Sequence[JudgedPair]) -> float | None:
    """Return how well scores tell true sentences from wrong ones."""
    return auroc([one.score for one in judged], [one.example.is_faithful for one in judged])


def threshold_for(judged: Sequence[JudgedPair], rules: frozenset[Check], bound: ErrorBound = BOUND) -> float:
    """Return the lowest threshold at which the wrong sentences that pass stay within the bound; infinity if none does.

    Thresholds are tried from the strictest down until the first failure, as for answers. The bound is on the share of
    all wrong sentences, not of those shown.
    """
    wrong = [one for one in judged if not one.example.is_faithful]
    passing = sorted((one.score for one in wrong if one.passes(rules)), reverse=True)
    best = float("inf")
    for count, score in enumerate([*passing, float("-inf")]):
        if chance_of_so_few(count, len(wrong), bound.wrong_at_most) > 1 - bound.probability:
            break
        best = np.nextafter(score, float("inf"))  # everything above this wrong sentence
    return float(best)


def shown(judged: Sequence[JudgedPair], rules: frozenset[Check], threshold: float) -> list[JudgedPair]:
    """Return the pairs that the rules let through and the checker scores at `threshold` or above."""
    return [one for one in judged if one.passes(rules) and one.score >= threshold]


def both_shares(judged: Sequence[JudgedPair], rules: frozenset[Check], threshold: float) -> tuple[Share, Share]:
    """Return the share of true sentences shown, and that of wrong ones not shown."""
    passed = {id(one) for one in shown(judged, rules, threshold)}
    return (
        share(id(one) in passed for one in judged if one.example.is_faithful),
        share(id(one) not in passed for one in judged if not one.example.is_faithful),
    )


def by_kind(judged: Sequence[JudgedPair], rules: frozenset[Check], threshold: float) -> Iterator[tuple[str, Share]]:
    """Yield for each kind of error the share not shown."""
    passed = {id(one) for one in shown(judged, rules, threshold)}
    for kind, _ in Counter(one.example.kind for one in judged).most_common():
        if kind != FAITHFUL:
            yield kind, share(id(one) not in passed for one in judged if one.example.kind == kind)


def worth(judged: Sequence[JudgedPair], rules: frozenset[Check], threshold: float) -> Iterator[tuple[Check, int, int]]:
    """Yield each rule with the counts of wrong and of true sentences that only this rule keeps from being shown."""
    for rule in sorted(rules):
        alone = [one for one in judged if one.found & rules == {rule} and one.score >= threshold]
        right = sum(one.example.is_faithful for one in alone)
        yield rule, len(alone) - right, right


def curve(judged: Sequence[JudgedPair], rules: frozenset[Check]) -> Iterator[tuple[float, float, float]]:
    """Yield thresholds with the share of true sentences shown and of wrong ones not shown, from strict to loose."""
    scores = sorted({one.score for one in judged}, reverse=True)
    for place in np.linspace(0, len(scores) - 1, 21).round().astype(int):
        right, caught = both_shares(judged, rules, scores[place])
        yield scores[place], right.rate, caught.rate


BATCH = 24  # sentences, after which no group is added
SORTED_AT_ONCE = 240  # groups that are sorted by the length of their passages, so that little is padding
WRONG_DRAWN = 4  # most wrong sentences drawn from a group each time it is read
OWN_SHARE = 3  # a round reads one in this many of the groups without a written sentence
RATE, DECAY = 1.5e-3, 0.05
WARM_UP = 0.1
SAMPLED = 300  # texts from whose words the directions of largest difference are computed
SAVED_EVERY = 100  # batches
WRITTEN_WEIGHT = 3.0  # of a sentence made by hand, beside one made by program

Watch = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one of the networks is trained: from what was written by hand alone, or from everything."""

    name: str
    seed: int
    only_written: bool
    rounds: int
    dropout: float


# Their scores are averaged. Written sentences are read in more rounds; the others are many and less realistic.
RECIPES = (
    Recipe("written-0", 0, only_written=True, rounds=5, dropout=0.15),
    Recipe("all-0", 0, only_written=False, rounds=4, dropout=0.25),
)


@dataclass(frozen=True, slots=True)
class Group:
    """True sentences and wrong ones that rest on the same passages."""

    examples: tuple[Example, ...]

    def drawn(self, drawn_by: random.Random) -> list[Example]:
        """Return a random draw: at most two true sentences and WRONG_DRAWN wrong ones, those written by hand first."""
        right = [one for one in self.examples if one.is_faithful]
        wrong = [one for one in self.examples if not one.is_faithful]
        drawn_by.shuffle(right)
        drawn_by.shuffle(wrong)
        right.sort(key=lambda one: not one.is_written)
        wrong.sort(key=lambda one: not one.is_written)
        return [*right[:2], *wrong[:WRONG_DRAWN]]


def groups_of(examples: Sequence[Example]) -> list[Group]:
    """Return the examples that share passages together; those of one written pair, where there is one."""
    found: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for one in examples:
        found[one.premise, one.pair].append(one)
    return [Group(tuple(members)) for _, members in sorted(found.items())]


def train(
    examples: Sequence[Example], cache: TokenCache, work: Path, *, recipe: Recipe, watch: Watch
) -> CheckerNetwork:
    """Return a network trained on the examples; `watch` gets batches done, batches in all, and the mean loss.

    The loss is the sum of two: of each sentence (binary cross-entropy, true and wrong alike in weight), and of the
    order within a group (softmax over its drawn sentences). A saved state of this training in `work` is resumed.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    seed = recipe.seed
    torch.manual_seed(seed)
    if recipe.only_written:
        examples = [one for one in examples if one.is_written]
    groups = groups_of(examples)
    network = CheckerNetwork(_dimension(examples, cache), dropout=recipe.dropout)
    _begin_with_likeness(network, examples[:SAMPLED], cache)
    network.to(device)
    batches = [batch for number in range(recipe.rounds) for batch in _batches(groups, number, seed)]
    total = len(batches)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=total + 1, pct_start=WARM_UP)
    saved = work / f"{recipe.name}.pt"
    parts: dict[str, _Stateful] = {"network": network, "optimiser": optimiser, "schedule": schedule}
    done = _restored(saved, parts, total)
    losses = []
    network.train()
    for step in range(done, total):
        torch.manual_seed(hash((seed, step)) & 0xFFFFFFFF)
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


def _batches(groups: Sequence[Group], number: int, seed: int) -> list[list[Example]]:
    """Return the batches of a round: whole groups whose passages are about as long, in a random order."""
    drawn_by = random.Random(f"{seed} {number} drawn")
    order = _order(groups, number, seed)
    batches: list[list[Example]] = []
    for start in range(0, len(order), SORTED_AT_ONCE):
        near = sorted(order[start : start + SORTED_AT_ONCE], key=lambda at: len(groups[at].examples[0].premise))
        batch: list[Example] = []
        for at in near:
            batch += groups[at].drawn(drawn_by)
            if len(batch) >= BATCH:
                batches.append(batch)
                batch = []
        batches += [batch] if batch else []
    drawn_by.shuffle(batches)
    return batches


def _order(groups: Sequence[Group], number: int, seed: int) -> list[int]:
    """Return the positions of the groups of a round, shuffled: all written ones, and a rotating part of the others."""
    written = [place for place, group in enumerate(groups) if any(one.is_written for one in group.examples)]
    made = sorted(set(range(len(groups))) - set(written))
    size = len(made) // OWN_SHARE
    start = number % OWN_SHARE * size
    order = [*written, *made[start : start + size]]
    random.Random(f"{seed} {number}").shuffle(order)
    return order


def _loss(network: CheckerNetwork, batch: Sequence[Example], cache: TokenCache, device: str) -> Tensor:
    premises = list(dict.fromkeys(one.premise for one in batch))
    said = _one_side([cache.tokens(one.sentence, is_query=True) for one in batch], LONGEST_SENTENCE)
    given = _one_side([cache.tokens(one, is_query=False) for one in premises], LONGEST_PASSAGE)
    rows = torch.tensor([premises.index(one.premise) for one in batch])
    scores: Tensor = network.of_shared(*(one.to(device) for one in (*said, *given, rows)))
    is_right = torch.tensor([float(one.is_faithful) for one in batch], device=device)
    weight = torch.tensor([WRITTEN_WEIGHT if one.is_written else 1.0 for one in batch], device=device)
    share = (weight * is_right).sum() / weight.sum()
    weight = weight * torch.where(is_right > 0, 0.5 / share.clamp(min=0.05), 0.5 / (1 - share).clamp(min=0.05))
    single = nn.functional.binary_cross_entropy_with_logits(scores, is_right, reduction="none")
    loss = (weight * single).sum() / weight.sum()
    orders = []
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(batch):
        members[one.premise, one.pair].append(place)
    for places in members.values():
        right = [place for place in places if batch[place].is_faithful]
        wrong = [place for place in places if not batch[place].is_faithful]
        for place in right if wrong else ():
            orders.append(-scores[[place, *wrong]].log_softmax(0)[0])
    return loss + torch.stack(orders).mean() if orders else loss


def _one_side(tokens: Sequence[Tokens], limit: int) -> list[Tensor]:
    return [torch.from_numpy(one) for one in filled(tokens, limit)]


def tensors(batch: Sequence[Example], cache: TokenCache, device: str = "cpu") -> list[Tensor]:
    """Return the arguments of the network for several examples."""
    pairs = [(cache.tokens(one.sentence, is_query=True), cache.tokens(one.premise, is_query=False)) for one in batch]
    return [torch.from_numpy(one).to(device) for one in padded(pairs).values()]


def scores_of(network: nn.Module, examples: Sequence[Example], cache: TokenCache, at_once: int = 32) -> list[float]:
    """Return the score of each example, in their order."""
    found = [0.0] * len(examples)
    by_length = sorted(range(len(examples)), key=lambda place: len(examples[place].premise))
    with torch.inference_mode():
        for start in range(0, len(by_length), at_once):
            places = by_length[start : start + at_once]
            for place, score in zip(places, network(*tensors([examples[one] for one in places], cache)), strict=True):
                found[place] = float(score)
    return found


def _dimension(examples: Sequence[Example], cache: TokenCache) -> int:
    return int(cache.tokens(examples[0].sentence, is_query=True).shape[1])


def _begin_with_likeness(network: CheckerNetwork, examples: Sequence[Example], cache: TokenCache) -> None:
    """Initialise the network to compare word vectors as they are, along the directions in which they differ most."""
    words = np.concatenate([cache.tokens(one.premise, is_query=False) for one in examples]).astype(np.float32)
    _, directions = np.linalg.eigh(words.T @ words)  # from the least spread to the widest
    with torch.no_grad():
        for layer in (network.match, network.value):
            widest = torch.from_numpy(directions[:, -layer.out_features :].T.copy())
            layer.weight[: len(widest)] = widest
            layer.bias.zero_()


class _Stateful(Protocol):
    """A network, an optimiser or a schedule: its state can be saved and restored."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any], /) -> object: ...


def _save(path: Path, parts: Mapping[str, _Stateful], done: int, total: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    torch.save({**{name: one.state_dict() for name, one in parts.items()}, "done": done, "total": total}, beside)
    os.replace(beside, path)


def _restored(path: Path, parts: Mapping[str, _Stateful], total: int) -> int:
    """Restore the saved state and return how many batches were done; 0 without one of a training of this length."""
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    if state["total"] != total:
        return 0
    for name, one in parts.items():
        one.load_state_dict(state[name])
    return int(state["done"])
