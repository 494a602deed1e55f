"""Shares with their counts and 95 % intervals."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    part: int
    whole: int

    @property
    def rate(self) -> float:
        """The share, 0 to 1; 0 of nothing is 0."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval (Wilson 1927), which stays within 0 and 1 for small counts."""
        if not self.whole:
            return (0.0, 1.0)
        n, p = self.whole, self.rate
        middle = (p + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
        half = Z_95 * sqrt(p * (1 - p) / n + Z_95**2 / (4 * n * n)) / (1 + Z_95**2 / n)
        return (max(0.0, middle - half), min(1.0, middle + half))

    def __str__(self) -> str:
        low, high = self.interval
        return f"{100 * self.rate:.1f} % ({self.part}/{self.whole}; {100 * low:.1f} to {100 * high:.1f})"


def share(claims: Iterable[bool]) -> Share:
    """Return the share of claims that hold."""
    listed = list(claims)
    return Share(sum(listed), len(listed))
