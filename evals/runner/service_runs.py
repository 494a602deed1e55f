"""Runs inside a service: on its own Noa, beside the visitors, kept beneath its data folder."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from evals.metrics.figure import Figure
from evals.runner.evaluate import broken, read_gates
from evals.runner.running import FIGURES, Result, run_suites
from evals.runner.runs import SETTINGS_FILE, NotARun
from evals.suites.suite_list import Suite
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Progress
from noa_rag.service.noa import Noa

FOLDER = "evaluations"
REST_SHARE = 1.0  # of the time since the last case, spent asleep: visitors get the interpreter half of the time
LONGEST_REST_SECONDS = 0.2
NICENESS = 10
UNDER_WAY = ".under-way"
_NAME_FORMAT = "%Y-%m-%dT%H-%M-%S"


class Cancelled(NoaError):
    """Somebody stopped the run; nothing is kept of it."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as a list shows it; `suites` counts cases. `broken_count` is None where figures are missing."""

    name: str
    made_at: str
    suites: Mapping[str, int]
    model: str
    entry_count: int
    calibration: str
    broken_count: int | None


class ServiceRuns:
    """The runs of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.home = data_dir / FOLDER

    def new_name(self) -> str:
        """Return the name of a run that starts now."""
        return datetime.now(UTC).astimezone().strftime(_NAME_FORMAT)

    def folder(self, name: str) -> Path:
        """Return the folder of a finished run. Raises NotARun for anything else, paths that lead elsewhere included."""
        folder = self.home / name
        if not _is_name(name) or not (folder / SETTINGS_FILE).is_file():
            raise NotARun(f"There is no run `{name}`.")
        return folder

    def list(self) -> list[RunSummary]:
        """Return the finished runs, the newest first; folders that hold none are left out."""
        names = sorted((path.name for path in self.home.glob("*/") if _is_name(path.name)), reverse=True)
        return [summary for name in names if (summary := _summary(self.home / name)) is not None]

    def run(self, noa: Noa, suites: Sequence[Suite], *, progress: Progress) -> Result:
        """Ask suites of the service's own base, unrecorded, giving way to visitors. Raises Cancelled.

        One run at a time. It is listed once it is complete; an unfinished one is deleted.
        """
        work = self._under_way / self.new_name()
        shutil.rmtree(self._under_way, ignore_errors=True)
        work.mkdir(parents=True)
        _give_way()
        try:
            result = run_suites(noa, suites, work, progress=_resting(progress, self._mark.exists))
            work.rename(self.home / work.name)
        finally:
            shutil.rmtree(self._under_way, ignore_errors=True)
        return Result(self.home / work.name, result.sections, result.broken, result.has_report, result.strangers)

    def cancel(self) -> None:
        """Ask the run that is under way to stop, whichever worker it runs in."""
        if self._under_way.is_dir():
            self._mark.touch()

    @property
    def _under_way(self) -> Path:
        return self.home / UNDER_WAY

    @property
    def _mark(self) -> Path:
        return self._under_way / "cancel"


def read_figures(folder: Path) -> dict[str, list[Figure]]:
    """Return the figures of a run by suite; nothing where they were not computed, or cannot be read."""
    try:
        return msgspec.json.decode((folder / FIGURES).read_bytes(), type=dict[str, list[Figure]])
    except (OSError, msgspec.MsgspecError):
        return {}


def _summary(folder: Path) -> RunSummary | None:
    try:
        settings = msgspec.json.decode((folder / SETTINGS_FILE).read_bytes(), type=_Settings)
    except (OSError, msgspec.MsgspecError):
        return None
    measured = read_figures(folder)
    return RunSummary(
        name=folder.name,
        made_at=settings.made_at,
        suites={name: suite.cases for name, suite in settings.suites.items()},
        model=settings.model,
        entry_count=settings.base.entries,
        calibration=settings.calibration.sha256,
        broken_count=len(broken(measured, read_gates())) if measured else None,
    )


def _resting(progress: Progress, is_cancelled: Callable[[], bool]) -> Progress:
    """Return a progress report that sleeps between cases, and stops the run when somebody asked for it."""
    last = time.perf_counter()

    def report(doing: str, done: int, total: int) -> None:
        nonlocal last
        if is_cancelled():
            raise Cancelled("The run was stopped; nothing is kept of it.")
        progress(doing, done, total)
        time.sleep(min(LONGEST_REST_SECONDS, REST_SHARE * (time.perf_counter() - last)))
        last = time.perf_counter()

    return report


def _give_way() -> None:
    """Lower the priority of this thread alone, where the system has priorities per thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _is_name(name: str) -> bool:
    return bool(name) and not name.startswith(".") and all(char.isalnum() or char in "-_." for char in name)


class _Counted(msgspec.Struct):
    cases: int = 0


class _Base(msgspec.Struct):
    entries: int = 0


class _Calibration(msgspec.Struct):
    sha256: str = ""


class _Settings(msgspec.Struct):
    """What the list shows of a run's settings; the rest is read with the run."""

    made_at: str = ""
    model: str = ""
    base: _Base = msgspec.field(default_factory=_Base)
    calibration: _Calibration = msgspec.field(default_factory=_Calibration)
    suites: dict[str, _Counted] = msgspec.field(default_factory=dict)
