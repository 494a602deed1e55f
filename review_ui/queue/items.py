"""The page of one line of the queue: its questions, assignee and comments, and splitting or merging its group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.errors import NotAllowedNow, NotFound
from noa_rag.domain.failure import GroupId, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.domain.queue import Comment, ItemId, QueueItem
from noa_rag.french.words import fold, words
from noa_rag.review.queue import COMMENT_LIMIT
from noa_rag.review.rights import Action, may
from noa_rag.service.office import Office
from noa_rag.web.forms import read_form, text_field
from review_ui.drafts.groups import GroupView, view_group
from review_ui.queue.views import WORDS_LIMIT, last_day_asleep
from review_ui.shell.lookups import agency_name, person_name, why_not_now
from review_ui.shell.rendering import redirect, render, texts_in
from review_ui.shell.session import AnyRequest, Review, ReviewSite, requires, signed_in

MERGE_SHOWN = 10
SLEEPS = (1, 7, 30)  # days that the page offers; any other day can be chosen
SAID = {
    "commente": "Votre commentaire est publié pour vos collègues.",
    "confie": "C'est noté : on voit qui s'en occupe.",
    "sommeil": "C'est mis en sommeil.",
    "reveil": "Le dossier est de nouveau à traiter.",
    "scinde": "Le groupe est scindé : ces questions forment un groupe à part. Vous pouvez l'annuler depuis la liste.",
    "reuni": "Les deux groupes n'en font plus qu'un. Vous pouvez l'annuler depuis la liste.",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a group's questions; `question_id` is that of a question so worded."""

    question_id: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class ItemView:
    """Everything that the page of a line shows; `group` is None where its draft is about no group."""

    item: QueueItem
    title: str
    draft: Draft | None
    group: GroupView | None
    wordings: tuple[Wording, ...]
    others: tuple[QuestionGroup, ...]
    agency: str
    assigned_to: str
    people: Mapping[PersonId, str]
    comments: Sequence[tuple[Comment, str]]
    can_merge: bool
    today: date
    last_day: date | None
    """The last day of its sleep, None while it is awake."""

    @property
    def is_asleep(self) -> bool:
        return self.last_day is not None

    @property
    def back_on(self) -> date | None:
        """The day on which it is back in the queue, None while it is awake."""
        return self.last_day + timedelta(days=1) if self.last_day else None


def read_item(office: Office, item_id: ItemId, search: str = "") -> ItemView:
    """Return the view of a line. Raises NotFound, also for a group whose questions are all purged."""
    item = office.queue.item(item_id)
    drafted = office.store.drafted_groups()
    draft_id = drafted.get(GroupId(item_id))
    group = _group(office, item_id)
    if group is None and draft_id is None:
        draft_id = DraftId(item_id)
    draft = office.store.draft(draft_id) if draft_id else None
    if draft is None and (group is None or not group.failures):
        raise NotFound("The questions of this group are older than what is kept.")
    owner = draft.owner if draft else item.agency_id
    now = office.now()
    has_questions = group is not None and bool(group.failures)
    return ItemView(
        item=item,
        title=draft.content.question if draft else group.canonical if group else "",
        draft=draft,
        group=view_group(group, paris_day(now)) if group and has_questions else None,
        wordings=_wordings(group) if group else (),
        others=tuple(_others(office, group, search)) if group and has_questions and draft is None else (),
        agency=agency_name(office.noa.agencies().get(owner), owner) if owner else "",
        assigned_to=person_name(office, item.assignee or ""),
        people={person.id: person.name for person in office.people.everyone() if may(person, Action.SORT_QUEUE)},
        comments=[(remark, person_name(office, remark.author)) for remark in office.queue.comments(item_id)],
        can_merge=has_questions and draft is None,
        today=paris_day(now),
        last_day=last_day_asleep(item, now),
    )


def _group(office: Office, item_id: ItemId) -> QuestionGroup | None:
    try:
        return office.store.group(GroupId(item_id))
    except NotFound:
        return None


def _wordings(group: QuestionGroup) -> tuple[Wording, ...]:
    first = {failure.asked.text: failure.asked.question_id for failure in reversed(group.failures)}
    counts = {text: sum(failure.asked.text == text for failure in group.failures) for text in first}
    return tuple(
        Wording(first[text], text, counts[text]) for text in sorted(first, key=lambda text: (-counts[text], text))
    )


def _others(office: Office, group: QuestionGroup, search: str) -> list[QuestionGroup]:
    """Return the groups that share most words with a search, else with the group itself."""
    wanted = set(words(fold(search or group.canonical)))
    scored = [
        (len(wanted & set(words(fold(other_group.canonical)))), other_group)
        for other_group in office.store.groups()
        if other_group.failures and other_group.id != group.id
    ]
    nearest = sorted(
        (scored_group for scored_group in scored if scored_group[0]),
        key=lambda scored_group: (-scored_group[0], -scored_group[1].volume, scored_group[1].id),
    )
    return [group for _, group in nearest[:MERGE_SHOWN]]


@get("/groupes/{group_id:str}", guards=[requires(Action.READ)])
async def group_page(request: HTMXRequest, review: Review, group_id: FromPath[str]) -> Response[Any]:
    """Show a group of questions, or redirect to its draft if it has one."""
    draft_id = (await review.run(review.office.store.drafted_groups)).get(GroupId(group_id))
    if draft_id:
        return redirect(f"/brouillons/{draft_id}")
    return await _show(request, review, group_id)


@get("/dossiers/{item_id:str}", guards=[requires(Action.READ)])
async def item_page(
    request: HTMXRequest,
    review: Review,
    item_id: FromPath[str],
    fait: FromQuery[str | None] = None,
    groupe: FromQuery[str | None] = None,
) -> Template:
    """Show a line of the queue; `groupe` searches the groups that it may be merged into."""
    notice, search = SAID.get(fait or "", ""), (groupe or "")[:WORDS_LIMIT]
    return await _show(request, review, item_id, notice=notice, search=search, was_snoozed=fait == "sommeil")


@post("/dossiers/{item_id:str}/commentaires", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def comment(request: HTMXRequest, review: Review, item_id: FromPath[str]) -> Response[Any]:
    """Store a comment for colleagues; a text that is refused stays in the form."""
    text, person = text_field(await read_form(request), "text"), signed_in(request).person
    try:
        await review.run(review.office.queue_desk.comment, person.id, ItemId(item_id), text)
    except NotAllowedNow as error:
        return await _show(request, review, item_id, refusal=error, typed=text)
    return redirect(f"/dossiers/{item_id}", {"fait": "commente"}, anchor="comments-title")


@post("/dossiers/{item_id:str}/personne", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def assign(request: HTMXRequest, review: Review, item_id: FromPath[str]) -> Response[Any]:
    """Assign the line to somebody, or to nobody."""
    wanted, person = text_field(await read_form(request), "person"), signed_in(request).person
    try:
        await review.run(review.office.queue_desk.assign, person.id, ItemId(item_id), PersonId(wanted) or None)
    except NotAllowedNow as error:
        return await _show(request, review, item_id, refusal=error)
    return redirect(f"/dossiers/{item_id}", {"fait": "confie"})


@post("/dossiers/{item_id:str}/sommeil", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def snooze(request: HTMXRequest, review: Review, item_id: FromPath[str]) -> Response[Any]:
    """Take the line out of the queue until a day, or bring it back."""
    form, person = await read_form(request), signed_in(request).person
    try:
        until = None if text_field(form, "wake") else _day_in(form, paris_day(review.office.now()))
        await review.run(review.office.queue_desk.snooze, person.id, ItemId(item_id), until)
    except NotAllowedNow as error:
        return await _show(request, review, item_id, refusal=error)
    return redirect(f"/dossiers/{item_id}", {"fait": "sommeil" if until else "reveil"})


@post("/groupes/{group_id:str}/scinder", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def split(request: HTMXRequest, review: Review, group_id: FromPath[str]) -> Response[Any]:
    """Put the ticked wordings into a group of their own."""
    form, person = await read_form(request), signed_in(request).person
    chosen = texts_in(form, "question")
    try:
        await review.run(review.office.queue_desk.split, person.id, GroupId(group_id), chosen)
    except NotAllowedNow as error:
        return await _show(request, review, group_id, refusal=error)
    return redirect(f"/dossiers/{group_id}", {"fait": "scinde"})


@post("/groupes/{group_id:str}/reunir", guards=[requires(Action.SORT_QUEUE)], status_code=303)
async def merge(request: HTMXRequest, review: Review, group_id: FromPath[str]) -> Response[Any]:
    """Put the group's questions into another group, whose page is shown then."""
    into, person = text_field(await read_form(request), "into"), signed_in(request).person
    try:
        if not into:
            raise NotAllowedNow("Choose a group.", reason="nothing_chosen")
        await review.run(review.office.queue_desk.merge, person.id, GroupId(group_id), GroupId(into))
    except NotAllowedNow as error:
        return await _show(request, review, group_id, refusal=error)
    return redirect(f"/dossiers/{into}", {"fait": "reuni"})


HANDLERS = (group_page, item_page, comment, assign, snooze, split, merge)


def _day_in(form: Any, today: date) -> date:
    """Return the day that was chosen: a number of days, or a date. Raises NotAllowedNow `snooze_day`."""
    days = text_field(form, "days")
    if days in {str(sleep) for sleep in SLEEPS}:
        return today + timedelta(days=int(days) - 1)  # the last day of the sleep: it is back after so many days
    try:
        return date.fromisoformat(text_field(form, "until"))
    except ValueError as error:
        raise NotAllowedNow("That is no day.", reason="snooze_day") from error


async def _show(
    request: AnyRequest,
    review: ReviewSite,
    item_id: str,
    *,
    notice: str = "",
    search: str = "",
    refusal: NotAllowedNow | None = None,
    typed: str = "",
    was_snoozed: bool = False,
) -> Template:
    view = await review.run(read_item, review.office, ItemId(item_id), search)
    return render(
        request,
        "review_ui/queue/item.html",
        status=409 if refusal else 200,
        view=view,
        notice=why_not_now(refusal.reason) if refusal else notice,
        is_refused=refusal is not None,
        was_snoozed=was_snoozed,
        typed=typed,
        search=search,
        sleeps=SLEEPS,
        comment_limit=COMMENT_LIMIT,
    )
