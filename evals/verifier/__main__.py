"""`make verifier`: train the verifier anew and store it, with its figures, beside the code that uses it."""

import hashlib
import json
import sys
import time

import torch
from rich.console import Console

from evals.bases import opened
from evals.verifier.lessons import READING, SHARED_OUT, reading_lessons
from evals.verifier.report import reading_figures
from evals.verifier.train import train
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.retrieval.verifier.aligner import save_aligners
from noa_rag.retrieval.verifier.token_cache import TokenCache
from noa_rag.retrieval.verifier.verifier import BUNDLED_VERIFIER, Verifier

SEEDS = (0, 1)  # their scores are averaged: steadier than any one of them
BYTES_KEPT = 4_000_000_000  # more than the lessons need


def main() -> int:
    """Train one aligner for each seed, measure their mean, store both."""
    torch.set_num_threads(1)  # sums in one order, so that a training can be repeated
    console = Console(stderr=True)
    with (
        reported_errors(),
        shown_progress() as progress,
        opened("pack", pack=True, fiches=False, progress=progress) as noa,
    ):
        lessons = reading_lessons(noa, progress)
        cache = TokenCache(noa.index.embedder, limit=BYTES_KEPT)
        started, aligners = time.perf_counter(), []
        for seed in SEEDS:

            def watch(done: int, total: int, loss: float, seed: int = seed) -> None:
                progress(f"training, seed {seed}", done, total)
                if done % 500 == 0:
                    console.print(f"seed {seed}: {done} of {total} batches, loss {loss:.3f}, {_minutes(started)}")

            aligners.append(train(lessons, cache, seed=seed, watch=watch))
        figures = reading_figures(noa, Verifier(noa.index, cache, aligners))
        about = {
            "command": "make verifier",
            "model": noa.index.embedder.fingerprint.split("-int8")[0],
            "data_sha256": hashlib.sha256(b"".join(path.read_bytes() for path in (*SHARED_OUT, READING))).hexdigest(),
            "lessons": str(len(lessons)),
            "figures": json.dumps(figures, ensure_ascii=False),
        }
    save_aligners(BUNDLED_VERIFIER, aligners, about)
    for name, figure in figures.items():
        print(name, figure)
    return 0


def _minutes(since: float) -> str:
    return f"{(time.perf_counter() - since) / 60:.1f} min"


if __name__ == "__main__":
    sys.exit(main())
