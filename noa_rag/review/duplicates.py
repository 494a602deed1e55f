"""Entries and drafts that may already say what a new draft would say, shown before any work is done."""

from collections.abc import Iterable, Sequence

from noa_rag.domain.draft import Draft, DraftId, Duplicate
from noa_rag.review.surroundings import FoundEntry, Knowledge

DUPLICATES_SHOWN = 3  # of each kind
# Likeness from which two questions may be the same: see docs/review.md for how often it is right.
ALIKE_FROM = 0.55


def like_entries(entries: Iterable[FoundEntry]) -> tuple[Duplicate, ...]:
    """Return the entries with a question that means nearly the same, the likest first."""
    alike = sorted((one for one in entries if one.likeness >= ALIKE_FROM), key=lambda one: -one.likeness)
    return tuple(
        Duplicate("entry", one.version.id, one.version.content.question, round(one.likeness, 3))
        for one in alike[:DUPLICATES_SHOWN]
    )


def like_drafts(
    question: str, drafts: Sequence[Draft], knowledge: Knowledge, *, but: DraftId | None = None
) -> tuple[Duplicate, ...]:
    """Return the pending drafts whose question means nearly the same, the likest first."""
    pending = [one for one in drafts if one.state.is_pending and one.id != but]
    alike = zip(knowledge.likeness(question, [one.content.question for one in pending]), pending, strict=True)
    best = sorted(((likeness, one) for likeness, one in alike if likeness >= ALIKE_FROM), key=lambda pair: -pair[0])
    return tuple(
        Duplicate("draft", one.id, one.content.question, round(likeness, 3))
        for likeness, one in best[:DUPLICATES_SHOWN]
    )
