"""`make bench`: speed and memory in one run, over the pack and over pack plus fiches; compare ratios, not runs."""

import asyncio
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click
import httpx
import psutil
from rich.console import Console
from rich.table import Table

from evals.lab.benches.served import Served, fixed_rate, measured_service, milliseconds, percentile
from evals.runner.bases import opened, shared_is_there
from evals.suites.cases import SUITES, read_suite
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.ports import Progress
from noa_rag.domain.question import Ask

ARRIVALS_PER_SECOND = 30
HTTP_SECONDS = 20
SUSTAINED_SECONDS = 10
SUSTAINED_CLIENTS = 8
WARM_UP = 20
QUESTIONS = 600  # asked in process, then over HTTP of a service that has just started: new wordings to both
QUESTIONS_SUSTAINED = 300  # the last ones asked; a service caches the matches of twice as many
RATIO_TARGET = 2.5
MEMORY_TARGET_MB = 900


@dataclass(frozen=True, slots=True)
class ServiceSpeed:
    """The figures of one base; times in milliseconds unless their names say otherwise."""

    name: str
    embedding: Sequence[float]
    in_process: Sequence[float]
    http: Sequence[float]
    http_errors: int
    per_second: float
    start_seconds: float
    ahead_seconds: float
    memory_mb: float


@click.command()
@click.option("--without-fiches", is_flag=True, help="The pack alone: five minutes instead of fifteen.")
def main(without_fiches: bool) -> None:
    """Measure and print one table, with the index build."""
    console = Console(width=120)
    with reported_errors(), shown_progress() as progress:
        measured = [_measure("pack", fiches=False, progress=progress)]
        if shared_is_there() and not without_fiches:
            measured.append(_measure("both", fiches=True, progress=progress))
        rates = _index_build(progress)
    console.print(f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB")
    table = Table("figure", *(_title(measured_speed) for measured_speed in measured), "target")
    for label, show, target in _ROWS:
        table.add_row(label, *(show(measured_speed) for measured_speed in measured), target)
    table.add_row("index build, passages embedded a second", f"{rates[0]:.0f}", *[""] * (len(measured) - 1), "")
    table.add_row("index build, texts a second once embedded", f"{rates[1]:.0f}", *[""] * (len(measured) - 1), "")
    console.print(table)


def _title(speed: ServiceSpeed) -> str:
    return "pack" if speed.name == "pack" else "pack plus fiches"


_ROWS: tuple[tuple[str, Callable[[ServiceSpeed], str], str], ...] = (
    ("bare embedding call, median ms", lambda speed: f"{statistics.median(speed.embedding):.1f}", ""),
    ("whole in-process answer, median ms", lambda speed: f"{statistics.median(speed.in_process):.1f}", ""),
    ("whole in-process answer, p95 ms", lambda speed: f"{percentile(speed.in_process, 95):.1f}", ""),
    (
        "ratio of the medians",
        lambda speed: f"{statistics.median(speed.in_process) / statistics.median(speed.embedding):.2f}",
        f"at most {RATIO_TARGET}",
    ),
    (f"HTTP at {ARRIVALS_PER_SECOND} a second, p50 ms", lambda speed: f"{percentile(speed.http, 50):.1f}", ""),
    (f"HTTP at {ARRIVALS_PER_SECOND} a second, p95 ms", lambda speed: f"{percentile(speed.http, 95):.1f}", ""),
    (f"HTTP at {ARRIVALS_PER_SECOND} a second, p99 ms", lambda speed: f"{percentile(speed.http, 99):.1f}", ""),
    ("HTTP errors", lambda speed: str(speed.http_errors), "0"),
    (
        f"sustained answers a second, {SUSTAINED_CLIENTS} clients, wordings met before",
        lambda speed: f"{speed.per_second:.0f}",
        "",
    ),
    ("start-up, seconds", lambda speed: f"{speed.start_seconds:.1f}", "at most 10"),
    (
        "entries read ahead after a start, when they are on disk, seconds",
        lambda speed: f"{speed.ahead_seconds:.1f}",
        "",
    ),
    ("resident memory after the load, MB", lambda speed: f"{speed.memory_mb:.0f}", f"at most {MEMORY_TARGET_MB}"),
)


def _measure(name: str, *, fiches: bool, progress: Progress) -> ServiceSpeed:
    cases = [case for suite in ("answering", "retrieval") for case in read_suite(SUITES / f"{suite}.jsonl")]
    questions = list(dict.fromkeys(case.question for case in cases if len(case.question) > 3))
    questions = [question for question in questions if any(char.isalnum() for char in question)][: QUESTIONS + WARM_UP]
    with opened(name, pack=True, fiches=fiches, progress=progress) as noa:
        progress(f"reading entries ahead ({name})", 0, 0)
        noa.read_ahead()
        progress(f"asking in process ({name})", 0, 0)
        embedding, in_process = [], []
        for number, question in enumerate(questions):
            # In turns, so that what else the machine does weighs on both alike.
            bare = milliseconds(lambda text=question: noa.index.embedder.embed_queries([text]))  # type: ignore[misc]
            whole = milliseconds(lambda text=question: noa.ask(Ask(text)))  # type: ignore[misc]
            if number >= WARM_UP:
                embedding.append(bare)
                in_process.append(whole)
        data_dir = noa.settings.data_dir
    progress(f"asking over HTTP ({name})", 0, 0)
    bodies = [{"question": question} for question in questions]
    with Served(measured_service(data_dir)) as service:
        ahead_seconds = service.wait_until_read_ahead()
        http, errors = asyncio.run(
            fixed_rate(service.address, bodies, warm_up=WARM_UP, per_second=ARRIVALS_PER_SECOND, seconds=HTTP_SECONDS)
        )
        per_second = asyncio.run(_sustained(service.address, questions[-QUESTIONS_SUSTAINED:]))
        memory = psutil.Process(service.pid).memory_info().rss / 1_000_000
    return ServiceSpeed(
        name, embedding, in_process, http, errors, per_second, service.start_seconds, ahead_seconds, memory
    )


async def _sustained(address: str, questions: Sequence[str]) -> float:
    """Return answers per second while a few clients ask without pause."""
    deadline = time.perf_counter() + SUSTAINED_SECONDS
    answered = 0

    async def ask_on(client: httpx.AsyncClient, offset: int) -> None:
        nonlocal answered
        number = offset
        while time.perf_counter() < deadline:
            reply = await client.post("/api/v1/ask", json={"question": questions[number % len(questions)]})
            answered += reply.is_success
            number += SUSTAINED_CLIENTS

    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        await asyncio.gather(*(ask_on(client, offset) for offset in range(SUSTAINED_CLIENTS)))
    return answered / SUSTAINED_SECONDS


def _index_build(progress: Progress) -> tuple[float, float]:
    """Return passages embedded a second, and texts a second put into an index whose vectors are kept."""
    from noa_rag.retrieval.passages import Kind

    progress("building the index", 0, 0)
    with opened("pack", pack=True, fiches=False, progress=progress) as noa:
        texts = noa.index.snapshot.texts
        passages = [text.embedded_text for text in texts if text.kind is Kind.PASSAGE]
        embedded = milliseconds(lambda: noa.index.embedder.embed_passages(passages)) / 1_000
        _, versions = noa.records.changed_since(-1)
        index = noa.index.beside()
        built = milliseconds(lambda: index.refresh(lambda revision: (revision + 1, versions))) / 1_000
    return len(passages) / embedded, len(texts) / built


if __name__ == "__main__":
    main()
