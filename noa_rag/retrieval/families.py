"""Families in the index: a general entry and its variants take one place among the matches.

Thirty regional entries ask nearly the same; side by side they would leave no room for anything else, and none would
lead the next by a margin. So a variant that is not for the visitor is not searched, and the best of the rest stands
for all.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.question import Question
from noa_rag.domain.variants import fits


class Families:
    """The variants among the entries of a snapshot."""

    def __init__(self, variants: Mapping[EntryId, EntryContent]) -> None:
        self.variants = variants
        members: dict[EntryId, list[EntryId]] = defaultdict(list)
        for entry_id, content in sorted(variants.items()):
            if content.variant_of is not None:
                members[content.variant_of].append(entry_id)
        self._members = {general: (general, *listed) for general, listed in members.items()}

    def not_for(self, question: Question) -> frozenset[EntryId]:
        """Return the variants that are written for others than who asks."""
        return frozenset(
            one for one, content in self.variants.items() if not fits(content, question.region, question.audience)
        )

    def of(self, entry_id: EntryId, *, hidden: Collection[EntryId] = ()) -> tuple[EntryId, ...]:
        """Return the members of an entry's family that are not hidden, the general one first; none for one alone."""
        family = self._members.get(self.general(entry_id), ())
        return tuple(one for one in family if one not in hidden)

    def general(self, entry_id: EntryId) -> EntryId:
        """Return the general entry of an entry's family: itself, where it is no variant."""
        variant = self.variants.get(entry_id)
        return variant.variant_of if variant is not None and variant.variant_of is not None else entry_id

    def first_of_each(self, ordered: Iterable[EntryId]) -> list[EntryId]:
        """Return the entries without those whose family was there before."""
        return list({self.general(one): one for one in reversed(list(ordered))}.values())[::-1]
