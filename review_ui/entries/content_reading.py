"""Reads the editor's form into an entry's content; raises InvalidContent with every problem found."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import (
    Audience,
    Contact,
    EntryContent,
    EntryId,
    Section,
    Source,
    Translation,
    ValidityWindow,
    fingerprint,
)
from noa_rag.domain.errors import ContentProblem, InvalidContent
from noa_rag.domain.regions import is_known_region
from noa_rag.knowledge.content_rules import content_problems
from review_ui.entries.content_form import TRANSLATED, ContentForm, alternate_of, form_of, step_of

_FRENCH_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_KEY = re.compile(r"[\w.-]{1,100}")
NEW = EntryContent(agency_id=AgencyId(""), question="", answer="", theme="", sources=())


def content_of(
    form: ContentForm,
    *,
    base: EntryContent = NEW,
    agencies: Collection[str],
    themes: Collection[str],
    rules: Callable[[EntryContent], Iterable[ContentProblem]] = content_problems,
) -> EntryContent:
    """Return the content that a form describes; `base` gives what the form has no field for.

    A field that was not changed keeps the exact value of `base`. Raises InvalidContent, for what breaks `rules` too.
    """
    reader = _Reader(form, base)
    content = reader.content()
    problems = reader.problems
    if content.agency_id not in agencies:
        kind = "unknown_agency" if content.agency_id else "missing"
        problems.append(ContentProblem("agency_id", kind, content.agency_id[:80]))
    if content.theme and content.theme not in themes:
        problems.append(ContentProblem("theme", "unknown_theme", content.theme[:80]))
    for one in content.contributors:
        if one not in agencies:
            problems.append(ContentProblem("contributors", "unknown_agency", one[:80]))
    told = {problem.field for problem in problems}
    problems += [one for one in rules(content) if one.field not in told or one.kind != "missing"]
    if problems:
        raise InvalidContent(list(dict.fromkeys(problems)))
    return content


def is_untouched(form: ContentForm, base: EntryContent) -> bool:
    """Return whether the form holds the same content as `base`."""
    reader = _Reader(form, base)
    return reader.content() == base and not reader.problems


class _Reader:
    """Reads field by field and collects the problems."""

    def __init__(self, form: ContentForm, base: EntryContent) -> None:
        self._form = form
        self._shown = form_of(base)
        self._base = base
        self.problems: list[ContentProblem] = []

    def content(self) -> EntryContent:
        base, texts = self._base, self._form.texts
        language = texts["language"].strip()
        lines = tuple(alternate_of(line, language) for line in self._lines("alternate_questions"))
        kept = self._is_untouched("alternate_questions") and language == base.language
        content = replace(
            base,
            agency_id=AgencyId(texts["agency_id"].strip()),
            question=self._text("question", base.question),
            question_en=self._text("question_en", base.question_en),
            answer=self._text("answer", base.answer),
            steps=base.steps if self._is_untouched("steps") else tuple(map(step_of, self._lines("steps"))),
            theme=texts["theme"].strip(),
            language=language,
            alternate_questions=base.alternate_questions if kept else lines,
            sources=self._sources("sources", base.sources),
            legal_references=self._sources("legal_references", base.legal_references),
            online_services=self._sources("online_services", base.online_services),
            contacts=base.contacts if self._is_untouched("contacts") else self._contacts(),
            related=tuple(EntryId(line) for line in self._lines("related")),
            audiences=self._audiences(),
            regions=self._regions(),
            contributors=tuple(AgencyId(one) for one in self._form.contributors),
            sections=self._sections(),
            window=ValidityWindow(self._day("valid_from"), self._day("valid_until")),
            review_by=self._day("review_by"),
            variant_of=EntryId(texts["variant_of"].strip()) if texts["variant_of"].strip() else None,
        )
        return replace(content, translations=self._translations(fingerprint(content)))

    def _is_untouched(self, name: str) -> bool:
        return _same(self._form.texts[name], self._shown.texts[name])

    def _text(self, name: str, before: str) -> str:
        return before if self._is_untouched(name) else self._form.texts[name].strip()

    def _lines(self, name: str) -> list[str]:
        return [line.strip() for line in self._form.texts[name].split("\n") if line.strip()]

    def _sources(self, name: str, before: tuple[Source, ...]) -> tuple[Source, ...]:
        if self._is_untouched(name):
            return before
        read: list[Source] = []
        for line in self._lines(name):
            title, _, url = line.rpartition("|")
            if title.strip():
                read.append(Source(title.strip(), url.strip()))
            else:
                self.problems.append(ContentProblem(name, "line_without_address", line[:80]))
        return tuple(read)

    def _contacts(self) -> tuple[Contact, ...]:
        read: list[Contact] = []
        for line in self._lines("contacts"):
            name, url, phone = [*(part.strip() for part in line.split("|")), "", ""][:3]
            read.append(Contact(name, url or None, phone or None))
        return tuple(read)

    def _audiences(self) -> tuple[Audience, ...]:
        known = {one.value for one in Audience}
        chosen = self._form.audiences
        self.problems += [
            ContentProblem("audiences", "unknown_audience", one[:80]) for one in chosen if one not in known
        ]
        if set(chosen) == {one.value for one in self._base.audiences}:
            return self._base.audiences
        return tuple(Audience(one) for one in chosen if one in known)

    def _regions(self) -> tuple[str, ...]:
        codes = [*self._form.regions]
        for number in self._form.texts["departements"].replace(",", " ").split():
            code = "FR-" + number.upper().removeprefix("FR-").rjust(2, "0")
            if is_known_region(code):
                codes.append(code)
            else:
                self.problems.append(ContentProblem("departements", "unknown_departement", number[:80]))
        return self._base.regions if set(codes) == set(self._base.regions) else tuple(dict.fromkeys(codes))

    def _sections(self) -> tuple[Section, ...]:
        """Return the sections sent, and those that were added to the base since the form was shown."""
        before = {one.key: one for one in self._base.sections}
        read: list[Section] = []
        sent = {one.key for one in self._form.sections if one.key}
        for number, one in enumerate(self._form.sections, start=1):
            old = before.get(one.key)
            if old and _same(one.heading, old.heading) and _same(one.text, old.text):
                read.append(old)
            elif one.heading.strip() or one.text.strip():
                key = one.key if _KEY.fullmatch(one.key) else f"section-{number}"
                read.append(Section(key, one.heading.strip(), one.text.strip()))
        return (*read, *(one for one in self._base.sections if one.key not in sent))

    def _translations(self, of: str) -> tuple[Translation, ...]:
        """Return the English translation as typed, and others as they are.

        One that was edited counts as made from the text in this form, whose fingerprint is `of`. Any other keeps the
        fingerprint of the text it was made from, and is not shown once that text changes.
        """
        base, texts = self._base, self._form.texts
        if all(self._is_untouched(name) for name in TRANSLATED):
            return base.translations
        others = tuple(one for one in base.translations if one.language != "en")
        if not texts["translated_question"].strip() and not texts["translated_answer"].strip():
            return others
        read = Translation(
            language="en",
            question=texts["translated_question"].strip(),
            answer=texts["translated_answer"].strip(),
            steps=tuple(self._lines("translated_steps")),
            of=of,
            translated_on=self._day("translated_on"),
        )
        return (*others, read)

    def _day(self, name: str) -> date | None:
        text = self._form.texts[name].strip()
        if not text:
            return None
        french = _FRENCH_DAY.fullmatch(text)
        try:
            return date(*(int(part) for part in french.groups()[::-1])) if french else date.fromisoformat(text)
        except ValueError:
            self.problems.append(ContentProblem(name, "not_a_day", text[:80]))
            return None


def _same(one: str, other: str) -> bool:
    """Return whether two texts are equal apart from line ends and surrounding space, which browsers change."""
    return (
        one.replace("\r\n", "\n").replace("\r", "\n").strip() == other.replace("\r\n", "\n").replace("\r", "\n").strip()
    )
