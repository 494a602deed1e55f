"""Entries that open, close and are withdrawn, seen from a day; and days that cannot be asked of."""

from datetime import UTC, date, datetime, timedelta

import pytest

from noa_rag.answering.pipeline import run
from noa_rag.domain.answer import Reason
from noa_rag.domain.days import start_of, today_in_paris
from noa_rag.domain.entry import EntryId, EntryStatus, ValidityWindow
from noa_rag.domain.errors import DayOutOfRange
from noa_rag.domain.question import Ask
from noa_rag.service.noa import Noa
from tests.factories import a_new_version


def test_an_entry_that_is_withdrawn_today_is_found_by_the_words_it_had(noa: Noa) -> None:
    day = date(2020, 4, 10)
    noa.records.entries.add_versions(
        [
            a_new_version("fonds", question="Qui touche le fonds de solidarité ?", approved_at=at(date(2020, 3, 18))),
            a_new_version(
                "fonds", expected_version=1, question="Aides closes", answer="Tout est clos.", approved_at=at(day, 25)
            ),
            a_new_version("fonds", expected_version=2, question="Aides closes", status=EntryStatus.WITHDRAWN),
        ]
    )
    noa.refresh()

    then = noa.ask(Ask("le fonds de solidarité, qui le touche ?", as_of=day))
    now = noa.ask(Ask("le fonds de solidarité, qui le touche ?"))

    assert then.entry is not None
    assert (then.entry.id, then.entry.version) == ("fonds", 1)
    assert now.entry is None


def test_what_has_expired_weighs_on_no_question_of_today(noa: Noa) -> None:
    noa.records.entries.add_versions(
        [
            a_new_version("prime", question="Quelle prime pour mes salariés ?", answer="La prime de 2026."),
            a_new_version("loyer", question="Mon loyer augmente, que faire ?", answer="Relisez le bail."),
        ]
    )
    noa.refresh()
    questions = ["prime salariés", "quelle prime exceptionnelle verser ?", "loyer du local", "météo", "covid prime"]
    before = [run(noa.path(), Ask(text)) for text in questions]

    window = ValidityWindow(date(2020, 3, 18), date(2020, 12, 31))
    subjects = ("prime exceptionnelle", "loyer commercial", "covid prime et loyer")
    noa.records.entries.add_versions(
        [
            a_new_version(f"covid-{number}", question=f"{subject} : combien ?", answer=subject, window=window)
            for number, subject in enumerate(subjects)
        ]
    )
    noa.refresh()
    after = [run(noa.path(), Ask(text)) for text in questions]

    for turn, other in zip(before, after, strict=True):
        assert [match.evidence for match in turn.retrieved.matches] == [m.evidence for m in other.retrieved.matches]
        assert turn.answer is not None
        assert other.answer is not None
        if other.answer.reason is not Reason.OUTSIDE_VALIDITY:
            assert (turn.answer.text, turn.answer.entry) == (other.answer.text, other.answer.entry)


def test_a_day_that_the_base_does_not_know_is_refused_with_those_it_knows(
    noa: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noa_rag.service.noa.today_in_paris", lambda: date(2020, 6, 1))
    monkeypatch.setattr("noa_rag.service.browsing.today_in_paris", lambda: date(2020, 6, 1))
    noa.records.entries.add_versions(
        [a_new_version("fonds", question="Fonds ?", approved_at=at(date(2020, 3, 18)), window=ValidityWindow())]
    )
    noa.refresh()

    for day in (date.min, date(2020, 3, 17), date(2021, 6, 3), date.max):
        with pytest.raises(DayOutOfRange) as caught:
            noa.check_day(day, field="as_of")
        assert (caught.value.field, caught.value.first, caught.value.last) == (
            "as_of",
            date(2020, 3, 18),
            date(2021, 6, 2),
        )
        assert "2020-03-18 to 2021-06-02" in str(caught.value)
    for day in (date(2020, 3, 18), date(2021, 6, 2)):
        noa.check_day(day, field="as_of")
        assert noa.ask(Ask("Fonds ?", as_of=day)).entry is not None
        assert noa.entry(EntryId("fonds"), on=day) is not None


def test_a_window_that_closes_in_years_may_be_asked_of(noa: Noa) -> None:
    last = date(2090, 12, 31)
    noa.records.entries.add_versions([a_new_version("fonds", question="Fonds ?", window=ValidityWindow(None, last))])
    noa.refresh()

    assert noa.ask(Ask("Fonds ?", as_of=last)).entry is not None
    assert noa.ask(Ask("Fonds ?", as_of=date(2091, 1, 1))).entry is None
    noa.check_day(date(2091, 1, 1), field="as_of")
    with pytest.raises(DayOutOfRange):
        noa.check_day(date(2091, 1, 2), field="as_of")


def test_an_empty_base_may_be_asked_of_today(noa: Noa) -> None:
    today = today_in_paris()

    noa.check_day(today, field="as_of")
    with pytest.raises(DayOutOfRange):
        noa.check_day(today - timedelta(days=1), field="as_of")


def test_the_days_asked_of_keep_no_more_states_than_the_base_went_through(noa: Noa) -> None:
    first = datetime(2020, 1, 1, tzinfo=UTC)
    window = ValidityWindow(date(2020, 3, 18), date(2020, 12, 31))
    noa.records.entries.add_versions(
        [a_new_version("prime", approved_at=first), a_new_version("fonds", approved_at=first, window=window)]
    )
    noa.refresh()

    for number in range(2_000):  # 2015 to 2036
        noa.days.states_of(date(2015, 1, 1) + timedelta(days=4 * number))

    turns = 4  # the time before, the approval, and the window's first and last day
    assert len(noa.days._states) <= 2 * turns


def at(day: date, hours: int = 9) -> datetime:
    return start_of(day).astimezone(UTC) + timedelta(hours=hours)
