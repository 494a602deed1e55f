"""Families of entries: their variants, and the variants that visitors lacked."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from litestar import get
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.entry import Audience, EntryStatus, EntryVersion
from noa_rag.domain.regions import REGIONS, region_of
from noa_rag.domain.variants import lacks_audience, lacks_region
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from noa_rag.storage.asked_counts import AskedFrom, AskedFromReader
from review_ui.shell import lookups
from review_ui.shell.rendering import render
from review_ui.shell.session import requires
from review_ui.shell.site import ReviewSite


@get("/variantes", guards=[requires(Action.READ)])
async def variants_page(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show each family with the regions and audiences that got its general entry because no variant exists."""
    families = await review.line.run(read_families, review.office)
    return render(request, "review_ui/entries/variants.html", families=families, covered=covered, region_names=REGIONS)


HANDLERS = (variants_page,)


@dataclass(frozen=True, slots=True)
class Missing:
    """A region or an audience without a variant, whose visitors were given the general answer."""

    region: str
    audience: str
    count: int
    last_asked_at: datetime


@dataclass(frozen=True, slots=True)
class FamilyView:
    """A general entry, its variants, and the missing ones, most asked first."""

    general: EntryVersion
    variants: tuple[EntryVersion, ...]
    missing: tuple[Missing, ...]

    @property
    def missing_count(self) -> int:
        """How many questions got the general answer because no variant exists."""
        return sum(one.count for one in self.missing)


def read_families(office: Office) -> list[FamilyView]:
    """Return every family, the one with most questions without a variant first."""
    approved = [one for one in lookups.entries(office) if one.status is EntryStatus.APPROVED]
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
    """Return the regions and audiences asked for that have no variant today, most asked first."""
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
    return [*regions, *audiences]
