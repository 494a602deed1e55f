"""Runs: folders with the settings of one evaluation and its outcomes, read back as they were written."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.runner.outcomes import Outcome, read_outcomes
from noa_rag.domain.errors import InvalidKnowledge, NoaError

SETTINGS_FILE = "settings.json"
HOW_TO_MAKE_ONE = "Runs are made by `noa eval run` and stand in evals/results."


class NotARun(NoaError):
    """The folder holds no run, or one that cannot be read."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one evaluation found: the settings that made it, and its outcomes by suite."""

    folder: Path
    settings: Mapping[str, object]
    outcomes: Mapping[str, Sequence[Outcome]]

    @property
    def name(self) -> str:
        return self.folder.name


def read_run(folder: Path) -> Run:
    """Return the run that a folder holds. Raises NotARun with what is missing or wrong."""
    if not folder.is_dir():
        raise NotARun(f"{folder} is not a folder. {HOW_TO_MAKE_ONE}")
    settings = _settings(folder)
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise NotARun(f"{folder} has no outcomes (<suite>.jsonl). {HOW_TO_MAKE_ONE}")
    return Run(folder.resolve(), settings, {path.stem: _outcomes(path) for path in paths})


def _settings(folder: Path) -> dict[str, object]:
    try:
        settings = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotARun(f"{folder} has no {SETTINGS_FILE}. {HOW_TO_MAKE_ONE}") from error
    except ValueError as error:
        raise NotARun(f"{folder / SETTINGS_FILE} is not JSON: {error}. Make the run again.") from error
    if not isinstance(settings, dict):
        raise NotARun(f"{folder / SETTINGS_FILE} is not a JSON object. Make the run again.")
    return settings


def _outcomes(path: Path) -> tuple[Outcome, ...]:
    try:
        outcomes = read_outcomes(path)
    except InvalidKnowledge as error:
        first, *others = error.complaints
        more = f" (and {len(others)} more)" if others else ""
        raise NotARun(f"{path.parent.name}/{first}{more}. Make the run again with this version.") from error
    counts = Counter(one.case.id for one in outcomes)
    if twice := sorted(case_id for case_id, count in counts.items() if count > 1):
        raise NotARun(f"{path} holds the case `{twice[0]}` {counts[twice[0]]} times. Make the run again.")
    return tuple(outcomes)
