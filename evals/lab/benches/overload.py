"""`make overload`: what visitors get at twice the questions that the service can answer.

Capacity is what it answers with eight questions always under way. Then questions come at twice that rate, whatever
becomes of the others, each over a connection of its own: some are answered, the rest must be told at once to come back.
Latencies count from the moment at which a question was due. All questions are different, as those of visitors are.
"""

import asyncio
import itertools
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from rich.console import Console

from evals.lab.benches.served import Served, measured_service, percentile
from evals.runner.bases import served_base
from evals.suites.cases import SUITES, read_suite
from noa_rag.cli.console import reported_errors, shown_progress

SECONDS = int(os.environ.pop("NOA_OVERLOAD_SECONDS", "30"))
UNDER_WAY = 8
WARM_UP = 30
TIMES = 2
REFUSED_MS = 100.0
TIMEOUT_SECONDS = 30


@dataclass(slots=True)
class UnderOverload:
    """Milliseconds of each question that was answered and of each that was sent away, from when it was due."""

    capacity: float
    rate: float
    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)

    def is_well(self) -> bool:
        """Whether each question was answered or sent away with Retry-After, 95 % of these within 100 ms."""
        return not self.others and len(self.refused) > 1 and percentile(self.refused, 95) <= REFUSED_MS

    def __str__(self) -> str:
        told = [f"{self.capacity:.0f} questions a second are answered; at {self.rate:.0f} a second"]
        for what, values in (("answered", self.answered), ("sent away with Retry-After", self.refused)):
            if len(values) > 1:
                p50, p95, p99 = (percentile(values, percent) for percent in (50, 95, 99))
                told.append(f"{len(values)} {what}: median {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms")
        return "; ".join([*told, f"{sum(self.others.values())} otherwise {dict(self.others)}"])


def measure(address: str, *, seconds: int) -> UnderOverload:
    """Find the capacity of a service, then ask twice as much of it for so many seconds."""
    return asyncio.run(_measure(address, seconds))


async def _measure(address: str, seconds: int) -> UnderOverload:
    bodies = _bodies()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS, limits=limits) as client:
        await _closed_loop(client, itertools.islice(bodies, WARM_UP), 1)
        capacity = await _capacity(client, bodies, seconds / 2)
        outcome = UnderOverload(capacity, TIMES * capacity)
        start = time.perf_counter() + 0.1
        due = [start + number / outcome.rate for number in range(int(outcome.rate * seconds))]
        await asyncio.gather(*(_send(client, next(bodies), at, outcome) for at in due))
    return outcome


async def _capacity(client: httpx.AsyncClient, bodies: Iterator[Mapping[str, str]], seconds: float) -> float:
    until, start = time.perf_counter() + seconds, time.perf_counter()
    count = await _closed_loop(client, itertools.takewhile(lambda _: time.perf_counter() < until, bodies), UNDER_WAY)
    return count / (time.perf_counter() - start)


async def _closed_loop(client: httpx.AsyncClient, bodies: Iterator[Mapping[str, str]], under_way: int) -> int:
    """Return how many were answered, with so many always under way."""

    async def ask() -> int:
        count = 0
        for body in bodies:
            count += (await client.post("/api/v1/ask", json=body)).is_success
        return count

    return sum(await asyncio.gather(*(ask() for _ in range(under_way))))


async def _send(client: httpx.AsyncClient, body: Mapping[str, str], due: float, outcome: UnderOverload) -> None:
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
    """Yield questions of our suites for ever, never twice in the same words."""
    asked: Sequence[str] = [
        case.question for name in ("retrieval", "near_miss") for case in read_suite(SUITES / f"{name}.jsonl")
    ]
    for number in itertools.count():
        again = number // len(asked)
        yield {"question": asked[number % len(asked)] + (f" ({again})" if again else ""), "lang": "fr"}


def main() -> None:
    """Print the figures; exit with 1 where refusals took too long or anything else went wrong."""
    with shown_progress() as progress:
        settings = served_base(progress)
        with Served(measured_service(settings.data_dir)) as service:
            progress("waiting until the entries are read ahead", 0, 0)
            service.wait_until_read_ahead()
            progress("asking", 0, 0)
            outcome = measure(service.address, seconds=SECONDS)
    Console(width=110).print(str(outcome))
    if not outcome.is_well():
        raise SystemExit(1)


if __name__ == "__main__":
    with reported_errors():
        main()
