"""`make bench PART=slow-connections` and `PART=crisis`: how fast a service answers visitors while others keep it busy.

Slow connections send a header or a body byte by byte, and are opened again as soon as they are cut. The same questions
at the same rate are asked twice of one service in one run: alone, and beside them. NOA_SLOW_CONNECTIONS says how many,
1,000 by default.

The load of the crisis: the 404 questions of 20 March 2020, at fifty a second, for two minutes. Before the first minute
the service has only been asked the questions of the day before; before the second, these questions as well. It has read
its entries ahead before the first question.
"""

import asyncio
import os
import statistics
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import click
from rich.console import Console

from evals.lab.benches.served import fixed_rate, percentile, read_ahead
from evals.lab.crisis.script import cases, opened_in_2020, read_covid_pack, stream
from evals.runner.bases import served_base
from evals.runner.folders import ROOT
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.knowledge.pack import read_pack

SLOW_COUNT = int(os.environ.pop("NOA_SLOW_CONNECTIONS", "1000"))
PER_SECOND, ASKING_SECONDS = 5, 60
SETTLING_SECONDS = 3  # until all slow connections are open
TRICKLE_SECONDS = 1.0
# A lower p95 without slow connections counts as this one: a hiccup of the machine can double a few milliseconds.
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


@click.group()
def main() -> None:
    """Measure what visitors notice of the busiest day of a crisis, or of connections that do not end."""


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
    """Ask a service on loopback at a fixed rate: alone for `alone_seconds`, then beside slow ones for `seconds`."""
    ask = partial(fixed_rate, f"http://127.0.0.1:{port}", BODIES, per_second=PER_SECOND, shares_connections=False)
    await ask(seconds=3)  # to warm up
    alone, failed = await ask(seconds=alone_seconds or seconds)
    slow = Slow(port)
    held = [asyncio.create_task(slow.hold(number)) for number in range(slow_count)]
    await asyncio.sleep(SETTLING_SECONDS)
    beside, failed_beside = await ask(seconds=seconds)
    for connection in held:
        connection.cancel()
    await asyncio.gather(*held, return_exceptions=True)
    return SlowConnectionsEffect(alone, beside, failed + failed_beside, slow)


@main.command()
def slow_connections() -> None:
    """Print the percentiles; exit with 1 where the p95 is more than doubled or a question failed."""
    with shown_progress() as progress, read_ahead(served_base(progress).data_dir, progress) as service:
        measured = asyncio.run(measure_beside_slow_ones(service.port, slow_count=SLOW_COUNT, seconds=ASKING_SECONDS))
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
        with read_ahead(data_dir, progress) as service:
            address = service.address
            asyncio.run(fixed_rate(address, before, warm_up=len(before), per_second=PEAK_PER_SECOND, seconds=0))
            for moment in ("after the day before", "the same again"):
                latencies, errors = asyncio.run(
                    fixed_rate(address, bodies, per_second=PEAK_PER_SECOND, seconds=PEAK_SECONDS)
                )
                Console(width=110).print(_in_words(moment, latencies, errors))


def _bodies_of(day: str) -> list[dict[str, str]]:
    questions = next(of_day for moment, of_day in stream(cases()).items() if moment.isoformat() == day)
    return [{"question": question.case.text, "as_of": PEAK, "lang": "fr"} for question in questions]


def _in_words(moment: str, latencies: Sequence[float], errors: int) -> str:
    p50, p95, p99 = (percentile(latencies, percent) for percent in (50, 95, 99))
    return (
        f"{moment}: {len(latencies)} questions at {PEAK_PER_SECOND} a second: median {p50:.0f} ms,"
        f" p95 {p95:.0f} ms (target {PEAK_TARGET_MS}), p99 {p99:.0f} ms, {errors} failed"
    )


if __name__ == "__main__":
    with reported_errors():
        main()
