"""Lexical retrieval: BM25 over passages, questions and whole entries, and over pairs of words."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import bm25s
import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.glossary import Glossary
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.spelling import Speller
from noa_rag.retrieval.words import fold, stem, words

Scores = NDArray[np.float32]
QUESTION_REPEATS = 3  # an entry's questions count as much as three mentions in its text
ELISIONS = ("qu", "j", "l", "d", "m", "t", "s", "n", "c")
SHORTEST_AFTER_ELISION = 3
_NOWHERE = "\x00"  # stands in a text without words, so that positions stay aligned


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A question as lexical retrieval sees it. `unknown` are words that no entry holds, even corrected."""

    stems: tuple[str, ...]
    expansion: tuple[str, ...]
    pairs: tuple[str, ...]
    unknown: tuple[str, ...]
    corrected: Mapping[str, str] = field(default_factory=dict)


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

    def __init__(self, texts: Mapping[EntryId, Sequence[SearchedText]], glossary: Glossary) -> None:
        self.entry_ids = list(texts)
        self._glossary = glossary
        every = [text for group in texts.values() for text in group]
        tokens = [stemmed(text.embedded_text) for text in every]
        counts = [len(group) for group in texts.values()]
        is_question = np.array([text.kind is Kind.QUESTION for text in every], dtype=bool)
        starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int64) if counts else np.empty(0, np.int64)
        whole = [
            _whole(tokens[start : start + count], is_question[start : start + count])
            for start, count in zip(starts, counts, strict=True)
        ]
        question_tokens = [one for one, is_one in zip(tokens, is_question, strict=True) if is_one]
        question_counts = [sum(text.kind is Kind.QUESTION for text in group) for group in texts.values()]
        question_starts = np.concatenate(([0], np.cumsum(question_counts)[:-1])).astype(np.int64) if counts else starts
        self._starts = starts
        self._passages = _Field(tokens, starts, k1=1.5, b=0.75)
        self._questions = _Field(question_tokens, question_starts, k1=1.2, b=0.5)
        self._whole = _Field(whole, np.arange(len(whole)), k1=1.5, b=0.75)
        self._passage_pairs = _Field([pairs(one) for one in tokens], starts, k1=1.2, b=0.5)
        self._question_pairs = _Field([pairs(one) for one in question_tokens], question_starts, k1=1.2, b=0.5)
        self._entry_counts = Counter(one for entry in whole for one in set(entry))
        self._text_rarity = np.array([sum(map(self.rarity, set(one))) for one in tokens], dtype=np.float32)
        self._speller = Speller(Counter(word for text in every for word in set(words(text.embedded_text))))

    def understand(self, text: str) -> LexicalQuery:
        """Return the searched form of a question, with misspelt words corrected."""
        typed = words(text)
        corrected = {word: better for word in typed if (better := self._corrected(word)) != word}
        found = tuple(stem(corrected.get(word, word)) for word in typed)
        expansion = self._glossary.expansion(" ".join((fold(text), *corrected.values())))
        return LexicalQuery(
            stems=found,
            expansion=tuple(one for one in expansion if one not in found),
            pairs=tuple(pairs(found)),
            unknown=tuple(one for one in found if one not in self._entry_counts and one not in expansion),
            corrected=corrected,
        )

    def scores(self, query: LexicalQuery) -> dict[str, Scores]:
        """Return each field's BM25 figures, shape (entries,), for the question and for its expansion."""
        return {
            "passage": self._passages.best(query.stems),
            "passage_expansion": self._passages.best(query.expansion),
            "question": self._questions.best(query.stems),
            "question_expansion": self._questions.best(query.expansion),
            "whole": self._whole.best(query.stems),
            "whole_expansion": self._whole.best(query.expansion),
            "passage_pairs": self._passage_pairs.best(query.pairs),
            "question_pairs": self._question_pairs.best(query.pairs),
        }

    def overlap(self, query: LexicalQuery) -> Overlap:
        """Return how much of the question each text and each entry holds, weighted by rarity."""
        asked = tuple(dict.fromkeys(query.stems))
        weights = np.array([self.rarity(one) for one in asked], dtype=np.float32)
        if not asked or not len(self._starts):
            nothing = np.zeros(len(self._text_rarity), dtype=np.float32)
            nowhere = np.zeros(len(self._starts), dtype=np.float32)
            return Overlap(nothing, nowhere, nothing, nowhere, nowhere)
        holds = np.stack([self._passages.holds(one) for one in asked])
        shared: Scores = weights @ holds
        held = np.logical_or.reduceat(holds, self._starts, axis=1)
        whole = weights @ held
        years = np.array([is_year(one) for one in asked])
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
        """Return how much a word tells entries apart: the logarithm of one over the share that hold it."""
        total = len(self.entry_ids)
        return float(np.log((total + 1) / (self._entry_counts.get(stemmed_word, 0) + 0.5)))

    def _corrected(self, word: str) -> str:
        if word in self._glossary.words or stem(word) in self._entry_counts:
            return word
        return self._without_elision(word) or self._speller.corrected(word)

    def _without_elision(self, word: str) -> str | None:
        """Return the known word behind a glued-on "j", "l", "d", "qu"…: "lurssaf", "jembauche"."""
        for glued in ELISIONS:
            rest = word.removeprefix(glued)
            if rest != word and len(rest) >= SHORTEST_AFTER_ELISION and stem(rest) in self._entry_counts:
                return rest
        return None


def is_year(word: str) -> bool:
    """Whether a word is a year that a question may be about."""
    return len(word) == 4 and word.isdigit() and word[:2] in ("19", "20")


def stemmed(text: str) -> list[str]:
    return [stem(word) for word in words(text)]


def pairs(found: Sequence[str]) -> list[str]:
    """Return the pairs of neighbouring stems."""
    return [f"{first} {second}" for first, second in itertools.pairwise(found)]


def _whole(tokens: Sequence[list[str]], is_question: NDArray[np.bool_]) -> list[str]:
    repeats = (QUESTION_REPEATS if is_one else 1 for is_one in is_question)
    return [stem for one, times in zip(tokens, repeats, strict=True) for stem in one * times]


class _Field:
    """One BM25 index whose documents belong to entries: entry i owns those from starts[i] on."""

    def __init__(self, documents: Sequence[list[str]], starts: NDArray[np.int64], *, k1: float, b: float) -> None:
        self._starts = starts
        self._index = None
        if documents:
            self._index = bm25s.BM25(k1=k1, b=b, method="lucene")
            self._index.index([one or [_NOWHERE] for one in documents], show_progress=False)

    def best(self, query: Sequence[str]) -> Scores:
        known = [] if self._index is None else [one for one in query if one in self._index.vocab_dict]
        if self._index is None or not known:
            return np.zeros(len(self._starts), dtype=np.float32)
        scores = self._index.get_scores(known)
        best: Scores = np.maximum.reduceat(scores, self._starts).astype(np.float32)
        return best

    def holds(self, token: str) -> NDArray[np.bool_]:
        """Return which documents hold a token, shape (documents,)."""
        assert self._index is not None
        held = np.zeros(self._index.scores["num_docs"], dtype=bool)
        at = self._index.vocab_dict.get(token)
        if at is not None:
            bounds = self._index.scores["indptr"]
            held[self._index.scores["indices"][bounds[at] : bounds[at + 1]]] = True
        return held
