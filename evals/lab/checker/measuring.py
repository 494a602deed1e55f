"""What the gate and the checker catch and let through on the same pairs: by kind, the curve, each rule's worth."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals.calibration.profiles import ErrorBound, chance_of_so_few
from evals.lab.checker.pairs import FAITHFUL, Example
from evals.metrics.confidence import auroc
from evals.metrics.figure import Share, share
from noa_rag.domain.entry import EntryContent, EntryId, official_text
from noa_rag.knowledge.pack import Pack
from noa_rag.rephrasing.checker.checker import Checker
from noa_rag.rephrasing.gate.finding import Check
from noa_rag.rephrasing.gate.gate import Gate, check_sentence

# Of wrong sentences, those that pass; kept with this probability. 1 % would show 6 faithful ones in a hundred.
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
    """Return the lowest score from which on the wrong sentences that pass stay within the bound; infinity where none.

    Thresholds are tried from the strictest down, and the first failure ends it, as for answers; what is counted is the
    share of all wrong sentences, not of those shown.
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
    """Return what the rules let through and the checker scores at least so high."""
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
    """Yield for each rule how many wrong and true sentences it alone keeps from being shown, the others in force."""
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
