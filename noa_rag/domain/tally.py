"""Questions counted by what came of them."""

from dataclasses import dataclass

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
