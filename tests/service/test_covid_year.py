"""The covid pack over the year 2020, on the real answer path: nothing on the wrong day, and nothing afterwards."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion
from noa_rag.domain.question import Ask
from noa_rag.knowledge.importing import import_pack
from noa_rag.knowledge.pack import Pack
from noa_rag.retrieval.calibration import read_calibration
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.spelling import Glossary
from noa_rag.service.noa import Noa
from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from tests import databases
from tests.fakes import FakeEmbedder, FakeJudge

COVID = Path(__file__).resolve().parents[2] / "knowledge" / "packs" / "covid-2020"
DAYS = st.integers(0, 365 + 60).map(lambda number: date(2020, 1, 1) + timedelta(days=number))


@pytest.fixture(scope="module")
def covid(bundled_pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noa]:
    """A service over the covid pack alone, with a fake embedder."""
    folder = tmp_path_factory.mktemp("covid")
    until_closed = ExitStack()
    url = until_closed.enter_context(databases.a_base(databases.ENGINE, folder))
    chosen = Settings(data_dir=folder, knowledge=Path(), database_url=url)
    records = open_records(chosen)
    records.directory.save(bundled_pack.agencies, bundled_pack.themes)
    import_pack(records, COVID)
    embedder = FakeEmbedder()
    index = SearchIndex(embedder, VectorCache(folder / "vectors.db", embedder.dimension), Glossary())
    noa = Noa(chosen, records, index, read_calibration())
    noa.judge = FakeJudge()
    noa._answering = noa.answering(is_recorded=False)
    noa.refresh()
    yield noa
    noa.close()
    until_closed.close()


@pytest.fixture(scope="module")
def histories(covid: Noa) -> dict[EntryId, list[EntryVersion]]:
    """All versions of each entry, from the first."""
    return {entry_id: list(covid.records.entries.history(entry_id)) for entry_id in sorted(covid.records.entries.ids())}


@seed(2020)
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(day=DAYS, number=st.integers(0, 100_000))
def test_no_withdrawn_superseded_or_closed_version_is_ever_served(
    covid: Noa, histories: dict[EntryId, list[EntryVersion]], day: date, number: int
) -> None:
    questions = [
        text
        for versions in histories.values()
        for text in (
            versions[-1].content.question,
            *(question.text for question in versions[-1].content.alternate_questions),
        )
    ]

    answer = covid.ask(Ask(questions[number % len(questions)], as_of=day))

    served = {answer.entry.id} if answer.entry else set()
    for entry_id in served | {choice.entry_id for choice in answer.choices}:
        known = [version for version in histories[entry_id] if paris_day(version.approved_at) <= day]
        assert known[-1].status is EntryStatus.APPROVED
        assert known[-1].content.window.contains(day)
    if answer.entry is not None:
        assert answer.entry == known[-1]
        assert date(2020, 3, 18) <= day <= date(2020, 12, 31)


def test_a_question_of_the_tenth_of_april_is_answered_with_the_rules_of_that_day(covid: Noa) -> None:
    first, later = (
        covid.ask(Ask("Qui a droit au fonds de solidarité et comment demander l'aide ?", as_of=day)).entry
        for day in (date(2020, 4, 10), date(2020, 12, 24))
    )

    assert first is not None
    assert later is not None
    assert (first.id, "50 %" in first.content.answer, "10 000" in first.content.answer) == (
        "covid-fonds-solidarite", True, False,
    )  # fmt: skip
    assert "20 %" in later.content.answer


def test_the_curfew_is_unknown_during_the_second_lockdown(covid: Noa) -> None:
    question = "Couvre-feu : que change-t-il pour mon entreprise ?"

    shown = [covid.ask(Ask(question, as_of=date(2020, *day))).entry for day in ((10, 29), (11, 15), (12, 15))]

    assert [entry.version if entry and entry.id == "covid-couvre-feu" else None for entry in shown] == [2, None, 4]


def test_today_the_pack_answers_nothing(covid: Noa) -> None:
    for entry_id in covid.records.entries.ids():
        question = covid.records.entries.history(entry_id)[-1].content.question
        assert covid.ask(Ask(question)).status is AnswerStatus.ABSTAINED
    assert covid.index.snapshot.versions == {}
