"""Entries and drafts that may already say what a new draft would say, shown before any work is done."""

from collections.abc import Iterable, Sequence

from noa_rag.domain.draft import Draft, Duplicate, NearEntry
from noa_rag.review.surroundings import Knowledge

DUPLICATES_SHOWN = 3  # of each kind
# Both are low on purpose: a duplicate shown in vain costs a glance, one missed costs the work of writing it again.
# docs/review.md says how often each is right.
CONFIDENT_FROM = 0.15  # Noa's calibrated confidence that the entry answers
ALIKE_FROM = 0.55  # likeness of two questions


def like_entries(near: Iterable[NearEntry]) -> tuple[Duplicate, ...]:
    """Return the entries that may answer the question; their likeness is Noa's confidence in them."""
    confident = [one for one in near if one.confidence >= CONFIDENT_FROM][:DUPLICATES_SHOWN]
    return tuple(Duplicate("entry", one.entry_id, one.question, one.confidence) for one in confident)


def like_drafts(question: str, drafts: Sequence[Draft], knowledge: Knowledge) -> tuple[Duplicate, ...]:
    """Return the pending drafts whose question means nearly the same, the likest first."""
    pending = [one for one in drafts if one.state.is_pending]
    likenesses = knowledge.likeness(question, [one.content.question for one in pending])
    alike = [pair for pair in zip(likenesses, pending, strict=True) if pair[0] >= ALIKE_FROM]
    shown = sorted(alike, key=lambda pair: (-pair[0], pair[1].id))[:DUPLICATES_SHOWN]
    return tuple(Duplicate("draft", one.id, one.content.question, round(likeness, 3)) for likeness, one in shown)
