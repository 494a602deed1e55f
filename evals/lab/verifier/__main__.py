"""`make verifier`: train the verifier anew and store it, with its figures, beside the code that uses it.

With `--carry-over` the stored one is kept, and reads with the present encoder: see `carry_over`.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import onnx
import torch
from rich.console import Console

from evals.calibration.asking import AskedCase, ask_hidden, ask_with
from evals.lab.verifier.network import AlignerNetwork, Mean, export_aligners, load_aligner, save_aligner
from evals.lab.verifier.training import (
    LEARNED_FROM,
    Lesson,
    fiche_reading_lessons,
    follow_up_reading_lessons,
    read_ahead,
    reading_lessons,
    train,
)
from evals.metrics.confidence import auroc
from evals.runner.bases import opened, shared_is_there
from evals.runner.folders import WORK
from evals.suites.cases import CaseKind, digest_of, read_suite
from evals.suites.splits import CONFIDENCE_ONLY, SHARED_OUT, is_withheld, teaches_reading
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.errors import NoaError
from noa_rag.retrieval.bundled_model.unpacking import model_name
from noa_rag.retrieval.model_loading import model_of
from noa_rag.retrieval.reranker import Reranker
from noa_rag.retrieval.verifier.token_cache import TokenCache
from noa_rag.retrieval.verifier.verifier import BUNDLED_VERIFIER, Verifier
from noa_rag.service.noa import Noa

SEEDS = (0, 1)  # their scores are averaged
BYTES_KEPT = 4_000_000_000  # more than the lessons need
FOLDER = WORK.parent / "verifier"


def main() -> int:
    """Train one aligner for each seed, measure their mean, store both."""
    if "--carry-over" in sys.argv[1:]:
        carry_over()
        return 0
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
            figures = reading_figures(pack, Verifier(pack.index, cache, Mean(aligners)), figure_questions(pack))
            about = {
                "command": "make verifier",
                "model": model_of(pack.index.embedder.fingerprint),
                "data_sha256": digest_of(LEARNED_FROM),
                "lessons": str(len(lessons)),
                "figures": json.dumps(figures, ensure_ascii=False),
            }
    export_aligners(BUNDLED_VERIFIER, aligners, about)
    for name, figure in figures.items():
        print(name, figure)
    return 0


def carry_over() -> None:
    """Let the stored verifier read with the present encoder, a further training of the one that it learned with.

    Spares an hour of training: calibrate afterwards, and compare.
    """
    network = onnx.load(BUNDLED_VERIFIER)
    (model,) = (entry for entry in network.metadata_props if entry.key == "model")
    model.value = model_name()
    onnx.save(network, BUNDLED_VERIFIER)


def _trained(lessons: Sequence[Lesson], cache: TokenCache) -> list[AlignerNetwork]:
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
    return [load_aligner(_made(seed)) for seed in SEEDS]


def _train_one(lessons: Sequence[Lesson], cache: TokenCache, seed: int) -> None:
    console, started = Console(stderr=True), time.perf_counter()

    def watch(done: int, total: int, loss: float) -> None:
        if done % 500 == 0:
            console.print(f"seed {seed}: {done} of {total} batches, loss {loss:.3f}, {_minutes(started)}")

    torch.set_num_threads(1)  # sums in one order, so that a training can be repeated
    save_aligner(_made(seed), train(lessons, cache, seed=seed, watch=watch))


def _made(seed: int) -> Path:
    return FOLDER / f"seed-{seed}.safetensors"


def _minutes(since: float) -> str:
    return f"{(time.perf_counter() - since) / 60:.1f} min"


def figure_questions(noa: Noa) -> list[AskedCase]:
    """Return the calibration questions that did not teach reading, asked."""
    known = noa.index.snapshot.versions
    cases = [case for path in (*SHARED_OUT, *CONFIDENCE_ONLY) for case in read_suite(path, known_entries=known)]
    taught = {case.id for path in SHARED_OUT for case in read_suite(path) if teaches_reading(case)}
    chosen = [case for case in cases if case.id not in taught or any(map(is_withheld, case.about))]
    return ask_with(noa.retriever, noa.index.embedder, chosen)


def reading_figures(noa: Noa, verifier: Reranker, asked: Sequence[AskedCase]) -> dict[str, float | int]:
    """Return hit@1 before and after reading, and how well readings tell right first matches from near misses (AUROC).

    Entries seen in training and withheld ones apart.
    """
    figures: dict[str, float | int] = {}
    for name, chosen in (
        ("entries seen", [asked_case for asked_case in asked if not _is_about_withheld(asked_case)]),
        ("entries withheld", [asked_case for asked_case in asked if _is_about_withheld(asked_case)]),
    ):
        figures |= {f"{name}: {key}": value for key, value in _figures(noa, verifier, chosen).items()}
    return figures


def read_all(verifier: Reranker, asked: Sequence[AskedCase]) -> list[AskedCase]:
    """Return the questions with their first matches read."""
    return [
        replace(asked_case, retrieved=verifier.read(asked_case.question, asked_case.retrieved)) for asked_case in asked
    ]


def _figures(noa: Noa, verifier: Reranker, asked: Sequence[AskedCase]) -> dict[str, float | int]:
    in_scope = [asked_case for asked_case in asked if asked_case.case.kind is CaseKind.IN_SCOPE]
    read = read_all(verifier, in_scope)
    right = [_reading(asked_case) for asked_case in read if asked_case.first_is_right]
    figures: dict[str, float | int] = {
        "questions": len(in_scope),
        "hit@1 before reading": round(sum(asked_case.first_is_right for asked_case in in_scope) / len(in_scope), 3),
        "hit@1 after reading": round(sum(asked_case.first_is_right for asked_case in read) / len(in_scope), 3),
    }
    near = [asked_case for asked_case in asked if asked_case.case.kind is CaseKind.NEAR_MISS]
    for name, wrong in (("near misses", near), ("hidden entries", ask_hidden(noa.retriever, in_scope))):
        readings = [_reading(asked_case) for asked_case in read_all(verifier, wrong) if asked_case.retrieved.matches]
        area = auroc([*right, *readings], [True] * len(right) + [False] * len(readings))
        if area is not None:
            figures[f"right first told from {name}, AUROC of the reading alone"] = round(area, 3)
    return figures


def _reading(asked: AskedCase) -> float:
    return asked.retrieved.matches[0].evidence["read"]


def _is_about_withheld(asked: AskedCase) -> bool:
    return any(map(is_withheld, asked.case.about))


if __name__ == "__main__":
    sys.exit(main())
