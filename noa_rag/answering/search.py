"""Searching the entries: up to what may be shown and the passage that matches; nothing is judged or recorded."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from noa_rag.answering.conversation.words import names_a_subject
from noa_rag.answering.distress.recognise import is_in_distress, without_cries
from noa_rag.answering.pipeline import run
from noa_rag.answering.steps.choose_variant import ChooseVariant
from noa_rag.answering.steps.find import CheckValidity, Retrieve
from noa_rag.answering.steps.help_first import help_entries
from noa_rag.answering.steps.understand import Screen, Situate, Understand
from noa_rag.domain.answer import Searched
from noa_rag.domain.entry import (
    EntryId,
    EntryVersion,
    Urgency,
    official_text,
    question_in,
    translated_text,
    translation_of,
)
from noa_rag.domain.ports import EntryReader, Match, Retrieved, Retriever
from noa_rag.domain.question import Ask, Language, Question
from noa_rag.french.language import ENGLISH_WORDS
from noa_rag.french.personal_data import without_masks
from noa_rag.french.places import BUILT_IN, Gazetteer
from noa_rag.french.words import STOP_WORDS, fold, stem, words
from noa_rag.retrieval.lexical import LexicalIndex
from noa_rag.retrieval.passages import plain_text
from noa_rag.retrieval.thresholds import HELD_WORDS, NEAR_PASSAGE, NEAR_QUESTION

FOUND_LIMIT = 100  # entries; the commonest word of the bundled base, "entreprise", stands in most of them
LEAST_LETTERS = 3  # fewer stand in nearly every entry
EXCERPT_LIMIT = 240  # characters: three lines of a wide page, eight of a phone's
MORE = "…"
SAY_NOTHING = STOP_WORDS | ENGLISH_WORDS  # "how" is looked for like any word, but marking it helps nobody
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_SPACE_BEFORE = re.compile(r"\s+(?=[.,)])")  # left by the marks of bold and links
_ENDED = tuple(".!?…:;,")
_LIST_MARK = re.compile(r"^(?:[-+•]|\d+[.)])\s+")
WORDS_LIMIT = 12  # shown; a story has more than are needed to see what was taken for its subject
SHORTEST_ENGLISH = 3  # letters; drops "is", "in" and "my", which are no French stop words ("IS" is a French tax)
_TYPED = re.compile(r"[^\W\d_][^\W_]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `is_marked` where it is one of the words that were looked for."""

    text: str
    is_marked: bool = False


def marked(text: str, stems: Collection[str]) -> tuple[Piece, ...]:
    """Return a text split into pieces, with the words that have these stems marked; joined, they give the text."""
    pieces: list[Piece] = []
    end = 0
    for word in _WORD.finditer(text):
        if _is_one_of(word.group(), stems):
            pieces += [Piece(text[end : word.start()]), Piece(word.group(), is_marked=True)]
            end = word.end()
    return tuple(piece for piece in (*pieces, Piece(text[end:])) if piece.text)


def excerpt(texts: Iterable[str], stems: Collection[str]) -> str:
    """Return the stretch of these Markdown texts that holds most of the words; the earliest among equals."""
    stretches = [stretch for text in texts for stretch in _stretches(_sentences(text))]
    best = max(stretches, key=lambda stretch: _holds(stretch, stems), default=_Stretch("", ""))
    return _shortened(best.text, stems)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Consecutive sentences that fit into one excerpt, and the first of them."""

    first: str
    text: str


def _holds(stretch: _Stretch, stems: Collection[str]) -> tuple[int, bool]:
    """Return how many of the words a stretch holds, and whether it begins with one of them."""
    return len(_held(stretch.text, stems)), bool(_held(stretch.first, stems))


def _sentences(markdown: str) -> list[str]:
    lines = (_LIST_MARK.sub("", _SPACE_BEFORE.sub("", line).strip()) for line in plain_text(markdown).splitlines())
    lines_as_text = (" ".join(line.split()) for line in lines if any(char.isalnum() for char in line))
    return [sentence for line in lines_as_text for sentence in _SENTENCE_END.split(line)]


def _stretches(sentences: Sequence[str]) -> Iterator[_Stretch]:
    """Yield for each sentence the stretch that begins with it and holds as many of the next ones as fit."""
    for start, first in enumerate(sentences):
        stretch, end = first, start + 1
        while end < len(sentences) and len(stretch) + 1 + len(sentences[end]) <= EXCERPT_LIMIT:
            joint = " " if stretch.endswith(_ENDED) else " · "  # a heading and a cell of a table have no full stop
            stretch, end = f"{stretch}{joint}{sentences[end]}", end + 1
        yield _Stretch(first, f"{MORE + ' ' if start else ''}{stretch}{' ' + MORE if end < len(sentences) else ''}")


def _shortened(text: str, stems: Collection[str]) -> str:
    """Return a text cut at spaces to about `EXCERPT_LIMIT`, around the first of the words looked for."""
    if len(text) <= EXCERPT_LIMIT + 2 * len(MORE + " "):
        return text
    at = next((word.start() for word in _WORD.finditer(text) if _is_one_of(word.group(), stems)), 0)
    start = text.rfind(" ", 0, max(at - EXCERPT_LIMIT // 3, 0)) + 1
    end = text.rfind(" ", start, start + EXCERPT_LIMIT)
    end = end if end > at else start + EXCERPT_LIMIT
    cut = text[start:end].strip(f"{MORE} ")
    return f"{MORE + ' ' if start else ''}{cut} {MORE}"


def _held(text: str, stems: Collection[str]) -> set[str]:
    return {stem(fold(word)) for word in _WORD.findall(text) if _is_one_of(word, stems)}


def _is_one_of(word: str, stems: Collection[str]) -> bool:
    folded = fold(word)
    return folded not in SAY_NOTHING and stem(folded) in stems


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

    `is_distress` says that the writer is in distress: the entries written for that come first.
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
        Screen(),
        Understand(lambda: day, is_borrowed=lambda _: True),  # a word still being typed tells no language
        Situate(gazetteer),
        Retrieve(retriever, frozenset(hidden)),
        CheckValidity(entries),
        ChooseVariant(entries),
    )
    is_cry = is_in_distress(typed)
    words = (without_cries(typed) if is_cry else "") or typed
    turn = run(steps, Ask(words, region=region, language=language))
    retrieved = turn.retrieved
    relevant = (candidate for candidate in turn.candidates if is_relevant(candidate.match, retrieved))
    hits = tuple(Hit(candidate.version, candidate.match.section_key, retrieved.words) for candidate in relevant)
    helping = help_entries(entries, urgent(), turn) if is_cry else []
    if not any(entry.content.urgent is Urgency.FIRST for entry in helping):
        return Found(hits)
    helping.sort(key=lambda entry: entry.content.urgent is not Urgency.FIRST)
    others = (hit for hit in hits if hit.version.content.urgent is None)
    return Found((*(Hit(entry, None, frozenset()) for entry in helping), *others), is_distress=True)


def is_relevant(match: Match, retrieved: Retrieved) -> bool:
    """Return whether a match is worth showing. A corrected word ("chat" to "achat") does not count as held."""
    seen = match.evidence
    held = seen["covered_by_entry"] - retrieved.question_evidence["guessed_share"]
    return held >= HELD_WORDS or seen["dense_question"] >= NEAR_QUESTION or seen["dense_passage"] >= NEAR_PASSAGE


def searched_words(question: Question, lexical: LexicalIndex) -> Searched:
    """Return the distinct words of a question that name its subject, as typed, or corrected where misspelt.

    An English question is searched by meaning: its words are neither corrected nor reported as unknown. Numbers are
    left out.
    """
    text = without_masks(question.normalised)
    is_english = question.language is Language.ENGLISH
    query = lexical.understand(text)
    corrected = {} if is_english else query.corrected
    searched: dict[str, str] = {}
    for typed in _TYPED.findall(text):
        for word in words(typed):
            if names_a_subject(word) and not (is_english and len(word) < SHORTEST_ENGLISH):
                searched.setdefault(word, corrected.get(word, typed))
    shown = dict(list(searched.items())[:WORDS_LIMIT])
    if is_english:
        return Searched(tuple(shown.values()))
    return Searched(tuple(shown.values()), tuple(typed for word, typed in shown.items() if stem(word) in query.unknown))
