"""`make slow-connections`: what visitors notice of connections that send a header or a body byte by byte.

The same questions at the same rate are asked twice of one service in one run: alone, and beside the slow connections,
which are opened again as soon as they are cut. NOA_SLOW_CONNECTIONS says how many, 1,000 by default.
"""

import asyncio
import os
import statistics
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from rich.console import Console

from evals.lab.benches.served import Served, fixed_rate, measured_service, percentile
from evals.runner.bases import served_base
from noa_rag.cli.console import reported_errors, shown_progress

COUNT = int(os.environ.pop("NOA_SLOW_CONNECTIONS", "1000"))
PER_SECOND, SECONDS = 5, 60
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


async def measure(
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


def main() -> None:
    """Print the percentiles; exit with 1 where the p95 is more than doubled or a question failed."""
    with shown_progress() as progress:
        settings = served_base(progress)
        with Served(measured_service(settings.data_dir)) as service:
            progress("waiting until the entries are read ahead", 0, 0)
            service.wait_until_read_ahead()
            progress("asking", 0, 0)
            measured = asyncio.run(measure(service.port, slow_count=COUNT, seconds=SECONDS))
    Console(width=110).print(str(measured))
    if not measured.is_within(2):
        raise SystemExit(1)


if __name__ == "__main__":
    with reported_errors():
        main()
