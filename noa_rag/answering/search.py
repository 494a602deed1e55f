"""Searching the entries: the way of a question up to what may be shown, without a judgement and without a record."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from noa_rag.answering.distress.recognise import is_in_distress, without_cries
from noa_rag.answering.excerpt import Piece, excerpt, marked
from noa_rag.answering.pipeline import run
from noa_rag.answering.steps.check_validity import CheckValidity
from noa_rag.answering.steps.choose_variant import ChooseVariant
from noa_rag.answering.steps.help_first import help_entries
from noa_rag.answering.steps.retrieve import Retrieve
from noa_rag.answering.steps.screen import screen
from noa_rag.answering.steps.situate import Situate
from noa_rag.answering.steps.understand import Understand
from noa_rag.domain.entry import EntryId, EntryVersion, Urgency
from noa_rag.domain.ports import EntryReader, Retriever
from noa_rag.domain.question import Ask, Language
from noa_rag.domain.shown_text import official_text, question_in, translated_text, translation_of
from noa_rag.french.places import BUILT_IN, Gazetteer
from noa_rag.retrieval.relevance import is_relevant

FOUND_LIMIT = 100  # entries; the commonest word of the bundled base, "entreprise", stands in most of them
LEAST_LETTERS = 3  # fewer stand in nearly every entry


@dataclass(frozen=True, slots=True)
class Quote:
    """An entry as a search shows it: its question, and the passage that matches; each in the language that it is in."""

    question: tuple[Piece, ...]
    question_language: str
    passage: tuple[Piece, ...]
    passage_language: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that a search found; `words` are the stems that were looked for."""

    version: EntryVersion
    section_key: str | None
    words: frozenset[str]

    def quote(self, language: Language) -> Quote:
        """Return what is shown of the entry on the pages of a language."""
        content = self.version.content
        question, question_language = question_in(content, language.value)
        translation = translation_of(content, language.value)
        if translation is not None:
            texts, passage_language = [translated_text(translation)], translation.language
        else:
            sections = sorted(content.sections, key=lambda section: section.key != self.section_key)
            texts, passage_language = [section.text for section in sections], content.language
            texts.insert(0 if self.section_key is None else 1, official_text(content))
        passage = excerpt(texts, self.words)
        return Quote(marked(question, self.words), question_language, marked(passage, self.words), passage_language)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, the best first; `is_too_short` where too little was typed to search for.

    `is_distress` where whoever typed cannot go on: the entries written for that come first then.
    """

    hits: tuple[Hit, ...] = ()
    is_too_short: bool = False
    is_distress: bool = False


def search_entries(
    typed: str,
    *,
    retriever: Retriever,
    entries: EntryReader,
    day: date,
    region: str | None = None,
    language: Language | None = None,
    gazetteer: Gazetteer = BUILT_IN,
    hidden: Collection[EntryId] = (),
    urgent: Callable[[], Collection[EntryId]] = tuple,
) -> Found:
    """Return the entries to show on a day for what somebody typed, from the region that she chose or named.

    `urgent` names the entries for people in distress. Nothing is recorded. Raises InvalidQuestion for what is no text
    or too long, InvalidRequest for an unknown region.
    """
    if sum(char.isalnum() for char in typed) < LEAST_LETTERS:
        return Found(is_too_short=True)
    steps = (
        screen,
        Understand(lambda: day),
        Situate(gazetteer),
        Retrieve(retriever, frozenset(hidden)),
        CheckValidity(entries),
        ChooseVariant(entries),
    )
    is_cry = is_in_distress(typed)
    words = (without_cries(typed) if is_cry else "") or typed
    turn = run(steps, Ask(words, region=region, language=language))
    found = turn.retrieved
    relevant = (one for one in turn.candidates if is_relevant(one.match, found))
    hits = tuple(Hit(one.version, one.match.section_key, found.words) for one in relevant)
    helping = help_entries(entries, urgent(), turn) if is_cry else []
    if not any(one.content.urgent is Urgency.FIRST for one in helping):
        return Found(hits)
    helping.sort(key=lambda one: one.content.urgent is not Urgency.FIRST)
    others = (hit for hit in hits if hit.version.content.urgent is None)
    return Found((*(Hit(one, None, frozenset()) for one in helping), *others), is_distress=True)
