"""The page of one draft: its text shown, tried out as the public would see it, and what approving it would change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.draft import DraftId
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import ContentProblem, InvalidContent
from noa_rag.domain.ports import GateVerdict
from noa_rag.review.replay import ChangeKind, Outcome, Replayed
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from noa_rag.web.paths import language_of
from review_ui.drafts.views import DraftView, SentForm, find_entries, preview_of, read_draft, read_sent
from review_ui.entries.content_form import editor_words, form_of
from review_ui.shell.labels import VERDICT_FIELDS
from review_ui.shell.rendering import page_or_fragment, render, translator_of
from review_ui.shell.session import ReviewSite, requires, signed_in

PAGE, FRAGMENT = "review_ui/drafts/draft.html", "review_ui/drafts/_draft.html"


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
    translator = translator_of(request)
    said = {
        "enregistre": translator.gettext("Brouillon enregistré. Rien n'est publié."),
        "transmis": translator.gettext("Brouillon transmis à %(agency)s.", agency=view.agency),
        "demande": translator.gettext("Modifications demandées."),
        "annule": translator.gettext("Décision annulée : tout est comme avant."),
    }
    notices = [
        said.get(fait or "", ""),
        translator.gettext("Votre texte est enregistré avec le brouillon.") if texte else "",
    ]
    return show_draft(request, view, notice=" ".join(filter(None, notices)))


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

    The form on the page answers the revision that its writer saw, or the newest where the page shows it: `has_read`.
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


SHOWN_CHANGES = 10  # of each kind


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One question; `before` and `after` are the questions of the entries that answer it, where these differ."""

    text: str
    count: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class KindView:
    """The changes of one kind; `more` is how many questions are not listed."""

    kind: str
    count: int
    changes: tuple[ChangeView, ...]
    more: int


@dataclass(frozen=True, slots=True)
class EffectsView:
    group_count: int
    group_answered: int
    question_count: int
    distinct_count: int
    unchanged_count: int
    left_out_count: int
    seconds: str
    parts: tuple[KindView, ...]
    verdict: GateVerdict | None


@post("/brouillons/{draft_id:str}/effets", guards=[requires(Action.READ)], status_code=200)
async def effects(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Show what approving the text in the editor would change; nothing is stored."""
    sent = await read_sent(request, review, draft_id)
    try:
        found = await review.line.run(_read_effects, sent)
    except InvalidContent as error:
        return show_invalid(request, await view_of(request, review, draft_id), sent, error.problems)
    if request.htmx:
        return render(request, "review_ui/drafts/_effects.html", effects=found)
    return show_draft(request, await view_of(request, review, draft_id), sent=sent, effects=found)


def _read_effects(sent: SentForm) -> EffectsView:
    """Replay the questions and return what would change; takes seconds. Raises InvalidContent."""
    content = sent.content()
    preview = sent.office.preview(sent.draft, content)
    report = preview.replay
    return EffectsView(
        group_count=report.own.question_count,
        group_answered=report.own.answered_after,
        question_count=report.recorded.question_count,
        distinct_count=report.recorded.distinct_count,
        unchanged_count=report.recorded.unchanged_count,
        left_out_count=report.left_out_count,
        seconds=f"{report.seconds:.1f}",
        parts=tuple(_parts(sent.office, report.recorded, sent.draft.entry_id, content)),
        verdict=preview.verdict,
    )


def _parts(office: Office, replayed: Replayed, entry_id: EntryId, content: EntryContent) -> Iterator[KindView]:
    for kind in ChangeKind:
        changes = replayed.of_kind(kind)
        shown = changes[:SHOWN_CHANGES]
        ids = {known for one in shown for known in (one.before.entry_id, one.after.entry_id) if known}
        titles = {one.id: one.content.question for one in office.noa.records.current(ids).values()}
        before, after = titles, titles | {entry_id: content.question}
        yield KindView(
            kind=kind.value,
            count=replayed.count_of(kind),
            changes=tuple(
                ChangeView(one.text, one.count, _title(one.before, before), _title(one.after, after))
                if kind in (ChangeKind.OTHER_ENTRY, ChangeKind.NEWLY_ANSWERED, ChangeKind.LOST)
                else ChangeView(one.text, one.count, "", "")
                for one in shown
            ),
            more=replayed.count_of(kind) - sum(one.count for one in shown),
        )


def _title(outcome: Outcome, titles: dict[EntryId, str]) -> str:
    return titles.get(outcome.entry_id, outcome.entry_id) if outcome.entry_id else ""


HANDLERS = (draft_page, preview, find_to_attach, effects)
