"""BM25 and overlap, worked out by hand on three tiny entries."""

from math import log

import numpy as np
import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.lexical import LexicalIndex
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.spelling import Glossary, Speller

# One question an entry, no answers. "x"-like words of two letters would be dropped: these are words of their own stem.
DOCUMENTS = {"a": "brevet", "b": "brevet client", "c": "client client import export"}


def an_index(documents: dict[str, str] = DOCUMENTS, glossary: Glossary | None = None) -> LexicalIndex:
    texts = {
        EntryId(name): [SearchedText(EntryId(name), 1, 0, Kind.QUESTION, text)] for name, text in documents.items()
    }
    return LexicalIndex(texts, glossary or Glossary())


def bm25(tf: float, length: float, *, df: int, k1: float, b: float, average: float) -> float:
    """Lucene's BM25 for one word: rarity among 3 documents, times a share of the word's frequency."""
    return log(1 + (3 - df + 0.5) / (df + 0.5)) * tf / (tf + k1 * (1 - b + b * length / average))


def test_a_whole_entry_counts_its_questions_three_times() -> None:
    index = an_index()

    scores = index.scores(index.understand("brevet"))

    # Every frequency and length is three times that of the question.
    k1, b, average = 1.5, 0.75, 7.0
    expected = [bm25(3, 3, df=2, k1=k1, b=b, average=average), bm25(3, 6, df=2, k1=k1, b=b, average=average), 0.0]
    np.testing.assert_allclose(scores, expected, rtol=1e-5)


def test_rarity_is_the_logarithm_of_one_over_the_share_of_entries() -> None:
    index = an_index()

    assert index.rarity("client") == pytest.approx(log(4 / 2.5))
    assert index.rarity("import") == pytest.approx(log(4 / 1.5))
    assert index.rarity("inconnu") == pytest.approx(log(4 / 0.5))


def test_overlap_counts_each_word_by_its_rarity() -> None:
    index = an_index()
    client, rare = log(4 / 2.5), log(4 / 1.5)  # "brevet" is as frequent as "client", "export" as rare as "import"

    overlap = index.overlap(index.understand("client import"))

    total = client + rare
    np.testing.assert_allclose(overlap.covered, [0, client / total, 1], rtol=1e-5)
    np.testing.assert_allclose(overlap.covered_by_entry, [0, client / total, 1], rtol=1e-5)
    # Twice what is shared over what question and text have together.
    likeness = [0, 2 * client / (total + client + client), 2 * total / (total + client + rare + rare)]
    np.testing.assert_allclose(overlap.likeness, likeness, rtol=1e-5)


def test_words_of_several_texts_cover_a_question_together() -> None:
    entry = EntryId("a")
    texts = [SearchedText(entry, 1, n, Kind.QUESTION, text) for n, text in enumerate(["brevet", "client"])]
    index = LexicalIndex({entry: texts}, Glossary())

    overlap = index.overlap(index.understand("brevet client"))

    np.testing.assert_allclose(overlap.covered, [0.5, 0.5])
    np.testing.assert_allclose(overlap.covered_by_entry, [1.0])


def test_a_misspelt_word_is_corrected_and_searched() -> None:
    query = an_index().understand("brevte")

    assert query.corrected == {"brevte": "brevet"}
    assert (query.stems, query.unknown) == (("brevet",), ())


def test_no_word_is_corrected_into_one_of_three_letters() -> None:
    speller = Speller({"sci": 9, "sarl": 9})

    assert (speller.corrected("scic"), speller.corrected("sral")) == ("scic", "sarl")


def test_the_glossary_expands_a_question_and_its_words_are_not_corrected() -> None:
    index = an_index(glossary=Glossary([["brevat", "import"]]))

    query = index.understand("brevat")

    assert (query.corrected, query.expansion, query.unknown) == ({}, ("import",), ("brevat",))
    assert index.scores(query).argmax() == 2


@pytest.mark.parametrize("text", ["", "?", "comment faire", "xyzxyz"])
def test_a_question_without_known_words_scores_nothing(text: str) -> None:
    index = an_index()
    query = index.understand(text)

    assert not index.scores(query).any()
    assert not index.overlap(query).covered_by_entry.any()


def test_an_empty_base_answers_with_empty_arrays() -> None:
    index = an_index({})
    query = index.understand("brevet")

    assert index.scores(query).shape == (0,)
    assert index.overlap(query).covered_by_entry.shape == (0,)


def test_a_word_is_borrowed_where_french_texts_have_it_and_not_where_the_english_question_has_it() -> None:
    own = EntryId("a")
    french = SearchedText(own, 1, 0, Kind.QUESTION, "Ouvrir un food truck")
    typed = SearchedText(own, 1, 1, Kind.QUESTION, "snack on wheels")
    english = SearchedText(own, 1, 2, Kind.QUESTION, "Opening a restaurant lorry", is_translated=True)
    passage = SearchedText(own, 1, 3, Kind.PASSAGE, "Le **marketing** se déclare.")

    index = LexicalIndex({own: [french, typed, english, passage]}, Glossary())

    assert all(map(index.is_borrowed, ("food", "truck", "marketing", "declare")))
    assert not any(map(index.is_borrowed, ("lorry", "opening", "wheels")))
