"""The page of one draft: read it, try a text on it, find an entry that says it already."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.draft import DraftId
from noa_rag.domain.entry import EntryContent
from noa_rag.domain.errors import ContentProblem, InvalidContent
from noa_rag.review.rights import Action
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of
from review_ui.drafts.effects import read_effects
from review_ui.drafts.views import DraftView, find_entries, read_draft, shown_to_the_public
from review_ui.entries.content_form import editor_words, form_from, form_of, public_words
from review_ui.entries.content_reading import content_of, is_untouched
from review_ui.shell.paths import number_in
from review_ui.shell.rendering import page_or_fragment, render
from review_ui.shell.session import requires, signed_in
from review_ui.shell.site import ReviewSite
from review_ui.texts import ReviewTexts

PAGE, FRAGMENT = "review_ui/drafts/draft.html", "review_ui/drafts/_draft.html"
WORD_LABELS = {
    "note": "approve_note",
    "reason": "decline_reason",
    "wanted": "ask_changes_wanted",
    "hand_over_agency": "hand_over_agency",
    "hand_over_reason": "hand_over_reason",
}


@get("/brouillons/{draft_id:str}", guards=[requires(Action.READ)])
async def draft_page(
    request: HTMXRequest,
    review: NamedDependency[ReviewSite],
    draft_id: FromPath[str],
    fait: FromQuery[str | None] = None,
    texte: FromQuery[str | None] = None,
) -> Template:
    """Show a draft; `fait` says what was just done to it, `texte` that a changed text was kept with it."""
    view = await view_of(request, review, draft_id)
    texts = ReviewTexts(language_of(request.url.path))
    said = {
        "enregistre": texts("saved"),
        "transmis": texts("handed_over", agency=view.agency),
        "demande": texts("changes_asked"),
        "annule": texts("undone"),
    }
    notices = [said.get(fait or "", ""), texts("text_kept_too") if texte else ""]
    return show_draft(request, view, notice=" ".join(filter(None, notices)))


@post("/brouillons/{draft_id:str}/apercu", guards=[requires(Action.READ)], status_code=200)
async def preview(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Show the text in the editor as the public would see it; nothing is kept."""
    form = await read_form(request)
    view = await view_of(request, review, draft_id)
    try:
        content = content_in(form, view)
    except InvalidContent as error:
        return show_invalid(request, view, form, error.problems)
    shown = await review.line.run(
        shown_to_the_public,
        review.office,
        view.draft,
        content,
        view.current,
        agencies=view.agencies,
        language=language_of(request.url.path),
    )
    if request.htmx:
        return render(request, "review_ui/drafts/_preview.html", preview=shown, **public_words(request))
    return show_draft(request, view, form=form, preview=shown)


@post("/brouillons/{draft_id:str}/effets", guards=[requires(Action.READ)], status_code=200)
async def effects(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Show what approving the text in the editor would change; nothing is kept."""
    form = await read_form(request)
    view = await view_of(request, review, draft_id)
    try:
        content = content_in(form, view)
    except InvalidContent as error:
        return show_invalid(request, view, form, error.problems)
    found = await review.line.run(read_effects, review.office, view.draft, content)
    if request.htmx:
        return render(request, "review_ui/drafts/_effects.html", effects=found)
    return show_draft(request, view, form=form, effects=found)


@get("/brouillons/{draft_id:str}/rattacher", guards=[requires(Action.READ)])
async def find_to_attach(
    request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str], q: FromQuery[str | None] = None
) -> Template:
    """Show the approved entries that hold these words."""
    view = await view_of(request, review, draft_id)
    found = await review.line.run(find_entries, review.office, view.draft, q or "", signed_in(request).person)
    if request.htmx:
        return render(request, "review_ui/drafts/_attach_found.html", view=view, attach_found=found)
    return show_draft(request, view, attach_words=q or "", attach_found=found)


async def view_of(request: Request[Any, Any, Any], review: ReviewSite, draft_id: str) -> DraftView:
    """Read a draft for whoever asks. Raises NotFound."""
    person, language = signed_in(request).person, language_of(request.url.path)
    return await review.line.run(read_draft, review.office, DraftId(draft_id), person, language)


def content_in(form: FormMultiDict, view: DraftView) -> EntryContent:
    """Return the content that a form describes. Raises InvalidContent."""
    themes = {theme.id for theme in view.themes}
    return content_of(form_from(form), base=view.draft.content, agencies=view.agencies, themes=themes)


def changed_content_in(form: FormMultiDict, view: DraftView) -> EntryContent | None:
    """Return the content that a form describes, None when it brings no other text. Raises InvalidContent."""
    if "answer" not in form or is_untouched(form_from(form), view.draft.content):
        return None
    return content_in(form, view)


def revision_in(form: FormMultiDict) -> int:
    """Return the revision that the page showed; one that is missing or no number matches none.

    A form that takes the editor's fields along carries two: the older one counts.
    """
    sent = [number_in(one, otherwise=0) for one in form.getall("revision", []) if isinstance(one, str)]
    return min(sent, default=0)


def show_invalid(
    request: Request[Any, Any, Any], view: DraftView, form: FormMultiDict, problems: tuple[ContentProblem, ...]
) -> Template:
    """Show the form again with what is wrong; in a page that is there already, the whole draft takes the place."""
    headers = {"hx-retarget": "#draft", "hx-reswap": "innerHTML"}
    return show_draft(request, view, form=form, problems=problems, status=422, headers=headers)


def show_draft(
    request: Request[Any, Any, Any],
    view: DraftView,
    *,
    form: FormMultiDict | None = None,
    problems: tuple[ContentProblem, ...] = (),
    notice: str = "",
    status: int = 200,
    has_read: bool = False,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Template:
    """Return the page of a draft, with the text of a form that was sent in place of the draft's own.

    Such a text still answers the revision that its writer saw, unless the page shows her the newest: `has_read`.
    """
    draft = view.draft
    sent = form_from(form) if form is not None and "answer" in form else None
    revision, base_version = draft.revision, draft.base_version
    if has_read and draft.state.is_pending:
        base_version = view.current_version
    elif sent and form is not None and not has_read:
        revision = revision_in(form)
        base_version = number_in(text_field(form, "base_version"), otherwise=base_version)
    optional: dict[str, Any] = {
        "title": "",
        "wanting": "",
        "preview": None,
        "effects": None,
        "attach_found": None,
        "attach_words": "",
        "conflict": [],
    }
    return page_or_fragment(
        request,
        PAGE,
        FRAGMENT,
        status=status,
        headers=headers,
        view=view,
        form=sent or form_of(draft.content),
        problems=problems,
        notice=notice,
        notice_class="card problem" if status >= 400 else "said",
        revision=revision,
        base_version=base_version,
        words={name: text_field(form, name) if form is not None else "" for name in WORD_LABELS},
        word_labels=WORD_LABELS,
        **editor_words(request, view.agencies, view.themes),
        **public_words(request),
        **(optional | more | {"code": status}),
    )


HANDLERS = (draft_page, preview, effects, find_to_attach)
