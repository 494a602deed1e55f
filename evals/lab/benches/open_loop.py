"""`make overload`, `make soak`: a service that is asked at a fixed rate, without waiting for its answers.

Overload: capacity is the rate at which the service answers with eight questions always under way. Then questions come
at half, once and twice that rate, each over a connection of its own: some are answered, the rest must be refused at
once with Retry-After. Latencies count from the moment at which a question was due. All questions are different, as
those of visitors are.

Soak: 10,000 questions as fast as they are answered fill the caches, then questions come at a rate that two cores bear
for half an hour. The total memory of the service's processes is read every few seconds; its slope over that half hour
is printed in megabytes an hour.
"""

import asyncio
import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import click
import httpx
import numpy as np
import psutil
from rich.console import Console

from evals.lab.benches.served import Served, percentile, read_ahead
from evals.runner.bases import served_base
from evals.suites.cases import SUITES, read_suite
from noa_rag.cli.console import reported_errors, shown_progress

OVERLOAD_SECONDS = int(os.environ.pop("NOA_OVERLOAD_SECONDS", "30"))
UNDER_WAY = 8
WARM_UP = 30
TIMES = (0.5, 1.0, 2.0)  # multiples of the capacity
REFUSED_MS = 100.0
TIMEOUT_SECONDS = 30
SOAK_MINUTES = float(os.environ.pop("NOA_SOAK_MINUTES", "30"))
SOAK_PER_SECOND = 5.0
SOAK_WARM_UP = 10_000  # questions; caches hold 4,096, and the allocator's areas go on growing for as many again
LOOK_SECONDS = 5.0
TOLD = 12  # memory readings that are printed
SLOPE_MB = 2.0  # an hour
SEED = 15


@dataclass(slots=True)
class OpenLoop:
    """Milliseconds from when a question was due until it was answered or refused, and counts of other outcomes."""

    rate: float
    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)

    def is_well(self) -> bool:
        """Whether each question was answered or refused with Retry-After, 95 % of the refusals within 100 ms."""
        return not self.others and (len(self.refused) < 2 or percentile(self.refused, 95) <= REFUSED_MS)

    def __str__(self) -> str:
        told = [f"at {self.rate:.0f} a second"]
        for what, values in (("answered", self.answered), ("sent away with Retry-After", self.refused)):
            if len(values) > 1:
                p50, p95, p99 = (percentile(values, percent) for percent in (50, 95, 99))
                told.append(f"{len(values)} {what}: median {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms")
        return "; ".join([*told, f"{sum(self.others.values())} otherwise {dict(self.others)}"])


def measure_overload(address: str, *, seconds: int) -> tuple[float, list[OpenLoop]]:
    """Return the capacity of a service, and the outcomes at half, once and twice that rate, for `seconds` each."""
    return asyncio.run(_measure(address, seconds))


async def _measure(address: str, seconds: int) -> tuple[float, list[OpenLoop]]:
    bodies, outcomes = _bodies(), []
    async with _visitor(address) as client:
        await _closed_loop(client, itertools.islice(bodies, WARM_UP), 1)
        capacity = await _capacity(client, bodies, seconds / 2)
        for times in TIMES:
            outcomes.append(OpenLoop(times * capacity))
            await _asked_at_a_rate(client, bodies, outcomes[-1], seconds)
    return capacity, outcomes


def _visitor(address: str) -> httpx.AsyncClient:
    """Return a client that opens a connection for each question."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS, limits=limits)


async def _asked_at_a_rate(
    client: httpx.AsyncClient, bodies: Iterator[Mapping[str, str]], outcome: OpenLoop, seconds: float
) -> None:
    start = time.perf_counter() + 0.1
    due = [start + number / outcome.rate for number in range(int(outcome.rate * seconds))]
    await asyncio.gather(*(_send(client, next(bodies), at, outcome) for at in due))


async def _capacity(client: httpx.AsyncClient, bodies: Iterator[Mapping[str, str]], seconds: float) -> float:
    until, start = time.perf_counter() + seconds, time.perf_counter()
    count = await _closed_loop(client, itertools.takewhile(lambda _: time.perf_counter() < until, bodies), UNDER_WAY)
    return count / (time.perf_counter() - start)


async def _closed_loop(client: httpx.AsyncClient, bodies: Iterator[Mapping[str, str]], under_way: int) -> int:
    """Return how many questions were answered, with `under_way` of them always in flight."""

    async def ask() -> int:
        count = 0
        for body in bodies:
            count += (await client.post("/api/v1/ask", json=body)).is_success
        return count

    return sum(await asyncio.gather(*(ask() for _ in range(under_way))))


async def _send(client: httpx.AsyncClient, body: Mapping[str, str], due: float, outcome: OpenLoop) -> None:
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    try:
        reply = await client.post("/api/v1/ask", json=body)
    except httpx.HTTPError as error:
        outcome.others[type(error).__name__] += 1
        return
    milliseconds = (time.perf_counter() - due) * 1_000
    if reply.is_success:
        outcome.answered.append(milliseconds)
    elif reply.status_code == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" in reply.headers:
        outcome.refused.append(milliseconds)
    else:
        outcome.others[str(reply.status_code)] += 1


def _bodies() -> Iterator[Mapping[str, str]]:
    """Yield questions of our suites endlessly, mixed as visitors' are, and never the same words twice."""
    cases = [case for name in ("retrieval", "near_miss") for case in read_suite(SUITES / f"{name}.jsonl")]
    asked = [case.question for case in random.Random(SEED).sample(cases, len(cases))]
    for again in itertools.count():
        for question in asked:
            yield {"question": question + (f" ({again})" if again else ""), "lang": "fr"}


@dataclass(frozen=True, slots=True)
class Soak:
    """The result of a soak: megabytes before its first question, outcomes, and megabytes at each second."""

    first: float
    asked: OpenLoop
    memory: Sequence[tuple[float, float]]

    @property
    def slope(self) -> float:
        """Return by how many megabytes an hour memory grew once caches were full, by least squares."""
        seconds, megabytes = np.array(self.memory).T
        return float(np.polyfit(seconds / 3_600, megabytes, 1)[0])

    def __str__(self) -> str:
        step = max(1, len(self.memory) // TOLD)
        course = ", ".join(f"{megabytes:.0f}" for _, megabytes in (*self.memory[::step], self.memory[-1]))
        return (
            f"{self.first:.0f} MB before the first question; after the warm-up {self.memory[-1][0] / 60:.0f} minutes:"
            f" {course} MB at equal distances, {self.slope:+.1f} MB an hour; {self.asked}"
        )


async def measure_soak(
    service: Served, *, minutes: float, per_second: float = SOAK_PER_SECOND, warm_up: int = SOAK_WARM_UP
) -> Soak:
    """Fill the caches, ask a service at a fixed rate, and read the total memory of its processes every few seconds."""
    outcome, memory, bodies = OpenLoop(per_second), list[tuple[float, float]](), _bodies()
    first = _megabytes(service)

    async def look() -> None:
        while True:
            memory.append((time.perf_counter() - start, _megabytes(service)))
            await asyncio.sleep(min(LOOK_SECONDS, 6 * minutes))

    async with _visitor(service.address) as client:
        await _closed_loop(client, itertools.islice(bodies, warm_up), UNDER_WAY)
        start = time.perf_counter()
        looking = asyncio.create_task(look())
        await _asked_at_a_rate(client, bodies, outcome, 60 * minutes)
    looking.cancel()
    memory.append((time.perf_counter() - start, _megabytes(service)))
    return Soak(first, outcome, memory)


def _megabytes(service: Served) -> float:
    ones = [psutil.Process(service.pid), *psutil.Process(service.pid).children(recursive=True)]
    return sum(float(one.memory_full_info().uss) for one in ones) / 1e6


@click.group()
def main() -> None:
    """Ask a service at a fixed rate."""


@main.command()
def overload() -> None:
    """Print the figures; exit with 1 where refusals took too long or anything else went wrong."""
    with shown_progress() as progress, read_ahead(served_base(progress).data_dir, progress) as service:
        capacity, outcomes = measure_overload(service.address, seconds=OVERLOAD_SECONDS)
    console = Console(width=110)
    console.print(f"{capacity:.0f} questions a second are answered")
    for outcome in outcomes:
        console.print(str(outcome))
    if not all(one.is_well() for one in outcomes):
        raise SystemExit(1)


@main.command()
def soak() -> None:
    """Print how memory went; exit with 1 where it grows by more than two megabytes an hour or a question failed."""
    with shown_progress() as progress, read_ahead(served_base(progress).data_dir, progress) as service:
        outcome = asyncio.run(measure_soak(service, minutes=SOAK_MINUTES))
    Console(width=110).print(str(outcome))
    if outcome.slope > SLOPE_MB or outcome.asked.others:
        raise SystemExit(1)


if __name__ == "__main__":
    with reported_errors():
        main()
