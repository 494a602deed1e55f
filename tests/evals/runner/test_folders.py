"""Where evaluations write, in a source tree and where Noa is installed."""

from pathlib import Path

from evals.runner.folders import Folders, folders


def test_in_a_source_tree_they_write_beside_the_code(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()

    result = folders(tmp_path, {"NOA_DATA_DIR": "/var/lib/noa"})

    assert result == Folders(tmp_path / "evals/results", tmp_path / "build/eval", tmp_path / "build/eval")


def test_an_installed_noa_writes_into_its_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"

    result = folders(tmp_path / "site-packages", {"NOA_DATA_DIR": str(data), "NOA_UNKNOWN": "x"})

    assert result == Folders(data / "eval/results", data / "eval/bases", data)
