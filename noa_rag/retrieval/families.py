"""Families of entries: a general one, and its variants for regions and audiences."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from noa_rag.domain.entry import EntryContent, EntryId, fits
from noa_rag.domain.question import Question


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
        """Return the variants that are not written for the visitor's region or audience."""
        return frozenset(
            entry_id
            for entry_id, content in self.variants.items()
            if not fits(content, question.region, question.audience)
        )

    def of(self, entry_id: EntryId, *, hidden: Collection[EntryId] = ()) -> tuple[EntryId, ...]:
        """Return the members of an entry's family that are not hidden, the general one first; none for one alone."""
        family = self._members.get(self.general(entry_id), ())
        return tuple(entry_id for entry_id in family if entry_id not in hidden)

    def general(self, entry_id: EntryId) -> EntryId:
        """Return the general entry of an entry's family: itself, where it is no variant."""
        variant = self.variants.get(entry_id)
        return variant.variant_of if variant is not None and variant.variant_of is not None else entry_id

    def first_of_each(self, ordered: Iterable[EntryId]) -> list[EntryId]:
        """Return the first entry of each family."""
        return list({self.general(entry_id): entry_id for entry_id in reversed(list(ordered))}.values())[::-1]
