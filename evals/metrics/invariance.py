"""How often the same question gets the same outcome in another form, or with a slip."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from evals.metrics.figure import Figure, ratio_figure
from evals.runner.runs import CaseOutcome
from evals.suites.invariance import FORMS, SLIPS, Change


class Fate(StrEnum):
    """What became of the outcome when the question was changed."""

    SAME = "same outcome"
    LOST = "lost to a refusal"
    OTHER_ENTRY = "answered with another entry"
    BECAME_CHOICE = "answer became a choice"
    OTHERWISE = "refusal or choice became something else"


@dataclass(frozen=True, slots=True)
class ChangedPair:
    """What came of a question as it is, and of the same question after one change."""

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
    listed = [one for one in outcomes if one.case.same_as]
    asked = {one.case.id: one for one in listed}
    return [
        ChangedPair(asked[one.case.same_as], one)
        for one in listed
        if one.case.same_as != one.case.id and one.case.same_as in asked
    ]


def invariance_figures(outcomes: Sequence[CaseOutcome]) -> list[Figure]:
    """Return the shares of pairs with the same outcome, how the others differ, and the same for each change."""
    found = pairs(outcomes)
    answered = [pair for pair in found if pair.asked.is_answered]  # what is refused stays refused nearly always
    figures: list[Figure] = []
    for name, changes in (("changes of form", FORMS), ("slips", SLIPS)):
        figures += [_share_of(found, changes, fate, f"invariance: {name}, {fate}") for fate in Fate]
        figures.append(_share_of(answered, changes, Fate.SAME, f"invariance: {name}, answered still the same"))
    return [*figures, *(_share_of(found, (change,), Fate.SAME, f"{change}: {Fate.SAME}") for change in Change)]


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
