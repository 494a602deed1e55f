"""The bodies that own entries, and how to reach them."""

from dataclasses import dataclass
from typing import NewType

AgencyId = NewType("AgencyId", str)


@dataclass(frozen=True, slots=True)
class Agency:
    """A body that vouches for entries, with the card shown to visitors."""

    id: AgencyId
    name: str
    url: str
    short_name: str = ""
    phone: str | None = None
    hours: str | None = None
    remit: str = ""
    """One or two sentences on what to ask this agency; also helps to route what Noa cannot answer."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A subject under which entries are listed, with its title in each language of the pages."""

    id: str
    title: str
    title_en: str
