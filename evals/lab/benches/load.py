"""`make overload`, `make slow-connections`, `make crisis-load`: what visitors get of a service that others keep busy.

Overload: capacity is what the service answers with eight questions always under way. Then questions come at twice that
rate, whatever becomes of the others, each over a connection of its own: some are answered, the rest must be told at
once to come back. Latencies count from the moment at which a question was due. All questions are different, as those of
visitors are.

Slow connections send a header or a body byte by byte, and are opened again as soon as they are cut. The same questions
at the same rate are asked twice of one service in one run: alone, and beside them. NOA_SLOW_CONNECTIONS says how many,
1,000 by default.

The load of the crisis: the questions of 20 March 2020, 404 of them, at fifty a second for a minute. Two minutes: in the
first the service has only been asked the questions of the day before, in the second it knows these wordings as well. It
has read its entries ahead before it is asked.
"""

import asyncio
import itertools
import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import click
import httpx
from rich.console import Console

from evals.lab.benches.served import Served, fixed_rate, measured_service, percentile
from evals.lab.crisis.script import cases, opened_in_2020, read_covid_pack, stream
from evals.runner.bases import ROOT, served_base
from evals.suites.cases import SUITES, read_suite
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.knowledge.pack import read_pack

OVERLOAD_SECONDS = int(os.environ.pop("NOA_OVERLOAD_SECONDS", "30"))
UNDER_WAY = 8
WARM_UP = 30
TIMES = 2
REFUSED_MS = 100.0
TIMEOUT_SECONDS = 30
SLOW_COUNT = int(os.environ.pop("NOA_SLOW_CONNECTIONS", "1000"))
PER_SECOND, ASKING_SECONDS = 5, 60
SETTLING_SECONDS = 3  # until all slow connections are open
TRICKLE_SECONDS = 1.0
# A p95 under this is taken for this: of a few milliseconds, a hiccup of the machine is the double.
LEAST_P95_MS = 50.0
HEADER = b"GET / HTTP/1.1\r\nhost: noa\r\n"
BODY = b"POST /api/v1/ask HTTP/1.1\r\nhost: noa\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"
BODIES = [
    {"question": question, "lang": "fr"}
    for question in (
        "Comment déposer une marque ?",
        "Combien coûte un brevet ?",
        "Je veux protéger le nom de ma boutique",
        "Quels droits de douane pour importer du vin ?",
        "Comment obtenir un numéro EORI ?",
    )
]
DAY_BEFORE, PEAK = "2020-03-19", "2020-03-20"
PEAK_PER_SECOND, PEAK_SECONDS = 50, 60
PEAK_TARGET_MS = 150


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


def measure_overload(address: str, *, seconds: int) -> UnderOverload:
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


@click.group()
def main() -> None:
    """Measure what visitors notice of too many questions, or of connections that do not end."""


@main.command()
def overload() -> None:
    """Print the figures; exit with 1 where refusals took too long or anything else went wrong."""
    with shown_progress() as progress:
        settings = served_base(progress)
        with Served(measured_service(settings.data_dir)) as service:
            progress("waiting until the entries are read ahead", 0, 0)
            service.wait_until_read_ahead()
            progress("asking", 0, 0)
            outcome = measure_overload(service.address, seconds=OVERLOAD_SECONDS)
    Console(width=110).print(str(outcome))
    if not outcome.is_well():
        raise SystemExit(1)


@dataclass(slots=True)
class Slow:
    """Connections that send one byte a second, half of them in a header and half of them in a body."""

    port: int
    cut: Counter[str] = field(default_factory=Counter)
    open_count: int = 0
    most_open: int = 0

    async def hold(self, number: int) -> None:
        while True:
            kind, begun, part = ("header", HEADER, b"x") if number % 2 else ("body", BODY, b" ")
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                self.open_count += 1
                self.most_open = max(self.most_open, self.open_count)
                try:
                    writer.write(begun)
                    with suppress(ConnectionError):
                        await self._trickle(reader, writer, part)
                    self.cut[kind] += 1
                finally:
                    self.open_count -= 1
                    writer.close()
            await asyncio.sleep(0.1)

    async def _trickle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, part: bytes) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TRICKLE_SECONDS):
                    if not await reader.read(1_000):
                        return  # closed at the other side
            writer.write(part)
            await writer.drain()


@dataclass(frozen=True, slots=True)
class SlowConnectionsEffect:
    """Milliseconds of each question from its scheduled moment, without and with slow connections."""

    alone: Sequence[float]
    beside: Sequence[float]
    failed: int
    slow: Slow

    def is_within(self, times: float) -> bool:
        """Return whether nothing failed and the p95 beside slow connections is at most `times` that without them."""
        return not self.failed and percentile(self.beside, 95) <= times * max(LEAST_P95_MS, percentile(self.alone, 95))

    def __str__(self) -> str:
        return (
            f"p95 alone {percentile(self.alone, 95):.0f} ms, beside {self.slow.most_open} slow connections"
            f" {percentile(self.beside, 95):.0f} ms (median {statistics.median(self.alone):.0f} and"
            f" {statistics.median(self.beside):.0f}; {len(self.beside)} questions, {self.failed} failed;"
            f" {self.slow.cut['header']} headers and {self.slow.cut['body']} bodies were cut)"
        )


async def measure_beside_slow_ones(
    port: int, *, slow_count: int, seconds: int, alone_seconds: int | None = None
) -> SlowConnectionsEffect:
    """Ask a service on loopback at a fixed rate, alone (as long as the rest, or less) and then beside slow ones."""
    ask = partial(fixed_rate, f"http://127.0.0.1:{port}", BODIES, per_second=PER_SECOND, shares_connections=False)
    await ask(seconds=3)  # to warm up
    alone, failed = await ask(seconds=alone_seconds or seconds)
    slow = Slow(port)
    held = [asyncio.create_task(slow.hold(number)) for number in range(slow_count)]
    await asyncio.sleep(SETTLING_SECONDS)
    beside, failed_beside = await ask(seconds=seconds)
    for one in held:
        one.cancel()
    await asyncio.gather(*held, return_exceptions=True)
    return SlowConnectionsEffect(alone, beside, failed + failed_beside, slow)


@main.command()
def slow_connections() -> None:
    """Print the percentiles; exit with 1 where the p95 is more than doubled or a question failed."""
    with shown_progress() as progress:
        settings = served_base(progress)
        with Served(measured_service(settings.data_dir)) as service:
            progress("waiting until the entries are read ahead", 0, 0)
            service.wait_until_read_ahead()
            progress("asking", 0, 0)
            measured = asyncio.run(
                measure_beside_slow_ones(service.port, slow_count=SLOW_COUNT, seconds=ASKING_SECONDS)
            )
    Console(width=110).print(str(measured))
    if not measured.is_within(2):
        raise SystemExit(1)


@main.command()
def crisis() -> None:
    """Print median, 95th and 99th percentile from the scheduled moments, and how many calls failed, of each minute."""
    base = read_pack(ROOT / "knowledge")
    before, bodies = (_bodies_of(day) for day in (DAY_BEFORE, PEAK))
    with shown_progress() as progress:
        with opened_in_2020(base, progress, covid=read_covid_pack(base)) as noa:
            data_dir = noa.settings.data_dir
        with Served(measured_service(data_dir)) as service:
            progress("waiting until the entries are read ahead", 0, 0)
            service.wait_until_read_ahead()
            progress("asking", 0, 0)
            address = service.address
            asyncio.run(fixed_rate(address, before, warm_up=len(before), per_second=PEAK_PER_SECOND, seconds=0))
            for moment in ("after the day before", "the same again"):
                latencies, errors = asyncio.run(
                    fixed_rate(address, bodies, per_second=PEAK_PER_SECOND, seconds=PEAK_SECONDS)
                )
                Console(width=110).print(_told(moment, latencies, errors))


def _bodies_of(day: str) -> list[dict[str, str]]:
    asked = next(of_day for one, of_day in stream(cases()).items() if one.isoformat() == day)
    return [{"question": one.case.text, "as_of": PEAK, "lang": "fr"} for one in asked]


def _told(moment: str, latencies: Sequence[float], errors: int) -> str:
    p50, p95, p99 = (percentile(latencies, percent) for percent in (50, 95, 99))
    return (
        f"{moment}: {len(latencies)} questions at {PEAK_PER_SECOND} a second: median {p50:.0f} ms,"
        f" p95 {p95:.0f} ms (target {PEAK_TARGET_MS}), p99 {p99:.0f} ms, {errors} failed"
    )


if __name__ == "__main__":
    with reported_errors():
        main()
