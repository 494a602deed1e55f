"""What the queue's page does: groups put aside or brought back, moves taken back, and filters kept under a name."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Response, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect

from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import PersonId
from noa_rag.domain.queue import Move, MoveId, SavedFilter
from noa_rag.review.queue import check_filter
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from noa_rag.web.forms import read_form, text_field
from review_ui.queue.pages import filter_of, show_queue
from review_ui.queue.views import QueueFilter
from review_ui.shell.rendering import redirect
from review_ui.shell.session import ReviewSite, requires, signed_in

Placing = Callable[[PersonId, Sequence[GroupId]], Move]


@post("/piles/ecarter", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def dismiss(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Close the chosen groups as out of scope."""
    return await _placed(request, review, review.office.queue_desk.dismiss, "ecarte")


@post("/piles/reprendre", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def bring_back(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Put the chosen groups back among what is to be done."""
    return await _placed(request, review, review.office.queue_desk.bring_back, "repris")


@post("/gestes/{move_id:str}/annuler", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def undo_move(request: HTMXRequest, review: NamedDependency[ReviewSite], move_id: FromPath[str]) -> Redirect:
    """Take back what somebody did to groups by hand."""
    await review.line.run(review.office.queue_desk.undo, signed_in(request).person.id, MoveId(move_id))
    return redirect(request, "/", {"fait": "annule"})


@post("/vues", guards=[requires(Action.READ)], status_code=303)
async def save_view(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Keep the filters in force under a name, for oneself."""
    form, person = await read_form(request), signed_in(request).person
    wanted = filter_of(dict(form), person)
    try:
        await review.line.run(_save_view, review.office, person.id, text_field(form, "name"), wanted)
    except NotAllowedNow as error:
        return await show_queue(request, review, wanted, refusal=error, typed=text_field(form, "name"))
    return redirect(request, "/", {**wanted.query, "fait": "vue"})


@post("/vues/oublier", guards=[requires(Action.READ)], status_code=303)
async def drop_view(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """Forget filters that one kept."""
    name = text_field(await read_form(request), "name")
    await review.line.run(review.office.queue.drop_filter, signed_in(request).person.id, name)
    return redirect(request, "/", {"fait": "sans-vue"})


HANDLERS = (dismiss, bring_back, undo_move, save_view, drop_view)


async def _placed(request: HTMXRequest, review: ReviewSite, place: Placing, done: str) -> Response[Any]:
    form, person = await read_form(request), signed_in(request).person
    wanted = filter_of(dict(parse_qsl(text_field(form, "filters"))), person)
    try:
        await review.line.run(place, person.id, _chosen(form))
    except NotAllowedNow as error:
        return await show_queue(request, review, wanted, refusal=error)
    return redirect(request, "/", {**wanted.query, "fait": done})


def _chosen(form: FormMultiDict) -> list[GroupId]:
    """Return the groups that were ticked, or all of the page where its button was pressed."""
    field = "of_page" if text_field(form, "all") else "group"
    return [GroupId(one) for one in form.getall(field, []) if isinstance(one, str)]


def _save_view(office: Office, person_id: PersonId, name: str, wanted: QueueFilter) -> None:
    checked = check_filter(name, office.queue.filters(person_id))
    office.queue.save_filter(person_id, SavedFilter(checked, urlencode(wanted.query)))
