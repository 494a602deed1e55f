"""Training a cross-encoder on the verifier's lessons: it stops when told, goes on from there, and can be loaded."""

import random
from pathlib import Path

import pytest

pytest.importorskip("datasets", reason="the extra `training` is not installed")

from datasets import Dataset
from transformers import AutoTokenizer

from evals.lab.cross_encoder import BATCH, AlikeInLength, LabelledPair, adapted_encoder, train
from evals.lab.verifier.cross_encoder import pairs_of
from evals.lab.verifier.training import Lesson, TrainingCandidate
from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.reranker import load_cross_encoder
from tests.retrieval.tiny_cross_encoder import a_cross_encoder


def test_a_training_that_was_stopped_goes_on_and_gives_a_reranker(tmp_path: Path) -> None:
    start = a_cross_encoder(tmp_path / "encoder", has_head=False)
    pairs = [
        LabelledPair("comment deposer une marque ?", text, is_right)
        for text, is_right in (("depot de marque aupres de l'inpi", True), ("embauche a l'urssaf", False))
        * (3 * BATCH // 2)
    ]

    _, begun = train(start, pairs, tmp_path / "work", minutes=0, tokens=64)
    folder, done = train(start, pairs, tmp_path / "work", minutes=60, tokens=64)

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

    pairs = pairs_of([Lesson("1", "marque", candidates)], random.Random(0))

    assert [(one.text, one.is_right) for one in pairs[:2]] == [("Texte b", True), ("Texte a", False)]
    assert len(pairs) == 4


def test_each_pair_is_in_one_batch_beside_pairs_of_about_its_length() -> None:
    lengths = random.Random(3).choices(range(5, 500), k=1_000)
    pairs = Dataset.from_list([{"asked": "", "text": "x" * length, "label": 1.0} for length in lengths])

    batches = list(AlikeInLength(pairs, batch_size=32, drop_last=False))

    assert sorted(at for batch in batches for at in batch) == list(range(1_000))
    padded = sum(max(lengths[at] for at in batch) * len(batch) for batch in batches)
    assert padded < 1.1 * sum(lengths)
    assert batches != sorted(batches, key=lambda batch: lengths[batch[0]])


@pytest.mark.model
def test_the_adapted_model_reads_a_pair_with_a_mark_between_both(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(adapted_encoder(tmp_path / "adapted"))

    read = tokenizer.convert_ids_to_tokens(tokenizer("marque", "dépôt")["input_ids"])

    assert read == ["<s>", "▁marque", "</s>", "</s>", "▁dépôt", "</s>"]
