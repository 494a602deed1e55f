"""Which groups are none of the base's business, and what is kept of the judgement."""

import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from noa_rag.answering.distress.recognise import BUCKETS, buckets, plain
from noa_rag.domain.failure import GroupId, QuestionGroup
from noa_rag.domain.question import Language, Question
from noa_rag.domain.queue import ItemId, Pile, QueueItem
from noa_rag.review.draft_run import build_drafts
from noa_rag.review.grouping import BaseGrouping
from noa_rag.review.scope import GroupSorter, ScopeModel, scope_figures, scope_model
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.factories import a_new_version, a_question, a_recorded_question, a_theme, an_abstention, an_agency
from tests.fake_noa import a_noa
from tests.review.drafting_helpers import failed

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def a_model(noa: Noa, **weights: float) -> ScopeModel:
    """Return a model for the service's vectors in which each of these words weighs so much, and nothing else does."""
    stretches, rarity = np.zeros(BUCKETS, np.float32), np.zeros(BUCKETS, np.float32)
    for word, weight in weights.items():
        bucket = zlib.crc32(word.encode()) % BUCKETS
        assert bucket in buckets(word)
        stretches[bucket], rarity[bucket] = weight, 1.0
    embedder = noa.index.embedder
    directions = np.zeros(embedder.dimension, np.float32)
    return ScopeModel(embedder.fingerprint, rarity, stretches, directions, {"knows": 0.0}, 0.0, out_from=1.0)


def a_group(name: str, *texts: str) -> QuestionGroup:
    failures = tuple(failed(text, number) for number, text in enumerate(texts, start=1))
    return QuestionGroup(GroupId(name), texts[0], NOW, failures)


@pytest.fixture
def noa(settings: Settings, records: Records, tmp_path: Path) -> Noa:
    records.directory.save([an_agency("inpi")], [a_theme()])
    records.entries.add_versions([a_new_version()])
    return a_noa(settings, records, tmp_path)


def test_a_group_is_judged_on_the_mean_of_its_questions(noa: Noa) -> None:
    sorter = GroupSorter(noa, BaseGrouping(noa), a_model(noa, meteo=3.0))

    mixed = a_group("b", "la meteo demain", "une marque", "un brevet", "ma marque")
    aside, judged = sorter.judged(a_group("a", "la meteo demain")), sorter.judged(mixed)

    assert (aside.id, aside.pile, aside.judged_volume) == (ItemId("a"), Pile.OUT_OF_SCOPE, 1)
    assert (judged.id, judged.pile, judged.judged_volume) == (ItemId("b"), Pile.TO_DO, 4)  # 3 / 4 is less than 1


def test_a_group_is_judged_again_only_once_it_has_grown(noa: Noa) -> None:
    def asked(number: int) -> QueueItem:
        question = a_question("déposer une marque", normalised="déposer une marque")
        answer = an_abstention(question_id=str(number))
        noa.records.questions.record(a_recorded_question(str(number), asked_at=NOW, question=question, answer=answer))
        build_drafts(noa, min_volume=9)
        (item,) = noa.records.queue.items().values()
        return item

    first = asked(1)
    noa.records.queue.place([replace(first, owner_reason="as it was judged")])
    build_drafts(noa, min_volume=9)
    (still,) = noa.records.queue.items().values()

    assert (first.judged_volume, still.owner_reason) == (1, "as it was judged")
    grown = asked(2)
    assert (grown.judged_volume, grown.owner_reason) == (2, first.owner_reason)


def test_with_an_embedding_model_that_nothing_was_learned_for_everything_stays(noa: Noa) -> None:
    other = replace(a_model(noa, meteo=3.0), model="another")
    sorter = GroupSorter(noa, BaseGrouping(noa), other)

    assert sorter.judged(a_group("a", "la meteo demain")).pile is Pile.TO_DO


def test_a_model_is_kept_as_it_is_to_half_precision(noa: Noa, tmp_path: Path) -> None:
    model = replace(a_model(noa, meteo=3.0), figures={"knows": 0.5, "margin": -0.25}, intercept=0.5, trained_on="two")

    model.write(tmp_path / "scope.npz")
    read = ScopeModel.read(tmp_path / "scope.npz")

    said = plain("la météo demain")
    vector, figures = np.zeros(len(model.directions), np.float32), {"knows": 2.0, "margin": 4.0}
    assert said == "la meteo demain"
    assert read.log_odds(said, vector, figures) == pytest.approx(3.0 + 0.5 + 1.0 - 1.0, abs=0.01)
    assert (read.figures, read.out_from, read.trained_on) == (model.figures, 1.0, "two")


def test_the_model_that_comes_with_noa_weighs_the_figures_that_retrieval_gives(noa: Noa) -> None:
    question = Question("déposer une marque", "déposer une marque", Language.FRENCH, NOW.date())
    figures = scope_figures(noa.retriever.retrieve(question), noa.calibration.knows)

    assert set(scope_model().figures) == set(figures)
