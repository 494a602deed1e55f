"""The page of one draft: its text shown, and tried out as the public would see it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.draft import DraftId
from noa_rag.domain.errors import ContentProblem, InvalidContent, NotFound
from noa_rag.domain.people import Person
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from noa_rag.web.paths import language_of
from review_ui.drafts.sent import SentForm, read_sent
from review_ui.drafts.views import DraftView, ResultView, find_entries, preview_of, read_draft, result_of
from review_ui.entries.content_form import editor_words, form_of
from review_ui.shell.labels import VERDICT_FIELDS
from review_ui.shell.lookups import agency_name
from review_ui.shell.rendering import page_or_fragment, render, translator_of
from review_ui.shell.session import ReviewSite, requires, signed_in

PAGE, FRAGMENT = "review_ui/drafts/draft.html", "review_ui/drafts/_draft.html"


@get("/brouillons/{draft_id:str}", guards=[requires(Action.READ)])
async def draft_page(  # noqa: PLR0917 (one argument for each part of the address)
    request: HTMXRequest,
    review: NamedDependency[ReviewSite],
    draft_id: FromPath[str],
    fait: FromQuery[str | None] = None,
    texte: FromQuery[str | None] = None,
    apres: FromQuery[str | None] = None,
) -> Template:
    """Show a draft; `fait` says what was just done to it, `texte` that a changed text was kept with it.

    `apres` names the previous draft, where `fait` and `texte` are about that one.
    """
    view = await view_of(request, review, draft_id)
    after = await review.line.run(_read_after, review.office, apres, signed_in(request).person) if apres else None
    agency = view.agency
    if after is not None:
        agency = agency_name(view.agencies.get(after.draft.agency_id), after.draft.agency_id)
    translator = translator_of(request)
    said = {
        "enregistre": translator.gettext("Brouillon enregistré. Rien n'est publié."),
        "redige": translator.gettext(
            "Le modèle de langue a proposé une rédaction : vérifiez chaque phrase. Rien n'est publié."
        ),
        "transmis": translator.gettext("Brouillon transmis à %(agency)s.", agency=agency),
        "demande": translator.gettext("Modifications demandées."),
        "annule": translator.gettext("Décision annulée : tout est comme avant."),
    }.get(fait or "", "")
    kept = translator.gettext("Votre texte est enregistré avec le brouillon.") if texte else ""
    if after is not None:
        return show_draft(request, view, after=replace(after, said=said, kept=kept))
    return show_draft(request, view, notice=" ".join(filter(None, (said, kept))))


def _read_after(office: Office, draft_id: str, person: Person) -> ResultView | None:
    """Return what was done to the draft that somebody was at before, None if there is no such draft."""
    try:
        draft = office.store.draft(DraftId(draft_id))
    except NotFound:
        return None
    return result_of(office, draft, person, datetime.now(UTC))


@post("/brouillons/{draft_id:str}/apercu", guards=[requires(Action.READ)], status_code=200)
async def preview(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Show the text in the editor as the public would see it; nothing is stored."""
    sent = await read_sent(request, review, draft_id)
    try:
        shown = await review.line.run(preview_of, sent, language_of(request.url.path))
    except InvalidContent as error:
        return show_invalid(request, await view_of(request, review, draft_id), sent, error.problems)
    if request.htmx:
        return render(request, "review_ui/drafts/_preview.html", preview=shown)
    return show_draft(request, await view_of(request, review, draft_id), sent=sent, preview=shown)


@get("/brouillons/{draft_id:str}/rattacher", guards=[requires(Action.READ)])
async def find_to_attach(
    request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str], q: FromQuery[str | None] = None
) -> Template:
    """Show the approved entries that a search for these words finds."""
    draft = await review.line.run(review.office.store.draft, DraftId(draft_id))
    found = await review.line.run(find_entries, review.office, draft, q or "", signed_in(request).person)
    if request.htmx:
        return render(request, "review_ui/drafts/_attach_found.html", draft=draft, attach_found=found)
    return show_draft(request, await view_of(request, review, draft_id), attach_words=q or "", attach_found=found)


async def view_of(request: Request[Any, Any, Any], review: ReviewSite, draft_id: str) -> DraftView:
    """Read all that the page of a draft shows to the person signed in. Raises NotFound."""
    person, language = signed_in(request).person, language_of(request.url.path)
    return await review.line.run(read_draft, review.office, DraftId(draft_id), person, language)


def show_invalid(
    request: Request[Any, Any, Any], view: DraftView, sent: SentForm, problems: tuple[ContentProblem, ...]
) -> Template:
    """Show the form again with its problems; where htmx asked for a fragment, the whole draft is replaced."""
    headers = {"hx-retarget": "#draft", "hx-reswap": "innerHTML"}
    return show_draft(request, view, sent=sent, problems=problems, status=422, headers=headers)


def show_draft(
    request: Request[Any, Any, Any],
    view: DraftView,
    *,
    sent: SentForm | None = None,
    problems: tuple[ContentProblem, ...] = (),
    notice: str = "",
    status: int = 200,
    has_read: bool = False,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Template:
    """Return the page of a draft, with the text of a form that was sent in place of the draft's own.

    The form carries the revision that its writer saw; with `has_read`, the newest one, since the page shows it.
    """
    draft = view.draft
    editor = sent.editor if sent else None
    revision, base_version = draft.revision, draft.base_version
    if has_read and draft.state.is_pending:
        base_version = view.current_version
    elif sent and editor and not has_read:
        revision, base_version = sent.revision, sent.base_version
    optional: dict[str, Any] = {
        "title": "",
        "wanting": "",
        "preview": None,
        "effects": None,
        "attach_found": None,
        "attach_words": "",
        "conflict": [],
        "after": None,
        "spoilt": None,
        "attaching": "",
    }
    return page_or_fragment(
        request,
        PAGE,
        FRAGMENT,
        status=status,
        headers=headers,
        view=view,
        draft=draft,
        form=editor or form_of(draft.content),
        problems=problems,
        notice=notice,
        notice_class="card problem" if status >= 400 else "said",
        revision=revision,
        base_version=base_version,
        words={name: sent.text(name) if sent else "" for name in VERDICT_FIELDS},
        word_labels=VERDICT_FIELDS,
        **editor_words(request, view.agencies, view.themes),
        **(optional | more | {"code": status}),
    )


@get("/touches", guards=[requires(Action.READ)])
async def keys_page(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """List the keys of a draft's page."""
    return render(request, "review_ui/drafts/keys.html")


HANDLERS = (draft_page, preview, find_to_attach, keys_page)
