"""The supervisor of all background work: errors are logged, retried with back-off, and reported in health."""

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from structlog import get_logger

from noa_rag.domain.errors import NoaError

# The first wait after an error, which doubles each time, and the longest: after a repair, work resumes that soon.
RETRY_SECONDS = (0.5, 30.0)
STOP_SECONDS = 10.0  # for all tasks together; threads are daemons, so a stuck one never keeps a process alive
_log = get_logger()

Work = Callable[[], object]


class TaskState(StrEnum):
    """What a task is doing."""

    WORKING = "working"
    RESTING = "resting"
    RETRYING = "retrying"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class TaskReport:
    """A task as it stands. `error` is the kind of its last error, without its words: they may name paths or hosts."""

    name: str
    state: TaskState
    last_success_at: datetime | None = None
    failing_since: datetime | None = None
    failure_count: int = 0
    error: str = ""
    advice: str = ""


class Background:
    """Named tasks, each in a thread of its own until `stop`; no error ends one."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._tasks: dict[str, _Task] = {}
        self._turn = threading.Lock()

    def every(
        self,
        seconds: float,
        name: str,
        work: Work,
        *,
        retry_seconds: tuple[float, float] = RETRY_SECONDS,
        rest_times: float = 0.0,
        advice: str = "",
    ) -> None:
        """Do some work at once, and again `seconds` after it was done, or `rest_times` as long as it took if longer.

        After errors it retries with back-off: the wait doubles from the first of `retry_seconds` up to the second.
        `advice` tells in public what a person can do while the task fails.
        """
        self._start(
            _Task(
                name,
                work,
                self.stopping,
                period=seconds,
                retry_seconds=retry_seconds,
                rest_times=rest_times,
                advice=advice,
            )
        )

    def until_done(self, name: str, work: Work) -> None:
        """Do some work once, and retry it after an error."""
        self._start(_Task(name, work, self.stopping))

    def reports(self) -> list[TaskReport]:
        """Return every task as it stands, in the order they were begun."""
        with self._turn:
            return [task.report for task in self._tasks.values()]

    def failing(self) -> list[TaskReport]:
        """Return the tasks whose last attempt failed."""
        return [report for report in self.reports() if report.failure_count]

    def is_at_work(self, name: str) -> bool:
        """Whether there is a task of this name that is not over."""
        return any(report.name == name and report.state is not TaskState.OVER for report in self.reports())

    def stop(self) -> None:
        """End every task and wait for it; what is begun afterwards never starts."""
        self.stopping.set()
        deadline = time.monotonic() + STOP_SECONDS
        with self._turn:
            threads = [task.thread for task in self._tasks.values()]
        for thread in threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))

    def _start(self, task: "_Task") -> None:
        with self._turn:
            if task.report.name in self._tasks:
                raise ValueError(f"There is a task called {task.report.name} already.")
            if not self.stopping.is_set():
                self._tasks[task.report.name] = task
                task.thread.start()


class _Task:
    """One task; `report` is replaced as a whole, so that readers never see half of it."""

    def __init__(
        self,
        name: str,
        work: Work,
        stopping: threading.Event,
        *,
        period: float | None = None,
        retry_seconds: tuple[float, float] = RETRY_SECONDS,
        rest_times: float = 0.0,
        advice: str = "",
    ) -> None:
        self._work = work
        self._period = period
        self._retry_seconds = retry_seconds
        self._rest_times = rest_times
        self._stopping = stopping
        self.report = TaskReport(name, TaskState.WORKING, advice=advice)
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            wait = self._attempt()
            if wait is None:
                break
            self._stopping.wait(wait)
        self._note(state=TaskState.OVER)

    def _attempt(self) -> float | None:
        """Do the work once; return the seconds to wait before the next time, None when it is done for good."""
        self._note(state=TaskState.WORKING)
        start = time.monotonic()
        try:
            self._work()
        except BaseException as error:  # a panic of Chroma's Rust core is no Exception, and would end the thread too
            return self._failed(error)
        if self.report.failure_count:
            _log.info("background_task_recovered", task=self.report.name, failures=self.report.failure_count)
        self._note(
            state=TaskState.RESTING,
            last_success_at=datetime.now(UTC),
            failing_since=None,
            failure_count=0,
            error="",
        )
        return None if self._period is None else max(self._period, self._rest_times * (time.monotonic() - start))

    def _failed(self, error: BaseException) -> float:
        count, (first, longest) = self.report.failure_count + 1, self._retry_seconds
        wait = min(longest, first * 2.0 ** min(count - 1, 30))
        self._note(
            state=TaskState.RETRYING,
            failing_since=self.report.failing_since or datetime.now(UTC),
            failure_count=count,
            error=kind_of(error),
        )
        _log.warning(
            "background_task_failed",
            task=self.report.name,
            error=str(error) if isinstance(error, NoaError) else kind_of(error),  # others may quote a question
            failures=count,
            retry_seconds=wait,
            places="" if isinstance(error, NoaError) else "".join(traceback.format_tb(error.__traceback__)),
        )
        return wait

    def _note(self, **changes: Any) -> None:
        self.report = replace(self.report, **changes)


def kind_of(error: BaseException) -> str:
    """Return the types of an error and of its causes: enough to know where to look, without their messages."""
    cause = error.__cause__
    return type(error).__name__ + (f" ({type(cause).__name__})" if cause is not None else "")
