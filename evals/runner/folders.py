"""Where evaluations write: beside the code in a source tree, in the data folder where Noa is installed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from noa_rag.environment import read_settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Folders:
    """`results` of runs, `work` with the bases that are measured, `prepared` with the model and places they share."""

    results: Path
    work: Path
    prepared: Path


def folders(root: Path, environment: Mapping[str, str]) -> Folders:
    """Return the folders of the program in `root`, which is read-only for the service unless it is a source tree."""
    if (root / "pyproject.toml").is_file():
        work = Path(environment.get("NOA_EVAL_DIR", root / "build" / "eval"))
        return Folders(root / "evals" / "results", work, prepared=work)
    named = {name: value for name, value in environment.items() if name == "NOA_DATA_DIR"}
    data = read_settings(named).data_dir
    return Folders(data / "eval" / "results", data / "eval" / "bases", prepared=data)


FOLDERS = folders(ROOT, os.environ)
RESULTS = FOLDERS.results
# Kept between runs, so that unchanged texts are not embedded again; delete the folder for a clean measure.
WORK = FOLDERS.work
