"""Questions counted by what came of them, and the same by one side of them: agency, theme, site, region…"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from noa_rag.domain.answer import AnswerStatus

Key = str | None
"""What questions are told apart by; None where a question has nothing there."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many were asked, what came of them, and how many visitors gave a verdict."""

    answered: int = 0
    clarified: int = 0
    abstained: int = 0
    judged: int = 0
    useful: int = 0

    @classmethod
    def of(cls, status: AnswerStatus, count: int) -> Self:
        """Return so many questions that came to this."""
        if status is AnswerStatus.ANSWERED:
            return cls(answered=count)
        return cls(clarified=count) if status is AnswerStatus.CLARIFICATION else cls(abstained=count)

    @property
    def asked(self) -> int:
        return self.answered + self.clarified + self.abstained

    @property
    def answered_share(self) -> float | None:
        return self.answered / self.asked if self.asked else None

    @property
    def useful_share(self) -> float | None:
        """Return the share among the verdicts; visitors who gave none say nothing."""
        return self.useful / self.judged if self.judged else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.answered + other.answered,
            self.clarified + other.clarified,
            self.abstained + other.abstained,
            self.judged + other.judged,
            self.useful + other.useful,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One agency, theme, site…: its questions in the period and in the one before."""

    key: Key
    now: Tally
    before: Tally


def summed(parts: Iterable[tuple[Key, Tally]]) -> dict[Key, Tally]:
    """Return the sum by key."""
    sums: dict[Key, Tally] = {}
    for key, tally in parts:
        sums[key] = sums.get(key, Tally()) + tally
    return sums


def rows(now: Mapping[Key, Tally], before: Mapping[Key, Tally]) -> tuple[Row, ...]:
    """Return a row for each key of either period, most asked first."""
    keys = sorted({*now, *before}, key=lambda key: (key is None, key or ""))
    found = [Row(key, now.get(key, Tally()), before.get(key, Tally())) for key in keys]
    return tuple(sorted(found, key=lambda row: (-row.now.asked, -row.before.asked)))
