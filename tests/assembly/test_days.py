"""As of a day, Noa answers as a service would have whose base held what was known on that day; today costs nothing."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from noa_rag.answering.pipeline import answer_path, run
from noa_rag.answering.turn import Turn
from noa_rag.assembly.service import Noa, today_in_paris
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.days import paris_day, start_of
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion, NewVersion, ValidityWindow
from noa_rag.domain.errors import DayOutOfRange
from noa_rag.domain.match import Retrieved
from noa_rag.domain.question import Ask, Question
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.retrieval.vectors import VectorCache
from tests.factories import a_new_version, a_theme, an_agency
from tests.fakes import FakeEntryReader, FakeJudge

FIRST_DAY = date(2020, 1, 1)
SUBJECTS = (
    "fonds de solidarité", "chômage partiel", "prêt garanti", "loyer commercial", "masque au travail",
    "couvre-feu", "report de cotisations", "marché public", "prime exceptionnelle",
)  # fmt: skip
DETAILS = ("1 500 euros", "70 %", "restaurant fermé", "attestation", "trente jours", "région", "Urssaf", "salarié")
DAYS_OF_2020 = st.integers(0, 365).map(lambda number: FIRST_DAY + timedelta(days=number))


def a_history(chance: random.Random) -> list[NewVersion]:
    """Return successive versions of nine entries, with windows, withdrawals and texts at random."""
    versions: list[NewVersion] = []
    for number, subject in enumerate(SUBJECTS):
        entry_id = f"covid-{number}"
        days = sorted(chance.sample(range(0, 360), chance.randint(1, 5)))
        for expected_version, day in enumerate(days):
            approved_at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=chance.randrange(1_440))
            opened = paris_day(approved_at) + timedelta(days=chance.randint(-20, 3))
            closed = opened + timedelta(days=chance.randint(10, 200))
            versions.append(
                a_new_version(
                    entry_id,
                    expected_version=expected_version,
                    approved_at=approved_at,
                    status=EntryStatus.WITHDRAWN if chance.random() < 0.15 else EntryStatus.APPROVED,
                    question=f"{subject} : {chance.choice(DETAILS)} ?",
                    answer=f"Version {expected_version + 1} : {subject}, {', '.join(chance.sample(DETAILS, 3))}.",
                    window=ValidityWindow(opened, chance.choice([None, closed])),
                )
            )
    return versions


def a_question(chance: random.Random) -> str:
    return f"{chance.choice(SUBJECTS)} {chance.choice(DETAILS)} ?"


def a_service_of_that_day(noa: Noa, versions: list[NewVersion], day: date, *, is_strict: bool) -> Callable[[str], Turn]:
    """Return a service whose base holds what was known at the end of a day; if strict, only what held on it."""
    base = FakeEntryReader([an_agency()], [a_theme()])
    for one in versions:
        if one.approved_at < start_of(day + timedelta(days=1)):
            base.add_versions([one])
    known: list[EntryVersion] = base.changed_since(-1)[1]
    if is_strict:
        known = [one for one in known if one.is_servable_on(day)]

    def searcher(entries: list[EntryVersion]) -> HybridRetriever:
        index = noa.index.beside(None)
        index._cache = VectorCache(noa.settings.data_dir / "apart.db", noa.index.embedder.dimension)
        index.refresh(lambda revision: (revision + 1, entries))
        return HybridRetriever(index, noa.calibration.ranking, noa.calibration.subject)

    every = searcher(known)
    path = answer_path(
        entries=base,
        retriever=searcher([one for one in known if one.is_servable_on(day)]),
        judge=FakeJudge(),
        today=lambda: day,
        general_contact=AgencyId(noa.settings.general_contact),
        aside=None if is_strict else (every, FakeJudge()),
    )
    return lambda text: run(path, Ask(text))


def told(turn: Turn) -> dict[str, Any]:
    """Return all that the visitor is told, and what it rests on."""
    answer = turn.answer
    assert answer is not None
    return {
        "status": answer.status,
        "reason": answer.reason,
        "text": answer.text,
        "entry": (answer.entry.id, answer.entry.version) if answer.entry else None,
        "choices": answer.choices,
        "contact": answer.contact.id if answer.contact else None,
        "matches": [(one.entry_id, one.section_key) for one in turn.retrieved.matches],
    }


def figures(turn: Turn) -> list[float]:
    return [value for match in turn.retrieved.matches for _, value in sorted(match.evidence.items())]


@pytest.fixture(params=[1, 2, 3])
def lived(request: pytest.FixtureRequest, noa: Noa) -> tuple[Noa, list[NewVersion]]:
    """A service over a base that went through a year of revisions."""
    versions = a_history(random.Random(request.param))
    noa.records.entries.add_versions(versions)
    noa.refresh()
    return noa, versions


@seed(20200318)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(day=DAYS_OF_2020, number=st.integers(0, 10_000))
def test_the_answer_of_a_day_is_that_of_a_service_that_knew_what_was_known(
    lived: tuple[Noa, list[NewVersion]], day: date, number: int
) -> None:
    noa, versions = lived
    text = a_question(random.Random(number))

    asked = run(noa.path(), Ask(text, as_of=day))

    of_that_day = a_service_of_that_day(noa, versions, day, is_strict=False)(text)
    assert told(asked) == told(of_that_day)
    assert np.allclose(figures(asked), figures(of_that_day), rtol=1e-5, atol=1e-6)
    valid_alone = told(a_service_of_that_day(noa, versions, day, is_strict=True)(text))
    if told(asked)["reason"] is not Reason.OUTSIDE_VALIDITY:
        assert told(asked) == valid_alone
    else:  # nothing valid answers: that one has expired is all that the refusal adds
        assert (valid_alone["status"], valid_alone["entry"]) == (AnswerStatus.ABSTAINED, None)


@seed(20200318)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(day=DAYS_OF_2020, number=st.integers(0, 10_000))
def test_no_version_is_served_on_a_day_that_was_not_its_own(
    lived: tuple[Noa, list[NewVersion]], day: date, number: int
) -> None:
    noa, versions = lived

    answer = noa.ask(Ask(a_question(random.Random(number)), as_of=day))

    if answer.entry is not None:
        before = start_of(day + timedelta(days=1))
        newest = [one for one in versions if one.id == answer.entry.id and one.approved_at < before][-1]
        assert (answer.entry.version, answer.entry.content) == (newest.expected_version + 1, newest.content)
        assert newest.status is EntryStatus.APPROVED
        assert newest.content.window.contains(day)


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

    noa.records.entries.add_versions(a_history(random.Random(4)))
    known = [one for one in noa.records.changed_since(-1)[1] if one.id.startswith("covid")]
    expired = [one for one in known if not one.is_servable_on(today_in_paris())]
    for open_ended in (one for one in known if one not in expired):
        noa.records.entries.withdraw(open_ended.id, author="camille", note="", at=datetime.now(UTC))
    noa.refresh()
    after = [run(noa.path(), Ask(text)) for text in questions]

    assert expired
    for turn, other in zip(before, after, strict=True):
        assert figures(turn) == figures(other)
        if told(other)["reason"] is not Reason.OUTSIDE_VALIDITY:
            assert told(turn) == told(other)


def test_a_refusal_says_that_the_entry_has_expired(noa: Noa) -> None:
    window = ValidityWindow(date(2020, 3, 18), date(2020, 12, 31))
    noa.records.entries.add_versions(
        [
            a_new_version(
                "fonds",
                question="Qui touche le fonds de solidarité ?",
                approved_at=at(date(2020, 3, 18)),
                window=window,
            ),
            a_new_version("marque", question="Comment déposer une marque ?"),
        ]
    )
    noa.refresh()

    answer = noa.ask(Ask("qui touche le fonds de solidarité ?"))

    assert (answer.status, answer.reason) == (AnswerStatus.ABSTAINED, Reason.OUTSIDE_VALIDITY)
    assert EntryId("fonds") not in noa.index.snapshot.versions


@pytest.mark.parametrize(
    ("day", "is_answered"),
    [(date(2020, 2, 28), False), (date(2020, 2, 29), True), (date(2020, 12, 31), True), (date(2021, 1, 1), False)],
)
def test_an_entry_opens_on_a_leap_day_and_closes_with_the_year(noa: Noa, day: date, is_answered: bool) -> None:
    window = ValidityWindow(date(2020, 2, 29), date(2020, 12, 31))
    noa.records.entries.add_versions(
        [a_new_version("fonds", question="Fonds de solidarité ?", approved_at=at(date(2020, 2, 1)), window=window)]
    )
    noa.refresh()

    assert (noa.ask(Ask("fonds de solidarité ?", as_of=day)).entry is not None) is is_answered


def test_the_last_evening_of_the_year_is_over_at_midnight_in_paris(noa: Noa, monkeypatch: pytest.MonkeyPatch) -> None:
    window = ValidityWindow(None, date(2020, 12, 31))
    noa.records.entries.add_versions(
        [a_new_version("fonds", question="Fonds ?", approved_at=at(date(2020, 3, 18)), window=window)]
    )
    clock = [datetime(2020, 12, 31, 22, 59, 59, tzinfo=UTC)]  # 23:59:59 in Paris; already 2021 in Saint-Denis
    monkeypatch.setattr("noa_rag.assembly.service.today_in_paris", lambda: paris_day(clock[0]))
    noa.refresh()
    asking = noa.answering()

    assert asking.ask(Ask("Fonds ?")).entry is not None

    clock[0] += timedelta(seconds=1)  # the service has not looked at the clock yet
    assert asking.ask(Ask("Fonds ?")).entry is None
    noa.refresh()
    assert asking.ask(Ask("Fonds ?")).entry is None
    assert EntryId("fonds") not in noa.index.snapshot.versions


def test_an_entry_whose_day_has_come_is_found_without_a_change_of_the_base(
    noa: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = date(2020, 3, 29)  # the night in which the clock goes forward
    noa.records.entries.add_versions(
        [a_new_version("fonds", question="Fonds ?", approved_at=at(date(2020, 3, 18)), window=ValidityWindow(opens))]
    )
    clock = [datetime(2020, 3, 28, 22, 59, 59, tzinfo=UTC)]
    monkeypatch.setattr("noa_rag.assembly.service.today_in_paris", lambda: paris_day(clock[0]))
    noa.refresh()
    asking = noa.answering()
    assert asking.ask(Ask("Fonds ?")).entry is None

    clock[0] = datetime(2020, 3, 28, 23, 0, tzinfo=UTC)

    assert asking.ask(Ask("Fonds ?")).entry is not None


def test_questions_of_days_in_order_share_an_index_until_something_changes(
    lived: tuple[Noa, list[NewVersion]], monkeypatch: pytest.MonkeyPatch
) -> None:
    noa, _ = lived
    made: list[int] = []
    holding = SearchIndex.holding

    def counted(*arguments: Any) -> SearchIndex:
        made.append(1)
        return holding(*arguments)

    monkeypatch.setattr(SearchIndex, "holding", counted)
    days = [FIRST_DAY + timedelta(days=number) for number in range(366)]

    for day in days:
        for number in range(2):
            noa.days.searcher(day).retriever.retrieve(run(noa.path()[:2], Ask(f"fonds {number}", as_of=day)).understood)

    states = {noa.days._state(day, whatever_window=False) for day in days}
    assert len(made) <= len(states) + 10  # one that comes back after more than four others is made again
    assert len(noa.days._indexes._kept) <= 4


def test_the_days_asked_of_keep_no_more_states_than_the_base_went_through(lived: tuple[Noa, list[NewVersion]]) -> None:
    noa, versions = lived
    windows = [one.content.window for one in versions]
    approved = {paris_day(one.approved_at) for one in versions}
    opened = {one.valid_from for one in windows}
    closed = {one.valid_until + timedelta(days=1) for one in windows if one.valid_until}

    for number in range(0, 6_000, 3):  # 2003 to 2036
        noa.days.states_of(date(2003, 1, 1) + timedelta(days=2 * number))
    for day in (date.min, date.max):
        noa.days.states_of(day)

    turns = len(approved | opened | closed) + 1  # and the time before
    assert len(noa.days._states) <= 2 * turns
    assert noa.days._states.size <= 16_000_000


def test_what_was_found_keeps_no_state_of_the_base_alive(lived: tuple[Noa, list[NewVersion]]) -> None:
    noa, _ = lived

    run(noa.path(), Ask("fonds ?", as_of=date(2020, 6, 1)))

    assert not any(isinstance(part, frozenset) for moment, *_ in noa.days._found for part in moment)


def test_a_day_that_the_base_does_not_know_is_refused_with_those_it_knows(
    noa: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noa_rag.assembly.service.today_in_paris", lambda: date(2020, 6, 1))
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


def at(day: date, hours: int = 9) -> datetime:
    return start_of(day).astimezone(UTC) + timedelta(hours=hours)


def test_what_was_found_for_words_is_found_again_until_the_base_changes(
    noa: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    retrieve = HybridRetriever.retrieve_embedded

    def counted(self: HybridRetriever, question: Question, *arguments: Any, **named: Any) -> Retrieved:
        asked.append(question.normalised)
        return retrieve(self, question, *arguments, **named)

    monkeypatch.setattr(HybridRetriever, "retrieve_embedded", counted)
    noa.records.entries.add_versions(a_history(random.Random(1))[:4])
    noa.refresh()

    first, again = (run(noa.path(), Ask("quel fonds ?")) for _ in range(2))
    once = len(asked)
    run(noa.path(), Ask("quel fonds ?", region="FR-BRE"))
    elsewhere = len(asked)
    noa.records.entries.add_versions(a_history(random.Random(1))[4:8])
    noa.refresh()
    run(noa.path(), Ask("quel fonds ?"))
    changed = len(asked)
    noa.forget_questions()
    run(noa.path(), Ask("quel fonds ?"))

    assert first.retrieved == again.retrieved
    assert once < elsewhere < changed < len(asked)
    assert asked.count("quel fonds ?") == len(asked)
