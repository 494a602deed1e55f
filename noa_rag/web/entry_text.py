"""The text of an entry as a page shows it: the official one or its vetted translation, steps with their links."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from noa_rag.domain.entry import EntryContent, EntryId, EntryVersion, Section, Translation
from noa_rag.domain.host_site import HostSite
from noa_rag.domain.question import Language
from noa_rag.domain.shown_text import official_text, question_in
from noa_rag.web.dates import day_in_words
from noa_rag.web.markdown import render_markdown
from noa_rag.web.paths import page_path
from noa_rag.web.texts import Texts


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """An entry by its question, in the language that this is in, with the address of its page."""

    title: str
    url: str
    language: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a procedure, with a link to the entry that explains it, where one may be shown today."""

    body: Markup
    link: QuestionLink | None


@dataclass(frozen=True, slots=True)
class TextView:
    """A text in `language`; `note` says whose translation it is, or that the official text is in French.

    `original` is the official text behind a translation.
    """

    body: Markup
    language: str
    steps: tuple[StepView, ...] = ()
    note: str = ""
    original: "TextView | None" = None


@dataclass(frozen=True, slots=True)
class TextViews:
    """Makes texts for pages in `language`, with headings from `level` on; `known` are entries that may be shown."""

    language: Language
    level: int
    known: Mapping[EntryId, EntryVersion]
    host: HostSite | None = None

    def text(self, content: EntryContent, translation: Translation | None, section: Section | None = None) -> TextView:
        """Return the text of an entry: a translation with the official text behind it, or the official text."""
        texts = Texts(self.language)
        official = self._official(content, section)
        if translation is None:
            is_foreign = official.language != self.language.value
            return TextView(
                official.body, official.language, official.steps, texts("french_only") if is_foreign else ""
            )
        day = day_in_words(translation.translated_on, self.language) if translation.translated_on else ""
        key = "translated_note" if translation.approver else "trial_translation_note"
        note = texts(key, day=day, approver=translation.approver)
        body, steps = self.rendered(translation.answer), self._steps(content, translation.steps)
        return TextView(body, translation.language, steps, note, official)

    def rendered(self, text: str) -> Markup:
        return render_markdown(text, heading_level=self.level, table_label=Texts(self.language)("table_label"))

    def _official(self, content: EntryContent, section: Section | None) -> TextView:
        if section is not None:
            return TextView(self.rendered(official_text(content, section)), content.language)
        steps = self._steps(content, tuple(step.text for step in content.steps))
        return TextView(self.rendered(content.answer), content.language, steps)

    def _steps(self, content: EntryContent, texts: tuple[str, ...]) -> tuple[StepView, ...]:
        return tuple(
            StepView(self.rendered(text), self._link(step.entry))
            for text, step in zip(texts, content.steps, strict=False)
        )

    def _link(self, entry_id: EntryId | None) -> QuestionLink | None:
        entry = self.known.get(entry_id) if entry_id else None
        return question_link(entry, self.language, host=self.host) if entry else None


def question_link(entry: EntryVersion, language: Language, *, host: HostSite | None = None) -> QuestionLink:
    """Return the link to an entry's page on the pages of a language."""
    title, in_language = question_in(entry.content, language.value)
    return QuestionLink(title, page_path("entry", language, entry.id, host=host), in_language)
