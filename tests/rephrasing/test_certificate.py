"""A certificate holds for the models, prompts and base that were measured, and for nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault
from noa_rag.rephrasing.certificate import (
    FILE,
    judges_otherwise,
    read_certificate,
    why_not,
    write_certificate,
)
from tests.fakes import FakeMeaningJudge
from tests.rephrasing.certificates import MODELS, a_certificate


def test_what_is_stored_is_read_again(tmp_path: Path) -> None:
    certificate = a_certificate()
    write_certificate(certificate, tmp_path)

    assert read_certificate(tmp_path) == certificate
    assert why_not(read_certificate(tmp_path), MODELS, 10) == ""


@pytest.mark.parametrize("content", ["", "{", "[]", '{"models": {}}'])
def test_a_damaged_file_is_no_certificate(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, encoding="utf-8")

    assert read_certificate(tmp_path) is None
    assert "not certified" in why_not(read_certificate(tmp_path), MODELS, 10)


@pytest.mark.parametrize(
    ("models", "entries", "said"),
    [
        (replace(MODELS, writer="another"), 10, "the model that writes is another"),
        (replace(MODELS, judge="another"), 10, "the model that judges is another"),
        (replace(MODELS, prompts=(("answer-chat-3", "0"),)), 10, "the prompts changed"),
        (MODELS, 21, "the base has 21 entries"),
        (MODELS, 4, "the base has 4 entries"),
    ],
)
def test_other_models_prompts_or_bases_are_not_certified(models: object, entries: int, said: str) -> None:
    assert said in why_not(a_certificate(), models, entries)  # type: ignore[arg-type]


def test_weights_exchanged_behind_a_name_are_noticed_where_the_server_tells_their_digest() -> None:
    certificate = a_certificate(models=replace(MODELS, writer_digest="sha256:1"))

    assert "weights changed" in why_not(certificate, replace(MODELS, writer_digest="sha256:2"), 10)
    assert why_not(certificate, replace(MODELS, writer_digest=""), 10) == ""  # the server cannot be asked just now


def test_a_judge_that_says_otherwise_on_many_pairs_is_noticed() -> None:
    certificate = a_certificate()
    few = {pair.claim for pair in certificate.spot[:3]}

    assert not judges_otherwise(FakeMeaningJudge(0.9), certificate)
    assert not judges_otherwise(FakeMeaningJudge(lambda claim: 0.1 if claim in few else 0.9), certificate)
    assert judges_otherwise(FakeMeaningJudge(0.1), certificate)


def test_a_judge_that_cannot_be_asked_is_told() -> None:
    def fails(_: object) -> float:
        raise GenerationFailed(GenerationFault.UNREACHABLE)

    with pytest.raises(GenerationFailed):
        judges_otherwise(FakeMeaningJudge(fails), a_certificate())


def test_a_certificate_says_whether_english_is_written() -> None:
    assert "official text" in a_certificate(english=False).in_words
    assert "official text" not in a_certificate(english=True).in_words


def test_a_certificate_says_when_it_is_hardly_worth_switching_on() -> None:
    assert "hardly worth" in a_certificate(faithful_shown=0.4).in_words
    assert "hardly worth" not in a_certificate().in_words
