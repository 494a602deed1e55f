"""`make verifier`: train the verifier anew and store it, with its figures, beside the code that uses it."""

import hashlib
import json
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

import torch
from rich.console import Console

from evals.lab.verifier.lessons import (
    LEARNED_FROM,
    Lesson,
    fiche_reading_lessons,
    follow_up_reading_lessons,
    read_ahead,
    reading_lessons,
)
from evals.lab.verifier.report import reading_figures
from evals.lab.verifier.train import train
from evals.runner.bases import WORK, opened, shared_is_there
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.errors import NoaError
from noa_rag.retrieval.model_loading import model_of
from noa_rag.retrieval.verifier.aligner import Aligner, load_aligners, save_aligners
from noa_rag.retrieval.verifier.token_cache import TokenCache
from noa_rag.retrieval.verifier.verifier import BUNDLED_VERIFIER, Verifier

SEEDS = (0, 1)  # their scores are averaged: steadier than any one of them
BYTES_KEPT = 4_000_000_000  # more than the lessons need
FOLDER = WORK.parent / "verifier"


def main() -> int:
    """Train one aligner for each seed, measure their mean, store both."""
    with reported_errors(), shown_progress() as progress:
        lessons: list[Lesson] = []
        with opened("pack", pack=True, fiches=False, progress=progress) as pack:
            cache = TokenCache(pack.index.embedder, limit=BYTES_KEPT)
            lessons += reading_lessons(pack, progress)
            lessons += follow_up_reading_lessons(pack, progress)
            if shared_is_there():
                with opened("fiches", pack=False, fiches=True, progress=progress) as noa:
                    lessons += fiche_reading_lessons(noa, progress)
            read_ahead(lessons, cache, progress)
            aligners = _trained(lessons, cache)
            figures = reading_figures(pack, Verifier(pack.index, cache, aligners))
            about = {
                "command": "make verifier",
                "model": model_of(pack.index.embedder.fingerprint),
                "data_sha256": hashlib.sha256(b"".join(path.read_bytes() for path in LEARNED_FROM)).hexdigest(),
                "lessons": str(len(lessons)),
                "figures": json.dumps(figures, ensure_ascii=False),
            }
    save_aligners(BUNDLED_VERIFIER, aligners, about)
    for name, figure in figures.items():
        print(name, figure)
    return 0


def _trained(lessons: Sequence[Lesson], cache: TokenCache) -> list[Aligner]:
    """Return an aligner of each seed, each trained in a process of its own that inherits what was read."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    forked = get_context("fork")
    processes = [forked.Process(target=_train_one, args=(lessons, cache, seed)) for seed in SEEDS]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode:
            raise NoaError(f"Training ended with code {process.exitcode}; what it said stands above.")
    return [load_aligners(_made(seed))[0] for seed in SEEDS]


def _train_one(lessons: Sequence[Lesson], cache: TokenCache, seed: int) -> None:
    console, started = Console(stderr=True), time.perf_counter()

    def watch(done: int, total: int, loss: float) -> None:
        if done % 500 == 0:
            console.print(f"seed {seed}: {done} of {total} batches, loss {loss:.3f}, {_minutes(started)}")

    torch.set_num_threads(1)  # sums in one order, so that a training can be repeated
    save_aligners(_made(seed), [train(lessons, cache, seed=seed, watch=watch)], {"seed": str(seed)})


def _made(seed: int) -> Path:
    return FOLDER / f"seed-{seed}.safetensors"


def _minutes(since: float) -> str:
    return f"{(time.perf_counter() - since) / 60:.1f} min"


if __name__ == "__main__":
    sys.exit(main())
