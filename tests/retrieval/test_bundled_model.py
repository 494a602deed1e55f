"""The embedded model at work: true to the weights it came from, whatever the text, and offline."""

import json
import multiprocessing
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from noa_rag.domain.errors import ModelUnavailable
from noa_rag.retrieval.bundled_model import bundled_model_folder, find_damage, prepare_bundled_model, weights_file
from noa_rag.retrieval.bundled_model.sentence_folder import write_sentence_folder
from noa_rag.retrieval.bundled_model.unpacking import with_adapter
from noa_rag.retrieval.bundled_model.weights_file import Q4Model, read_q4_file
from noa_rag.retrieval.embedding import SentenceEmbedder, Vectors, load_embedder

REFERENCE = json.loads((Path(__file__).parent / "reference" / "e5_vectors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that two processes prepared at the same time."""
    folder = tmp_path_factory.mktemp("models")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=prepare_bundled_model, args=(folder,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    return folder


@pytest.fixture(scope="session")
def embedder(models_dir: Path) -> SentenceEmbedder:
    """The embedded model as the service runs it."""
    return load_embedder("bundled", models_dir)


@pytest.fixture(scope="session")
def model_as_it_came(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SentenceEmbedder]:
    """The weights before any adapter, in single precision, through torch."""
    yield from _in_single_precision(tmp_path_factory, read_q4_file(weights_file.locate_weights()))


@pytest.fixture(scope="session")
def exact_embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SentenceEmbedder]:
    """The weights that the service runs, in single precision, through torch."""
    yield from _in_single_precision(tmp_path_factory, with_adapter(read_q4_file(weights_file.locate_weights())))


def _in_single_precision(folders: pytest.TempPathFactory, model: Q4Model) -> Iterator[SentenceEmbedder]:
    folder = folders.mktemp("single-precision")
    write_sentence_folder(folder, model)
    yield load_embedder(str(folder), folder)
    shutil.rmtree(folder)


@pytest.mark.model
def test_two_processes_at_once_leave_one_whole_folder(models_dir: Path) -> None:
    folder = bundled_model_folder(models_dir)

    assert find_damage(folder, thorough=True) == []
    assert sorted(path.name for path in models_dir.iterdir()) in ([".unpacking.lock", folder.name], [folder.name])
    assert not list(folder.rglob("*.safetensors"))
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 140_000_000


@pytest.mark.model
def test_single_precision_agrees_with_the_reference(model_as_it_came: SentenceEmbedder) -> None:
    vectors = _embed_reference(model_as_it_came)

    assert _lowest_cosine_with_first_numbers(vectors) >= 0.999
    assert np.abs(vectors @ vectors.T - np.array(REFERENCE["cosines"])).max() <= 0.002


@pytest.mark.model
def test_int8_stays_close_to_single_precision(embedder: SentenceEmbedder, exact_embedder: SentenceEmbedder) -> None:
    quantised, exact = _embed_reference(embedder), _embed_reference(exact_embedder)

    assert (quantised * exact).sum(axis=1).min() >= 0.98
    assert np.abs(quantised @ quantised.T - exact @ exact.T).max() <= 0.05


@pytest.mark.model
def test_a_vector_does_not_depend_on_the_texts_beside_it(embedder: SentenceEmbedder) -> None:
    texts = [sentence["text"] for sentence in REFERENCE["sentences"]]

    together = embedder.embed_passages(texts)

    assert np.array_equal(together, np.concatenate([embedder.embed_passages([text]) for text in texts]))


@pytest.mark.model
@pytest.mark.parametrize(
    "text", ["\ufdfa" * 20, "", " ", "\x00", "</s><mask>", "é" * 20_000, "\U0001f600" * 600, "\u202e"]
)
def test_any_text_gets_a_vector_of_length_one(embedder: SentenceEmbedder, text: str) -> None:
    vectors = embedder.embed_queries([text])

    assert vectors.shape == (1, embedder.dimension)
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-3)


@pytest.mark.model
@pytest.mark.parametrize("text", ["TVA", "", "  Bonjour\u200b,\n\ncréation d'EURL ?", "mot " * 900, "\ufeffÀ\t!"])
def test_sentence_transformers_reads_the_same_folder_with_the_same_numbers(
    embedder: SentenceEmbedder, models_dir: Path, text: str
) -> None:
    through_the_library = load_embedder(str(bundled_model_folder(models_dir)), models_dir)

    for is_query in (True, False):
        ours, theirs = (
            embedder_.token_vectors(text, is_query=is_query) for embedder_ in (embedder, through_the_library)
        )
        assert np.array_equal(ours, theirs)
    assert embedder.embed_passages([text]) == pytest.approx(through_the_library.embed_passages([text]), abs=1e-6)


@pytest.mark.model
def test_the_way_a_text_was_typed_does_not_matter(embedder: SentenceEmbedder) -> None:
    plain, typed = (
        "Créer une société à Orléans",
        "  Cre\u0301er\u00a0une   socie\u0301te\u0301\u200b a\u0300 Orle\u0301ans \n",
    )

    vectors = embedder.embed_queries([plain, typed])

    assert vectors[0] @ vectors[1] == pytest.approx(1, abs=1e-4)


@pytest.mark.model
def test_loading_never_looks_for_a_host(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError(f"asked for a host: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    for model in ("bundled", str(bundled_model_folder(models_dir))):
        assert load_embedder(model, models_dir).dimension == 384


@pytest.mark.model
def test_threads_share_the_model(embedder: SentenceEmbedder) -> None:
    question = REFERENCE["sentences"][0]["text"]
    expected = embedder.embed_queries([question])
    vectors: list[Vectors] = []

    threads = [threading.Thread(target=lambda: vectors.append(embedder.embed_queries([question]))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(vectors) == 8
    assert all(np.array_equal(vectors, expected) for vectors in vectors)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        load_embedder(str(tmp_path), tmp_path)


def _embed_reference(embedder: SentenceEmbedder) -> Vectors:
    rows = [
        embedder.embed_queries([sentence["text"]])
        if sentence["is_query"]
        else embedder.embed_passages([sentence["text"]])
        for sentence in REFERENCE["sentences"]
    ]
    return np.concatenate(rows)


def _lowest_cosine_with_first_numbers(vectors: Vectors) -> float:
    expected = np.array([sentence["first_numbers"] for sentence in REFERENCE["sentences"]])
    actual = vectors[:, : expected.shape[1]]
    norms = np.linalg.norm(actual, axis=1) * np.linalg.norm(expected, axis=1)
    return float(((actual * expected).sum(axis=1) / norms).min())


@pytest.mark.model
def test_a_question_that_is_searched_for_and_then_read_is_encoded_once(
    embedder: SentenceEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Comment demander un délai de paiement à l'Urssaf ?"
    beside = embedder.embed_queries([text, "Comment déposer une marque ?"])[0]
    encoded: list[str] = []
    read = embedder._model.token_vectors
    monkeypatch.setattr(
        embedder._model, "token_vectors", lambda text, prompt: (encoded.append(text), read(text, prompt))[1]
    )

    (vector,) = embedder.embed_queries([text])
    embedder.token_vectors(text, is_query=True)

    assert encoded == [text]
    assert vector == pytest.approx(beside, abs=1e-6)
