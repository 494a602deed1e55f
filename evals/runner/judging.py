"""What came of a case, in the words of reports and comparisons, and outcomes in groups."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import StrEnum

from evals.runner.runs import Outcome
from evals.suites.cases import CaseKind


class Judged(StrEnum):
    """What came of a case, what most wants looking at first."""

    WRONG = "wrong entry shown"
    REFUSED_ANSWERABLE = "refused, though an entry answers"
    ASKED_WITHOUT = "asked back without the right entry"
    OFFERED = "right entry among those offered"
    ASKED_BACK = "asked back, as nothing answers"
    REFUSED = "refused, as nothing answers"
    RIGHT = "right entry shown"


def judged(outcome: Outcome) -> Judged:
    """Return what came of a case."""
    if outcome.is_answered:
        return Judged.RIGHT if outcome.is_right else Judged.WRONG
    if outcome.case.kind is not CaseKind.IN_SCOPE:
        return Judged.REFUSED if outcome.is_refused else Judged.ASKED_BACK
    if outcome.is_refused:
        return Judged.REFUSED_ANSWERABLE
    return Judged.OFFERED if outcome.offers_right else Judged.ASKED_WITHOUT


def came_out_right(outcome: Outcome) -> bool:
    """Return whether an in-scope question was answered with an expected entry, and any other was not answered."""
    return outcome.is_right if outcome.case.kind is CaseKind.IN_SCOPE else not outcome.is_answered


class Key(StrEnum):
    """What outcomes may be grouped by."""

    THEME = "theme"
    AGENCY = "agency"
    LANGUAGE = "language"
    REGISTER = "register"
    CONTRAST = "contrast"
    KNOWN = "known"
    """Whether labels for the expected entry were learned from: "known" or "unknown"."""


def by(outcomes: Iterable[Outcome], key: Key) -> dict[str, list[Outcome]]:
    """Return the outcomes of each group, groups by name, outcomes as ordered; those in no group are left out."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        if name := NAMES[key](one):
            groups[name].append(one)
    return dict(sorted(groups.items()))


def _known(outcome: Outcome) -> str:
    if outcome.is_known is None:
        return ""
    return "known" if outcome.is_known else "unknown"


NAMES: dict[Key, Callable[[Outcome], str]] = {
    Key.THEME: lambda one: one.theme,
    Key.AGENCY: lambda one: one.agency,
    Key.LANGUAGE: lambda one: one.case.language,
    Key.REGISTER: lambda one: one.case.register,
    Key.CONTRAST: lambda one: one.case.contrast,
    Key.KNOWN: _known,
}
