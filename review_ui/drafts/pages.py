"""The page of one draft, its text tried out as the public would see it, and the form that the page sends."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryContent
from noa_rag.domain.errors import ContentProblem, InvalidContent, NotFound
from noa_rag.domain.people import Person
from noa_rag.knowledge.content_rules import content_problems, draft_problems
from noa_rag.review.rights import Action
from noa_rag.review.verdicts import vouched_for
from noa_rag.service.office import Office
from noa_rag.web.entries.views import EntryView
from noa_rag.web.forms import read_form, text_field
from review_ui.drafts.case import CASE_WORDS, said_of_case
from review_ui.drafts.views import DraftView, ResultView, as_published, find_entries, read_draft, result_of
from review_ui.entries.content_form import ContentForm, content_of, editor_words, form_from, form_of, is_untouched
from review_ui.shell.lookups import WORDS, agency_name
from review_ui.shell.rendering import number_in, page_or_fragment, render, texts_in
from review_ui.shell.session import AnyRequest, Review, ReviewSite, requires, signed_in


@dataclass(frozen=True, slots=True)
class SentForm:
    """The fields as sent, with who sent them and the draft as it is stored."""

    office: Office
    person: Person
    draft: Draft
    fields: FormMultiDict

    @property
    def editor(self) -> ContentForm | None:
        """The fields of the editor, None where the form has none."""
        return form_from(self.fields) if "answer" in self.fields else None

    @property
    def revision(self) -> int:
        """The revision that the page showed; 0, which no draft has, if it is missing or not a number.

        A form that includes the editor's fields has two revisions: the older one counts.
        """
        sent = [number_in(revision, otherwise=0) for revision in texts_in(self.fields, "revision")]
        return min(sent, default=0)

    @property
    def base_version(self) -> int:
        """The version of the entry that the text starts from, the draft's where the form names none."""
        return number_in(self.text("base_version"), otherwise=self.draft.base_version)

    @property
    def acknowledged(self) -> frozenset[str]:
        """The keys of the changed answers that the approver accepts; one ticked box holds all keys of an entry."""
        return frozenset(key for ticked in texts_in(self.fields, "acknowledged") for key in ticked.split())

    def text(self, name: str) -> str:
        """Return one field, empty where it is missing."""
        return text_field(self.fields, name)

    def content(self) -> EntryContent:
        """Return the content in the editor; answer or sources may lack if the draft has none. Raises InvalidContent."""
        stored = self.draft.content
        rules = content_problems if stored.answer.strip() and stored.sources else draft_problems
        themes = {theme.id for theme in self.office.noa.themes()}
        form, agencies = form_from(self.fields), self.office.noa.agencies()
        return content_of(form, base=self.draft.content, agencies=agencies, themes=themes, rules=rules)

    def changed_content(self) -> EntryContent | None:
        """Return the content in the editor, None where it is the draft's own. Raises InvalidContent."""
        if self.editor is None or is_untouched(self.editor, self.draft.content):
            return None
        return self.content()


def preview_of(sent: SentForm) -> EntryView:
    """Return the text in the editor as the public would see it. Raises InvalidContent."""
    content, history = sent.content(), sent.office.noa.records.history(sent.draft.entry_id)
    return as_published(sent.office, sent.draft, vouched_for(content, history, sent.person.name))


async def read_sent(request: HTMXRequest, review: ReviewSite, draft_id: str) -> SentForm:
    """Read the form of a request, and the draft that it is about. Raises NotFound."""
    fields = await read_form(request)
    draft = await review.run(review.office.store.draft, DraftId(draft_id))
    return SentForm(review.office, signed_in(request).person, draft, fields)


PAGE, FRAGMENT = "review_ui/drafts/draft.html", "review_ui/drafts/_draft.html"


@get("/brouillons/{draft_id:str}", guards=[requires(Action.READ)])
async def draft_page(  # noqa: PLR0917 (one argument for each part of the address)
    request: HTMXRequest,
    review: Review,
    draft_id: FromPath[str],
    fait: FromQuery[str | None] = None,
    texte: FromQuery[str | None] = None,
    apres: FromQuery[str | None] = None,
) -> Template:
    """Show a draft; `fait` says what was just done to it, `texte` that a changed text was kept with it.

    `apres` names the previous draft, where `fait` and `texte` are about that one.
    """
    view = await view_of(request, review, draft_id)
    after = await review.run(_read_after, review.office, apres, signed_in(request).person) if apres else None
    agency = view.agency
    if after is not None:
        agency = agency_name(view.agencies.get(after.draft.agency_id), after.draft.agency_id)
    said = {
        "enregistre": "Brouillon enregistré. Rien n'est publié.",
        "redige": "Le modèle de langue a proposé une rédaction : vérifiez chaque phrase. Rien n'est publié.",
        "transmis": f"Brouillon transmis à {agency}.",
        "demande": "Modifications demandées.",
        "annule": "Décision annulée : tout est comme avant.",
    }.get(fait or "", "") or said_of_case(view.case, fait)
    notice = "Votre texte est enregistré avec le brouillon." if texte else ""
    if after is not None:
        return show_draft(request, view, after=replace(after, said=said, kept=notice))
    return show_draft(request, view, notice=" ".join(filter(None, (said, notice))))


def _read_after(office: Office, draft_id: str, person: Person) -> ResultView | None:
    """Return what was done to the draft that somebody was at before, None if there is no such draft."""
    try:
        draft = office.store.draft(DraftId(draft_id))
    except NotFound:
        return None
    return result_of(office, draft, person, datetime.now(UTC))


@post("/brouillons/{draft_id:str}/apercu", guards=[requires(Action.READ)], status_code=200)
async def preview(request: HTMXRequest, review: Review, draft_id: FromPath[str]) -> Response[Any]:
    """Show the text in the editor as the public would see it; nothing is stored."""
    sent = await read_sent(request, review, draft_id)
    try:
        shown = await review.run(preview_of, sent)
    except InvalidContent as error:
        return show_invalid(request, await view_of(request, review, draft_id), sent, error.problems)
    if request.htmx:
        return render(request, "review_ui/drafts/_preview.html", preview=shown)
    return show_draft(request, await view_of(request, review, draft_id), sent=sent, preview=shown)


@get("/brouillons/{draft_id:str}/rattacher", guards=[requires(Action.READ)])
async def find_to_attach(
    request: HTMXRequest, review: Review, draft_id: FromPath[str], q: FromQuery[str | None] = None
) -> Template:
    """Show the approved entries that a search for these words finds."""
    draft = await review.run(review.office.store.draft, DraftId(draft_id))
    entries = await review.run(find_entries, review.office, draft, q or "", signed_in(request).person)
    if request.htmx:
        return render(request, "review_ui/drafts/_attach_found.html", draft=draft, attach_found=entries)
    return show_draft(request, await view_of(request, review, draft_id), attach_words=q or "", attach_found=entries)


async def view_of(request: AnyRequest, review: ReviewSite, draft_id: str) -> DraftView:
    """Read all that the page of a draft shows to the person signed in. Raises NotFound."""
    return await review.run(read_draft, review.office, DraftId(draft_id), signed_in(request).person)


def show_invalid(
    request: AnyRequest, view: DraftView, sent: SentForm, problems: tuple[ContentProblem, ...]
) -> Template:
    """Show the form again with its problems; where htmx asked for a fragment, the whole draft is replaced."""
    headers = {"hx-retarget": "#draft", "hx-reswap": "innerHTML"}
    return show_draft(request, view, sent=sent, problems=problems, status=422, headers=headers)


def show_draft(
    request: AnyRequest,
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
        "typed": "",
        "search": "",
        **CASE_WORDS,
    }
    return page_or_fragment(
        request,
        PAGE,
        FRAGMENT,
        status=status,
        headers=headers,
        view=view,
        case=view.case,
        draft=draft,
        form=editor or form_of(draft.content),
        problems=problems,
        notice=notice,
        notice_class="card problem" if status >= 400 else "said",
        revision=revision,
        base_version=base_version,
        words={name: sent.text(name) if sent else "" for name in WORDS["verdict_fields"]},
        **editor_words(view.agencies, view.themes, view.facts),
        **(optional | more | {"code": status}),
    )


@get("/touches", guards=[requires(Action.READ)])
async def keys_page(request: HTMXRequest, review: Review) -> Template:
    """List the keys of a draft's page."""
    return render(request, "review_ui/drafts/keys.html")


HANDLERS = (draft_page, preview, find_to_attach, keys_page)
