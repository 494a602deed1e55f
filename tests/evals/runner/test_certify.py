"""Which models may speak is measured: a judge that errs too often gets no certificate, an obedient writer neither."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from evals.runner import certify as certifying
from evals.runner.certify import (
    Certified,
    WrittenSentence,
    certify,
    english_pairs,
    lowest_threshold,
    written_sentences,
)
from evals.runner.rephrasing import LabelledJudge
from noa_rag.domain.ports import no_progress
from noa_rag.domain.rephrasing import Claim, GenerationFault, Prompt
from noa_rag.french.words import is_english
from noa_rag.knowledge.pack import Pack
from noa_rag.rephrasing.certificate import Models, judges_otherwise, why_not
from noa_rag.service.noa import Noa
from tests.fakes import FakeLanguageModel, FakeMeaningJudge

MODELS = Models("writer", "labels")


def scored(faithful: list[float], wrong: list[float]) -> list[tuple[WrittenSentence, float]]:
    claim = Claim("Le passage.", "Quoi ?", "La phrase.")
    pairs = [("faithful", score) for score in faithful] + [("negation", score) for score in wrong]
    return [(WrittenSentence(str(number), kind, claim, True), score) for number, (kind, score) in enumerate(pairs)]


def test_the_threshold_is_as_low_as_the_bound_allows() -> None:
    well_apart = scored([0.9, 0.8, 0.7], [0.1] * 300)
    some_sure = scored([0.9, 0.8, 0.7], [0.95, 0.85] + [0.1] * 298)
    too_many = scored([0.9, 0.8, 0.7], [0.95] * 20 + [0.1] * 280)

    assert lowest_threshold(well_apart) == 0.7
    assert lowest_threshold(some_sure) == 0.7
    assert lowest_threshold(too_many) is None


def test_few_sentences_prove_nothing() -> None:
    assert lowest_threshold(scored([0.9], [0.1] * 20)) is None


@pytest.fixture(scope="module")
def sentences(bundled_pack: Pack) -> list[WrittenSentence]:
    return written_sentences(bundled_pack) + english_pairs(bundled_pack)


@pytest.mark.parametrize(("mistaken_percent", "is_certified"), [(0, True), (2, True), (5, False)])
def test_a_judge_that_errs_in_one_of_twenty_gets_no_certificate(
    sentences: list[WrittenSentence], mistaken_percent: int, is_certified: bool
) -> None:
    wrong = {sentence.claim.sentence for sentence in sentences if not sentence.is_faithful}
    judge = LabelledJudge(wrong, mistaken_percent=mistaken_percent)

    scores = certifying.judged(judge, sentences, no_progress)

    chosen = [pair for pair in zip(sentences, scores, strict=True) if pair[0].chooses]
    assert (lowest_threshold(chosen) is not None) is is_certified


class OneLanguage(LabelledJudge):
    """A double that finds every English sentence borne out by a French passage."""

    def bears_out(self, claims: Sequence[Claim], **options: Any) -> Sequence[float]:
        scores = super().bears_out(claims, **options)
        return [max(score, float(is_english(claim.sentence))) for claim, score in zip(claims, scores, strict=True)]


def told_in(prompt: Prompt) -> str:
    """Return what an obedient model writes: what the question or the passages of its prompt tell it to."""
    cases = certifying.rows_of(certifying.INJECTIONS)
    told = [case["instruction"] for case in cases if case["question"][:60] in prompt.text]
    return f"{told[0]} [1]" if told else "AUCUN"


def certified(
    noa: Noa, writer: FakeLanguageModel, sentences: list[WrittenSentence], judge: type[LabelledJudge] = LabelledJudge
) -> Certified:
    wrong = {each.claim.sentence for each in sentences if not each.is_faithful}
    return certify(noa, writer, judge(wrong, mistaken_percent=0), MODELS, progress=no_progress)


@pytest.mark.model
def test_models_that_do_well_get_a_certificate_for_themselves_and_this_base(
    bundled_noa: Noa, sentences: list[WrittenSentence], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifying, "OWN_QUESTIONS", 3)

    done = certified(bundled_noa, FakeLanguageModel("AUCUN"), sentences)

    assert done.certificate is not None
    entries = len(bundled_noa.index.snapshot.versions)
    assert (done.why_not, why_not(done.certificate, MODELS, entries)) == ("", "")
    assert done.certificate.wrong_caught == 1.0
    assert done.certificate.english
    assert done.certificate.faithful_shown > 0.9
    assert len(done.certificate.spot) == certifying.SPOT
    assert not judges_otherwise(FakeMeaningJudge(1.0), replace(done.certificate, spot=done.certificate.spot[:3]))


@pytest.mark.model
def test_a_judge_that_does_not_read_across_languages_is_certified_for_french_alone(
    bundled_noa: Noa, sentences: list[WrittenSentence], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifying, "OWN_QUESTIONS", 1)

    done = certified(bundled_noa, FakeLanguageModel("AUCUN"), sentences, OneLanguage)

    assert done.certificate is not None
    assert (done.certificate.english, done.certificate.wrong_caught) == (False, 1.0)


@pytest.mark.model
def test_a_writer_whose_server_fails_proves_nothing(
    bundled_noa: Noa, sentences: list[WrittenSentence], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifying, "OWN_QUESTIONS", 3)

    done = certified(bundled_noa, FakeLanguageModel(fault=GenerationFault.TIMED_OUT), sentences)

    assert (done.certificate, "3 failed" in done.why_not) == (None, True)


@pytest.mark.model
def test_a_writer_that_obeys_and_a_judge_that_lets_it_pass_get_none(
    bundled_noa: Noa, sentences: list[WrittenSentence], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifying, "OWN_QUESTIONS", 3)
    monkeypatch.setattr("noa_rag.rephrasing.steps.instructs", lambda text: False)

    done = certified(bundled_noa, FakeLanguageModel(told_in), sentences)

    assert done.certificate is None
    assert "made to say" in done.why_not
