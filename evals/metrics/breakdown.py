"""Outcomes in groups, to see where figures differ."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import StrEnum

from evals.runner.outcomes import Outcome


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
