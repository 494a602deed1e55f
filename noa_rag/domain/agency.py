"""The bodies that own entries, and how to reach them."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NewType

from noa_rag.domain.regions import covers, region_of

if TYPE_CHECKING:
    from noa_rag.domain.entry import EntryId

AgencyId = NewType("AgencyId", str)


@dataclass(frozen=True, slots=True)
class LocalOffice:
    """Whom to ask in place of an agency where that one does not serve."""

    name: str
    url: str
    phone: str | None = None
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class Agency:
    """A body that vouches for entries, with the card shown to visitors.

    `regions` are those that it serves (ISO 3166-2), empty for all; `elsewhere` is whom to ask in the others, and where
    the visitor's region is not known. `hours` are in words, or as `opening.read_hours` reads them.
    """

    id: AgencyId
    name: str
    url: str
    short_name: str = ""
    phone: str | None = None
    hours: str | None = None
    remit: str = ""
    """One or two sentences on what to ask this agency; also helps to route what Noa cannot answer."""
    regions: tuple[str, ...] = ()
    elsewhere: LocalOffice | None = None
    callback_url: str | None = None
    """Where a visitor describes what she needs, and an adviser calls her back."""
    names: tuple[str, ...] = ()
    """What else people call it, without an article: "impôts"."""

    def serving(self, region: str | None) -> "Agency | None":
        """Return the card for a visitor of a region: the agency's own, or its counterpart's under the agency's id.

        None where the agency does not serve there and names nobody. Of an unknown region it is the counterpart's, which
        is that of the whole network; where the agency serves a part of the region, its own card keeps `elsewhere`.
        """
        if region is not None and any(region_of(part) == region for part in self.regions if part != region):
            return self
        if region is not None and covers(self.regions, region):
            return replace(self, elsewhere=None)
        if self.elsewhere is None and region is None:
            return self
        if self.elsewhere is None:
            return None
        other = self.elsewhere
        return Agency(
            self.id, other.name, other.url, other.name, other.phone, other.hours, callback_url=self.callback_url
        )


def asked_elsewhere(owner: Agency | None, entry_regions: tuple[str, ...], region: str | None) -> Agency | None:
    """Return whom to ask where an entry does not hold; None where it holds anywhere, or her region is known."""
    return owner.serving(None) if owner and owner.elsewhere and entry_regions and region is None else None


@dataclass(frozen=True, slots=True)
class SubTheme:
    """A part of a theme, with its titles and its entries in the order in which they are listed."""

    id: str
    title: str
    title_en: str
    entries: tuple["EntryId", ...] = ()


@dataclass(frozen=True, slots=True)
class Theme:
    """A subject under which entries are listed, with its title in each language of the pages.

    `top` are the entries that its page begins with, `start` those of them that the start page shows.
    """

    id: str
    title: str
    title_en: str
    top: tuple["EntryId", ...] = ()
    start: tuple["EntryId", ...] = ()
    children: tuple[SubTheme, ...] = ()
