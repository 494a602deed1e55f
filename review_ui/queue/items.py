"""The page of a group of questions, and what people do to any line: assign, snooze, comment, split, merge."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.days import paris_day
from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import PersonId
from noa_rag.domain.queue import ItemId
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from noa_rag.web.forms import read_form, text_field
from review_ui.drafts.case import CASE_WORDS, SLEEPS, Case, read_case, said_of_case
from review_ui.drafts.pages import show_draft, view_of
from review_ui.queue.views import UNDRAFTED, WORDS_LIMIT, read_rows
from review_ui.shell.lookups import agency_options, why_not_now
from review_ui.shell.rendering import redirect, render, texts_in
from review_ui.shell.session import AnyRequest, Review, ReviewSite, requires, signed_in


@get("/groupes/{group_id:str}", guards=[requires(Action.READ)])
async def group_page(
    request: HTMXRequest,
    review: Review,
    group_id: FromPath[str],
    fait: FromQuery[str | None] = None,
    groupe: FromQuery[str | None] = None,
) -> Response[Any]:
    """Show a group of questions, or redirect to its draft; `groupe` searches the groups that it may be merged into."""
    case = await review.run(read_case, review.office, ItemId(group_id), (groupe or "")[:WORDS_LIMIT])
    if case.draft:
        return redirect(case.path, {"fait": fait} if fait else {})
    return await _show_group(request, review, case, notice=said_of_case(case, fait), search=groupe or "")


@post("/dossiers/{item_id:str}/commentaires", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def comment(request: HTMXRequest, review: Review, item_id: FromPath[str]) -> Response[Any]:
    """Store a comment for colleagues; a text that is refused stays in the form."""
    text, person = text_field(await read_form(request), "text"), signed_in(request).person
    try:
        await review.run(review.office.queue_desk.comment, person.id, ItemId(item_id), text)
    except NotAllowedNow as error:
        return await _refused(request, review, item_id, error, typed=text)
    return await _back(review, item_id, "commente", anchor="comments-title")


@post("/dossiers/{item_id:str}/personne", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def assign(request: HTMXRequest, review: Review, item_id: FromPath[str]) -> Response[Any]:
    """Assign the line to somebody, or to nobody."""
    wanted, person = text_field(await read_form(request), "person"), signed_in(request).person
    try:
        await review.run(review.office.queue_desk.assign, person.id, ItemId(item_id), PersonId(wanted) or None)
    except NotAllowedNow as error:
        return await _refused(request, review, item_id, error)
    return await _back(review, item_id, "confie")


@post("/dossiers/{item_id:str}/sommeil", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def snooze(request: HTMXRequest, review: Review, item_id: FromPath[str]) -> Response[Any]:
    """Take the line out of the queue until a day, or bring it back."""
    form, person = await read_form(request), signed_in(request).person
    try:
        until = None if text_field(form, "wake") else _day_in(form, paris_day(review.office.now()))
        await review.run(review.office.queue_desk.snooze, person.id, ItemId(item_id), until)
    except NotAllowedNow as error:
        return await _refused(request, review, item_id, error)
    return await _back(review, item_id, "sommeil" if until else "reveil")


@post("/groupes/{group_id:str}/scinder", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def split(request: HTMXRequest, review: Review, group_id: FromPath[str]) -> Response[Any]:
    """Put the ticked wordings into a group of their own."""
    form, person = await read_form(request), signed_in(request).person
    chosen = texts_in(form, "question")
    try:
        await review.run(review.office.queue_desk.split, person.id, GroupId(group_id), chosen)
    except NotAllowedNow as error:
        return await _refused(request, review, group_id, error)
    return await _back(review, group_id, "scinde")


@post("/groupes/{group_id:str}/reunir", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def merge(request: HTMXRequest, review: Review, group_id: FromPath[str]) -> Response[Any]:
    """Put the group's questions into another group, whose page is shown then."""
    into, person = text_field(await read_form(request), "into"), signed_in(request).person
    try:
        if not into:
            raise NotAllowedNow("Choose a group.", reason="nothing_chosen")
        await review.run(review.office.queue_desk.merge, person.id, GroupId(group_id), GroupId(into))
    except NotAllowedNow as error:
        return await _refused(request, review, group_id, error)
    return await _back(review, into, "reuni")


HANDLERS = (group_page, comment, assign, snooze, split, merge)


def _day_in(form: Any, today: date) -> date:
    """Return the day that was chosen: a number of days, or a date. Raises NotAllowedNow `snooze_day`."""
    days = text_field(form, "days")
    if days in {str(sleep) for sleep in SLEEPS}:
        return today + timedelta(days=int(days) - 1)  # the last day of the sleep: it is back after so many days
    try:
        return date.fromisoformat(text_field(form, "until"))
    except ValueError as error:
        raise NotAllowedNow("That is no day.", reason="snooze_day") from error


async def _back(review: ReviewSite, item_id: str, done: str, *, anchor: str = "") -> Redirect:
    """Return to the page of a line: its draft's, or its group's."""
    case = await review.run(read_case, review.office, ItemId(item_id))
    return redirect(case.path, {"fait": done}, anchor=anchor)


async def _refused(
    request: AnyRequest, review: ReviewSite, item_id: str, refusal: NotAllowedNow, *, typed: str = ""
) -> Response[Any]:
    case, notice = await review.run(read_case, review.office, ItemId(item_id)), why_not_now(refusal.reason)
    if case.draft:
        view = await view_of(request, review, case.draft.id)
        return show_draft(request, view, notice=notice, status=409, typed=typed)
    return await _show_group(request, review, case, notice=notice, status=409, typed=typed)


async def _show_group(
    request: AnyRequest,
    review: ReviewSite,
    case: Case,
    *,
    notice: str = "",
    status: int = 200,
    search: str = "",
    typed: str = "",
) -> Template:
    place = await review.run(_place_of, review.office, case.item.id)
    return render(
        request,
        "review_ui/queue/group.html",
        status=status,
        case=case,
        place=place,
        code=status,
        notice=notice,
        search=search,
        typed=typed,
        agency_options=agency_options(review.office.noa.agencies()),
        **CASE_WORDS,
    )


def _place_of(office: Office, item_id: ItemId) -> Mapping[str, Any]:
    """Return a group's number among the groups without a draft that wait, their count, and its neighbours."""
    waiting = [row.id for row in read_rows(office) if row.state == UNDRAFTED and row.waits]
    at = waiting.index(item_id) if item_id in waiting else -1
    return {
        "number": at + 1,
        "count": len(waiting),
        "before": waiting[at - 1] if at > 0 else None,
        "after": waiting[at + 1] if at + 1 < len(waiting) else None,
    }
