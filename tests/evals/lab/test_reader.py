"""Training a cross-encoder on the verifier's lessons: it stops when told, goes on from there, and can be loaded."""

import random
from pathlib import Path

import pytest

pytest.importorskip("datasets", reason="the extra `training` is not installed")

from evals.lab.verifier.cross_encoder import BATCH, pairs_of, train
from evals.lab.verifier.training import Lesson, TrainingCandidate
from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.reranker import load_cross_encoder
from tests.retrieval.tiny_cross_encoder import a_cross_encoder


def test_a_training_that_was_stopped_goes_on_and_gives_a_reranker(tmp_path: Path) -> None:
    start = a_cross_encoder(tmp_path / "encoder", has_head=False)
    rows: list[dict[str, object]] = [
        {"question": "comment deposer une marque ?", "text": text, "label": label}
        for text, label in (("depot de marque aupres de l'inpi", 1.0), ("embauche a l'urssaf", 0.0)) * (3 * BATCH // 2)
    ]

    _, begun = train(start, rows, tmp_path / "work", minutes=0)
    folder, done = train(start, rows, tmp_path / "work", minutes=60)

    assert begun.startswith("1 of 3 batches")
    assert done.startswith("3 of 3 batches")
    right, wrong = load_cross_encoder(str(folder)).log_odds(
        "comment deposer une marque ?", ["depot de marque aupres de l'inpi", "embauche a l'urssaf"]
    )
    assert right != wrong


def test_a_lesson_gives_its_right_candidate_the_first_wrong_one_and_some_others() -> None:
    candidates = tuple(
        TrainingCandidate(
            EntryId(name), (SearchedText(EntryId(name), 1, 0, Kind.QUESTION, f"Texte {name}"),), name == "b"
        )
        for name in "abcdefg"
    )

    rows = pairs_of([Lesson("1", "marque", candidates)], random.Random(0))

    assert [(row["text"], row["label"]) for row in rows[:2]] == [("Texte b", 1.0), ("Texte a", 0.0)]
    assert len(rows) == 4
