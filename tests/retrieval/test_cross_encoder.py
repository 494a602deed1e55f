"""Any cross-encoder as the reranker: its order and figures, and what is said of what is none."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from noa_rag.domain.errors import ModelUnavailable
from noa_rag.domain.ports import Match
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.reranker import CrossEncoderReranker, PairReader, as_one_text, load_cross_encoder
from noa_rag.retrieval.thresholds import READING_WEIGHT
from tests.retrieval.retrieval_helpers import BASE, a_match, an_entry, an_index, asked, found
from tests.retrieval.tiny_cross_encoder import a_cross_encoder, logits

QUESTION = "comment embaucher un salarie"
READ = {
    "marque": "Comment déposer une marque ?\nLe dépôt se fait en ligne auprès de l'INPI.",
    "salarie": "Comment embaucher un salarié ?\nDéclarez l'embauche à l'Urssaf avant le premier jour.",
    "restaurant": "Comment ouvrir un restaurant ?\nDemandez une licence de restauration à la mairie.",
}
TVA = an_entry("tva", "Comment fonctionne la TVA ?", "Le taux normal est de 20 %.")
PARIS = an_entry("paris", "Comment ouvrir un restaurant ?", "Demandez une licence.", regions=("FR-75",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_cross_encoder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    index = an_index(tmp_path_factory.mktemp("index"), *BASE, TVA, PARIS)
    yield index
    index.close()


@pytest.fixture(scope="module")
def reranker(folder: Path, index: SearchIndex) -> CrossEncoderReranker:
    return CrossEncoderReranker(index, load_cross_encoder(str(folder)))


def matches(*names: str) -> tuple[Match, ...]:
    """Return matches that score 10, 9.99, 9.98 and so on."""
    return tuple(a_match(name, score=10 - at / 100, rank=at + 1) for at, name in enumerate(names))


def test_the_first_candidates_are_put_in_the_order_of_score_and_log_odds(
    reranker: CrossEncoderReranker, folder: Path
) -> None:
    log_odds = {name: row[0] for (name, row) in zip(READ, logits(folder, QUESTION, list(READ.values())), strict=True)}
    likeliest_last = sorted(READ, key=lambda name: log_odds[name])
    assert log_odds[likeliest_last[1]] - log_odds[likeliest_last[0]] > 0.1  # times the weight, more than the scores'
    assert log_odds[likeliest_last[2]] - log_odds[likeliest_last[1]] > 0.1

    read = reranker.read(asked(QUESTION), found(*matches(*likeliest_last, "tva"))).matches

    assert [match.entry_id for match in read] == [*reversed(likeliest_last), "tva"]
    assert [match.rank for match in read] == [1, 2, 3, 4]
    assert [match.evidence["read"] for match in read[:3]] == pytest.approx(
        [log_odds[name] for name in reversed(likeliest_last)], abs=1e-4
    )
    assert read[0].score == pytest.approx(9.98 + READING_WEIGHT * log_odds[likeliest_last[2]], abs=1e-4)
    assert "read" not in read[3].evidence


def test_of_two_scores_the_second_counts_against_the_first(tmp_path: Path) -> None:
    folder = a_cross_encoder(tmp_path / "two", score_count=2)
    texts = list(READ.values())

    log_odds = load_cross_encoder(str(folder)).log_odds(QUESTION, texts)

    assert log_odds == pytest.approx([yes - no for no, yes in logits(folder, QUESTION, texts)], abs=1e-4)


def test_an_entry_s_own_question_is_read_once_and_another_way_of_asking_beside_it(tmp_path: Path) -> None:
    entry = an_entry("cfe", "Qui doit payer la CFE ?", "Toute entreprise.", alternates=("cfe c koi",))
    index = an_index(tmp_path, entry)
    own, other, passage = index.snapshot.texts
    index.close()

    assert as_one_text([own, own, passage]) == "Qui doit payer la CFE ?\nToute entreprise."
    assert as_one_text([own, other, passage]) == "Qui doit payer la CFE ?\ncfe c koi\nToute entreprise."


class WatchedModel:
    """Scores each pair by its length, and notes how many calls were under way at once and what they read."""

    backend = "torch"

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []
        self.most_at_once = 0
        self._now = 0
        self._counting = threading.Lock()

    def predict(self, pairs: list[tuple[str, str]], **options: Any) -> np.ndarray:
        with self._counting:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        time.sleep(0.01)
        self.pairs += pairs
        with self._counting:
            self._now -= 1
        return np.array([len(text) for _, text in pairs], np.float32)


def test_threads_take_turns() -> None:
    model = WatchedModel()
    reader = PairReader(model, fingerprint="watched")

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda length: reader.log_odds("q", ["x" * length]), range(8)))

    assert results == [[float(length)] for length in range(8)]
    assert model.most_at_once == 1


def test_a_model_that_cannot_run_is_told_without_a_word_of_the_question() -> None:
    class Broken(WatchedModel):
        def predict(self, pairs: list[tuple[str, str]], **options: Any) -> np.ndarray:
            raise RuntimeError(f"out of memory at {pairs}")

    reader = PairReader(Broken(), fingerprint="tiny#1")

    with pytest.raises(ModelUnavailable, match=r"^The reranker tiny#1 cannot read \(RuntimeError\)\. Give") as caught:
        reader.log_odds("ma question", ["un texte"])
    assert "ma question" not in str(caught.value)


def test_what_cannot_read_a_batch_is_told_at_the_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sentence_transformers import CrossEncoder

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise ValueError("no padding token")

    monkeypatch.setattr(CrossEncoder, "predict", refuse)

    with pytest.raises(ModelUnavailable, match=r"cannot read \(ValueError\)"):
        load_cross_encoder(str(folder))


def test_a_folder_never_uses_the_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **options: Any) -> Any:
        raise AssertionError("a host was looked for")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    load_cross_encoder(str(folder)).log_odds("marque", ["tva"])


@pytest.mark.parametrize("name", ["/models/no-such-folder", "./no-such-folder"])
def test_an_unknown_folder_is_told_with_what_may_be_set(name: str) -> None:
    with pytest.raises(
        ModelUnavailable, match=rf"^The reranker {name} cannot be loaded: there is no such folder\. Give NOA_RERANKER "
    ):
        load_cross_encoder(name)


def test_a_model_that_was_never_taught_to_score_pairs_is_refused(tmp_path: Path) -> None:
    """The library would give it a head of random numbers."""
    with pytest.raises(ModelUnavailable, match=r"is no cross-encoder but a BertModel\. Give NOA_RERANKER"):
        load_cross_encoder(str(a_cross_encoder(tmp_path / "plain", has_head=False)))


def test_a_model_with_a_score_for_each_of_three_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="gives 3 scores for a pair of texts; one or two are needed"):
        load_cross_encoder(str(a_cross_encoder(tmp_path / "three", score_count=3)))


def test_a_folder_with_an_onnx_file_is_read_with_onnx(folder: Path, tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder

    CrossEncoder(str(folder), backend="onnx", device="cpu", local_files_only=True).save_pretrained(str(tmp_path / "o"))
    assert list((tmp_path / "o").rglob("*.onnx"))

    reader = load_cross_encoder(str(tmp_path / "o"))

    assert reader._model.backend == "onnx"
    texts = list(READ.values())
    assert reader.log_odds(QUESTION, texts) == pytest.approx(
        [row[0] for row in logits(folder, QUESTION, texts)], abs=1e-3
    )
