"""BM25 made from counts in one go: the figures of bm25s, and an index changed by one entry is as one made anew."""

import random
from collections.abc import Mapping, Sequence

import bm25s
import numpy as np
import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.bm25 import Bm25, TextCounts, Vocabulary, matrix
from noa_rag.retrieval.lexical import LexicalIndex
from noa_rag.retrieval.passages import SearchedText, searched_texts
from noa_rag.retrieval.spelling import Glossary
from tests.factories import an_entry_version

WORDS = [f"mot{number}" for number in range(60)]


def random_documents(seed: int) -> list[list[str]]:
    chosen = random.Random(seed)
    return [chosen.choices(WORDS, k=chosen.randint(1, 40)) for _ in range(30)]


def an_index(documents: Sequence[Sequence[str]], *, k1: float = 1.5, b: float = 0.75) -> Bm25:
    vocabulary = Vocabulary()
    counted = [vocabulary.counted(document) for document in documents]
    return Bm25(matrix(counted, vocabulary), vocabulary.numbers, k1=k1, b=b)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("k1", "b"), [(1.5, 0.75), (1.2, 0.5)])
def test_scores_are_those_of_bm25s(seed: int, k1: float, b: float) -> None:
    documents = random_documents(seed)
    other = bm25s.BM25(k1=k1, b=b, method="lucene")
    other.index(documents, show_progress=False)
    index = an_index(documents, k1=k1, b=b)

    for query in (["mot1"], ["mot2", "mot3", "mot2"], random.Random(seed).choices(WORDS, k=8)):
        known = [word for word in query if word in other.vocab_dict]
        np.testing.assert_array_equal(index.scores(query), other.get_scores(known))


def test_a_word_numbered_after_the_field_was_made_is_unknown_to_it() -> None:
    vocabulary = Vocabulary()
    counted = [vocabulary.counted(["taxe"])]
    index = Bm25(matrix(counted, vocabulary), vocabulary.numbers)

    vocabulary.counted(["douane"])

    assert (index.count("douane"), index.scores(["douane"]).tolist()) == (0, [0.0])


def test_an_index_changed_by_an_entry_is_as_one_made_anew() -> None:
    entries = texts_of(marque="Comment déposer une marque ?", douane="Quels droits de douane pour le vin ?")
    changed = entries | texts_of(douane="Quelle TVA sur le vin importé ?", brevet="Combien coûte un brevet ?")
    counts = TextCounts()
    LexicalIndex(entries, Glossary(), counts)

    grown, anew = LexicalIndex(changed, Glossary(), counts), LexicalIndex(changed, Glossary())

    for question in ("droits de douane", "deposer un brevet", "tva sur le vin"):
        query = anew.understand(question)
        assert grown.understand(question) == query
        np.testing.assert_array_equal(grown.scores(query), anew.scores(query))
        np.testing.assert_array_equal(grown.overlap(query).likeness, anew.overlap(query).likeness)


def texts_of(**questions: str) -> Mapping[EntryId, Sequence[SearchedText]]:
    return {
        EntryId(entry_id): tuple(searched_texts(an_entry_version(entry_id, question=question)))
        for entry_id, question in questions.items()
    }
