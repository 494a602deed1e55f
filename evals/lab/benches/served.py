"""`noa serve` on loopback as an operator runs it, its processes, load at a fixed rate, and how long calls take."""

import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from evals.runner.folders import ROOT
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Progress

START_SECONDS = 400  # ten times what a free machine takes
STOP_SECONDS = 60
CALL_SECONDS = 10
READING_AHEAD_SECONDS = 900  # of the very first start; later ones reuse what it read


def measured_service(data_dir: Path) -> dict[str, str | Path]:
    """Return the settings of a service that is measured over a prepared data folder."""
    return {"NOA_DATA_DIR": data_dir, "NOA_RATE_LIMIT": "0"}  # the rate limit is per visitor; here one address asks all


class Served:
    """A running service, started when the block begins and ended, with all of its processes, when it is left."""

    def __init__(self, settings: Mapping[str, str | Path], *, workers: int = 1, log: Path | None = None) -> None:
        """`settings` are environment variables; what the service writes goes to `log`."""
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("NOA_")}
        self._environment |= {name: str(value) for name, value in settings.items()}
        noa = str(Path(sys.executable).with_name("noa"))
        self._command = [noa, "serve", "--port", str(self.port), "--workers", str(workers)]
        self._workers = workers
        self._log = log or Path(os.devnull)
        self._process: subprocess.Popen[bytes] | None = None
        self._known: set[psutil.Process] = set()
        self.start_seconds = 0.0  # from its last start until it answered

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for process in self.left():
            process.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def begin(self) -> None:
        """Start the service without waiting for it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )

    def start(self) -> None:
        """Start the service and wait until it answers. Raises NoaError when it does not."""
        began = time.perf_counter()
        self.begin()
        wait_until(lambda: self.is_answering() or self.has_ended(), START_SECONDS)
        self.start_seconds = time.perf_counter() - began
        if self.has_ended() or not self.is_answering():
            self.stop()
            raise NoaError("noa serve did not come up; run it by hand to see why")
        if self._workers > 1:
            wait_until(lambda: sum(map(_is_worker, self.processes())) >= self._workers, START_SECONDS)
        self.processes()

    def stop(self) -> float:
        """Ask the service to end, and return the seconds that it took. Raises TimeoutExpired, and kills it then."""
        assert self._process is not None
        start = time.monotonic()
        self.tell_to_end()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        return time.monotonic() - start

    def tell_to_end(self) -> None:
        """Ask the service to end, and return at once."""
        assert self._process is not None
        self.processes()
        if not self.has_ended():
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the process that was started, and only that."""
        assert self._process is not None
        self.processes()
        self._process.kill()
        self._process.wait()

    def has_ended(self) -> bool:
        assert self._process is not None
        return self._process.poll() is not None

    def processes(self) -> dict[str, psutil.Process]:
        """Return the processes under the supervisor by name, such as `noa-worker-1`."""
        named = {}
        try:
            children = psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return {}
        for process in children:
            try:
                if process.status() != psutil.STATUS_ZOMBIE:
                    named[process.name()] = process
                    self._known.add(process)
            except psutil.NoSuchProcess:
                continue
        return {name: process for name, process in named.items() if name.startswith("noa-")}

    def left(self) -> list[psutil.Process]:
        """Return the processes ever seen under this service that still run."""
        return [process for process in self._known if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]

    def is_answering(self) -> bool:
        return self.says_ok("/health")

    def says_ok(self, path: str) -> bool:
        try:
            return httpx.get(self.address + path, timeout=CALL_SECONDS).is_success
        except httpx.HTTPError:
            return False

    def health(self) -> dict[str, Any]:
        """Return what the service says of itself. Raises HTTPError."""
        health: dict[str, Any] = httpx.get(f"{self.address}/health", timeout=CALL_SECONDS).json()
        return health

    def wait_until_read_ahead(self) -> float:
        """Return the seconds until all entries are read ahead, as `/health` says. Raises NoaError if they never are."""
        start = time.perf_counter()
        if not wait_until(lambda: self.health()["reading_ahead"] == "over", READING_AHEAD_SECONDS, every=0.2):
            raise NoaError(f"noa serve still reads its entries ahead after {READING_AHEAD_SECONDS} seconds")
        return time.perf_counter() - start

    def ask(self, question: str) -> dict[str, Any]:
        """Return the answer to a question, over a connection of its own. Raises HTTPError."""
        reply = httpx.post(
            f"{self.address}/api/v1/ask", json={"question": question, "lang": "fr"}, timeout=CALL_SECONDS
        )
        answer: dict[str, Any] = reply.raise_for_status().json()
        return answer


def _is_worker(name: str) -> bool:
    return name.startswith("noa-worker")


@contextmanager
def read_ahead(data_dir: Path, progress: Progress) -> Iterator[Served]:
    """Yield a measured service over a prepared data folder that has read its entries ahead, as one in use has."""
    with Served(measured_service(data_dir)) as service:
        progress("waiting until the entries are read ahead", 0, 0)
        service.wait_until_read_ahead()
        progress("asking", 0, 0)
        yield service


def wait_until(is_so: Callable[[], bool], seconds: float, *, every: float = 0.05) -> bool:
    """Return whether something became true in time."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(every)
    return True


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def fixed_rate(
    address: str,
    bodies: Sequence[Mapping[str, str]],
    *,
    per_second: int,
    seconds: int,
    warm_up: int = 0,
    shares_connections: bool = True,
) -> tuple[list[float], int]:
    """Return the milliseconds of each question from its scheduled moment, and how many failed.

    Questions are sent at fixed times without waiting for earlier answers: a loop that waits would hide the service's
    stalls. The first `warm_up` are asked one after the other before that, and not counted.
    """
    latencies: list[float] = []
    errors = 0

    async def ask(client: httpx.AsyncClient, number: int) -> bool:
        return (await client.post("/api/v1/ask", json=bodies[number % len(bodies)])).is_success

    async def send(client: httpx.AsyncClient, number: int, start: float) -> None:
        nonlocal errors
        scheduled = start + number / per_second
        await asyncio.sleep(max(0.0, scheduled - time.perf_counter()))
        try:
            if shares_connections:
                errors += not await ask(client, number)
            else:
                async with httpx.AsyncClient(base_url=address, timeout=30) as own:
                    errors += not await ask(own, number)
        except httpx.HTTPError:
            errors += 1
        latencies.append((time.perf_counter() - scheduled) * 1_000)

    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        for number in range(warm_up):
            await ask(client, number)
        start = time.perf_counter() + 0.1
        await asyncio.gather(*(send(client, number, start) for number in range(per_second * seconds)))
    return latencies, errors


def milliseconds(call: Callable[[], object]) -> float:
    """Return the milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1_000


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile (1 to 99) of at least two values."""
    return statistics.quantiles(values, n=100)[percent - 1]
