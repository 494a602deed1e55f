"""The editor's form: an entry's content as text in fields, and back; every problem found is named."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from litestar.datastructures import FormMultiDict

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.calculation import CALCULATION_PARTS, Calculation
from noa_rag.domain.entry import (
    Audience,
    Branch,
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
from noa_rag.domain.facts import Fact
from noa_rag.domain.question import Language
from noa_rag.domain.regions import REGIONS, is_known_region
from noa_rag.knowledge.calculating import typed_day
from noa_rag.knowledge.content_rules import content_problems
from noa_rag.knowledge.fields import SLUG
from noa_rag.web.in_words import day_in_words
from review_ui.entries.calculation_lines import calculation_of, calculation_texts
from review_ui.entries.lines import (
    alternate_line,
    alternate_of,
    branch_line,
    contact_line,
    source_line,
    step_of,
    steps_text,
)
from review_ui.shell.lookups import WORDS, agency_options, theme_options
from review_ui.shell.rendering import texts_in

TRANSLATED = ("translated_question", "translated_answer", "translated_steps", "translated_on")
LINES = ("alternate_questions", "sources", "legal_references", "online_services", "contacts", "related", "branches")
TEXTS = (
    *("agency_id", "question", "question_en", "answer", "steps", *TRANSLATED, "theme", "language"),
    *("valid_from", "valid_until", "review_by", "departements", "variant_of", *LINES, *CALCULATION_PARTS),
)


@dataclass(frozen=True, slots=True)
class ContentForm:
    """The fields of the editor, exactly as typed; `texts` has every name of TEXTS."""

    texts: dict[str, str]
    audiences: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    """A section without text is removed; one without a key is new."""


def empty_form(*, agency_id: str = "", question: str = "", alternates: Iterable[str] = ()) -> ContentForm:
    """Return the form of a new entry."""
    given = {"agency_id": agency_id, "question": question, "language": "fr", "alternate_questions": _lines(alternates)}
    return ContentForm(dict.fromkeys(TEXTS, "") | given)


def form_of(content: EntryContent) -> ContentForm:
    """Return the form that shows a content."""
    window = content.window
    days = {"valid_from": window.valid_from, "valid_until": window.valid_until, "review_by": content.review_by}
    return ContentForm(
        texts={
            "agency_id": content.agency_id,
            "question": content.question,
            "question_en": content.question_en,
            "answer": content.answer,
            "steps": steps_text(content.steps),
            **_translated(content),
            "theme": content.theme,
            "language": content.language,
            "alternate_questions": _lines(
                alternate_line(alternate, content.language) for alternate in content.alternate_questions
            ),
            "sources": _lines(map(source_line, content.sources)),
            "legal_references": _lines(map(source_line, content.legal_references)),
            "online_services": _lines(map(source_line, content.online_services)),
            "contacts": _lines(map(contact_line, content.contacts)),
            "related": _lines(content.related),
            "branches": _lines(map(branch_line, content.branches)),
            **calculation_texts(content.calculation),
            "variant_of": content.variant_of or "",
            "departements": " ".join(code.removeprefix("FR-") for code in content.regions if code not in REGIONS),
        }
        | {name: day.isoformat() if day else "" for name, day in days.items()},
        audiences=tuple(audience.value for audience in content.audiences),
        regions=tuple(code for code in content.regions if code in REGIONS),
        contributors=tuple(content.contributors),
        sections=content.sections,
    )


def form_from(fields: FormMultiDict) -> ContentForm:
    """Return the form as it was sent; browsers end lines with CR LF, which we do not keep."""
    sections = zip(*(_all(fields, name) for name in ("section_key", "section_heading", "section_text")), strict=False)
    return ContentForm(
        texts={name: (_all(fields, name) or ("",))[0] for name in TEXTS},
        audiences=_all(fields, "audiences"),
        regions=_all(fields, "regions"),
        contributors=_all(fields, "contributors"),
        sections=tuple(Section(key, heading, text) for key, heading, text in sections),
    )


def _translated(content: EntryContent) -> dict[str, str]:
    """Return the fields of the English translation, empty where there is none."""
    english = next((translation for translation in content.translations if translation.language == "en"), None)
    if english is None:
        return dict.fromkeys(TRANSLATED, "")
    day = english.translated_on.isoformat() if english.translated_on else ""
    return dict(zip(TRANSLATED, (english.question, english.answer, _lines(english.steps), day), strict=True))


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _all(fields: FormMultiDict, name: str) -> tuple[str, ...]:
    return tuple(map(_unix, texts_in(fields, name)))


def problem_in_words(problem: ContentProblem) -> str:
    """Return a problem with a field as a sentence."""
    seen = problem.seen
    if problem.kind in ("before_start", "implausible_day"):
        seen = day_in_words(date.fromisoformat(seen), Language.FRENCH)
    words = WORDS["content_problems"]
    return words.get(problem.kind, words["other"]) % {"seen": seen}


def editor_words(
    agencies: Mapping[AgencyId, Agency], themes: Sequence[Theme], facts: Collection[Fact]
) -> dict[str, Any]:
    """Return the options of the editor's lists."""
    return {
        "agency_options": agency_options(agencies),
        "theme_options": theme_options(themes),
        "audience_options": {audience.value: WORDS["audiences"][audience.value] for audience in Audience},
        "fact_options": {fact.id: f"{fact.label} ({fact.newest.value} {fact.unit})" for fact in facts},
        "in_words": problem_in_words,
    }


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
    for agency_id in content.contributors:
        if agency_id not in agencies:
            problems.append(ContentProblem("contributors", "unknown_agency", agency_id[:80]))
    fields = {problem.field for problem in problems}
    problems += [problem for problem in rules(content) if problem.field not in fields or problem.kind != "missing"]
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
        is_unchanged = self._is_untouched("alternate_questions") and language == base.language
        content = replace(
            base,
            agency_id=AgencyId(texts["agency_id"].strip()),
            question=self._text("question", base.question),
            question_en=self._text("question_en", base.question_en),
            answer=self._text("answer", base.answer),
            steps=base.steps if self._is_untouched("steps") else tuple(map(step_of, self._lines("steps"))),
            theme=texts["theme"].strip(),
            language=language,
            alternate_questions=base.alternate_questions if is_unchanged else lines,
            sources=self._sources("sources", base.sources),
            legal_references=self._sources("legal_references", base.legal_references),
            online_services=self._sources("online_services", base.online_services),
            contacts=base.contacts if self._is_untouched("contacts") else self._contacts(),
            related=tuple(EntryId(line) for line in self._lines("related")),
            branches=base.branches if self._is_untouched("branches") else self._branches(),
            calculation=self._calculation(),
            audiences=self._audiences(),
            regions=self._regions(),
            contributors=tuple(AgencyId(agency_id) for agency_id in self._form.contributors),
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

    def _branches(self) -> tuple[Branch, ...]:
        read: list[Branch] = []
        for line in self._lines("branches"):
            parts = [part.strip() for part in line.split("|")]
            if len(parts) == 3 and parts[0] and SLUG.fullmatch(parts[2]):
                read.append(Branch(parts[0], EntryId(parts[2]), parts[1]))
            else:
                self.problems.append(ContentProblem("branches", "not_a_branch", line[:80]))
        return tuple(read)

    def _calculation(self) -> Calculation | None:
        calculation, problems = calculation_of(self._form.texts, self._base.calculation)
        self.problems += problems
        return calculation

    def _contacts(self) -> tuple[Contact, ...]:
        rows = ([*(part.strip() for part in line.split("|")), "", ""][:3] for line in self._lines("contacts"))
        return tuple(Contact(name, url or None, phone or None) for name, url, phone in rows)

    def _audiences(self) -> tuple[Audience, ...]:
        chosen, known = self._form.audiences, tuple(Audience)
        unknown = [audience for audience in chosen if audience not in known]
        self.problems += [ContentProblem("audiences", "unknown_audience", audience[:80]) for audience in unknown]
        if set(chosen) == set(self._base.audiences):
            return self._base.audiences
        return tuple(Audience(audience) for audience in chosen if audience in known)

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
        before = {section.key: section for section in self._base.sections}
        read: list[Section] = []
        sent = {section.key for section in self._form.sections if section.key}
        for number, section in enumerate(self._form.sections, start=1):
            old = before.get(section.key)
            if old and _same(section.heading, old.heading) and _same(section.text, old.text):
                read.append(old)
            elif section.heading.strip() or section.text.strip():
                key = section.key if _KEY.fullmatch(section.key) else f"section-{number}"
                read.append(Section(key, section.heading.strip(), section.text.strip()))
        return (*read, *(section for section in self._base.sections if section.key not in sent))

    def _translations(self, of: str) -> tuple[Translation, ...]:
        """Return the English translation as typed, and others as they are.

        One that was edited counts as made from the text in this form, whose fingerprint is `of`. Any other keeps the
        fingerprint of the text it was made from, and is not shown once that text changes.
        """
        base, texts = self._base, self._form.texts
        if all(self._is_untouched(name) for name in TRANSLATED):
            return base.translations
        others = tuple(translation for translation in base.translations if translation.language != "en")
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
        day = typed_day(text)
        if day is None:
            self.problems.append(ContentProblem(name, "not_a_day", text[:80]))
        return day


def _same(text: str, other: str) -> bool:
    """Return whether two texts are equal apart from line ends and surrounding space, which browsers change."""
    return _unix(text).strip() == _unix(other).strip()


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
