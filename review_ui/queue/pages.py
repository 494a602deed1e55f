"""The first page of the workspace: the queue with its filters, and the preparation of drafts."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.days import paris_day
from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.failure import GroupId, QuestionGroup
from noa_rag.domain.ports import Doing, Progress
from noa_rag.review.draft_run import build_drafts
from noa_rag.review.rights import Action
from noa_rag.service.jobs import JobState
from noa_rag.service.office import Office
from noa_rag.web.paths import language_of
from review_ui.drafts.groups import view_group
from review_ui.queue.views import (
    AGES,
    OLDER,
    PENDING,
    STATES,
    QueueFilter,
    default_agency,
    read_queue,
    read_recent,
)
from review_ui.shell.lookups import EVERY, filter_options
from review_ui.shell.paths import page_addresses, pages_of
from review_ui.shell.rendering import page_or_fragment, redirect, render
from review_ui.shell.session import requires, signed_in
from review_ui.shell.site import ReviewSite

JOB_KIND = "drafts"


@get("/", guards=[requires(Action.READ)])
async def queue_page(  # noqa: PLR0917 (one argument for each filter of the address)
    request: HTMXRequest,
    review: NamedDependency[ReviewSite],
    agency: FromQuery[str | None] = None,
    theme: FromQuery[str | None] = None,
    etat: FromQuery[str | None] = None,
    age: FromQuery[str | None] = None,
    q: FromQuery[str | None] = None,
    page: FromQuery[str | None] = None,
) -> Template:
    """Show what waits for a verdict; a filter that does not exist counts as none."""
    person, language = signed_in(request).person, language_of(request.url.path)
    wanted = QueueFilter(
        agency=agency or default_agency(person),
        theme=theme or "",
        state=etat if etat in STATES else PENDING,
        age=age if age in (*AGES, OLDER) else "",
        words=(q or "")[:200],
    )
    office = review.office
    rows = await review.line.run(read_queue, office, wanted, person)
    pages = pages_of(len(rows), page)
    filters = {"agency": wanted.agency, "theme": wanted.theme, "etat": wanted.state, "age": wanted.age, "q": q}
    return page_or_fragment(
        request,
        "review_ui/queue/queue.html",
        "review_ui/queue/_rows.html",
        rows=pages.of(rows),
        pages=pages,
        page_url=page_addresses(language, "/", filters),
        wanted=wanted,
        states=[one for one in STATES if one not in (PENDING, EVERY)],
        recent=await review.line.run(read_recent, office, person),
        **await review.line.run(filter_options, office, person, language),
    )


@get("/groupes/{group_id:str}", guards=[requires(Action.READ)])
async def group_page(
    request: HTMXRequest, review: NamedDependency[ReviewSite], group_id: FromPath[str]
) -> Response[Any]:
    """Show the questions of a group; one that has a draft leads to it."""
    group, draft_id = await review.line.run(_read_group, review.office, GroupId(group_id))
    if draft_id:
        return redirect(request, f"/brouillons/{draft_id}")
    view = view_group(group, paris_day(review.office.now()))
    return render(request, "review_ui/queue/group.html", group=group, view={"group": view})


@post("/preparation", guards=[requires(Action.BUILD_DRAFTS)], status_code=303)
async def prepare(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """Begin to prepare drafts, or show the preparation that runs already."""
    person = signed_in(request).person
    with suppress(NotAllowedNow):  # a preparation that runs already is shown instead
        await review.line.run(review.office.start, JOB_KIND, _work(review.office), started_by=person.id)
    return redirect(request, "/preparation")


@get("/preparation", guards=[requires(Action.READ)])
async def preparation(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show the progress of the preparation."""
    job = await review.line.run(review.office.jobs.latest, JOB_KIND)
    is_running = job is not None and job.state is JobState.RUNNING
    return page_or_fragment(
        request,
        "review_ui/queue/preparation.html",
        "review_ui/queue/_preparation.html",
        job=job,
        is_running=is_running,
        doings=tuple(Doing),
    )


def _work(office: Office) -> Callable[[Progress], Mapping[str, str | int | float | None]]:
    def work(progress: Progress) -> Mapping[str, str | int | float | None]:
        report = build_drafts(office.noa, progress=progress)
        return {
            "made": len(report.made),
            "updated": report.updated_count,
            "groups": report.new_group_count,
            "noise": report.noise_count,
        }

    return work


def _read_group(office: Office, group_id: GroupId) -> tuple[QuestionGroup, str]:
    return office.store.group(group_id), office.store.drafted_groups().get(group_id, "")


HANDLERS = (queue_page, group_page, prepare, preparation)
