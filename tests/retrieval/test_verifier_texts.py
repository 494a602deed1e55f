"""What is read of an entry: its question, the nearest way of asking, the nearest passages."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from noa_rag.domain.entry import EntryId, Section
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.reranker import chosen_texts
from noa_rag.retrieval.verifier.token_cache import TokenCache
from noa_rag.retrieval.verifier.verifier import WORDS_READ, pair_of
from tests.retrieval.retrieval_helpers import BASE, a_match, an_entry, an_index

TVA = an_entry(
    "tva",
    "Comment fonctionne la TVA ?",
    "La TVA est un impôt indirect.",
    alternates=("TVA : comment ça marche ?", "Quand déclarer la TVA ?"),
    sections=(
        Section("seuils", "Franchise", "Sous un plafond, aucune facturation."),
        Section("declarer", "Déclaration", "La déclaration est mensuelle."),
    ),
)


class OneWordATime:
    """Gives a text one vector a word, all alike."""

    def token_vectors(self, text: str, *, is_query: bool) -> NDArray[np.float32]:
        return np.ones((len(text.split()), 4), np.float32)


@pytest.fixture(scope="module")
def sectioned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    index = an_index(tmp_path_factory.mktemp("sectioned"), TVA, BASE[0])
    yield index
    index.close()


def read_of(index: SearchIndex, text: str, entry_id: str = "tva") -> list[str]:
    vector = index.embedder.embed_queries([text])[0]
    return [searched.text for searched in chosen_texts(index.snapshot, a_match(entry_id), vector)]


def test_an_entry_s_question_the_nearest_way_of_asking_and_two_passages_are_read(sectioned: SearchIndex) -> None:
    assert read_of(sectioned, "quand déclarer : déclaration mensuelle ou plafond de franchise ?") == [
        "Comment fonctionne la TVA ?",
        "Quand déclarer la TVA ?",
        "Sous un plafond, aucune facturation.",  # in their order in the entry, not by nearness
        "La déclaration est mensuelle.",
    ]


def a_text(words: int, kind: Kind = Kind.PASSAGE) -> SearchedText:
    return SearchedText(EntryId("e"), 1, 0, kind, " ".join(["mot"] * words))


def test_each_word_of_a_pair_says_what_it_is_of() -> None:
    texts = [a_text(2, Kind.QUESTION), a_text(3, Kind.QUESTION), a_text(4), a_text(1)]
    question = np.ones((5, 4), np.float16)

    pair = pair_of(question, texts, TokenCache(OneWordATime()))

    assert pair.segments.tolist() == [0] * 2 + [1] * 3 + [2] * (4 + 1)
    assert (pair.question.shape, pair.entry.shape) == ((5, 4), (10, 4))


def test_passages_are_read_up_to_a_limit_and_questions_whole() -> None:
    texts = [a_text(20, Kind.QUESTION), a_text(30, Kind.QUESTION), a_text(WORDS_READ - 10), a_text(200)]

    pair = pair_of(np.ones((5, 4), np.float16), texts, TokenCache(OneWordATime()))

    assert len(pair.entry) == len(pair.segments) == 20 + 30 + WORDS_READ
