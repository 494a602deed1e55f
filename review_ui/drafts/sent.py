"""The form that the page of a draft sends, with who sent it and the draft as it is stored."""

from dataclasses import dataclass

from litestar.datastructures import FormMultiDict
from litestar.plugins.htmx import HTMXRequest

from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryContent
from noa_rag.domain.people import Person
from noa_rag.knowledge.content_rules import content_problems, draft_problems
from noa_rag.service.office import Office
from noa_rag.web.forms import read_form, text_field
from review_ui.entries.content_form import ContentForm, form_from
from review_ui.entries.content_reading import content_of, is_untouched
from review_ui.shell.paths import number_in
from review_ui.shell.session import ReviewSite, signed_in


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
        sent = [number_in(one, otherwise=0) for one in self.fields.getall("revision", []) if isinstance(one, str)]
        return min(sent, default=0)

    @property
    def base_version(self) -> int:
        """The version of the entry that the text starts from, the draft's where the form names none."""
        return number_in(self.text("base_version"), otherwise=self.draft.base_version)

    @property
    def acknowledged(self) -> frozenset[str]:
        """The keys of the changed answers that the approver accepts; one ticked box holds all keys of an entry."""
        ticked = [one for one in self.fields.getall("acknowledged", []) if isinstance(one, str)]
        return frozenset(key for one in ticked for key in one.split())

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


async def read_sent(request: HTMXRequest, review: ReviewSite, draft_id: str) -> SentForm:
    """Read the form of a request, and the draft that it is about. Raises NotFound."""
    fields = await read_form(request)
    draft = await review.line.run(review.office.store.draft, DraftId(draft_id))
    return SentForm(review.office, signed_in(request).person, draft, fields)
