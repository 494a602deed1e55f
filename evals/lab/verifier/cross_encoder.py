"""`make reader`: a cross-encoder taught with the verifier's lessons, and both in one table with what they cost.

It starts from the adapted embedding model; its upper half and a new head learn (Nogueira and Cho 2019, "Passage
Re-ranking with BERT"). What it learns is kept under `build/`, for `NOA_RERANKER` to name; nothing in the project is
replaced.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch
from datasets import Dataset
from rich.console import Console
from rich.table import Table
from sentence_transformers import CrossEncoder
from sentence_transformers.cross_encoder import CrossEncoderTrainer, CrossEncoderTrainingArguments
from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from evals.calibration.asking import AskedCase
from evals.lab.verifier.__main__ import figure_questions, reading_figures
from evals.lab.verifier.training import (
    Lesson,
    drawn_candidates,
    fiche_reading_lessons,
    follow_up_reading_lessons,
    reading_lessons,
)
from evals.runner.bases import WORK, opened, shared_is_there
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.ports import Progress
from noa_rag.retrieval.bundled_model.sentence_folder import write_sentence_folder
from noa_rag.retrieval.bundled_model.unpacking import with_adapter
from noa_rag.retrieval.bundled_model.weights_file import locate_weights, read_q4_file, with_latin_pieces
from noa_rag.retrieval.reranker import CrossEncoderReranker, Reranker, as_one_text, load_cross_encoder
from noa_rag.service.noa import Noa

FOLDER = WORK.parent / "reader"
SEED = 0
LEARNING_LAYERS = 6  # of twelve; the lower ones stay as the adapter left them
BATCH, TOKENS = 32, 192  # pairs read at once, and what is read of a pair
RATE, WARM_UP = 1e-4, 0.08
SAVED_EVERY = 50  # batches
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
        rows = _rows(progress)
        rows = random.Random(SEED).sample(rows, round(given.share * len(rows)))
        trained, told = train(_begun(), rows, FOLDER / f"training-{given.share}", minutes=given.minutes)
        with opened("pack", pack=True, fiches=False, progress=progress) as noa:
            reader = CrossEncoderReranker(noa.index, load_cross_encoder(str(trained)))
            print_table({"cross-encoder": reader} | ({"bundled verifier": noa.verifier} if noa.verifier else {}), noa)
    print(told, "\nfor NOA_RERANKER:", trained)
    return 0


def pairs_of(lessons: Iterable[Lesson], drawn_by: random.Random) -> list[dict[str, object]]:
    """Return what is read together, and whether it answers: the right candidates and some of the wrong ones."""
    return [
        {"question": lesson.question, "text": as_one_text(one.texts), "label": float(one.is_right)}
        for lesson in lessons
        for one in drawn_candidates(lesson, drawn_by)
    ]


def train(
    start: Path, rows: Sequence[dict[str, object]], work: Path, *, minutes: float, layers: int = LEARNING_LAYERS
) -> tuple[Path, str]:
    """Return the folder of a cross-encoder taught with `rows` of question, text and label, and how far it came.

    `start` is the folder of an encoder. What `work` holds of an earlier training with the same rows is gone on with.
    Repeatable for a number of threads when it is not interrupted.
    """
    torch.manual_seed(SEED)
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    model = CrossEncoder(str(start), num_labels=1, max_length=TOKENS, local_files_only=True, config_kwargs=still)
    learning = [f"encoder.layer.{at}." for at in range(model.config.num_hidden_layers)][-layers:]
    for name, weights in model.named_parameters():
        weights.requires_grad_("classifier" in name or "pooler" in name or any(one in name for one in learning))
    arguments = CrossEncoderTrainingArguments(
        output_dir=str(work),
        num_train_epochs=1,
        per_device_train_batch_size=BATCH,
        learning_rate=RATE,
        warmup_ratio=WARM_UP,
        weight_decay=0.01,
        save_steps=SAVED_EVERY,
        save_total_limit=1,
        logging_steps=20,
        seed=SEED,
        report_to="none",
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    trainer = CrossEncoderTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(list(rows)),
        loss=BinaryCrossEntropyLoss(model),
        callbacks=[_Until(minutes)],
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(work)) if work.is_dir() else None)
    made = work / "model"
    model.save_pretrained(str(made))
    state = trainer.state
    return made, f"{state.global_step} of {state.max_steps} batches of {BATCH}, {len(rows)} pairs in all, seed {SEED}"


class _Until(TrainerCallback):  # type: ignore[misc]
    """Saves and stops once the minutes are over."""

    def __init__(self, minutes: float) -> None:
        self._end = time.monotonic() + 60 * minutes

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> TrainerControl:
        if time.monotonic() > self._end:
            control.should_save = control.should_training_stop = True
        return control


def print_table(readers: Mapping[str, Reranker], noa: Noa) -> None:
    """Print the time that each reader takes for a question, and what it tells on questions that taught nothing."""
    asked = figure_questions(noa)
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


def _begun() -> Path:
    """Return the folder of the adapted model in single precision; it is filled when it is missing."""
    folder = FOLDER / "adapted"
    if not (folder / "config.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_sentence_folder(folder, with_adapter(with_latin_pieces(read_q4_file(locate_weights(None)))))
    return folder


def _rows(progress: Progress) -> list[dict[str, object]]:
    """Return what is learned from; asking for it takes a quarter of an hour, so it is kept."""
    kept = FOLDER / "rows.json"
    if kept.is_file():
        rows: list[dict[str, object]] = json.loads(kept.read_text("utf-8"))
        return rows
    with opened("pack", pack=True, fiches=False, progress=progress) as pack:
        lessons = [*reading_lessons(pack, progress), *follow_up_reading_lessons(pack, progress)]
    with opened("fiches", pack=False, fiches=True, progress=progress) as fiches:
        lessons += fiche_reading_lessons(fiches, progress)
    rows = pairs_of(lessons, random.Random(SEED))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    return rows


if __name__ == "__main__":
    sys.exit(main())
