"""The checker's material and its training, on a tenth of it and with vectors that cost nothing."""

import hashlib
import json
import random
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray

from evals.lab.checker.corruptions import corrupted, crossed, paraphrased
from evals.lab.checker.network import MeanOfCheckers, export_checker
from evals.lab.checker.pairs import FAITHFUL, OTHER_PARAGRAPH, WRITTEN, Example, Material, PairUse
from evals.lab.checker.training import (
    BOUND,
    JudgedPair,
    Recipe,
    both_shares,
    groups_of,
    scores_of,
    threshold_for,
    train,
)
from evals.metrics.confidence import auroc
from evals.runner.bases import ROOT
from noa_rag.domain.entry import EntryId, official_text
from noa_rag.knowledge.pack import read_pack
from noa_rag.rephrasing.checker.checker import (
    BUNDLED_CHECKER,
    Checker,
    Layered,
    paragraphs_around,
    paragraphs_of,
    read_checker,
)
from noa_rag.rephrasing.gate.finding import Check
from noa_rag.retrieval.verifier.token_cache import TokenCache
from noa_rag.service.models import open_embedder
from noa_rag.settings import Settings

needs_written = pytest.mark.skipif(not WRITTEN.is_file(), reason="the written pairs are in the shared material")


class WordVectors:
    """Gives each word a vector by its hash."""

    def layered_vectors(self, text: str) -> NDArray[np.float32]:
        words = text.lower().split()[:40]
        rows = [np.random.default_rng(int(hashlib.sha256(word.encode()).hexdigest()[:8], 16)) for word in words]
        return np.stack([row.normal(size=32) for row in rows]).astype(np.float32)


@pytest.fixture(scope="module")
def material() -> Material:
    return Material(read_pack(ROOT / "knowledge"))


def test_what_is_made_wrong_is_another_sentence_and_says_in_what_respect() -> None:
    sentence = "Si vous embauchez, vous devez prévenir l'Urssaf avant le 15 mars, sauf pour un stagiaire."

    found = dict(corrupted(sentence, random.Random(1), limit=20))

    assert {"modality", "condition", "dropped condition", "order", "number", "date"} <= found.keys()
    assert all(said != sentence for said in found.values())
    assert "pouvez" in found["modality"] or "libre" in found["modality"] or "intérêt" in found["modality"]


def test_two_facts_are_crossed_where_both_have_two_halves() -> None:
    assert (
        crossed("Pour un artisan seul : la déclaration 2031.", "Pour une profession libérale : la 2035 et son annexe.")
        == "Pour un artisan seul : la 2035 et son annexe."
    )
    assert crossed("Rien à couper ici.", "Pour une profession libérale : la 2035.") == ""


def test_a_paraphrase_says_the_same_in_other_words_and_keeps_its_figures() -> None:
    said = paraphrased("Si vous embauchez, vous devez déclarer 3 postes.", random.Random(4))

    assert said
    assert "3 postes" in said


@needs_written
def test_a_family_stands_on_one_side_and_each_part_has_its_share(material: Material) -> None:
    parts = {part: material.written_of(part) for part in PairUse}

    assert sum(map(len, parts.values())) == len(material.written)
    assert len(parts[PairUse.REPORT]) > 400
    assert len(parts[PairUse.CALIBRATION]) > 3_000
    held: dict[str, EntryId] = {}
    for entry_id, content in material.entries.items():
        for text in paragraphs_of(official_text(content)):
            if len(text) >= 80:
                other = held.setdefault(text, entry_id)
                assert material.families.of(other) == material.families.of(entry_id)


@needs_written
def test_nothing_that_teaches_is_of_an_entry_that_is_measured_on(material: Material) -> None:
    taught = {one.entry for one in material.training(seed=0, share=0.1)}

    assert taught
    assert all(material.families.part(entry_id) is PairUse.TRAINING for entry_id in taught)


@needs_written
def test_no_sentence_is_called_wrong_over_the_very_paragraphs_that_it_was_written_over(material: Material) -> None:
    written: dict[str, list[set[str]]] = {}
    for one in material.written:
        if one.is_faithful:
            written.setdefault(one.sentence, []).append(set(paragraphs_of(one.quote)))

    made = [one for one in material.training(seed=0, share=0.2) if one.kind == OTHER_PARAGRAPH]

    assert len(made) > 100
    for one in made:
        blocks = set(paragraphs_of(one.quote))
        assert not any(own <= blocks for own in written.get(one.sentence, ())), one.sentence


@needs_written
def test_the_paragraphs_around_a_quote_are_those_of_a_written_pair(material: Material) -> None:
    for one in material.written[:60]:
        text = official_text(material.entries[one.entry])
        assert paragraphs_around(one.quote, text) == one.quote


@needs_written
def test_a_training_on_a_tenth_learns_goes_on_where_it_was_and_is_shipped_as_it_is(
    material: Material, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    examples = material.training(seed=0, share=0.1)
    cache = TokenCache(Layered(WordVectors()), limit=100_000_000)
    heard: list[tuple[int, float]] = []

    recipe = Recipe("trial", 0, only_written=False, rounds=2, dropout=0.1)
    network = train(
        examples, cache, tmp_path, recipe=recipe, watch=lambda done, total, loss: heard.append((done, loss))
    )
    again = train(examples, cache, tmp_path, recipe=recipe, watch=lambda done, total, loss: heard.append((done, 9.0)))

    assert heard
    assert heard[-1][1] != 9.0, "a training that is done is not done again"
    shown = examples[:8]
    assert scores_of(network, shown, cache) == pytest.approx(scores_of(again, shown, cache), abs=1e-5)
    about = {"model": "words", "slope": "1.0", "intercept": "0.0", "threshold": "0.5"}
    export_checker(tmp_path / "checker.onnx", MeanOfCheckers([network], [1.0]), about)
    checker = Checker(WordVectors(), tmp_path / "checker.onnx")
    for one, score in zip(shown, scores_of(network, shown, cache), strict=True):
        probability = checker.probability(one.sentence, one.premise)
        assert probability == pytest.approx(1 / (1 + np.exp(-score)), abs=1e-4)


def test_sentences_that_share_their_passages_are_read_together() -> None:
    made = [_example("un", pair="p"), _example("deux", pair="p"), _example("trois", pair="q")]

    assert sorted(len(group.examples) for group in groups_of(made)) == [1, 2]


def test_the_threshold_keeps_its_bound_on_the_sentences_that_chose_it() -> None:
    drawn = random.Random(0)
    right = [JudgedPair(_example("x"), frozenset(), drawn.gauss(2, 1)) for _ in range(400)]
    wrong = [
        JudgedPair(
            _example("x", kind="scope"), frozenset({Check.SCOPE} if drawn.random() < 0.3 else ()), drawn.gauss(0, 1)
        )
        for _ in range(400)
    ]

    rules = frozenset({Check.SCOPE})
    threshold = threshold_for([*right, *wrong], rules)
    shown, caught = both_shares([*right, *wrong], rules, threshold)

    assert caught.rate >= 1 - BOUND.wrong_at_most
    assert 0.2 < shown.rate < 1
    assert threshold_for([*right, *wrong][380:420], rules) == float("inf"), "too few to promise anything"


def _example(sentence: str, *, kind: str = FAITHFUL, pair: str = "") -> Example:
    return Example(sentence, "premise", kind == FAITHFUL, kind, EntryId("entry"), pair=pair)


@pytest.mark.model
@needs_written
def test_the_shipped_weights_have_the_figures_that_their_file_tells(
    material: Material, model_settings: Settings
) -> None:
    embedder = open_embedder(model_settings)
    checker = read_checker(embedder, embedder.fingerprint)
    assert checker is not None
    told = json.loads({one.key: one.value for one in onnx.load(BUNDLED_CHECKER).metadata_props}["figures"])

    found = material.written_of(PairUse.REPORT)
    scored = [checker.probability(one.sentence, one.premise) for one in found]

    area = auroc(scored, [one.is_faithful for one in found])
    assert area == pytest.approx(told["report: AUROC"], abs=0.02)
