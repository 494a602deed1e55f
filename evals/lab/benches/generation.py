"""`make llm-bench`: how fast the bundled language model reads and writes here, with and without a grammar."""

import asyncio
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from noa_rag.cli.console import reported_errors
from noa_rag.environment import read_settings
from noa_rag.rephrasing.clients.bundled.files import prepare_bundled
from noa_rag.rephrasing.clients.bundled.llama_cpp import LlamaCpp

ROUNDS = 5
WRITTEN_TOKENS = 60
THREAD_COUNTS = (1, 2)
EXAMPLE = (
    "Question : Comment déposer une marque ? ({number})\nTexte : La marque se dépose en ligne sur le site de l'INPI, "
    "pour 190 euros et une classe de produits ; chaque classe de plus coûte 40 euros. La protection dure dix ans.\n"
    "Réponse : La marque se dépose en ligne, sur le site de l'INPI. Cela coûte 190 euros pour une classe.\n\n"
)
ASKED = "Question : Combien de temps dure la protection ? ({number})\nTexte : La protection dure dix ans.\nRéponse :"
# Any words: while decoding it costs as much as a grammar limited to an entry's words would.
GRAMMAR = 'root ::= " " word (" " word)*\nword ::= [a-zA-ZàâçéèêëîïôûùœÀÉÈ\',.0-9]+'


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """One text: seconds until its first token and in all, and llama.cpp's own counts."""

    first_token_seconds: float
    seconds: float
    timings: dict[str, float]


def main() -> None:
    """Measure and print one table: a row for each number of threads, with and without prompt cache and grammar."""
    with reported_errors():
        path = prepare_bundled(read_settings().models_dir, progress=print)
    table = Table("threads", "prompt", "grammar", "prompt tok/s", "first token s", "written tok/s", "whole text s")
    for thread_count in THREAD_COUNTS:
        _add_rows(table, path, thread_count)
    console = Console(width=120)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    console.print(f"{os.cpu_count()} cores, load {load}; medians of {ROUNDS}, up to {WRITTEN_TOKENS} tokens written")
    console.print(table)


def _add_rows(table: Table, path: Path, thread_count: int) -> None:
    llm = LlamaCpp(path, thread_count=thread_count)
    started_at = time.perf_counter()
    asyncio.run(_written(llm, "Bonjour", {"max_tokens": 1}))
    print(f"{thread_count} thread(s): loading and one token took {time.perf_counter() - started_at:.2f} s")
    for is_kept in (False, True):
        for grammar in ("", GRAMMAR):
            runs = [asyncio.run(_written(llm, *_request(number, grammar, is_kept))) for number in range(ROUNDS)]
            table.add_row(
                str(thread_count),
                f"{statistics.median(run.timings['prompt_n'] for run in runs):.0f} tokens"
                + (", head kept" if is_kept else ""),
                "words" if grammar else "none",
                *_medians(runs),
            )
    llm.close()


def _request(number: int, grammar: str, is_kept: bool) -> tuple[str, dict[str, Any]]:
    head = "".join(EXAMPLE.format(number=0 if is_kept else 10 * number + each) for each in range(4))
    options: dict[str, Any] = {"max_tokens": WRITTEN_TOKENS, "temperature": 0.0, "cache_prompt": is_kept}
    return head + ASKED.format(number=number), options | ({"grammar": grammar} if grammar else {})


async def _written(llm: LlamaCpp, prompt: str, options: dict[str, Any]) -> GeneratedText:
    started_at = time.perf_counter()
    first_at = 0.0
    timings: dict[str, float] = {}
    async for piece in await llm.astream_complete(prompt, formatted=True, **options):
        if piece.delta and not first_at:
            first_at = time.perf_counter()
        timings = piece.raw.get("timings", timings)
    return GeneratedText((first_at or time.perf_counter()) - started_at, time.perf_counter() - started_at, timings)


def _medians(runs: Sequence[GeneratedText]) -> tuple[str, ...]:
    return (
        f"{statistics.median(run.timings['prompt_per_second'] for run in runs):.0f}",
        f"{statistics.median(run.first_token_seconds for run in runs):.2f}",
        f"{statistics.median(run.timings['predicted_per_second'] for run in runs):.0f}",
        f"{statistics.median(run.seconds for run in runs):.2f}",
    )


if __name__ == "__main__":
    main()
