"""`make reader`: a cross-encoder taught with the verifier's lessons, and both in one table with what they cost.

What it learns is kept under `build/`, for `NOA_RERANKER` to name; nothing in the project is replaced.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from rich.console import Console
from rich.table import Table

from evals.calibration.asking import AskedCase
from evals.lab.cross_encoder import LabelledPair, adapted_encoder, train
from evals.lab.verifier.__main__ import figure_questions, reading_figures
from evals.lab.verifier.training import (
    Lesson,
    drawn_candidates,
    fiche_reading_lessons,
    follow_up_reading_lessons,
    reading_lessons,
)
from evals.runner.bases import opened, shared_is_there
from evals.runner.folders import WORK
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.ports import Progress
from noa_rag.retrieval.reranker import CrossEncoderReranker, Reranker, as_one_text, load_cross_encoder
from noa_rag.service.noa import Noa

FOLDER = WORK.parent / "reader"
SEED = 0
TOKENS = 192  # read of a pair
QUESTIONS_TOLD = 500  # of those that taught nothing: a cross-encoder takes a second for each, with its entry hidden too
QUESTIONS_TIMED = 200
TAKEN = "median time to read a question's candidates, ms"


def main() -> int:
    """Train until the minutes given are over, go on where an earlier training stopped, print the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.lab.verifier.cross_encoder", description=__doc__)
    parser.add_argument("--minutes", type=float, default=600.0, help="after which training stops; call again to go on")
    parser.add_argument("--share", type=float, default=1.0, help="of the lessons, drawn by a stated seed")
    given = parser.parse_args()
    if not 0 < given.share <= 1:
        parser.error("--share is a number above 0, at most 1")
    if not shared_is_there():
        parser.error("the shared French material is absent: there is nothing to learn from")
    with reported_errors(), shown_progress() as progress:
        pairs = _pairs(progress)
        pairs = random.Random(SEED).sample(pairs, round(given.share * len(pairs)))
        work = FOLDER / f"training-{given.share}"
        trained, told = train(adapted_encoder(FOLDER / "adapted"), pairs, work, minutes=given.minutes, tokens=TOKENS)
        with opened("pack", pack=True, fiches=False, progress=progress) as noa:
            reader = CrossEncoderReranker(noa.index, load_cross_encoder(str(trained)))
            print_table({"cross-encoder": reader} | ({"bundled verifier": noa.verifier} if noa.verifier else {}), noa)
    print(told, "\nfor NOA_RERANKER:", trained)
    return 0


def pairs_of(lessons: Iterable[Lesson], drawn_by: random.Random) -> list[LabelledPair]:
    """Return what is read together, and whether it answers: the right candidates and some of the wrong ones."""
    return [
        LabelledPair(lesson.question, as_one_text(one.texts), one.is_right)
        for lesson in lessons
        for one in drawn_candidates(lesson, drawn_by)
    ]


def print_table(readers: Mapping[str, Reranker], noa: Noa) -> None:
    """Print the time that each reader takes for a question, and what it tells on questions that taught nothing."""
    every = figure_questions(noa)
    asked = random.Random(SEED).sample(every, min(QUESTIONS_TOLD, len(every)))
    columns = {name: {TAKEN: _taken(one, asked)} | reading_figures(noa, one, asked) for name, one in readers.items()}
    table = Table("", *columns)
    for row in next(iter(columns.values())):
        table.add_row(row, *(str(figures[row]) for figures in columns.values()))
    Console().print(table)


def _taken(reader: Reranker, asked: Sequence[AskedCase]) -> float:
    taken = []
    for one in asked[:QUESTIONS_TIMED]:
        started = time.perf_counter()
        reader.read(one.question, one.retrieved)
        taken.append(1_000 * (time.perf_counter() - started))
    return round(statistics.median(taken), 1)


def _pairs(progress: Progress) -> list[LabelledPair]:
    """Return what is learned from; asking for it takes a quarter of an hour, so it is kept."""
    kept = FOLDER / "pairs.json"
    if kept.is_file():
        return msgspec.json.decode(kept.read_bytes(), type=list[LabelledPair])
    with opened("pack", pack=True, fiches=False, progress=progress) as pack:
        lessons = [*reading_lessons(pack, progress), *follow_up_reading_lessons(pack, progress)]
    with opened("fiches", pack=False, fiches=True, progress=progress) as fiches:
        lessons += fiche_reading_lessons(fiches, progress)
    pairs = pairs_of(lessons, random.Random(SEED))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(msgspec.json.encode(pairs))
    return pairs


if __name__ == "__main__":
    sys.exit(main())
