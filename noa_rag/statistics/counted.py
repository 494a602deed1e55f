"""The questions of one stretch of time, counted by every side of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from noa_rag.domain.entry import EntryId
from noa_rag.domain.figures import AskedCounts, EntryFacts, Side
from noa_rag.domain.tally import Key, Tally
from noa_rag.statistics.tally import summed


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
