"""The first page of the workspace: the queue with its filters, its rows, its moves, and the preparation of drafts."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.ports import Doing, Progress
from noa_rag.domain.queue import Move, MoveId, SavedFilter
from noa_rag.review.draft_run import build_drafts
from noa_rag.review.queue import check_filter
from noa_rag.review.rights import Action
from noa_rag.service.jobs import JobResult, JobState
from noa_rag.service.office import Office
from noa_rag.web.forms import read_form, text_field
from review_ui.queue.views import (
    AGES,
    ME,
    OLDER,
    PENDING,
    STATES,
    WORDS_LIMIT,
    QueueFilter,
    read_accounts,
    read_recent,
    read_rows,
    recent_moves,
    tabs,
    wanted_rows,
)
from review_ui.shell.lookups import EVERY, NOBODY, default_agency, filter_options, why_not_now
from review_ui.shell.rendering import page_addresses, page_or_fragment, pages_of, redirect, texts_in
from review_ui.shell.session import AnyRequest, Review, ReviewSite, requires, signed_in

Placing = Callable[[PersonId, Sequence[GroupId]], Move]


@post("/piles/ecarter", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def dismiss(request: HTMXRequest, review: Review) -> Response[Any]:
    """Close the chosen groups as out of scope."""
    return await _placed(request, review, review.office.queue_desk.dismiss, "ecarte")


@post("/piles/reprendre", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def bring_back(request: HTMXRequest, review: Review) -> Response[Any]:
    """Put the chosen groups back among what is to be done."""
    return await _placed(request, review, review.office.queue_desk.bring_back, "repris")


@post("/piles/confier", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def give(request: HTMXRequest, review: Review) -> Response[Any]:
    """Give the chosen groups to the agency whose button was pressed, or that was chosen in the list."""
    form = await read_form(request)
    agency = AgencyId(text_field(form, "likely") or text_field(form, "agency"))

    def placing(person_id: PersonId, groups: Sequence[GroupId]) -> Move:
        if not agency:
            raise NotAllowedNow("No agency was chosen.", reason="agency_missing")
        return review.office.queue_desk.give(person_id, groups, agency)

    return await _placed(request, review, placing, "donne")


@post("/gestes/{move_id:str}/annuler", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def undo_move(request: HTMXRequest, review: Review, move_id: FromPath[str]) -> Redirect:
    """Take back what somebody did to groups by hand."""
    await review.run(review.office.queue_desk.undo, signed_in(request).person.id, MoveId(move_id))
    return redirect("/", {"fait": "annule"})


@post("/vues", guards=[requires(Action.READ)], status_code=303)
async def save_view(request: HTMXRequest, review: Review) -> Response[Any]:
    """Keep the filters in force under a name, for oneself."""
    form, person = await read_form(request), signed_in(request).person
    wanted = filter_of(dict(form), person)
    try:
        await review.run(_save_view, review.office, person.id, text_field(form, "name"), wanted)
    except NotAllowedNow as error:
        return await show_queue(request, review, wanted, refusal=error, typed=text_field(form, "name"))
    return redirect("/", {**wanted.query, "fait": "vue"})


@post("/vues/oublier", guards=[requires(Action.READ)], status_code=303)
async def drop_view(request: HTMXRequest, review: Review) -> Redirect:
    """Forget filters that one kept."""
    name = text_field(await read_form(request), "name")
    await review.run(review.office.queue.drop_filter, signed_in(request).person.id, name)
    return redirect("/", {"fait": "sans-vue"})


async def _placed(request: HTMXRequest, review: ReviewSite, place: Placing, done: str) -> Response[Any]:
    form, person = await read_form(request), signed_in(request).person
    wanted = filter_of(dict(parse_qsl(text_field(form, "filters"))), person)
    try:
        await review.run(place, person.id, _chosen(form))
    except NotAllowedNow as error:
        return await show_queue(request, review, wanted, refusal=error)
    if following := text_field(form, "next"):
        return redirect(f"/groupes/{following}", {"fait": done})
    return redirect("/", {**wanted.query, "fait": done})


def _chosen(form: FormMultiDict) -> list[GroupId]:
    """Return the groups that were ticked, or all of the page where its button was pressed."""
    field = "of_page" if text_field(form, "all") else "group"
    return [GroupId(group_id) for group_id in texts_in(form, field)]


def _save_view(office: Office, person_id: PersonId, name: str, wanted: QueueFilter) -> None:
    checked = check_filter(name, office.queue.filters(person_id))
    office.queue.save_filter(person_id, SavedFilter(checked, urlencode(wanted.query)))


JOB_KIND = "drafts"
TABS = {
    "to_do": "À traiter",
    "mine": "Entre mes mains",
    "unassigned": "Agence à trouver",
    "snoozed": "En sommeil",
    "out_of_scope": "Hors champ",
}
SAID = {
    "ecarte": "C'est écarté. Vous pouvez l'annuler pendant un jour, plus bas.",
    "repris": "C'est remis à traiter. Noa n'y touchera plus.",
    "donne": "C'est confié à l'agence. Vous pouvez l'annuler pendant un jour, plus bas.",
    "annule": "C'est annulé : les groupes sont comme avant.",
    "vue": "Ces filtres sont enregistrés.",
    "sans-vue": "Ces filtres sont oubliés.",
}


def filter_of(fields: Mapping[str, Any], person: Person) -> QueueFilter:
    """Return the filter that an address or a form names; what does not exist counts as none."""
    given = {name: str(fields.get(name) or "") for name in ("agency", "theme", "etat", "age", "q", "qui")}
    return QueueFilter(
        agency=given["agency"] or (EVERY if given["qui"] == ME else default_agency(person)),
        theme=given["theme"],
        state=given["etat"] if given["etat"] in STATES else PENDING,
        age=given["age"] if given["age"] in (*AGES, OLDER) else "",
        words=given["q"][:WORDS_LIMIT],
        assignee=given["qui"],
    )


@get("/", guards=[requires(Action.READ)])
async def queue_page(
    request: HTMXRequest,
    review: Review,
    page: FromQuery[str | None] = None,
    fait: FromQuery[str | None] = None,
) -> Template:
    """Show what waits for a verdict; `fait` says what was just done."""
    wanted = filter_of(request.query_params, signed_in(request).person)
    return await show_queue(request, review, wanted, page=page, notice=SAID.get(fait or "", ""))


async def show_queue(
    request: AnyRequest,
    review: ReviewSite,
    wanted: QueueFilter,
    *,
    page: str | None = None,
    notice: str = "",
    refusal: NotAllowedNow | None = None,
    typed: str = "",
) -> Template:
    """Show the queue through a filter; `refusal` says why the requested action was refused."""
    person = signed_in(request).person
    shown = await review.run(_read, review.office, wanted, person)
    rows = shown.pop("listed")
    pages = pages_of(len(rows), page)
    return page_or_fragment(
        request,
        "review_ui/queue/queue.html",
        "review_ui/queue/_changed.html",
        status=409 if refusal else 200,
        rows=pages.of(rows),
        pages=pages,
        page_url=page_addresses("/", wanted.query),
        wanted=wanted,
        states=[state for state in STATES if state not in (PENDING, EVERY)],
        tab_labels=TABS,
        nobody=NOBODY,
        me=ME,
        notice=why_not_now(refusal.reason) if refusal else notice,
        is_refused=refusal is not None,
        typed=typed,
        **shown,
    )


def _read(office: Office, wanted: QueueFilter, person: Person) -> dict[str, Any]:
    rows = read_rows(office)
    assignees = {row.assignee: row.assigned_to for row in rows if row.assignee and row.assignee != person.id}
    return {
        "listed": wanted_rows(rows, wanted, person),
        "tabs": tabs(rows, wanted, person),
        "assignees": dict(sorted(assignees.items(), key=lambda assignee: assignee[1])),
        "moves": recent_moves(office),
        "saved": office.queue.filters(person.id),
        "recent": read_recent(office, person),
        "accounts": read_accounts(office, person),
        **filter_options(office, person),
    }


@post("/preparation", guards=[requires(Action.BUILD_DRAFTS)], status_code=303)
async def prepare(request: HTMXRequest, review: Review) -> Redirect:
    """Begin to prepare drafts, or show the preparation that runs already."""
    person = signed_in(request).person
    with suppress(NotAllowedNow):  # a preparation that runs already is shown instead
        await review.run(review.office.jobs.start, JOB_KIND, partial(_prepare, review.office), started_by=person.id)
    return redirect("/preparation")


@get("/preparation", guards=[requires(Action.READ)])
async def preparation(request: HTMXRequest, review: Review) -> Template:
    """Show the progress of the preparation."""
    job = await review.run(review.office.jobs.latest, JOB_KIND)
    is_running = job is not None and job.state is JobState.RUNNING
    return page_or_fragment(
        request,
        "review_ui/queue/preparation.html",
        "review_ui/queue/_preparation.html",
        job=job,
        is_running=is_running,
        doings=tuple(Doing),
    )


def _prepare(office: Office, progress: Progress) -> JobResult:
    report = build_drafts(office.noa, progress=progress)
    return {
        "made": len(report.made),
        "updated": report.updated_count,
        "groups": report.new_group_count,
        "noise": report.noise_count,
        "out_of_scope": report.out_of_scope_count,
    }


HANDLERS = (queue_page, prepare, preparation, dismiss, bring_back, give, undo_move, save_view, drop_view)
