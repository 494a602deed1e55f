"""Entries of one question for some regions or publics: which of a family is for this visitor.

A family is a general entry and its variants, each of which names it in `variant_of`. A variant is for those whose
region and audience it names; the general entry is for everybody else.
"""

from collections.abc import Iterable

from noa_rag.domain.entry import Audience, EntryContent, EntryId, EntryVersion
from noa_rag.domain.regions import covers, region_of


def fits(content: EntryContent, region: str | None, audience: Audience | None) -> bool:
    """Whether an entry is written for a visitor; a variant is not for one of whom nothing is known."""
    if content.variant_of is None:
        return covers(content.regions, region)
    is_there = not content.regions or (region is not None and covers(content.regions, region))
    return is_there and (not content.audiences or audience in content.audiences)


def most_specific(
    versions: Iterable[EntryVersion], region: str | None, audience: Audience | None
) -> EntryVersion | None:
    """Return the entry of a family that is written most closely for a visitor, None when none is for her."""
    fitting = [one for one in versions if fits(one.content, region, audience)]
    return max(fitting, key=lambda one: (*_closeness(one.content, region), one.id), default=None)


def lacks_region(versions: Iterable[EntryVersion], region: str | None) -> bool:
    """Whether a family has variants by region, and none that holds where the visitor is."""
    regional = [one.content for one in versions if one.content.variant_of and one.content.regions]
    return region is not None and bool(regional) and not any(covers(one.regions, region) for one in regional)


def lacks_audience(versions: Iterable[EntryVersion], audience: Audience | None) -> bool:
    """Whether a family has variants by audience, and none for the visitor's."""
    written_for = {one for version in versions if version.content.variant_of for one in version.content.audiences}
    return audience is not None and bool(written_for) and audience not in written_for


def variant_problem(entry_id: EntryId | None, content: EntryContent) -> str | None:
    """Return what is wrong with an entry as a variant, None when nothing is."""
    if content.variant_of is None:
        return None
    if content.variant_of == entry_id:
        return "variant_of_itself"
    return None if content.regions or content.audiences else "variant_for_everybody"


def _closeness(content: EntryContent, region: str | None) -> tuple[int, int, int]:
    """Return how closely a fitting entry is written: for the place first, then the public, then the smaller area."""
    if content.variant_of is None:
        return (0, 0, 0)
    is_departement = region is not None and region in content.regions and region_of(region) != region
    return (bool(content.regions) + is_departement, bool(content.audiences), -len(content.regions))
