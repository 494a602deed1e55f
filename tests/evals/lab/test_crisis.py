"""The script of the crisis is that of the interview and always the same; its days are judged by hand-made outcomes."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from evals.lab.crisis import script
from evals.lab.crisis.command import due_crisis, is_well_done
from evals.lab.crisis.script import (
    About,
    AskedOnce,
    CrisisAnswer,
    CrisisCase,
    cases,
    days,
    read_covid_pack,
    stream,
    volume_on,
)
from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.days import start_of
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import no_progress
from noa_rag.domain.question import Language, Mode
from noa_rag.knowledge.pack import Pack, read_pack
from tests.shared_model import link_models


@pytest.mark.model
def test_each_base_of_2020_is_a_fresh_one(
    small_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "WORK", tmp_path)
    monkeypatch.setattr(
        script, "share_prepared", lambda settings: settings.models_dir.exists() or link_models(settings.data_dir)
    )
    base = read_pack(small_pack)

    for _ in range(2):
        with script.opened_in_2020(base, no_progress) as noa:
            assert len(noa.servable()) == len(base.entries)


def a_case(topic: str = "pge", *expected: str) -> CrisisCase:
    return CrisisCase("c", "?", topic, tuple(map(EntryId, expected)), date(2020, 3, 25), date(2020, 12, 31))


def an_outcome(status: AnswerStatus = AnswerStatus.ANSWERED, **changes: bool) -> CrisisAnswer:
    once = AskedOnce(a_case("pge", "covid-pge"), start_of(date(2020, 3, 26)))
    answer = Answer(status, Mode.STRICT, Language.FRENCH, "", 0.5)
    return replace(CrisisAnswer(once, answer, is_due=True, is_right=True, is_offered=False), **changes)


def test_the_record_of_the_interview_is_on_its_day_and_no_other_day_is_higher() -> None:
    volumes = {day: volume_on(day) for day in days()}

    assert volumes[date(2020, 3, 20)] == 404
    assert max(volumes.values()) == 404


def test_the_stream_is_the_same_each_time_and_holds_each_days_volume() -> None:
    known = cases()
    first, second = stream(known), stream(known)

    assert first == second
    assert {day: len(questions) for day, questions in first.items()} == {day: volume_on(day) for day in days()}
    assert all(question.at <= other.at for questions in first.values() for question, other in pairwise(questions))


def test_a_crisis_question_is_asked_a_few_days_before_its_measure_at_the_earliest() -> None:
    for day, questions in stream(cases()).items():
        for question in questions:
            if question.case.about is About.CRISIS:
                assert (question.case.first - day).days <= 5
                assert day <= question.case.last


def test_every_label_of_the_suite_stands_in_the_pack_on_its_first_day(bundled_pack: Pack) -> None:
    covid = read_covid_pack(bundled_pack)

    for case in cases():
        if case.about is About.CRISIS:
            assert any(covid.version_on(entry_id, case.first) for entry_id in case.expected), case.id


@pytest.mark.parametrize(("entry", "before", "on"), [("covid-pge", date(2020, 3, 24), date(2020, 3, 25))])
def test_a_version_is_served_from_its_day_on(entry: str, before: date, on: date, bundled_pack: Pack) -> None:
    covid = read_covid_pack(bundled_pack)

    assert not covid.is_served_on(EntryId(entry), before)
    assert covid.is_served_on(EntryId(entry), on)
    assert not covid.is_served_on(EntryId(entry), date(2021, 1, 1))
    assert covid.is_served_on(EntryId("covid-fonds-solidarite"), date(2020, 3, 18))


def test_an_offered_entry_is_well_done_and_not_right() -> None:
    offered = an_outcome(AnswerStatus.CLARIFICATION, is_right=False, is_offered=True)
    refused = an_outcome(AnswerStatus.ABSTAINED, is_right=False)
    early = an_outcome(is_due=False)

    assert [is_well_done(outcome) for outcome in (an_outcome(), offered, refused)] == [True, True, False]
    assert due_crisis([offered, refused, early]) == [offered, refused]
