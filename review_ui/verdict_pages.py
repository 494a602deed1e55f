"""The verdicts on a draft, each with a route of its own; whatever fails gives the text back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from litestar import Response, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import Forbidden, InvalidContent, NoaError, NotAllowedNow, NotFound, VersionConflict
from noa_rag.domain.people import PersonId
from noa_rag.review.rights import Action, may
from noa_rag.service.office import Office
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of
from review_ui.difference import FieldDifference, content_difference
from review_ui.draft_pages import changed_content_in, content_in, revision_in, show_draft, show_invalid, view_of
from review_ui.draft_views import DraftView, questions_to_attach
from review_ui.listing import number_in
from review_ui.paths import review_url
from review_ui.session import requires, signed_in
from review_ui.site import ReviewSite
from review_ui.texts import WORDS, ReviewTexts

Act = Callable[[Office, PersonId, DraftView, FormMultiDict], object]


@post("/brouillons/{draft_id:str}/enregistrer", guards=[requires(Action.WRITE_ENTRY)], status_code=200)
async def save(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Keep the text; nothing is published."""
    return await _act(request, review, draft_id, _save, right=Action.WRITE_ENTRY, done="enregistre")


@post("/brouillons/{draft_id:str}/approuver", guards=[requires(Action.DECIDE)], status_code=200)
async def approve(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Publish the text in the editor, amended or not."""
    return await _act(request, review, draft_id, _approve, right=Action.DECIDE)


@post("/brouillons/{draft_id:str}/refuser", guards=[requires(Action.DECIDE)], status_code=200)
async def decline(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Close the draft with a reason."""
    return await _act(request, review, draft_id, _decline, right=Action.DECIDE)


@post("/brouillons/{draft_id:str}/rattacher", guards=[requires(Action.DECIDE)], status_code=200)
async def attach(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Add the draft's questions to an entry."""
    return await _act(request, review, draft_id, _attach, right=Action.DECIDE)


@post("/brouillons/{draft_id:str}/transmettre", guards=[requires(Action.HAND_OVER)], status_code=200)
async def hand_over(
    request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]
) -> Response[Any]:
    """Give the draft to another agency."""
    return await _act(request, review, draft_id, _hand_over, right=Action.HAND_OVER, done="transmis")


@post("/brouillons/{draft_id:str}/demander", guards=[requires(Action.DECIDE)], status_code=200)
async def ask_changes(
    request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]
) -> Response[Any]:
    """Send the draft back with what is to be changed."""
    return await _act(request, review, draft_id, _ask_changes, right=Action.DECIDE, done="demande")


@post("/brouillons/{draft_id:str}/annuler", guards=[requires(Action.DECIDE)], status_code=200)
async def undo(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Take back one's own verdict."""
    return await _act(request, review, draft_id, _undo, right=Action.DECIDE, done="annule")


async def _act(
    request: HTMXRequest, review: ReviewSite, draft_id: str, act: Act, *, right: Action, done: str = ""
) -> Response[Any]:
    form = await read_form(request)
    view = await view_of(request, review, draft_id)
    person = signed_in(request).person
    if not may(person, right, view.draft.agency_id):  # before anything is said of the text
        return _refused(request, view, form, status=403, key="problem_forbidden_detail")
    try:
        await review.line.run(act, review.office, person.id, view, form)
    except (InvalidContent, VersionConflict, Forbidden, NotFound, NotAllowedNow) as error:
        view = await view_of(request, review, draft_id)
        return await _failed(request, review, view, form, act=act, error=error)
    language = language_of(request.url.path)
    keeps = act in _KEEPING and changed_content_in(form, view) is not None
    there = review_url(language, f"/brouillons/{draft_id}", {"fait": done, "texte": "garde" if keeps else ""})
    return Redirect(there, status_code=303)


async def _failed(
    request: HTMXRequest, review: ReviewSite, view: DraftView, form: FormMultiDict, *, act: Act, error: NoaError
) -> Template:
    """Show the draft as it stands now, with her text and with why it was not done."""
    match error:
        case InvalidContent():
            return show_invalid(request, view, form, error.problems)
        case VersionConflict():
            return await _conflict(request, review, view, form, is_undo=act is _undo)
        case NotAllowedNow():
            return _not_now(request, view, form, error.reason, wanting=_WANTING.get(act, ""))
        case NotFound():  # the draft was there a moment ago: what is missing is what the form names
            key = "target_missing_entry" if act is _attach else "target_missing_agency"
            return _refused(request, view, form, status=404, key=key)
    return _refused(request, view, form, status=403, key="problem_forbidden_detail")


def _save(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    content = content_in(form, view)
    base_version = number_in(text_field(form, "base_version"), otherwise=view.draft.base_version)
    return office.desk.save(person_id, view.draft.id, revision_in(form), content, base_version=base_version)


def _approve(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    """Approve the text; where she has read a newer version of the entry, the draft starts from there first."""
    draft, revision = view.draft, revision_in(form)
    content = content_in(form, view) if "answer" in form else None
    base_version = number_in(text_field(form, "base_version"), otherwise=draft.base_version)
    if content is not None and base_version != draft.base_version and revision == draft.revision:
        revision = office.desk.save(person_id, draft.id, revision, content, base_version=base_version).revision
    return office.approve(person_id, draft.id, revision, content, text_field(form, "note"))


def _decline(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    content, reason = changed_content_in(form, view), text_field(form, "reason")
    return office.desk.decline(person_id, view.draft.id, revision_in(form), reason, content=content)


def _attach(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    content, entry_id = changed_content_in(form, view), EntryId(text_field(form, "entry"))
    questions = questions_to_attach(content or view.draft.content)
    return office.attach(person_id, view.draft.id, revision_in(form), entry_id, questions, content=content)


def _hand_over(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    agency_id = AgencyId(text_field(form, "hand_over_agency"))
    if not agency_id:
        raise NotAllowedNow("No agency was chosen.", reason="agency_missing")
    content, reason = changed_content_in(form, view), text_field(form, "hand_over_reason")
    return office.desk.hand_over(person_id, view.draft.id, revision_in(form), agency_id, reason, content=content)


def _ask_changes(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    content, wanted = changed_content_in(form, view), text_field(form, "wanted")
    return office.desk.ask_changes(person_id, view.draft.id, revision_in(form), wanted, content=content)


def _undo(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    return office.undo(person_id, view.draft.id, revision_in(form))


async def _conflict(
    request: HTMXRequest, review: ReviewSite, view: DraftView, form: FormMultiDict, *, is_undo: bool
) -> Template:
    """Show the draft as it stands now beside her text, in a form that she can deliberately send again."""
    texts = ReviewTexts(language_of(request.url.path))
    if is_undo:
        notice = texts("conflict_undo")
    elif view.is_stale and revision_in(form) == view.draft.revision:
        notice = texts("conflict_entry", version=view.current_version)
    else:
        notice = texts("conflict_draft")
    title = texts("conflict_title")
    conflict = await review.line.run(_difference, view, form)
    return show_draft(
        request, view, form=form, notice=notice, status=409, has_read=True, title=title, conflict=conflict
    )


def _difference(view: DraftView, form: FormMultiDict) -> list[FieldDifference]:
    """Return how her text differs from what stands there now: the entry's newest version, or the draft."""
    if "answer" not in form:
        return []
    try:
        theirs = content_in(form, view)
    except InvalidContent:
        return []
    now: EntryContent = view.current.content if view.is_stale and view.current else view.draft.content
    return content_difference(replace(now, origin=theirs.origin), theirs)


def _not_now(request: HTMXRequest, view: DraftView, form: FormMultiDict, reason: str, *, wanting: str) -> Template:
    """Say why it cannot be; what is missing from the form is no state of things, and its place is opened."""
    key = f"not_now_{reason}" if f"not_now_{reason}" in WORDS else "problem_not_now_detail"
    if reason in _MISSING:
        return _refused(request, view, form, status=422, key=key, wanting=wanting)
    return _refused(request, view, form, status=409, key=key, title="problem_not_now_title")


def _refused(
    request: HTMXRequest, view: DraftView, form: FormMultiDict, *, status: int, key: str, title: str = "", **more: Any
) -> Template:
    texts = ReviewTexts(language_of(request.url.path))
    heading = texts(title) if title else ""
    return show_draft(request, view, form=form, notice=texts(key), status=status, title=heading, **more)


_MISSING = {"reason_missing", "agency_missing", "same_agency"}
_WANTING: dict[Act, str] = {_decline: "reason", _ask_changes: "wanted", _hand_over: "hand_over"}
_KEEPING = (_decline, _attach, _hand_over, _ask_changes)
HANDLERS = (save, approve, decline, attach, hand_over, ask_changes, undo)
