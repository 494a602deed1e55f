"""Questions counted by one side of them: agency, theme, site, region and others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from noa_rag.domain.tally import Key, Tally


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
