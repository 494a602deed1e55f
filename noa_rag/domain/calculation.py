"""A calculation that an entry carries: what is typed, the facts it uses, its formulas, and worked examples."""

from dataclasses import dataclass
from datetime import date

CALCULATION_PARTS = ("inputs", "figures", "results", "outcomes", "examples")
NO_LIMIT = 1_000_000_000  # above any amount that is typed


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    key: str
    label: str
    label_en: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """What a visitor types: a number in `unit`, a day, or one of `options`."""

    key: str
    label: str
    kind: str  # number, choice or date
    label_en: str = ""
    unit: str = ""
    options: tuple[Option, ...] = ()
    at_least: int = 0
    at_most: int = NO_LIMIT


@dataclass(frozen=True, slots=True)
class Figure:
    """A fact by a short name; with `by`, the input whose option chooses among `facts`, pairs of option and fact."""

    key: str
    label: str
    facts: tuple[tuple[str, str], ...]
    label_en: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A line of the calculation; the last line is its result."""

    key: str
    label: str
    formula: str
    label_en: str = ""
    unit: str = "€"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sentence that is shown when its condition holds; the first one that does is shown."""

    when: str
    text: str
    text_en: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """What comes out on a day for what is typed, as pairs; held against the formulas by the check."""

    on: date
    given: tuple[tuple[str, str], ...]
    results: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Calculation:
    """Everything by which an entry calculates."""

    inputs: tuple[Input, ...]
    figures: tuple[Figure, ...]
    results: tuple[Result, ...]
    examples: tuple[Example, ...]
    outcomes: tuple[Outcome, ...] = ()

    @property
    def fact_ids(self) -> frozenset[str]:
        return frozenset(fact for figure in self.figures for _, fact in figure.facts)
