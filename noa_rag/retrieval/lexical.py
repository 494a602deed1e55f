"""Lexical retrieval: BM25 over whole entries, and which words of a question each text holds."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from noa_rag.domain.entry import EntryId
from noa_rag.french.words import fold, french_words, stem, words
from noa_rag.retrieval.bm25 import (
    Bm25,
    CountedText,
    Postings,
    Scores,
    TextCounts,
    Vocabulary,
    WordCounts,
    letters_of,
    matrix,
)
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.spelling import Glossary, Speller
from noa_rag.retrieval.thresholds import (
    EXPANSION_WORTH,
    QUESTION_REPEATS,
    SHORTEST_AFTER_ELISION,
    SHORTEST_CLIPPED,
    WRONG_LETTER_FROM,
)

_WRITTEN = re.compile(r"[^\W_]+")
_PARTED = re.compile(r"([^\W\d_]+)[ -](?=([^\W\d_]+))")
ELISIONS = ("qu", "j", "l", "d", "m", "t", "s", "n", "c")


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A question as lexical retrieval sees it.

    `unknown` are words that no entry holds, even corrected; `corrected` are the words put in place of misspelt ones.
    """

    stems: tuple[str, ...]
    expansion: tuple[str, ...]
    unknown: tuple[str, ...]
    corrected: Mapping[str, str] = field(default_factory=dict)

    @property
    def guessed(self) -> tuple[str, ...]:
        """The stems of words that were not typed but are the nearest that an entry holds; "lurssaf" is no guess."""
        guessed = {stem(better) for typed, better in self.corrected.items() if not typed.endswith(better)}
        return tuple(word for word in self.stems if word in guessed)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Shares from 0 to 1, each word counted by its rarity.

    `covered` (texts,): share of the question that a text holds; `covered_by_entry` (entries,): that an entry holds
    somewhere; `likeness` (texts,): Dice coefficient of question and text. `rarest_missing` (entries,): rarity of the
    rarest word of the question that the entry holds nowhere, as a share of the rarity of a word no entry holds.
    `misses_year` (entries,): 1 where the question names a year that the entry does not.
    """

    covered: Scores
    covered_by_entry: Scores
    likeness: Scores
    rarest_missing: Scores
    misses_year: Scores


class LexicalIndex:
    """An immutable index; scores are arrays with one figure an entry, in the order of `entry_ids`."""

    def __init__(
        self, texts: Mapping[EntryId, Sequence[SearchedText]], glossary: Glossary, counts: TextCounts | None = None
    ) -> None:
        """`counts` holds the words of texts that were counted for another index."""
        self.entry_ids = list(texts)
        self._glossary = glossary
        counts = counts or TextCounts()
        every = [text for group in texts.values() for text in group]
        counted = counts.of(every)
        is_question = np.array([text.kind is Kind.QUESTION for text in every], dtype=bool)
        self._own = _own_questions(every, counted)
        starts = _starts([len(group) for group in texts.values()])
        stems = matrix([counted_text.stems for counted_text in counted], counts.stems)
        by_stem = counts.stems.numbers
        self._starts = starts
        self._owners = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(every)))
        self._texts = Postings(stems, by_stem)
        self._whole = Bm25(_whole(stems, starts, is_question), by_stem)
        stems.data[:] = 1.0
        rarities = np.log((len(texts) + 1) / (self._whole.document_counts + 0.5))
        self._text_rarity = (stems @ rarities).astype(np.float32)
        self._speller = Speller(_word_counts([counted_text.words for counted_text in counted], counts.words))
        vetted = [counted_text for counted_text, text in zip(counted, every, strict=True) if text.is_vetted_wording]
        usual = _usual_forms(_word_counts([counted_text.forms for counted_text in vetted], counts.forms))
        is_translated = [text.is_translated for text in every if text.is_vetted_wording]
        in_french = [counted_text.forms for counted_text, other in zip(vetted, is_translated, strict=True) if not other]
        self._french = frozenset(map(_folded, _word_counts(in_french, counts.forms)))
        self._usual = {word: form for word, (form, _) in usual.items()}
        self._vetted_speller = Speller(
            {word: count for word, (_, count) in usual.items()}, wrong_letter_from=WRONG_LETTER_FROM
        )

    def understand(self, text: str) -> LexicalQuery:
        """Return the searched form of a question, with misspelt words corrected."""
        typed = words(text)
        corrected = {word: better for word in typed if (better := self._corrected(word)) != word}
        stemmed = tuple(stem(corrected.get(word, word)) for word in typed)
        expansion = self._glossary.expansion(" ".join((fold(text), *corrected.values())))
        return LexicalQuery(
            stems=stemmed,
            expansion=tuple(word for word in expansion if word not in stemmed),
            unknown=tuple(word for word in stemmed if not self._whole.count(word) and word not in expansion),
            corrected=corrected,
        )

    def written(self, text: str, *, is_french: bool = True, kept: Collection[str] = ()) -> str:
        """Return a question as the base would write it: capitals, accents and slips no longer make a difference.

        A word takes the form that most entries use ("tva" and "Tva" become "TVA"), a misspelt word becomes the nearest
        one that they have, and a split word ("k bis") is joined. Other words are put in lower case, as is all English,
        which has few words of the base. Spelling is not corrected in the folded words `kept`, nor in a question that
        is one of the base's own.
        """
        if not is_french:
            return text.lower()
        is_own = bool(self.with_question(text))

        def usual_form(found: re.Match[str]) -> str:
            word = fold(found.group())
            return self._usual_form(word, may_be_slip=not is_own and word not in kept)

        return _WRITTEN.sub(usual_form, text if is_own else _PARTED.sub(self._joined, text))

    def is_borrowed(self, word: str) -> bool:
        """Whether French texts of the base have this folded word, which may be English elsewhere."""
        return word in self._french

    def _joined(self, found: re.Match[str]) -> str:
        """Return the first part of a split word, without the separator if the base has the whole and not both parts."""
        parts = [fold(part) for part in found.groups()]
        is_parted = "".join(parts) in self._usual and not all(part in self._usual for part in parts)
        return found.group(1) if is_parted else found.group()

    def _usual_form(self, word: str, *, may_be_slip: bool) -> str:
        usual = self._usual.get(word)
        if usual is None and may_be_slip and len(word) >= SHORTEST_CLIPPED and word not in self._glossary.words:
            usual = self._usual.get(self._without_slip(word))
        return usual or word

    def _without_slip(self, word: str) -> str:
        if word in french_words():
            return word
        corrected = self._vetted_speller.corrected(word)
        return self._without_elision(word) or word if corrected == word else corrected

    def with_question(self, text: str) -> frozenset[EntryId]:
        """Return the entries that have this very question; capitals, accents and punctuation do not count."""
        return self._own.get(letters_of(text), frozenset())

    def scores(self, query: LexicalQuery) -> Scores:
        """Return the BM25 figure of each whole entry, shape (entries,); those of the glossary count less."""
        return self._whole.scores(query.stems) + np.float32(EXPANSION_WORTH) * self._whole.scores(query.expansion)

    def overlap(self, query: LexicalQuery) -> Overlap:
        """Return how much of the question each text and each entry holds, weighted by rarity."""
        stems = tuple(dict.fromkeys(query.stems))
        weights = np.array([self.rarity(word) for word in stems], dtype=np.float32)
        if not stems or not len(self._starts):
            nothing = np.zeros(len(self._text_rarity), dtype=np.float32)
            nowhere = np.zeros(len(self._starts), dtype=np.float32)
            return Overlap(nothing, nowhere, nothing, nowhere, nowhere)
        shared = np.zeros(len(self._text_rarity), dtype=np.float32)
        held = np.zeros((len(stems), len(self._starts)), dtype=bool)
        for row, word in enumerate(stems):
            holding = self._texts.holding(word)
            shared[holding] += weights[row]
            held[row, self._owners[holding]] = True
        whole = weights @ held
        years = np.array([is_year(word) for word in stems])
        missing_years = ~held[years].all(axis=0) if years.any() else np.zeros(held.shape[1], dtype=bool)
        missing = np.where(held, np.float32(0), weights[:, None]).max(axis=0) / self.rarity("")
        total = max(float(weights.sum()), 1e-6)
        likeness = 2 * shared / (total + self._text_rarity)
        return Overlap(
            (shared / total).astype(np.float32),
            (whole / total).astype(np.float32),
            likeness.astype(np.float32),
            missing.astype(np.float32),
            missing_years.astype(np.float32),
        )

    def rarity(self, stemmed_word: str) -> float:
        """Return a stem's inverse document frequency: the smoothed logarithm of all entries over those that hold it."""
        total = len(self.entry_ids)
        return float(np.log((total + 1) / (self._whole.count(stemmed_word) + 0.5)))

    def _corrected(self, word: str) -> str:
        if word in self._glossary.words or self._whole.count(stem(word)):
            return word
        return self._without_elision(word) or self._speller.corrected(word)

    def _without_elision(self, word: str) -> str | None:
        """Return the known word behind a glued-on "j", "l", "d", "qu"…: "lurssaf", "jembauche"."""
        for glued in ELISIONS:
            rest = word.removeprefix(glued)
            if rest != word and len(rest) >= SHORTEST_AFTER_ELISION and self._whole.count(stem(rest)):
                return rest
        return None


_folded = lru_cache(maxsize=100_000)(fold)  # of the base's own words, at every change of it: 15 MB at most


def _usual_forms(counts: Mapping[str, int]) -> dict[str, tuple[str, int]]:
    """Return, by folded word, the form in which most texts write it, and how many do."""
    usual: dict[str, tuple[str, int]] = {}
    for form, count in sorted(counts.items()):
        folded = _folded(form)
        if folded not in usual or count > usual[folded][1]:
            usual[folded] = (form, count)
    return usual


def _own_questions(texts: Sequence[SearchedText], counted: Sequence[CountedText]) -> dict[str, frozenset[EntryId]]:
    own: dict[str, frozenset[EntryId]] = {}
    for text, counted_text in zip(texts, counted, strict=True):
        if text.kind is Kind.QUESTION:
            own[counted_text.letters] = own.get(counted_text.letters, frozenset()) | {text.entry_id}
    return own


def is_year(word: str) -> bool:
    """Whether a word is a year that a question may be about."""
    return len(word) == 4 and word.isdigit() and word[:2] in ("19", "20")


def _starts(sizes: Sequence[int]) -> NDArray[np.int64]:
    """Return where each entry's documents begin."""
    return np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64) if sizes else np.empty(0, np.int64)


def _whole(stems: csr_array, starts: NDArray[np.int64], is_question: NDArray[np.bool_]) -> csr_array:
    """Return the counts of whole entries, in which questions are repeated."""
    text_count = len(is_question)
    repeats = np.where(is_question, float(QUESTION_REPEATS), 1.0)
    bounds = np.concatenate((starts, [text_count]))
    return csr_array((repeats, np.arange(text_count), bounds), shape=(len(starts), text_count)) @ stems


def _word_counts(texts: Sequence[WordCounts], vocabulary: Vocabulary) -> dict[str, int]:
    """Return in how many texts each word occurs."""
    numbers = np.concatenate([text.numbers for text in texts] or [np.empty(0, np.int32)])
    counts = np.bincount(numbers, minlength=len(vocabulary.numbers)).tolist()
    return {word: counts[number] for word, number in list(vocabulary.numbers.items())[: len(counts)] if counts[number]}
