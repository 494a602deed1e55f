"""What is installed from a wheel, far from the source tree, answers as the source tree does."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.shared_model import REPOSITORY, link_models, vectors_kept

SHIPPED = ("noa_rag", "review_ui", "evals", "knowledge")
ENTRY_FOLDERS = tuple(f"knowledge/{folder}/" for folder in ("entries", "situations", "calculators"))
INSTALLING_SECONDS = 300
FILLING_SECONDS = 800  # where no test has embedded the 8,356 texts before: two minutes on a free core
QUESTION = "Comment déposer une marque ?"


def shipped_files() -> list[str]:
    """Return the files of the shipped folders that git keeps, or would."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *SHIPPED]
    listed = subprocess.run(listing, cwd=REPOSITORY, capture_output=True, check=True, text=True).stdout
    return sorted(path for path in listed.split("\0") if path and (REPOSITORY / path).is_file())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built of a copy: building in the source tree would leave files there."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in [*shipped_files(), "pyproject.toml", "README.md", "LICENSE"]:
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, folder / "source" / name)
    pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", folder, folder / "source")
    (built,) = folder.glob("noa-*.whl")
    return built


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment with the wheel and the libraries of this one; commands run in an empty folder."""

    folder: Path

    def run(self, *command: str, seconds: float) -> str:
        """Return what a command of the environment prints."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("NOA_", "PYTHON"))}
        done = subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]],
            cwd=self.folder / "empty",
            env=environment | {"NOA_DATA_DIR": str(self.folder / "data")},
            capture_output=True,
            check=False,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip("install", "--no-deps", "--no-index", wheel, python=python)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    # A folder named in a .pth file lends its packages; its own .pth files, such as an editable install's, are not read.
    (site_packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    (folder / "empty").mkdir()
    link_models(folder / "data")
    yield Installation(folder)
    shutil.rmtree(folder, ignore_errors=True)


def pip(*arguments: str | Path, python: str | Path = sys.executable) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "--disable-pip-version-check",
        *map(str, arguments),
    ]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=INSTALLING_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_has_every_file_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        packed = sorted(path for path in opened.namelist() if not path.partition("/")[0].endswith(".dist-info"))

    assert packed == shipped_files()


def test_what_is_installed_does_not_see_the_source_tree(installation: Installation) -> None:
    code = (
        "import evals, noa_rag, review_ui as r, noa_rag.settings as s; print(evals, noa_rag, r, s.Settings().knowledge)"
    )

    shown = installation.run("python", "-c", code, seconds=60)

    assert shown.count(str(installation.folder)) == 4
    assert str(REPOSITORY) not in shown


def test_installed_evaluations_write_into_the_data_folder_alone(installation: Installation) -> None:
    code = "from evals.runner.folders import FOLDERS as f; print(f.results, f.work, f.prepared)"

    results, work, prepared = installation.run("python", "-c", code, seconds=60).split()

    data = str(installation.folder / "data")
    assert (results, work, prepared) == (f"{data}/eval/results", f"{data}/eval/bases", data)


@pytest.mark.model
def test_an_installed_noa_fills_its_base_and_answers(installation: Installation) -> None:
    with vectors_kept(installation.folder / "data", "bundled"):
        ready = installation.run("noa", "setup", "--offline", seconds=FILLING_SECONDS)
    answer = json.loads(installation.run("noa", "ask", "--json", QUESTION, seconds=120))

    entry_count = sum(name.startswith(ENTRY_FOLDERS) for name in shipped_files())
    assert f"Ready: {entry_count} entries" in ready
    assert answer["status"] == "answered"
    assert "marque" in answer["entry"]["id"]
    assert answer["text"] == answer["official_text"] != ""
