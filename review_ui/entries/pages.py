"""The entries: their list, one entry with its versions, withdrawal and roll-back; and the variants that are missing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.draft import Draft, with_alternates
from noa_rag.domain.entry import Audience, EntryId, EntryStatus, EntryVersion, lacks_audience, lacks_region
from noa_rag.domain.errors import Forbidden, InvalidContent, NotAllowedNow, VersionConflict
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import Person
from noa_rag.domain.regions import REGIONS, region_of
from noa_rag.domain.timeline import in_force, schedule
from noa_rag.review.drafting import real_phrasings
from noa_rag.review.rights import Action, may
from noa_rag.service.office import Office
from noa_rag.storage.asked import AskedFrom, AskedFromReader
from noa_rag.web.forms import read_form, text_field
from review_ui.entries.content_form import problem_in_words
from review_ui.entries.views import STATUSES, EntryFilter, open_drafts, read_entries, read_entry
from review_ui.shell import lookups
from review_ui.shell.lookups import EVERY, WORDS, filter_options, why_not_now
from review_ui.shell.rendering import (
    number_in,
    page_addresses,
    page_or_fragment,
    redirect,
    render,
)
from review_ui.shell.session import Review, ReviewSite, requires, signed_in


@get("/fiches", guards=[requires(Action.READ)])
async def entries_page(  # noqa: PLR0917 (one argument for each filter of the address)
    request: HTMXRequest,
    review: Review,
    agency: FromQuery[str | None] = None,
    theme: FromQuery[str | None] = None,
    status: FromQuery[str | None] = None,
    q: FromQuery[str | None] = None,
    page: FromQuery[str | None] = None,
) -> Template:
    """List the entries, of all agencies at first."""
    person = signed_in(request).person
    wanted = EntryFilter(agency or EVERY, theme or "", status if status in STATUSES else "", (q or "").strip()[:200])
    page_entries = await review.run(read_entries, review.office, wanted, person, page)
    filters = {"agency": wanted.agency, "theme": wanted.theme, "status": wanted.status, "q": wanted.words}
    return page_or_fragment(
        request,
        "review_ui/entries/entries.html",
        "review_ui/entries/_rows.html",
        found=page_entries,
        rows=page_entries.rows,
        pages=page_entries.pages,
        page_url=page_addresses("/fiches", filters),
        wanted=wanted,
        statuses=STATUSES,
        **await review.run(filter_options, review.office, person),
    )


@get("/fiches/{entry_id:str}", guards=[requires(Action.READ)])
async def entry_page(  # noqa: PLR0917 (the two versions to compare stand in the address)
    request: HTMXRequest,
    review: Review,
    entry_id: FromPath[str],
    avant: FromQuery[str | None] = None,
    apres: FromQuery[str | None] = None,
    fait: FromQuery[str | None] = None,
) -> Template:
    """Show an entry with its history, and two of its versions side by side."""
    compared = (number_in(avant, otherwise=0), number_in(apres, otherwise=0)) if avant or apres else None
    is_live = await review.run(review.office.is_live)
    said = {
        "retiree": "Fiche retirée : le public ne la voit plus.",
        "retablie": (
            "La version choisie est de nouveau en ligne."
            if is_live
            else "La version choisie est rétablie. Elle sera de nouveau en ligne dans un instant."
        ),
    }
    return await show_entry(request, review, entry_id, compared=compared, notice=said.get(fait or "", ""))


@post("/fiches/{entry_id:str}/modifier", guards=[requires(Action.WRITE_ENTRY)], status_code=200)
async def edit(request: HTMXRequest, review: Review, entry_id: FromPath[str]) -> Response[Any]:
    """Open a draft that starts from a version, the one in force unless given, or the draft that is open already.

    Where it repairs the entry for a `group` of questions, it has their phrasings.
    """
    form, person = await read_form(request), signed_in(request).person
    number, group_id = number_in(text_field(form, "version"), otherwise=0), GroupId(text_field(form, "group"))
    try:
        draft = await review.run(_draft_for, review.office, person, EntryId(entry_id), number, group_id)
    except InvalidContent as error:
        said = " ".join(problem_in_words(problem) for problem in error.problems)
        return await show_entry(
            request,
            review,
            entry_id,
            status=422,
            notice=f"Le texte actuel de cette fiche ne suit plus les règles d'écriture : {said}",
        )
    return redirect(f"/brouillons/{draft.id}")


@post("/fiches/{entry_id:str}/retirer", guards=[requires(Action.WITHDRAW_ENTRY)], status_code=200)
async def withdraw(request: HTMXRequest, review: Review, entry_id: FromPath[str]) -> Response[Any]:
    """Withdraw the entry from the public."""
    form = await read_form(request)
    person, version = signed_in(request).person, number_in(text_field(form, "version"), otherwise=0)
    note = text_field(form, "note")
    return await _changed(
        request,
        review,
        entry_id,
        lambda: review.office.withdraw(person.id, EntryId(entry_id), version, note),
        done="retiree",
        note=note,
    )


@post("/fiches/{entry_id:str}/retablir", guards=[requires(Action.DECIDE)], status_code=200)
async def roll_back(request: HTMXRequest, review: Review, entry_id: FromPath[str]) -> Response[Any]:
    """Publish an older version again."""
    form = await read_form(request)
    person, version = signed_in(request).person, number_in(text_field(form, "version"), otherwise=0)
    to_version = number_in(text_field(form, "to_version"), otherwise=0)
    return await _changed(
        request,
        review,
        entry_id,
        lambda: review.office.roll_back(person.id, EntryId(entry_id), version, to_version),
        done="retablie",
    )


def _draft_for(office: Office, person: Person, entry_id: EntryId, number: int, group_id: GroupId) -> Draft:
    """Return the open draft of an entry, or a new one from one of its versions. Raises what the desk does.

    A draft of today's text ends before the next version begins, so that approving it does not replace that one.
    """
    entry, waiting = office.current(entry_id), open_drafts(office, entry_id)
    if waiting and may(person, Action.WRITE_ENTRY, entry.content.agency_id):
        return waiting[0]
    history, today = office.noa.records.history(entry_id), today_in_paris()
    edited = next((version for version in history if version.version == number), in_force(history, today))
    following = next((day for day, version in schedule(history, today)[1:] if version), None)
    window = edited.window
    if following and edited.is_servable_on(today):
        last = following - timedelta(days=1)
        window = replace(window, valid_until=min(last, window.valid_until or last))
    content = replace(edited.content, window=window)
    if not group_id or group_id in office.store.drafted_groups():
        return office.desk.propose(person.id, entry_id, content)
    asked = [failure.asked for failure in office.store.group(group_id).failures]
    known = [content.question, *(alternate.text for alternate in content.alternate_questions)]
    alternates = with_alternates(content, real_phrasings(asked, unlike=known))
    return office.desk.propose(person.id, entry_id, replace(content, alternate_questions=alternates), group_id=group_id)


async def _changed(
    request: HTMXRequest, review: ReviewSite, entry_id: str, change: Callable[[], object], *, done: str, note: str = ""
) -> Response[Any]:
    try:
        await review.run(change)
    except VersionConflict:
        return await show_entry(request, review, entry_id, status=409, note=note)
    except Forbidden:
        notice = WORDS["problem_details"]["forbidden"]
        return await show_entry(request, review, entry_id, status=403, notice=notice, note=note)
    except InvalidContent as error:
        notice = " ".join(problem_in_words(problem) for problem in error.problems)
        return await show_entry(request, review, entry_id, status=422, notice=notice, note=note)
    except NotAllowedNow as error:
        notice = why_not_now(error.reason)
        status = 422 if error.reason == "reason_missing" else 409
        return await show_entry(request, review, entry_id, status=status, notice=notice, note=note)
    return redirect(f"/fiches/{entry_id}", {"fait": done})


async def show_entry(
    request: HTMXRequest,
    review: ReviewSite,
    entry_id: str,
    *,
    compared: tuple[int, int] | None = None,
    notice: str = "",
    note: str = "",
    status: int = 200,
) -> Template:
    """Return an entry's page; after a conflict it shows the newest version, and keeps the note."""
    page = await review.run(read_entry, review.office, EntryId(entry_id), signed_in(request).person, compared)
    if status == 409 and not notice:
        notice = (
            f"Cette fiche est passée à la version {page.entry.version} depuis votre lecture. Rien n'a été "
            "écrasé. Relisez-la ; vous pouvez envoyer de nouveau."
        )
    return render(
        request,
        "review_ui/entries/entry.html",
        status=status,
        code=status,
        page=page,
        notice=notice,
        note=note,
        has_compared=compared is not None,
    )


@get("/variantes", guards=[requires(Action.READ)])
async def variants_page(request: HTMXRequest, review: Review) -> Template:
    """Show each family with the regions and audiences that got its general entry because no variant exists."""
    families = await review.run(read_families, review.office)
    return render(request, "review_ui/entries/variants.html", families=families, covered=covered, region_names=REGIONS)


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
        return sum(gap.count for gap in self.missing)


def read_families(office: Office) -> list[FamilyView]:
    """Return every family, the one with most questions without a variant first."""
    approved = [entry for entry in lookups.entries(office) if entry.status is EntryStatus.APPROVED]
    by_general: dict[str, list[EntryVersion]] = defaultdict(list)
    for entry in approved:
        if entry.content.variant_of is not None:
            by_general[entry.content.variant_of].append(entry)
    generals = [entry for entry in approved if entry.id in by_general]
    counts = AskedFromReader(office.noa.records.database).shown_to([general.id for general in generals])
    views = [
        FamilyView(
            general=general,
            variants=tuple(by_general[general.id]),
            missing=missing_of(by_general[general.id], (row for row in counts if row.entry_id == general.id)),
        )
        for general in generals
    ]
    return sorted(views, key=lambda view: (-view.missing_count, view.general.id))


def missing_of(variants: Sequence[EntryVersion], asked: Iterable[AskedFrom]) -> tuple[Missing, ...]:
    """Return the regions and audiences asked for that have no variant today, most asked first."""
    counts: dict[tuple[str, str], list[AskedFrom]] = defaultdict(list)
    for row in asked:
        region = region_of(row.region) if row.region and lacks_region(variants, row.region) else ""
        audience = row.audience if row.audience and lacks_audience(variants, Audience(row.audience)) else ""
        if region:
            counts[region, ""].append(row)
        if audience:
            counts["", audience].append(row)
    missing = [
        Missing(region, audience, sum(item.count for item in listed), max(item.last_asked_at for item in listed))
        for (region, audience), listed in counts.items()
    ]
    return tuple(sorted(missing, key=lambda gap: (-gap.count, gap.region, gap.audience)))


def covered(variants: Iterable[EntryVersion]) -> list[str]:
    """Return the regions and audiences that variants are written for: names of regions, values of audiences."""
    codes = {region_of(code) for variant in variants for code in variant.content.regions}
    regions = [name for code, name in REGIONS.items() if code in codes]
    audiences = sorted({audience.value for variant in variants for audience in variant.content.audiences})
    return [*regions, *audiences]


HANDLERS = (entries_page, entry_page, edit, withdraw, roll_back, variants_page)
