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

from noa_rag.assembly.office import Office
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import ContentProblem, Forbidden, InvalidContent, NotAllowedNow, NotFound, VersionConflict
from noa_rag.domain.people import PersonId
from noa_rag.review.evidence import TO_WRITE
from noa_rag.review.rights import Action
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of
from review_ui.difference import FieldDifference, content_difference
from review_ui.draft_pages import content_in, show_draft, show_invalid, view_of
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
    return await _act(request, review, draft_id, _save, done="enregistre")


@post("/brouillons/{draft_id:str}/approuver", guards=[requires(Action.DECIDE)], status_code=200)
async def approve(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Publish the text in the editor, amended or not."""
    return await _act(request, review, draft_id, _approve)


@post("/brouillons/{draft_id:str}/refuser", guards=[requires(Action.DECIDE)], status_code=200)
async def decline(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Close the draft with a reason."""
    return await _act(request, review, draft_id, _decline)


@post("/brouillons/{draft_id:str}/rattacher", guards=[requires(Action.DECIDE)], status_code=200)
async def attach(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Add the draft's questions to an entry."""
    return await _act(request, review, draft_id, _attach)


@post("/brouillons/{draft_id:str}/transmettre", guards=[requires(Action.HAND_OVER)], status_code=200)
async def hand_over(
    request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]
) -> Response[Any]:
    """Give the draft to another agency."""
    return await _act(request, review, draft_id, _hand_over, done="transmis")


@post("/brouillons/{draft_id:str}/demander", guards=[requires(Action.DECIDE)], status_code=200)
async def ask_changes(
    request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]
) -> Response[Any]:
    """Send the draft back with what is to be changed."""
    return await _act(request, review, draft_id, _ask_changes, done="demande")


@post("/brouillons/{draft_id:str}/annuler", guards=[requires(Action.DECIDE)], status_code=200)
async def undo(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Take back one's own verdict."""
    return await _act(request, review, draft_id, _undo, done="annule")


async def _act(request: HTMXRequest, review: ReviewSite, draft_id: str, act: Act, *, done: str = "") -> Response[Any]:
    form = await read_form(request)
    view = await view_of(request, review, draft_id)
    try:
        await review.line.run(act, review.office, signed_in(request).person.id, view, form)
    except InvalidContent as error:
        return show_invalid(request, view, form, error.problems)
    except VersionConflict:
        return await _conflict(request, review, draft_id, form, is_undo=act is _undo)
    except Forbidden:
        return await _refused(request, review, draft_id, form, status=403, key="problem_forbidden_detail")
    except NotFound:  # the draft was there a moment ago: what is missing is what the form names
        return await _refused(request, review, draft_id, form, status=404, key="target_missing")
    except NotAllowedNow as error:
        key = f"not_now_{error.reason}"
        return await _refused(
            request, review, draft_id, form, status=409, key=key if key in WORDS else "problem_not_now_detail"
        )
    language = language_of(request.url.path)
    there = review_url(language, f"/brouillons/{draft_id}", {"fait": done})
    return Redirect(there, status_code=303)


def _save(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    content = content_in(form, view)
    base_version = number_in(text_field(form, "base_version"), otherwise=view.draft.base_version)
    return office.desk.save(person_id, view.draft.id, _revision(form), content, base_version=base_version)


def _approve(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    """Approve the text; where she has read a newer version of the entry, the draft starts from there first."""
    draft, revision = view.draft, _revision(form)
    content = content_in(form, view) if "answer" in form else None
    if (content or draft.content).answer.lstrip().startswith(TO_WRITE):
        raise InvalidContent([ContentProblem("answer", "to_write")])
    base_version = number_in(text_field(form, "base_version"), otherwise=draft.base_version)
    if content is not None and base_version != draft.base_version and revision == draft.revision:
        revision = office.desk.save(person_id, draft.id, revision, content, base_version=base_version).revision
    return office.approve(person_id, draft.id, revision, content, text_field(form, "note"))


def _decline(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    return office.desk.decline(person_id, view.draft.id, _revision(form), text_field(form, "reason"))


def _attach(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    questions = questions_to_attach(view.draft)
    return office.attach(person_id, view.draft.id, _revision(form), EntryId(text_field(form, "entry")), questions)


def _hand_over(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    agency_id = AgencyId(text_field(form, "hand_over_agency"))
    if not agency_id:
        raise NotAllowedNow("No agency was chosen.", reason="agency_missing")
    reason = text_field(form, "hand_over_reason")
    return office.desk.hand_over(person_id, view.draft.id, _revision(form), agency_id, reason)


def _ask_changes(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    return office.desk.ask_changes(person_id, view.draft.id, _revision(form), text_field(form, "wanted"))


def _undo(office: Office, person_id: PersonId, view: DraftView, form: FormMultiDict) -> Draft:
    return office.undo(person_id, view.draft.id, _revision(form))


def _revision(form: FormMultiDict) -> int:
    """Return the revision that the page showed; one that is missing or no number matches none."""
    return number_in(text_field(form, "revision"), otherwise=0)


async def _conflict(
    request: HTMXRequest, review: ReviewSite, draft_id: str, form: FormMultiDict, *, is_undo: bool
) -> Template:
    """Show the draft as it stands now beside her text, in a form that she can deliberately send again."""
    view = await view_of(request, review, draft_id)
    texts = ReviewTexts(language_of(request.url.path))
    if is_undo:
        notice = texts("conflict_undo")
    elif view.is_stale and _revision(form) == view.draft.revision:
        notice = texts("conflict_entry", version=view.current_version)
    else:
        notice = texts("conflict_draft")
    base_version = view.current_version if view.draft.state.is_pending else view.draft.base_version
    conflict = await review.line.run(_difference, view, form)
    return show_draft(request, view, form=form, notice=notice, status=409, base_version=base_version, conflict=conflict)


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


async def _refused(
    request: HTMXRequest, review: ReviewSite, draft_id: str, form: FormMultiDict, *, status: int, key: str
) -> Template:
    view = await view_of(request, review, draft_id)
    return show_draft(request, view, form=form, notice=ReviewTexts(language_of(request.url.path))(key), status=status)


HANDLERS = (save, approve, decline, attach, hand_over, ask_changes, undo)
