"""Families of entries, and what was asked of their general entry for which no variant is written yet."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from noa_rag.domain.entry import Audience, EntryStatus, EntryVersion
from noa_rag.domain.regions import REGIONS, region_of
from noa_rag.domain.variants import lacks_audience, lacks_region
from noa_rag.service.office import Office
from noa_rag.storage.asked_counts import AskedFrom, AskedFromReader
from review_ui import base


@dataclass(frozen=True, slots=True)
class Missing:
    """A region or an audience that a general answer was given to for want of a variant."""

    region: str
    audience: str
    count: int
    last_asked_at: datetime


@dataclass(frozen=True, slots=True)
class FamilyView:
    """A general entry, its variants, and what is missing, most asked first."""

    general: EntryVersion
    variants: tuple[EntryVersion, ...]
    missing: tuple[Missing, ...]

    @property
    def missing_count(self) -> int:
        """How many questions were given a general answer for want of a variant."""
        return sum(one.count for one in self.missing)


def read_families(office: Office) -> list[FamilyView]:
    """Return every family, the one most asked for in vain first."""
    approved = [one for one in base.entries(office) if one.status is EntryStatus.APPROVED]
    by_general: dict[str, list[EntryVersion]] = defaultdict(list)
    for one in approved:
        if one.content.variant_of is not None:
            by_general[one.content.variant_of].append(one)
    generals = [one for one in approved if one.id in by_general]
    asked = AskedFromReader(office.noa.records.database).shown_to([one.id for one in generals])
    views = [
        FamilyView(
            general=general,
            variants=tuple(by_general[general.id]),
            missing=missing_of(by_general[general.id], (one for one in asked if one.entry_id == general.id)),
        )
        for general in generals
    ]
    return sorted(views, key=lambda one: (-one.missing_count, one.general.id))


def missing_of(variants: Sequence[EntryVersion], asked: Iterable[AskedFrom]) -> tuple[Missing, ...]:
    """Return what was asked for and has no variant today: a variant that is published takes its line away."""
    counts: dict[tuple[str, str], list[AskedFrom]] = defaultdict(list)
    for one in asked:
        region = region_of(one.region) if one.region and lacks_region(variants, one.region) else ""
        audience = one.audience if one.audience and lacks_audience(variants, Audience(one.audience)) else ""
        if region:
            counts[region, ""].append(one)
        if audience:
            counts["", audience].append(one)
    missing = [
        Missing(region, audience, sum(one.count for one in listed), max(one.last_asked_at for one in listed))
        for (region, audience), listed in counts.items()
    ]
    return tuple(sorted(missing, key=lambda one: (-one.count, one.region, one.audience)))


def covered(variants: Iterable[EntryVersion]) -> list[str]:
    """Return the regions and audiences that variants are written for: names of regions, values of audiences."""
    codes = {region_of(code) for one in variants for code in one.content.regions}
    regions = [name for code, name in REGIONS.items() if code in codes]
    audiences = sorted({audience.value for one in variants for audience in one.content.audiences})
    return [*regions, *(f"audience_{one}" for one in audiences)]
