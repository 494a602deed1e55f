"""The checker's material and its training, on a tenth of it and with vectors that cost nothing."""

import hashlib
import json
import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray

from evals.lab.checker.network import export_checker
from evals.lab.checker.pairs import FAITHFUL, WRITTEN, Example, Material, PairUse, crossed
from evals.lab.checker.training import (
    BOUND,
    JudgedPair,
    Recipe,
    both_shares,
    scores_of,
    threshold_for,
    train,
    units_of,
)
from evals.metrics.confidence import auroc
from evals.runner.folders import ROOT
from noa_rag.domain.entry import EntryId, official_text
from noa_rag.knowledge.pack import read_pack
from noa_rag.rephrasing.checker.checker import (
    BUNDLED_CHECKER,
    Checker,
    Layered,
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
    taught = {example.entry for example in material.training()}

    assert len(taught & material.entries.keys()) > 250
    assert all(material.families.part(entry_id) is PairUse.TRAINING for entry_id in taught & material.entries.keys())
    fiches = taught - material.entries.keys()
    assert len(fiches) > 500
    for entry_id, content in material.entries.items():
        if material.families.part(entry_id) is not PairUse.TRAINING:
            named = f"{content.answer} {' '.join(source.url for source in content.sources)}"
            assert not {fiche for fiche in fiches if re.search(rf"\b{fiche}\b", named)}, entry_id


@needs_written
def test_a_training_on_a_tenth_learns_goes_on_where_it_was_and_is_shipped_as_it_is(
    material: Material, tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    examples = material.training(share=0.01)
    cache = TokenCache(Layered(WordVectors()), limit=100_000_000)
    heard: list[tuple[int, float]] = []

    recipe, saved = Recipe(rounds=0.5), tmp_path / "trial.pt"
    network = train(
        examples,
        cache,
        saved,
        recipe=recipe,
        pieces=str.split,
        watch=lambda done, total, loss: heard.append((done, loss)),
    )
    again = train(
        examples,
        cache,
        saved,
        recipe=recipe,
        pieces=str.split,
        watch=lambda done, total, loss: heard.append((done, 9.0)),
    )

    assert heard
    assert heard[-1][1] != 9.0, "a training that is done is not done again"
    shown = examples[:8]
    assert scores_of(network, shown, cache) == pytest.approx(scores_of(again, shown, cache), abs=1e-5)
    about = {"model": "words", "slope": "1.0", "intercept": "0.0", "threshold": "0.5"}
    export_checker(tmp_path / "checker.onnx", network, about)
    checker = Checker(WordVectors(), tmp_path / "checker.onnx")
    for example, score in zip(shown, scores_of(network, shown, cache), strict=True):
        probability = checker.probability(example.sentence, example.premise)
        assert probability == pytest.approx(1 / (1 + np.exp(-score)), abs=1e-4)


def test_what_was_written_together_is_read_together_with_the_edits_of_its_text() -> None:
    made = [_example("un", pair="p"), _example("deux", pair="p~1"), _example("trois", pair="q")]

    assert sorted(len(unit) for unit in units_of(made)) == [1, 2]


def test_the_threshold_keeps_its_bound_on_the_sentences_that_chose_it() -> None:
    drawn = random.Random(0)
    right = [JudgedPair(_example("x"), frozenset(), drawn.gauss(2, 1)) for _ in range(400)]
    wrong = [
        JudgedPair(
            _example("x", kind="scope"), frozenset({Check.BODY} if drawn.random() < 0.3 else ()), drawn.gauss(0, 1)
        )
        for _ in range(400)
    ]

    rules = frozenset({Check.BODY})
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
    metadata = json.loads({prop.key: prop.value for prop in onnx.load(BUNDLED_CHECKER).metadata_props}["figures"])

    examples = material.written_of(PairUse.REPORT)
    scored = [checker.probability(example.sentence, example.premise) for example in examples]

    area = auroc(scored, [example.is_faithful for example in examples])
    assert area == pytest.approx(metadata["report: AUROC"], abs=0.02)


LIST = "Quelle amende ?\nEn SARL : une déclaration tardive ;\nEn SAS : un registre absent ;\nPayez vite."


def test_a_sentence_is_wrong_over_the_text_whose_items_were_crossed_and_right_where_they_changed_places() -> None:
    told = replace(_example("En SARL, on déclare tardivement.", pair="p"), premise=LIST)
    apart = replace(_example("Payez vite cette somme.", pair="p"), premise=LIST)
    edited = replace(_example("En SARL, une déclaration tardive.", pair="p~1"), premise=LIST)

    made = crossed([told, apart, edited])

    wrong = [example for example in made if not example.is_faithful]
    assert {example.sentence for example in wrong} == {told.sentence}
    assert "En SARL : un registre absent" in wrong[0].premise
    assert any(
        example.sentence == told.sentence and example.premise.index("SAS") < example.premise.index("SARL")
        for example in made
    )
    assert any(
        example.sentence == apart.sentence and example.premise == wrong[0].premise
        for example in made
        if example.is_faithful
    )
    assert crossed([told, apart]) == crossed([told, apart])
    assert len(units_of([told, *made])) == 1, "what was written over one text is read together"
