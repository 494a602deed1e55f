"""Processes that are started again when they end, and that end with the process that started them.

The supervisor does nothing else: the children answer visitors, and end with the supervisor even when it is killed.
"""

import ctypes
import multiprocessing
import os
import pkgutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.context import SpawnProcess
from typing import Any

from structlog import get_logger

FIRST_WAIT_SECONDS = 0.5  # before a process that ended is started again; doubled each time it ends soon
LONGEST_WAIT_SECONDS = 30.0
SOUND_AFTER_SECONDS = 10.0  # a process that ran for so long is started again after the first wait
STOP_SECONDS = 15  # between asking processes to end and killing them
LOOK_SECONDS = 0.2
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15  # prctl(2)

_spawn = multiprocessing.get_context("spawn")


class Child:
    """One process under supervision, which calls `target` with `arguments`.

    The target is named as `module:function`: its imports take seconds, during which the process must already end with
    the supervisor.
    """

    def __init__(self, name: str, target: str, *arguments: object) -> None:
        self.name = name
        self._target = target
        self._arguments = arguments
        self._process: SpawnProcess | None = None
        self._started_at = 0.0
        self._due_at = 0.0
        self._wait_seconds = FIRST_WAIT_SECONDS

    def tend(self) -> None:
        """Start the process when it is time to; note that it has ended."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._due_at:
                self._start(now)
        elif not self._process.is_alive():
            self._note_end(now)

    def terminate(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def join(self, until: float) -> None:
        """Wait for the end of the process, and kill it at the given moment of the monotonic clock."""
        if self._process is None:
            return
        self._process.join(max(0.0, until - time.monotonic()))
        if self._process.is_alive():
            get_logger().warning("process_killed", process=self.name, pid=self._process.pid)
            self._process.kill()
            self._process.join()

    def _start(self, now: float) -> None:
        self._process = _spawn.Process(target=_run, args=(self.name, self._target, self._arguments), name=self.name)
        self._process.start()
        self._started_at = now
        get_logger().info("process_started", process=self.name, pid=self._process.pid)

    def _note_end(self, now: float) -> None:
        assert self._process is not None
        if now - self._started_at >= SOUND_AFTER_SECONDS:
            self._wait_seconds = FIRST_WAIT_SECONDS
        get_logger().error(
            "process_ended",
            process=self.name,
            pid=self._process.pid,
            exit_code=self._process.exitcode,
            again_in_seconds=self._wait_seconds,
        )
        self._process.close()
        self._process = None
        self._due_at = now + self._wait_seconds
        self._wait_seconds = min(2 * self._wait_seconds, LONGEST_WAIT_SECONDS)


def supervise(
    children: Sequence[Child],
    *,
    is_ready: Callable[[], bool] = lambda: True,
    on_ready: Callable[[], None] = lambda: None,
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Keep the processes running until SIGTERM or SIGINT, then end them.

    `on_ready` is called once, as soon as `is_ready` says so; `on_stop` when the processes were told to end. Must be
    called from the main thread.
    """
    was_ready = is_stopping = False

    def stop(*_: Any) -> None:
        nonlocal is_stopping
        is_stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        while not is_stopping:
            for child in children:
                child.tend()
            if not was_ready and is_ready():
                was_ready = True
                on_ready()
            time.sleep(LOOK_SECONDS)
    finally:
        for child in children:
            child.terminate()
        on_stop()
        until = time.monotonic() + STOP_SECONDS
        for child in children:
            child.join(until)


def _run(name: str, target: str, arguments: Sequence[Any]) -> None:
    """Run the child: it ends with the supervisor, and leaves it Ctrl+C, which a terminal sends to the whole group."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    os.setpgid(0, 0)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_NAME, f"noa-{name}".encode(), 0, 0, 0)
    # Where there is no prctl, and for a supervisor that ended before it was called.
    threading.Thread(target=_leave_with, args=(parent,), name="supervisor-watch", daemon=True).start()
    pkgutil.resolve_name(target)(*arguments)


def _leave_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
