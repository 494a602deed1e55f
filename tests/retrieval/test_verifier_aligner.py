"""The aligner as the service runs it: it scores as the network that was trained, for batches of any size."""

from pathlib import Path

import onnx
import pytest

from evals.lab.verifier.network import Mean, export_aligners, load_aligner, save_aligner
from noa_rag.domain.errors import NoaError
from noa_rag.retrieval.verifier.aligner import Aligner, padded
from tests.retrieval.verifier_helpers import DIMENSION, a_network, a_pair

ABOUT = {"command": "make verifier", "model": "multilingual-e5-small", "lessons": "12"}
PAIRS = [a_pair(2, 1, 1, 0), a_pair(9, 5, 7, 30, seed=2), a_pair(4, 3, 2, 50, seed=3)]


@pytest.fixture(scope="module")
def aligner(tmp_path_factory: pytest.TempPathFactory) -> Aligner:
    path = tmp_path_factory.mktemp("aligner") / "aligner.onnx"
    export_aligners(path, [a_network(0), a_network(1)], ABOUT)
    return Aligner(path)


def test_a_pair_scores_the_same_alone_and_beside_longer_ones(aligner: Aligner) -> None:
    together = aligner.score(PAIRS)

    assert together == pytest.approx([aligner.score([pair])[0] for pair in PAIRS], abs=1e-5)
    assert len({round(figure, 4) for figure in together}) == 3  # or nothing was compared


def test_pairs_are_padded_to_the_longest_with_words_that_are_not_real() -> None:
    read = padded([a_pair(1, 1, 1, 1), a_pair(3, 2, 1, 2)])

    assert (read["question"].shape, read["entry"].shape) == ((2, 3, DIMENSION), (2, 5, DIMENSION))
    assert read["is_word"].tolist() == [[True, False, False], [True, True, True]]
    assert read["is_entry"].sum(axis=1).tolist() == [3, 5]
    assert read["segments"].tolist() == [[0, 1, 2, 0, 0], [0, 0, 1, 2, 2]]
    assert not read["question"][0, 1:].any()


def test_the_part_of_the_entry_in_which_a_word_stands_matters(aligner: Aligner) -> None:
    pair = a_pair(3, 2, 2, 2)
    elsewhere = type(pair)(pair.question, pair.entry, pair.segments[::-1].copy())

    first_score, other = aligner.score([pair, elsewhere])

    assert abs(first_score - other) > 1e-4


def test_the_shipped_graph_scores_as_the_mean_of_the_networks(aligner: Aligner) -> None:
    networks = [a_network(0), a_network(1)]

    assert aligner.score(PAIRS) == pytest.approx(Mean(networks).score(PAIRS), abs=1e-5)
    assert aligner.score(PAIRS) != pytest.approx(Mean(networks[:1]).score(PAIRS), abs=1e-3)
    assert (aligner.model, aligner.dimension) == ("multilingual-e5-small", DIMENSION)


def test_a_trained_network_of_any_width_is_kept_and_loaded_without_dropping_words(tmp_path: Path) -> None:
    network = a_network(width=3, dropout=0.5)
    save_aligner(tmp_path / "seed-0.safetensors", network)

    loaded = load_aligner(tmp_path / "seed-0.safetensors")

    assert loaded.match.out_features == 3
    assert Mean([loaded]).score(PAIRS) == Mean([network]).score(PAIRS)


def test_what_made_the_aligner_is_kept_with_it(tmp_path: Path) -> None:
    export_aligners(tmp_path / "aligner.onnx", [a_network()], ABOUT)

    graph = onnx.load(tmp_path / "aligner.onnx")

    assert {prop.key: prop.value for prop in graph.metadata_props} == ABOUT


@pytest.mark.parametrize("damage", ["empty", "cut", "random", "missing", "no metadata", "another graph"])
def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "aligner.onnx"
    export_aligners(path, [a_network()], {} if damage == "no metadata" else ABOUT)
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "another graph":
        graph = onnx.load(path)
        graph.graph.input[0].name = "text"
        for node in graph.graph.node:
            node.input[:] = ["text" if name == "question" else name for name in node.input]
        onnx.save(graph, path)
    elif damage != "no metadata":
        path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "random": b"\x07" * 500}[damage])

    with pytest.raises(NoaError, match=r"(?s)The verifier aligner\.onnx cannot be read .*Run `make verifier`\."):
        Aligner(path)
