"""The verifier over a small base: what it reads, what it says of it, and in what order it puts the matches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from noa_rag.domain.entry import EntryStatus
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Match, Retrieved
from noa_rag.retrieval.bundled_model.unpacking import model_name
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.thresholds import READ_LIMIT, READING_WEIGHT
from noa_rag.retrieval.verifier.aligner import Aligner, Pair
from noa_rag.retrieval.verifier.token_cache import TokenCache, TokenStore
from noa_rag.retrieval.verifier.verifier import BUNDLED_VERIFIER, Verifier, read_verifier
from tests.retrieval.retrieval_helpers import BASE, HashingEmbedder, a_match, an_entry, an_index, asked, found
from tests.retrieval.verifier_helpers import a_stored_aligner

PARIS = an_entry("paris", "Quelle licence pour un bar ?", "Une licence IV.", regions=("FR-75",))
ENTRIES = (*BASE, PARIS, an_entry("tva", "Comment fonctionne la TVA ?", "Le taux normal est de 20 %."))


class FixedScores:
    """Gives the pairs of a batch these scores, in order."""

    def __init__(self, *scores: float) -> None:
        self._scores = scores

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        return list(self._scores[: len(pairs)])


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    index = an_index(tmp_path_factory.mktemp("index"), *ENTRIES)
    yield index
    index.close()


def a_verifier(index: SearchIndex, *scores: float) -> Verifier:
    return Verifier(index, TokenCache(HashingEmbedder()), FixedScores(*scores))


def matches(*names: str) -> tuple[Match, ...]:
    """Return matches that score 10, 9.9, 9.8 and so on."""
    return tuple(a_match(name, score=10 - at / 10, rank=at + 1, whole=at) for at, name in enumerate(names))


def in_order(retrieved: Retrieved) -> list[str]:
    return [match.entry_id for match in retrieved.matches]


def test_the_first_matches_are_put_in_the_order_of_score_and_reading(index: SearchIndex) -> None:
    verifier = a_verifier(index, -1.0, 0.0, 1.0)

    read = verifier.read(asked("déposer une marque"), found(*matches("marque", "salarie", "restaurant", "tva")))

    assert READ_LIMIT == 3
    assert in_order(read) == ["restaurant", "salarie", "marque", "tva"]
    assert [match.score for match in read.matches] == pytest.approx(
        [9.8 + READING_WEIGHT * 1.0, 9.9, 10.0 - READING_WEIGHT * 1.0, 9.7]
    )
    assert [match.rank for match in read.matches] == [1, 2, 3, 4]


def test_what_was_read_gets_figures_beside_its_own(index: SearchIndex) -> None:
    verifier = a_verifier(index, 0.5, 0.25)

    read = verifier.read(asked("une licence IV à Lyon"), found(*matches("paris", "salarie")))

    first, second = (match.evidence for match in read.matches)
    assert (first["read"], second["read"]) == (0.5, 0.25)
    assert (first["elsewhere"], second["elsewhere"]) == (1.0, 0.0)  # one holds in Paris only, the other everywhere
    assert (first["whole"], second["whole"]) == (0.0, 1.0)


def test_entries_that_the_index_no_longer_has_are_left_as_they_are_behind_what_was_read(index: SearchIndex) -> None:
    verifier = a_verifier(index, 0.0, 1.0)
    retrieved = found(*matches("disparue", "marque", "salarie", "tva"))

    read = verifier.read(asked("marque"), retrieved)

    assert in_order(read) == ["salarie", "marque", "disparue", "tva"]  # "tva" is the fourth: not read
    assert [match.rank for match in read.matches] == [1, 2, 3, 4]
    assert read.matches[2].evidence == retrieved.matches[0].evidence
    assert read.matches[2].score == 10.0


def test_an_entry_withdrawn_while_it_is_read_is_read_as_it_was(tmp_path: Path) -> None:
    index = an_index(tmp_path, *ENTRIES)

    class WithdrawnMeanwhile(FixedScores):
        def score(self, pairs: Sequence[Pair]) -> list[float]:
            withdrawn = an_entry("paris", "", "", version=2, status=EntryStatus.WITHDRAWN)
            index.refresh(lambda revision: (revision + 1, [withdrawn]))
            return super().score(pairs)

    verifier = Verifier(index, TokenCache(HashingEmbedder()), WithdrawnMeanwhile(1.0, 0.0))

    read = verifier.read(asked("une licence IV à Lyon"), found(*matches("paris", "salarie")))

    assert "paris" not in index.snapshot.versions
    assert in_order(read) == ["paris", "salarie"]
    assert read.matches[0].evidence["elsewhere"] == 1.0
    index.close()


def test_a_question_is_not_kept_and_entries_are(index: SearchIndex) -> None:
    embedder = HashingEmbedder()
    tokens = TokenCache(embedder)
    verifier = Verifier(index, tokens, FixedScores(1.0))

    verifier.read(asked("ma question"), found(*matches("marque")))

    texts = {text for text, _ in tokens._kept._values}
    assert "ma question" not in texts
    assert "comment déposer une marque" in texts


@pytest.mark.parametrize("fingerprint", ["hashing", "hashing-int8-avx2#a+b"])
def test_a_verifier_serves_every_variant_of_the_model_it_was_trained_for(
    index: SearchIndex, tmp_path: Path, fingerprint: str
) -> None:
    path = a_stored_aligner(tmp_path, "hashing", dimension=HashingEmbedder().dimension)

    verifier = read_verifier(index, HashingEmbedder(), fingerprint, path)

    assert verifier is not None
    read = verifier.read(asked("déposer une marque"), found(*matches("marque", "salarie")))
    assert all(np.isfinite(match.evidence["read"]) for match in read.matches)


def test_the_bundled_verifier_reads_the_tokens_of_the_bundled_model() -> None:
    aligner = Aligner(BUNDLED_VERIFIER)

    assert (aligner.model, aligner.dimension) == (model_name(), 384)


def test_a_damaged_file_is_told_rather_than_done_without(index: SearchIndex, tmp_path: Path) -> None:
    (tmp_path / "aligner.onnx").write_bytes(b"damaged")

    with pytest.raises(NoaError, match="make verifier"):
        read_verifier(index, HashingEmbedder(), "hashing", tmp_path / "aligner.onnx")


class CountingModel(HashingEmbedder):
    """Counts the texts whose tokens were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def token_vectors(self, text: str, *, is_query: bool) -> np.ndarray:
        self.read.append(text)
        return super().token_vectors(text, is_query=is_query)


def test_entries_read_ahead_are_not_read_again(index: SearchIndex) -> None:
    model = CountingModel()
    verifier = Verifier(index, TokenCache(model), FixedScores(1.0))

    verifier.warm()
    ahead = len(model.read)
    verifier.warm()

    assert ahead == len(set(model.read)) >= len(ENTRIES)
    assert len(model.read) == ahead


def test_entries_are_read_ahead_whole_their_questions_and_passages_first(tmp_path: Path) -> None:
    tax = an_entry("cfe", "Qui doit payer la CFE ?", "Toute entreprise.", alternates=("cfe c koi",))
    index = an_index(tmp_path, tax, *BASE)
    model = CountingModel()

    Verifier(index, TokenCache(model), [FixedScores(1.0)]).warm()  # type: ignore[list-item]
    index.close()

    assert set(model.read) == {text.embedded_text for text in index.snapshot.texts}
    assert model.read[-1] == "cfe c koi"


def test_a_base_larger_than_what_memory_keeps_is_read_ahead_onto_the_disk(index: SearchIndex, tmp_path: Path) -> None:
    model, later = CountingModel(), CountingModel()

    for model_ in (model, later):
        tokens = TokenCache(model_, limit=2_000, store=TokenStore(tmp_path / "tokens.db"))
        Verifier(index, tokens, [FixedScores(1.0)]).warm()  # type: ignore[list-item]
        tokens.close()

    assert set(model.read) == {text.embedded_text for text in index.snapshot.texts}
    assert later.read == []


def test_reading_ahead_ends_when_the_service_stops(index: SearchIndex) -> None:
    model = CountingModel()

    Verifier(index, TokenCache(model), [FixedScores(1.0)]).warm(lambda seconds: True)  # type: ignore[list-item]

    assert len(model.read) == 1
