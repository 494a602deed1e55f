"""What was found and shown for questions, and how often the same in another form: figures that count questions.

A figure that rests on no question has the count 0. A question that no entry answers has no right order: its rank and
gain are 0, and means should leave it out.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import log2
from operator import attrgetter

from evals.metrics.figure import Figure, ratio_figure, share
from evals.runner.runs import CaseOutcome
from evals.suites.cases import CaseKind
from evals.suites.invariance import FORMS, PLACES, SLIPS, Change
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import EntryId

DISTRESS = frozenset(
    (EntryId("detresse-idees-noires-aide-immediate"), EntryId("dirigeant-epuise-isole-soutien"))
)  # the entries of somebody in distress; both name 3114 first
AMBIGUOUS = "ambiguous place"  # how the suite marks questions whose place is that of several
AS_TYPED = "as typed"  # the contrast of a case of `head` that is asked in other manners too


@dataclass(frozen=True, slots=True)
class ShareMeasure:
    """A share of outcomes: called with outcomes, it returns the figure over those that are `among`."""

    name: str
    among: Callable[[CaseOutcome], bool]
    holds: Callable[[CaseOutcome], bool]
    unit: str = "share"

    def __call__(self, outcomes: Iterable[CaseOutcome]) -> Figure:
        return share(self.holds(outcome) for outcome in outcomes if self.among(outcome)).as_figure(
            self.name, unit=self.unit
        )


def _of_kind(kind: CaseKind) -> Callable[[CaseOutcome], bool]:
    return lambda outcome: outcome.case.kind is kind


_is_in_scope = _of_kind(CaseKind.IN_SCOPE)
_is_near_miss = _of_kind(CaseKind.NEAR_MISS)
_is_out_of_scope = _of_kind(CaseKind.OUT_OF_SCOPE)
_is_answered, _is_refused, _is_right = map(attrgetter, ("is_answered", "is_refused", "is_right"))


def _is_not_answered(outcome: CaseOutcome) -> bool:
    return not outcome.is_answered


def _is_right_or_offered(outcome: CaseOutcome) -> bool:
    return outcome.is_right or outcome.offers_right


answered_in_scope = ShareMeasure("in scope: answered", _is_in_scope, _is_answered)
right_answers = ShareMeasure("in scope: answered with the right entry", _is_in_scope, _is_right)
right_answers_or_offers = ShareMeasure("in scope: right entry answered or offered", _is_in_scope, _is_right_or_offered)
other_manners = ShareMeasure(
    "in other manners: right entry answered or offered",  # in capitals, politely or misspelt
    lambda outcome: _is_in_scope(outcome) and outcome.case.contrast != AS_TYPED,
    _is_right_or_offered,
)
wrong_refusals = ShareMeasure("in scope: refused", _is_in_scope, _is_refused)
# Of answers shown, whatever the question's kind.
precision = ShareMeasure("answers shown that are right", _is_answered, _is_right)
# Of entries shown above others that are close.
opened_right = ShareMeasure(
    "shown above others: right",
    attrgetter("is_opened"),
    lambda outcome: outcome.actual_entry in outcome.case.expected_entries,
)
right_or_opened = ShareMeasure(
    "in scope: right entry shown, alone or above others",
    _is_in_scope,
    lambda outcome: not outcome.is_refused and outcome.actual_entry in outcome.case.expected_entries,
)
verbatim = ShareMeasure("answers verbatim", _is_answered, lambda outcome: bool(outcome.is_verbatim))
wrong_per_hundred = ShareMeasure(
    "wrong answers per hundred questions", lambda outcome: True, lambda outcome: outcome.is_wrong, unit="per hundred"
)
near_misses_not_answered = ShareMeasure("near miss: refused or asked back", _is_near_miss, _is_not_answered)
near_misses_answered_by_one = ShareMeasure(
    "near miss: answered with one wrong entry",
    _is_near_miss,
    lambda outcome: outcome.is_answered and not outcome.is_combined,
)
near_misses_given_several = ShareMeasure("near miss: several shown", _is_near_miss, lambda outcome: outcome.is_combined)
near_misses_opened = ShareMeasure("near miss: one shown above others", _is_near_miss, attrgetter("is_opened"))
near_misses_refused = ShareMeasure("near miss: refused", _is_near_miss, _is_refused)
# An in-scope question of a pair counts too: it is wrong to answer it with the entry of its look-alike.
near_miss_wrong_entries = ShareMeasure(
    "near miss, both of a pair: answered with a wrong entry",
    lambda outcome: _is_near_miss(outcome) or bool(outcome.case.pair),
    lambda outcome: outcome.is_wrong,
)
tempting_shown = ShareMeasure(
    "near miss: answered with the entry marked wrong",
    lambda outcome: bool(outcome.case.tempting_entry),
    lambda outcome: outcome.is_answered and outcome.actual_entry == outcome.case.tempting_entry,
)
out_of_scope_not_answered = ShareMeasure("out of scope: refused or asked back", _is_out_of_scope, _is_not_answered)
out_of_scope_refused = ShareMeasure("out of scope: refused", _is_out_of_scope, _is_refused)


def _is_message(outcome: CaseOutcome) -> bool:
    return bool(DISTRESS.intersection(outcome.case.expected_entries))


distress_recognised = ShareMeasure("distress: recognised", _is_message, _is_right)
# Whoever asks for a hidden entry of distress is in distress too.
false_alarms = ShareMeasure(
    "distress: false alarms",
    lambda outcome: not _is_message(outcome) and not DISTRESS.intersection(outcome.case.hides),
    lambda outcome: outcome.actual_entry in DISTRESS,
)

# The visitor's own entry, alone or among several. Questions of an ambiguous place are counted by `asked_back`.
right_variants = ShareMeasure(
    "answers shown that are the visitor's own",
    lambda outcome: outcome.is_answered and outcome.case.contrast != AMBIGUOUS,
    lambda outcome: outcome.is_right or any(part in outcome.case.expected_entries for part in outcome.actual_parts),
)
asked_back = ShareMeasure(
    "ambiguous places asked about",  # with all that may be meant to choose from
    lambda outcome: outcome.case.contrast == AMBIGUOUS,
    lambda outcome: (
        outcome.actual_reason == Reason.AMBIGUOUS_PLACE
        and set(outcome.actual_choices) == set(outcome.case.expected_entries)
    ),
)
missing_told = ShareMeasure(
    "missing variants told, and only those",
    _is_answered,
    lambda outcome: outcome.actual_missing == outcome.case.expected_missing,
)


def hit_at(matches: Sequence[EntryId], expected: Collection[EntryId], k: int) -> bool:
    """Return whether any expected entry is among the first k matches."""
    return any(match in expected for match in matches[:k])


def reciprocal_rank(matches: Sequence[EntryId], expected: Collection[EntryId]) -> float:
    """Return 1 / the rank of the first expected entry, ranks from 1; 0 when none was found.

    Its mean over questions is the MRR (Voorhees 1999, "The TREC-8 question answering track report").
    """
    return next((1 / rank for rank, match in enumerate(matches, start=1) if match in expected), 0.0)


def ndcg_at(matches: Sequence[EntryId], expected: Collection[EntryId], k: int) -> float:
    """Return the discounted gain of the first k matches over that of the ideal order, 0 to 1.

    Gains are 1 or 0, discounted by log2(rank + 1); the ideal order has min(k, n) of the n expected entries in front
    (Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques").
    """
    gain = sum(_discount(rank) for rank, match in enumerate(matches[:k], start=1) if match in expected)
    ideal = sum(_discount(rank) for rank in range(1, min(k, len(expected)) + 1))
    return gain / ideal if ideal else 0.0


def _discount(rank: int) -> float:
    return 1 / log2(rank + 1)


class Fate(StrEnum):
    """How the outcome differs once the question is changed."""

    SAME = "same outcome"
    LOST = "lost to a refusal"
    OTHER_ENTRY = "answered with another entry"
    BECAME_CHOICE = "answer became a choice"
    OTHERWISE = "refusal or choice became something else"


@dataclass(frozen=True, slots=True)
class ChangedPair:
    """The outcomes of a question as it is, and after one change."""

    asked: CaseOutcome
    changed: CaseOutcome

    @property
    def change(self) -> str:
        return self.changed.case.contrast

    @property
    def fate(self) -> Fate:
        if _shown(self.asked) == _shown(self.changed):
            return Fate.SAME
        if self.changed.is_refused:
            return Fate.LOST
        if not self.asked.is_answered:
            return Fate.OTHERWISE
        return Fate.OTHER_ENTRY if self.changed.is_answered else Fate.BECAME_CHOICE


def pairs(outcomes: Iterable[CaseOutcome]) -> list[ChangedPair]:
    """Return each changed question beside the question itself, in the order of the outcomes."""
    listed = [outcome for outcome in outcomes if outcome.case.same_as]
    originals = {outcome.case.id: outcome for outcome in listed}
    return [
        ChangedPair(originals[outcome.case.same_as], outcome)
        for outcome in listed
        if outcome.case.same_as != outcome.case.id and outcome.case.same_as in originals
    ]


def invariance_figures(outcomes: Sequence[CaseOutcome]) -> list[Figure]:
    """Return the shares of pairs with the same outcome, how the others differ, and the same for each change."""
    changed_pairs = pairs(outcomes)
    answered = [pair for pair in changed_pairs if pair.asked.is_answered]  # what is refused stays refused nearly always
    figures: list[Figure] = []
    for name, changes in (("changes of form", FORMS), ("slips", SLIPS), ("a place named", PLACES)):
        figures += [_share_of(changed_pairs, changes, fate, f"invariance: {name}, {fate}") for fate in Fate]
        figures.append(_share_of(answered, changes, Fate.SAME, f"invariance: {name}, answered still the same"))
    return [*figures, *(_share_of(changed_pairs, (change,), Fate.SAME, f"{change}: {Fate.SAME}") for change in Change)]


def _share_of(found: Sequence[ChangedPair], changes: Collection[Change], fate: Fate, name: str) -> Figure:
    """Return the share of these changes' pairs that had a fate; the count is that of pairs.

    The interval resamples questions, since the pairs of one question stand or fall together.
    """
    of_question: dict[str, list[bool]] = defaultdict(list)
    for pair in found:
        if pair.change in changes:
            of_question[pair.asked.case.id].append(pair.fate is fate)
    claims = list(of_question.values())
    figure = ratio_figure(name, [sum(some) for some in claims], [len(some) for some in claims], unit="share")
    return replace(figure, count=sum(map(len, claims)))


def _shown(outcome: CaseOutcome) -> tuple[object, ...]:
    """Return what a visitor is shown: an entry, with others or alone; choices, of which one is first; or neither."""
    if outcome.is_answered:
        return (outcome.actual_status, outcome.actual_entry, frozenset(outcome.actual_parts))
    if outcome.is_refused:
        return (outcome.actual_status,)
    return (outcome.actual_status, outcome.actual_choices[:1], frozenset(outcome.actual_choices))
