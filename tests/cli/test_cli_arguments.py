"""Wrong arguments and settings: told in a line or two, with the way out, before anything is loaded or written."""

from typing import Any

import pytest

from noa_rag.retrieval.bundled_model import weights_file
from noa_rag.settings import Settings

Command = Any


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["aks"], "No such command 'aks'"),
        (["ask"], "Give a question, or --batch FILE."),
        (["ask", "question", "--out", "out.jsonl"], "--out goes with --batch"),
        (["ask", "question", "--batch", "in.jsonl", "--out", "out.jsonl"], "Give a question, or --batch"),
        (["ask", "--batch", "in.jsonl", "--out", ""], "--out . is a folder; name a file"),
        (["ask", "--batch", "in.jsonl", "--out", "/"], "--out / is a folder; name a file"),
        (["ask", "une", "deux"], "Got unexpected extra argument"),
        (["ask", "q", "--tone", "kind"], "No such option '--tone'"),
        (["serve", "--port", "http"], "'http' is not a valid int"),
        (["serve", "--port", "0"], "0 is not in the range 1<=x<=65535"),
        (["serve", "--workers", "65"], "65 is not in the range 1<=x<=64"),
        (["setup", "now"], "Got unexpected extra argument"),
        (["doctor", "now"], "Got unexpected extra argument"),
        (["knowledge", "eat"], "No such command 'eat'"),
        (["knowledge", "import"], "Missing argument 'PATH'"),
        (["knowledge", "import", "pack", "--format", "pdf"], "'pdf' is not one of"),
        (["knowledge", "import", "pack", "--as", "library"], "--as library goes with --format vosdroits"),
        (["knowledge", "check"], "Missing argument 'PATH'"),
        (["knowledge", "export"], "Missing argument 'FOLDER'"),
        (["index", "burn"], "No such command 'burn'"),
        (["index", "check", "twice"], "Got unexpected extra argument"),
        (["index", "rebuild", "twice"], "Got unexpected extra argument"),
    ],
)
def test_wrong_arguments_are_told(noa: Command, settings: Settings, arguments: list[str], words: str) -> None:
    outcome = noa(*arguments)

    assert outcome.status == 2
    assert words in " ".join(outcome.err.split())
    assert not settings.data_dir.exists()


@pytest.mark.parametrize("command", [["ask", "q"], ["setup"], ["serve"], ["doctor"], ["index", "check"]])
def test_a_misspelt_setting_is_told_by_every_command(
    noa: Command, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("NOA_PROT", "80")

    outcome = noa(*command)

    assert outcome.status == 1
    assert outcome.err.startswith("noa: Unknown setting NOA_PROT. Known settings: NOA_ACCESSIBILITY")


@pytest.mark.parametrize(
    "command",
    [
        ["ask", "q"],
        ["setup"],
        ["index", "check"],
        ["index", "rebuild"],
        ["knowledge", "import", "pack"],
        ["knowledge", "export", "out"],
    ],
)
def test_a_data_folder_that_cannot_be_written_is_told_by_every_command(
    noa: Command, settings: Settings, command: list[str]
) -> None:
    settings.data_dir.write_text("a file where the folder should be")

    outcome = noa(*command)

    assert outcome.status == 1
    assert outcome.err.startswith(f"noa: The data folder {settings.data_dir} cannot be written")
    assert "set NOA_DATA_DIR to another folder" in outcome.err


@pytest.mark.sqlite
@pytest.mark.parametrize("command", [["ask", "q"], ["setup"], ["knowledge", "export", "out"]])
def test_a_damaged_database_is_told_and_left_as_it_is(noa: Command, settings: Settings, command: list[str]) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "noa.db").write_bytes(b"damaged " * 1_000)

    outcome = noa(*command)

    assert outcome.status == 1
    assert "restore it from a backup" in outcome.err
    assert (settings.data_dir / "noa.db").read_bytes() == b"damaged " * 1_000


def test_a_missing_model_is_told(noa: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_file, "DISTRIBUTION", "a-distribution-nobody-installed")

    outcome = noa("ask", "comment déposer une marque ?")

    assert outcome.status == 1
    assert outcome.err.splitlines()[-1].startswith("noa: The package a-distribution-nobody-installed")


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "-h"], ["knowledge", "--help"], ["index", "--help"]])
def test_help_is_given(noa: Command, arguments: list[str]) -> None:
    outcome = noa(*arguments)

    assert outcome.status == 0
    assert "Usage: noa" in outcome.out
