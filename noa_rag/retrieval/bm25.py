"""BM25, made from word counts.

bm25s, which this replaces, indexed documents word by word, in four seconds for a thousand entries at every change of
one. The scores are the same (its `lucene` variant: Kamphuis et al., ECIR 2020); a test compares them. Word counts are
cached by text: when one entry changes, only its words are counted.
"""

import re
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from noa_rag.french.words import fold, stem, words
from noa_rag.retrieval.passages import Kind, SearchedText

Scores = NDArray[np.float32]
Numbers = NDArray[np.int32]
_LETTERS = re.compile(r"[^\W_]+")
_GOES_ON = re.compile(r"[ \t,;'’/()&+€%°-]*")  # between two words of one sentence


K1, B = 1.5, 0.75  # how soon repetition stops counting, and how far long documents count less


class Postings:
    """Which documents hold each token, from counts of shape (documents, tokens)."""

    def __init__(self, counts: csr_array, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers
        self._document_count, self._token_count = counts.shape
        columns = counts.tocsc()
        columns.sort_indices()
        self._bounds, self._documents, self._counts = columns.indptr, columns.indices, columns.data
        self.document_counts = np.diff(self._bounds)  # in how many documents each token occurs

    def holding(self, token: str) -> Numbers:
        """Return the places of the documents that hold a token."""
        places: Numbers = self._documents[self._column(token)]
        return places

    def count(self, token: str) -> int:
        """Return how many documents hold a token."""
        rows = self._column(token)
        return int(rows.stop - rows.start)

    def _column(self, token: str) -> slice:
        number = self._numbers.get(token, -1)
        if not 0 <= number < self._token_count:  # a later index may have numbered more
            return slice(0, 0)
        return slice(int(self._bounds[number]), int(self._bounds[number + 1]))


class Bm25(Postings):
    """One BM25 index."""

    def __init__(self, counts: csr_array, numbers: Mapping[str, int], *, k1: float = K1, b: float = B) -> None:
        super().__init__(counts, numbers)
        lengths = np.maximum(counts.sum(axis=1), 1.0)  # an empty document counts as one word long
        average = lengths.mean() if len(lengths) else 1.0
        rarity = np.log(1 + (self._document_count - self.document_counts + 0.5) / (self.document_counts + 0.5))
        weakened = k1 * ((1 - b) + b * lengths / average)
        frequency = self._counts / (weakened[self._documents] + self._counts)
        self._scores = (np.repeat(rarity.astype(np.float32), self.document_counts) * frequency).astype(np.float32)

    def scores(self, query: Sequence[str]) -> Scores:
        """Return the score of each document, shape (documents,); a token that is asked twice counts twice."""
        scores = np.zeros(self._document_count, dtype=np.float32)
        for token in query:
            rows = self._column(token)
            scores[self._documents[rows]] += self._scores[rows]
        return scores


@dataclass(frozen=True, slots=True)
class WordCounts:
    """Numbers of distinct tokens, and how often each occurs."""

    numbers: Numbers
    counts: Numbers


@dataclass(frozen=True, slots=True)
class CountedText:
    """A text's stems, distinct folded words, and distinct words as they are written.

    `letters` is the text with neither capitals, accents nor punctuation.
    """

    stems: WordCounts
    words: WordCounts
    forms: WordCounts
    letters: str


class Vocabulary:
    """Numbers tokens in the order in which they are first seen; a number is never given twice."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def counted(self, tokens: Iterable[str]) -> WordCounts:
        counter = Counter(tokens)
        numbers = [self.numbers.setdefault(token, len(self.numbers)) for token in counter]
        return WordCounts(np.array(numbers, np.int32), np.array(list(counter.values()), np.int32))


class TextCounts:
    """A cache of the word counts of texts, shared by every index that is built from them."""

    def __init__(self) -> None:
        self.stems, self.words, self.forms = Vocabulary(), Vocabulary(), Vocabulary()
        self._kept: dict[SearchedText, CountedText] = {}
        self._turn = threading.Lock()

    def of(self, texts: Iterable[SearchedText]) -> list[CountedText]:
        with self._turn:
            return [self._kept.get(text) or self._count(text) for text in texts]

    def keep_only(self, texts: Collection[SearchedText]) -> None:
        """Drop the counts of all other texts, such as those of trials and replaced versions."""
        with self._turn:
            self._kept = {text: self._kept[text] for text in texts if text in self._kept}

    def _count(self, text: SearchedText) -> CountedText:
        text_words = words(text.embedded_text)
        counted = CountedText(
            self.stems.counted(stem(word) for word in text_words),
            self.words.counted(set(text_words)),
            self.forms.counted(sorted(set(written_words(text.embedded_text)))),
            letters_of(text.text) if text.kind is Kind.QUESTION else "",
        )
        self._kept[text] = counted
        return counted


def letters_of(text: str) -> str:
    """Return a text with neither capitals, accents nor punctuation."""
    return " ".join(_LETTERS.findall(fold(text)))


def written_words(text: str) -> Iterator[str]:
    """Yield the words of a text as written, but the first word of a sentence without its capital."""
    is_first, end = True, 0
    for match in _LETTERS.finditer(text):
        word = match.group()
        is_first = is_first or not _GOES_ON.fullmatch(text, end, match.start())
        yield word.lower() if is_first and word.istitle() else word
        is_first, end = False, match.end()


def matrix(documents: Sequence[WordCounts], vocabulary: Vocabulary) -> csr_array:
    """Return the counts as a sparse matrix, one row for each document and one column for each token."""
    bounds = np.concatenate(([0], np.cumsum([len(document.numbers) for document in documents], dtype=np.int64)))
    empty = [np.empty(0, np.int32)]
    numbers = np.concatenate([document.numbers for document in documents] or empty)
    counts = np.concatenate([document.counts for document in documents] or empty)
    shape = (len(documents), len(vocabulary.numbers))
    return csr_array((counts.astype(np.float64), numbers, bounds), shape=shape)
