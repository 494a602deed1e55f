"""A form that was sent from a draft's page: the text in its editor, and the revision of the draft that it answers."""

from dataclasses import dataclass

from litestar.datastructures import FormMultiDict
from litestar.plugins.htmx import HTMXRequest

from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryContent
from noa_rag.domain.people import Person
from noa_rag.service.office import Office
from noa_rag.web.forms import read_form, text_field
from review_ui.entries.content_form import ContentForm, form_from
from review_ui.entries.content_reading import content_of, is_untouched
from review_ui.shell.paths import number_in
from review_ui.shell.session import signed_in
from review_ui.shell.site import ReviewSite


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
        """The revision that the page showed; 0, which no draft has, where it is missing or no number.

        A form that takes the editor's fields along carries two: the older one counts.
        """
        sent = [number_in(one, otherwise=0) for one in self.fields.getall("revision", []) if isinstance(one, str)]
        return min(sent, default=0)

    @property
    def base_version(self) -> int:
        """The version of the entry that the text starts from, the draft's where the form names none."""
        return number_in(self.text("base_version"), otherwise=self.draft.base_version)

    def text(self, name: str) -> str:
        """Return one field, empty where it is missing."""
        return text_field(self.fields, name)

    def content(self) -> EntryContent:
        """Return the content in the editor. Raises InvalidContent."""
        themes = {theme.id for theme in self.office.noa.themes()}
        form, agencies = form_from(self.fields), self.office.noa.agencies()
        return content_of(form, base=self.draft.content, agencies=agencies, themes=themes)

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
