"""The verdicts on a draft, each with a route of its own.

A verdict reads its form, calls the desk and redirects to the draft; the page is built only where the desk refuses, to
give the text back with the reason.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.plugins.htmx import ClientRedirect, HTMXRequest
from litestar.response import Template

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import Forbidden, InvalidContent, NoaError, NotAllowedNow, NotFound, VersionConflict
from noa_rag.review.replay import SpoilsAnswers, check_acknowledged
from noa_rag.review.rights import Action, may, require
from review_ui.drafts.effects import view_spoilt
from review_ui.drafts.groups import next_of
from review_ui.drafts.pages import SentForm, read_sent, show_draft, show_invalid, view_of
from review_ui.drafts.views import DraftView, questions_to_attach
from review_ui.entries.views import FieldDifference, content_difference
from review_ui.shell.lookups import WORDS, why_not_now
from review_ui.shell.rendering import redirect, review_url
from review_ui.shell.session import Review, ReviewSite, requires

Act = Callable[[SentForm], EntryContent | None]
"""Does what a form asks for; returns the other text that the draft kept, None where it kept none."""


def _route(path: str, right: Action, act: Act, *, done: str = "", goes_on: bool = True) -> HTTPRouteHandler:
    """Return the route that carries out `act`.

    Then the next waiting draft opens if it `goes_on` and there is one, else this one again.
    """

    @post(f"/brouillons/{{draft_id:str}}/{path}", guards=[requires(right)], status_code=200)
    async def handle(request: HTMXRequest, review: Review, draft_id: FromPath[str]) -> Response[Any]:
        sent = await read_sent(request, review, draft_id)
        try:
            require(sent.person, right, sent.draft.owner)  # before anything is said of the text
            opens_next = goes_on and not _is_taken(sent, act)
            following = await review.run(next_of, sent.office, sent.person, sent.draft.id) if opens_next else None
            other_text = await review.run(act, sent)
        except (InvalidContent, VersionConflict, Forbidden, NotFound, NotAllowedNow) as error:
            return await _failed(request, review, sent, act, error)
        query = {"apres": draft_id if following else "", "fait": done, "texte": "garde" if other_text else ""}
        if following and request.htmx:  # another page, with an address and a title of its own
            return ClientRedirect(review_url(f"/brouillons/{following}", query))
        return redirect(f"/brouillons/{following or draft_id}", query)

    return handle


def _is_taken(sent: SentForm, act: Act) -> bool:
    """Whether somebody hands a draft over to an agency for which she decides herself: it is hers to work on then."""
    agency_id = _handed_to(sent)
    return act is _hand_over and bool(agency_id) and may(sent.person, Action.DECIDE, agency_id)


def _save(sent: SentForm) -> None:
    desk, content = sent.office.desk, sent.content()
    desk.save(sent.person.id, sent.draft.id, sent.revision, content, base_version=sent.base_version)


def _word(sent: SentForm) -> None:
    if sent.changed_content() is not None:
        raise NotAllowedNow("The text in the editor was changed; a model does not replace it.", reason="own_words")
    sent.office.word(sent.person.id, sent.draft.id, sent.revision)


def _approve(sent: SentForm) -> None:
    """Approve the text; if its writer has seen a newer version of the entry, first base the draft on that version."""
    office, draft, revision = sent.office, sent.draft, sent.revision
    content = sent.content() if sent.editor else None
    if content is not None and sent.base_version != draft.base_version and revision == draft.revision:
        check_acknowledged(office.spoilt(draft.id, revision, content), sent.acknowledged)  # before anything is kept
        saved = office.desk.save(sent.person.id, draft.id, revision, content, base_version=sent.base_version)
        revision = saved.revision
    office.approve(sent.person.id, draft.id, revision, content, sent.text("note"), acknowledged=sent.acknowledged)


def _decline(sent: SentForm) -> EntryContent | None:
    content = sent.changed_content()
    sent.office.desk.decline(sent.person.id, sent.draft.id, sent.revision, sent.text("reason"), content=content)
    return content


def _attach(sent: SentForm) -> EntryContent | None:
    content, entry_id = sent.changed_content(), EntryId(sent.text("entry"))
    questions = questions_to_attach(content or sent.draft.content)
    require(sent.person, Action.DECIDE, sent.office.current(entry_id).content.agency_id)  # before its answers are told
    sent.office.attach(
        sent.person.id,
        sent.draft.id,
        sent.revision,
        entry_id,
        questions,
        content=content,
        acknowledged=sent.acknowledged,
    )
    return content


def _hand_over(sent: SentForm) -> EntryContent | None:
    agency_id, reason = _handed_to(sent), sent.text("hand_over_reason")
    if not agency_id:
        raise NotAllowedNow("No agency was chosen.", reason="agency_missing")
    content, desk = sent.changed_content(), sent.office.desk
    desk.hand_over(sent.person.id, sent.draft.id, sent.revision, agency_id, reason, content=content)
    return content


def _handed_to(sent: SentForm) -> AgencyId:
    """Return the agency whose button was pressed, else the one chosen in the list."""
    return AgencyId(sent.text("hand_over_to") or sent.text("hand_over_agency"))


def _ask_changes(sent: SentForm) -> EntryContent | None:
    content = sent.changed_content()
    sent.office.desk.ask_changes(sent.person.id, sent.draft.id, sent.revision, sent.text("wanted"), content=content)
    return content


def _undo(sent: SentForm) -> None:
    sent.office.undo(sent.person.id, sent.draft.id, sent.revision)


async def _failed(request: HTMXRequest, review: ReviewSite, sent: SentForm, act: Act, error: NoaError) -> Template:
    """Show the draft as it stands now, with the text that was sent and the reason why nothing was done."""
    view = await view_of(request, review, sent.draft.id)
    sent = replace(sent, draft=view.draft)
    match error:
        case InvalidContent():
            return show_invalid(request, view, sent, error.problems)
        case VersionConflict():
            return await _conflict(request, review, view, sent, is_undo=act is _undo)
        case SpoilsAnswers():
            spoilt = await review.run(view_spoilt, sent, error.spoilt, sent.text("question"))
            attaching = sent.text("entry") if act is _attach else ""
            notice = why_not_now("spoils_attaching" if attaching else error.reason)
            return _refused(request, view, sent, status=422, notice=notice, spoilt=spoilt, attaching=attaching)
        case NotAllowedNow():
            return _not_now(request, view, sent, error.reason, wanting=_WANTING.get(act, ""))
        case NotFound():  # the draft was found a moment ago, so what is missing is what the form names
            message = (
                "Cette fiche n'existe pas, ou n'est plus en ligne. Rien n'a été changé."
                if act is _attach
                else "Cette agence n'existe pas. Rien n'a été changé."
            )
            return _refused(request, view, sent, status=404, notice=message)
    return _refused(
        request,
        view,
        sent,
        status=403,
        notice=WORDS["problem_details"]["forbidden"],
    )


async def _conflict(
    request: HTMXRequest, review: ReviewSite, view: DraftView, sent: SentForm, *, is_undo: bool
) -> Template:
    """Show the draft as it stands now beside the text that was sent, in a form that can be sent again."""
    if is_undo:
        notice = "La fiche a encore changé depuis cette décision : elle n'a pas été annulée."
    elif view.is_stale and sent.revision == view.draft.revision:
        notice = (
            f"La fiche est passée à la version {view.current_version} depuis que ce brouillon est commencé. "
            "Votre texte est gardé dans l'éditeur. Comparez ; si vous envoyez de nouveau, votre "
            "texte part de cette version."
        )
    else:
        notice = (
            "Le brouillon a changé depuis votre lecture. Votre texte est gardé dans l'éditeur. "
            "Comparez avec l'état actuel ; si vous envoyez de nouveau, votre texte le remplace."
        )
    title = "Quelqu'un a agi entre-temps"
    conflict = await review.run(_difference, view, sent)
    return show_draft(
        request, view, sent=sent, notice=notice, status=409, has_read=True, title=title, conflict=conflict
    )


def _difference(view: DraftView, sent: SentForm) -> list[FieldDifference]:
    """Return how the text that was sent differs from the entry's newest version, or from the draft as it is now."""
    if sent.editor is None:
        return []
    try:
        theirs = sent.content()
    except InvalidContent:
        return []
    now: EntryContent = view.current.content if view.is_stale and view.current else view.draft.content
    return content_difference(replace(now, origin=theirs.origin), theirs)


def _not_now(request: HTMXRequest, view: DraftView, sent: SentForm, reason: str, *, wanting: str) -> Template:
    """Say why the verdict is not possible; where the form lacks something, open the part that asks for it."""
    notice = why_not_now(reason)
    if reason in _MISSING:
        return _refused(request, view, sent, status=422, notice=notice, wanting=wanting)
    return _refused(request, view, sent, status=409, notice=notice, title="Ce n'est pas possible maintenant")


def _refused(
    request: HTMXRequest, view: DraftView, sent: SentForm, *, status: int, notice: str, title: str = "", **more: Any
) -> Template:
    heading = title if title else ""
    return show_draft(request, view, sent=sent, notice=notice, status=status, title=heading, **more)


_MISSING = {"reason_missing", "agency_missing", "same_agency"}
_WANTING: dict[Act, str] = {_decline: "reason", _ask_changes: "wanted", _hand_over: "hand_over"}
HANDLERS = (
    _route("enregistrer", Action.WRITE_ENTRY, _save, done="enregistre", goes_on=False),
    _route("rediger", Action.WRITE_ENTRY, _word, done="redige", goes_on=False),
    _route("approuver", Action.DECIDE, _approve),
    _route("refuser", Action.DECIDE, _decline),
    _route("rattacher", Action.DECIDE, _attach),
    _route("transmettre", Action.HAND_OVER, _hand_over, done="transmis"),
    _route("demander", Action.DECIDE, _ask_changes, done="demande"),
    _route("annuler", Action.DECIDE, _undo, done="annule", goes_on=False),
)
