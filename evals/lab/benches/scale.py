"""`make bench PART=scale`: time to build, size, latency, memory and what is still found, with up to 100,000 entries.

Each base holds the 706 imported fiches, and invented entries up to its count: their words are drawn as often as the
fiches use them, their vectors from a normal distribution with the mean and covariance of the fiches' own, so that both
halves of the search have as much to sort out as with real texts. The shared in-scope queries are asked of each base
in process, twice: the second time all that was kept of a question is forgotten, and the entries that it brings up have
been read by the verifier, as those of a service have once it has read them ahead. NOA_SCALE_ENTRIES names other
counts, with commas.
"""

import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate
from multiprocessing import get_context

import numpy as np
import psutil
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from evals.calibration.asking import AskedCase, ask_with
from evals.lab.benches.served import milliseconds, percentile, wait_until
from evals.metrics.answering import hit_at
from evals.runner.bases import FICHES, share_prepared, shared_is_there
from evals.runner.folders import WORK
from evals.suites.cases import Case, CaseKind, shared_questions
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.entry import EntryContent, EntryId, NewVersion
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Progress
from noa_rag.domain.question import Ask, Language
from noa_rag.french.words import words
from noa_rag.knowledge.importing import import_vosdroits
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import vector_cache_path
from noa_rag.retrieval.passages import searched_texts
from noa_rag.service.models import open_embedder
from noa_rag.service.noa import INDEX_FOLDER, Noa, open_noa
from noa_rag.service.records import open_records
from noa_rag.settings import Settings

COUNTS = tuple(int(count) for count in os.environ.pop("NOA_SCALE_ENTRIES", "1000,10000,100000").split(","))
ASKED = 400  # of the shared queries, drawn by a stated seed
SEED = 15
INVENTED = "invented-"  # how the ids of invented entries begin
QUESTION_WORDS, ANSWER_WORDS = 8, 90
WRITTEN_AT_ONCE = 500
FILLED_SECONDS = 1_800.0  # until Chroma holds 200,000 texts; until then questions are answered from memory
TIMES, POINTS = 3.0, 0.02  # p95 of the largest base against the smallest; hit@1 that may be lost
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scale:
    """What was measured of one base: seconds, megabytes, milliseconds of an answer, shares of questions.

    `first` is of entries that nobody had asked about: the verifier reads them, since they are not read ahead yet.
    """

    entries: int
    texts: int
    build_seconds: float
    disk_mb: float
    memory_mb: float
    first_p95_ms: float
    p50_ms: float
    p95_ms: float
    hit_at_1: float
    hit_at_5: float


def measure(count: int) -> Scale:
    """Return what is measured of a base of so many entries; vectors of an earlier one are used again."""
    cases = random.Random(SEED).sample(shared_questions(CaseKind.IN_SCOPE), ASKED)
    settings = Settings(data_dir=WORK / "scale")
    with shown_progress() as progress:
        share_prepared(settings)
        for left in settings.data_dir.glob("noa.db*"):
            left.unlink()
        _fill(settings, count, progress)
        start = time.perf_counter()
        with closing(open_noa(settings, progress)) as noa:
            built = time.perf_counter() - start
            progress("filling Chroma", 0, 0)
            noa.follow()
            if not wait_until(lambda: noa.index.stored is None or noa.index.stored.is_in_step, FILLED_SECONDS):
                raise NoaError(f"Chroma was not filled within {FILLED_SECONDS} seconds")
            progress("asking", 0, 0)
            return _asked(noa, cases, count, built)


def _asked(noa: Noa, cases: Sequence[Case], count: int, built: float) -> Scale:
    first = [milliseconds(partial(noa.ask, Ask(case.question, language=Language.FRENCH))) for case in cases]
    noa.forget_questions()
    taken = [milliseconds(partial(noa.ask, Ask(case.question, language=Language.FRENCH))) for case in cases]
    memory = psutil.Process().memory_info().rss
    ranked = [
        (asked_case, [match.entry_id for match in asked_case.retrieved.matches]) for asked_case in _found(noa, cases)
    ]
    hits = {
        limit: [hit_at(ids, asked_case.case.expected_entries, limit) for asked_case, ids in ranked] for limit in (1, 5)
    }
    files = (path for path in noa.settings.data_dir.rglob("*") if path.is_file())
    return Scale(
        entries=count,
        texts=len(noa.index.snapshot.texts),
        build_seconds=built,
        disk_mb=sum(file.stat().st_size for file in files) / 1e6,
        memory_mb=memory / 1e6,
        first_p95_ms=percentile(first, 95),
        p50_ms=percentile(taken, 50),
        p95_ms=percentile(taken, 95),
        hit_at_1=statistics.fmean(hits[1]),
        hit_at_5=statistics.fmean(hits[5]),
    )


def _found(noa: Noa, cases: Sequence[Case]) -> list[AskedCase]:
    return ask_with(noa.retriever, noa.index.embedder, cases)


def _fill(settings: Settings, count: int, progress: Progress) -> None:
    """Import the fiches, write invented entries, and keep a vector for each text: building does not embed them."""
    records = open_records(settings)
    import_vosdroits(records, FICHES, progress=progress)
    with closing(open_noa(settings, progress, records=records)) as noa:
        real = noa.index.snapshot.vectors
        fiches = list(records.changed_since(-1)[1])
        drawn_by, vocabulary = random.Random(SEED), _Vocabulary([fiche.content for fiche in fiches])
        versions = [_entry(fiches[0].content, number, vocabulary, drawn_by) for number in range(count - len(fiches))]
    records = open_records(settings)
    with closing(records):
        for start in range(0, len(versions), WRITTEN_AT_ONCE):
            progress("writing entries", start, len(versions))
            records.entries.add_versions(versions[start : start + WRITTEN_AT_ONCE])
        invented = [version for version in records.changed_since(-1)[1] if version.id.startswith(INVENTED)]
    _draw_vectors(settings, real, [text.content_hash for entry in invented for text in searched_texts(entry)], progress)


class _Vocabulary:
    """Words of texts, drawn as often as they stand there."""

    def __init__(self, contents: Iterable[EntryContent]) -> None:
        counted = Counter(word for content in contents for word in words(f"{content.question} {content.answer}"))
        self._words, self._weights = list(counted), list(accumulate(counted.values()))

    def text(self, count: int, drawn_by: random.Random) -> str:
        return " ".join(drawn_by.choices(self._words, cum_weights=self._weights, k=count))


def _entry(model: EntryContent, number: int, vocabulary: _Vocabulary, drawn_by: random.Random) -> NewVersion:
    question = vocabulary.text(QUESTION_WORDS, drawn_by)
    content = EntryContent(
        model.agency_id,
        question=f"{question} {number} ?",
        answer=f"{vocabulary.text(ANSWER_WORDS, drawn_by)} {number}.",
        theme=model.theme,
        sources=model.sources,
    )
    entry_id = EntryId(f"{INVENTED}{number}")
    return NewVersion(entry_id, content, 0, author="a", approver="b", approved_at=datetime.now(UTC))


def _draw_vectors(settings: Settings, real: Vectors, hashes: Sequence[str], progress: Progress) -> None:
    """Keep a vector under each hash, drawn from the distribution of real ones, shape (texts, dimension)."""
    path = vector_cache_path(settings.data_dir / INDEX_FOLDER, open_embedder(settings).fingerprint)
    cache = VectorCache(path, real.shape[1])
    mean, spread = real.mean(axis=0), np.linalg.cholesky(np.cov(real.T) + 1e-6 * np.eye(real.shape[1]))

    def drawn(positions: Sequence[int]) -> Vectors:
        seeds = (int(hashes[at][:12], 16) for at in positions)
        normal = np.stack([np.random.default_rng(seed).standard_normal(len(mean)) for seed in seeds])
        rows: Vectors = (mean + normal @ spread.T).astype(np.float32)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    cache.vectors(hashes, drawn, lambda done, total: progress("drawing vectors", done, total))


def main() -> None:
    """Print the table, each base measured in a process of its own; exit with 1 where a limit is broken."""
    if not shared_is_there():
        raise NoaError("The shared French material is absent: its fiches and questions are what is asked.")
    console, measured = Console(width=120), []
    table = Table(*(field.name.replace("_", " ") for field in fields(Scale)))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for scale in pool.map(measure, COUNTS):
            measured.append(scale)
            console.print(str(scale))
            table.add_row(*(f"{value:,.0f}" if value >= 10 else f"{value:.3f}" for value in astuple(scale)))
    console.print(table)
    first, last = measured[0], measured[-1]
    if last.p95_ms > TIMES * first.p95_ms or last.hit_at_1 < first.hit_at_1 - POINTS:
        raise SystemExit(1)


if __name__ == "__main__":
    with reported_errors():
        main()
