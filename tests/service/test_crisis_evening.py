"""An evening of the replayed crisis: what failed becomes a draft, an agency takes it, and its entry is published."""

from datetime import date, datetime, timedelta

import pytest

from evals.lab.crisis.playing import Agencies
from evals.lab.crisis.script import AskedOnce, CovidPack, CrisisAnswer, CrisisCase, read_covid_pack
from noa_rag.domain.days import start_of
from noa_rag.domain.entry import EntryId
from noa_rag.knowledge.pack import Pack
from noa_rag.service.noa import Noa
from tests.factories import an_abstention
from tests.service.test_drafts import FirstWords

LOAN, DAY = EntryId("covid-pge"), date(2020, 3, 26)  # the day after the loan came to be


@pytest.fixture
def covid(bundled_pack: Pack) -> CovidPack:
    return read_covid_pack(bundled_pack)


@pytest.fixture
def agencies(noa: Noa, bundled_pack: Pack, covid: CovidPack) -> Agencies:
    noa.records.directory.save(bundled_pack.agencies, bundled_pack.themes)
    noa.refresh()
    return Agencies(noa, covid, FirstWords())


def refused(text: str, expected: EntryId, at: datetime) -> CrisisAnswer:
    case = CrisisCase(text, text, "pge", (expected,), date(2020, 3, 20), date(2020, 12, 31))
    return CrisisAnswer(AskedOnce(case, at), an_abstention(), is_due=True, is_right=False, is_offered=False)


def ask_refused(agencies: Agencies, *asked: tuple[str, EntryId], day: date, first: int) -> None:
    for number, (text, expected) in enumerate(asked):
        agencies.record(refused(text, expected, start_of(day) + timedelta(hours=10, minutes=number)), first + number)


def test_what_was_refused_is_published_that_evening_in_the_words_of_that_day(
    noa: Noa, agencies: Agencies, covid: CovidPack
) -> None:
    ask_refused(agencies, ("pret garanti par l'Etat", LOAN), ("pret de ma banque garanti", LOAN), day=DAY, first=1)

    agencies.evening(DAY)

    (published,) = agencies.published
    shown = noa.records.current([published.entry_id])[published.entry_id]
    of_day = covid.version_on(LOAN, DAY)
    assert of_day is not None
    assert (published.pack_id, published.day) == (LOAN, DAY)
    assert shown.content.answer == of_day.content.answer
    assert agencies.is_version_of_day(shown, DAY)
    assert published.hours == pytest.approx(13 + 50 / 60)  # from the first question at ten until ten to midnight


def test_a_second_group_about_a_published_entry_brings_it_the_words_of_its_visitors(
    noa: Noa, agencies: Agencies
) -> None:
    ask_refused(agencies, ("pret garanti par l'Etat", LOAN), ("pret de ma banque garanti", LOAN), day=DAY, first=1)
    agencies.evening(DAY)
    next_day = DAY + timedelta(days=1)
    ask_refused(agencies, ("tresorerie sans prêt possible", LOAN), ("tresorerie à sec", LOAN), day=next_day, first=3)

    agencies.morning(next_day)
    agencies.evening(next_day)

    (published,) = agencies.published
    shown = noa.records.current([published.entry_id])[published.entry_id]
    asked = {one.text for one in shown.content.alternate_questions}
    assert {"tresorerie à sec", "pret de ma banque garanti"} <= asked
    assert not [one for one in noa.records.review.drafts() if one.state.is_pending]


def test_what_no_measure_answers_yet_waits_as_a_draft(noa: Noa, agencies: Agencies, covid: CovidPack) -> None:
    early = date(2020, 3, 20)
    assert covid.version_on(LOAN, early) is None
    ask_refused(agencies, ("pret garanti par l'Etat", LOAN), ("pret de ma banque garanti", LOAN), day=early, first=1)

    agencies.evening(early)

    (draft,) = noa.records.review.drafts()
    assert agencies.published == []
    assert draft.state.is_pending
