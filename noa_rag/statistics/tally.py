"""Questions of a stretch of time counted by every side of them (agency, theme, site…), and how long answers took."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from noa_rag.domain.entry import EntryId
from noa_rag.domain.figures import AskedCounts, EntryFacts, Key, Side, Tally


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


@dataclass(frozen=True, slots=True)
class Counted:
    """Tallies by agency, theme…; a question without an entry has no theme, and is left out there and of `entries`."""

    total: Tally
    reasons: Mapping[Key, int]
    complaints: Mapping[Key, int]
    agencies: Mapping[Key, Tally]
    themes: Mapping[Key, Tally]
    entries: Mapping[Key, Tally]
    sites: Mapping[Key, Tally]
    regions: Mapping[Key, Tally]
    audiences: Mapping[Key, Tally]
    languages: Mapping[Key, Tally]


def counted(asked: AskedCounts, entries: Mapping[EntryId, EntryFacts]) -> Counted:
    """Return the counts of the questions; `entries` say whose an entry is, and what it is about."""
    by_entry = asked.entries()
    known = [(entries[entry_id], tally) for entry_id, tally in by_entry.items() if entry_id in entries]

    def owned() -> Iterator[tuple[Key, Tally]]:
        yield from asked.contacts().items()
        for entry_id, tally in by_entry.items():
            yield (entries[entry_id].agency_id if entry_id in entries else None), tally

    return Counted(
        total=asked.total(),
        reasons=asked.refusals(),
        complaints=asked.complaints(),
        agencies=summed(owned()),
        themes=summed((entry.theme, tally) for entry, tally in known),
        entries=dict(by_entry.items()),
        sites=asked.by(Side.SITE),
        regions=asked.by(Side.REGION),
        audiences=asked.by(Side.AUDIENCE),
        languages=asked.by(Side.LANGUAGE),
    )


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds that half, 95 and 99 of a hundred questions took at most; None where nothing was asked."""

    p50: float | None
    p95: float | None
    p99: float | None


def speed(ordered: Sequence[float]) -> Speed:
    """Return the percentiles of durations, given ascending."""
    if not ordered:
        return Speed(None, None, None)
    return Speed(*(percentile(ordered, number) for number in (50, 95, 99)))


def percentile(ordered: Sequence[float], number: int) -> float:
    """Return the smallest value that at least `number` in a hundred do not exceed."""
    return ordered[-(-len(ordered) * number // 100) - 1]
