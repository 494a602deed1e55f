"""What was read once of a question and an entry is not read again, whatever else changes in the base."""

from collections.abc import Iterator, Sequence

import pytest

from noa_rag.domain.ports import Match
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.reranker import KeptReadings
from noa_rag.retrieval.verifier.aligner import Pair
from noa_rag.retrieval.verifier.token_cache import TokenCache
from noa_rag.retrieval.verifier.verifier import Verifier
from tests.retrieval.retrieval_helpers import BASE, HashingEmbedder, a_match, an_entry, an_index, asked, found

QUESTION = asked("déposer une marque")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    index = an_index(tmp_path_factory.mktemp("index"), *BASE)
    yield index
    index.close()


def matches() -> tuple[Match, ...]:
    return tuple(a_match(name, score=10 - at, rank=at + 1) for at, name in enumerate(("marque", "salarie")))


class CountingScores:
    """Scores every pair alike, and counts the pairs of each batch."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        self.batches.append(len(pairs))
        return [0.5] * len(pairs)


def test_the_same_wording_is_read_once_and_told_the_same(index: SearchIndex) -> None:
    scores = CountingScores()
    readings = KeptReadings(Verifier(index, TokenCache(HashingEmbedder()), scores))

    first, again = readings.read(QUESTION, found(*matches())), readings.read(QUESTION, found(*matches()))

    assert again == first
    assert scores.batches == [2]
    readings.forget_questions()
    assert readings.read(QUESTION, found(*matches())) == first
    assert scores.batches == [2, 2]


def test_only_the_entry_that_changed_is_read_again(
    index: SearchIndex, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scores = CountingScores()
    readings = KeptReadings(Verifier(index, TokenCache(HashingEmbedder()), scores))
    readings.read(QUESTION, found(*matches()))
    changed = an_entry("marque", "Comment déposer une marque ?", "Sur papier, désormais.")
    rest = [entry for entry in BASE if entry.id != "marque"]

    other = an_index(tmp_path_factory.mktemp("other"), changed, *rest)
    readings.over(other).read(QUESTION, found(*matches()))
    other.close()

    assert scores.batches == [2, 1]
