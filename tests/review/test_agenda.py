"""The agenda's rules, on months counted by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from noa_rag.domain.agenda import AgendaDecision, CommitteeDecision, EntryAnswer, Month
from noa_rag.domain.draft import DraftState, Published
from noa_rag.domain.entry import EntryId, EntryStatus, ValidityWindow
from noa_rag.domain.errors import NotFound
from noa_rag.domain.facts import DatedValue, FactBook
from noa_rag.domain.failure import Asked, Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.domain.question import Language
from noa_rag.review.agenda import Agenda, Trend, agenda
from tests.factories import VAT_FACT, a_group_draft, an_entry_version

OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)
DECIDED_AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def a_group(group_id: str, *days: str) -> QuestionGroup:
    """Return a group asked at noon on these days, such as `11-05`."""
    failures = [_failure(f"{group_id}-{number}", f"2026-{day}") for number, day in enumerate(sorted(days))]
    return QuestionGroup(GroupId(group_id), f"Question {group_id} ?", DECIDED_AT, tuple(failures))


def a_decision(group_id: str, decision: CommitteeDecision, **changes: Any) -> AgendaDecision:
    taken = AgendaDecision(NOVEMBER, GroupId(group_id), decision, "", PersonId("camille"), DECIDED_AT)
    return replace(taken, **changes)


def an_agenda(
    month: Month,
    *groups: QuestionGroup,
    today: date = date(2026, 12, 31),
    **given: Any,
) -> Agenda:
    parts: dict[str, Any] = {"drafts": [], "entries": [], "decisions": [], "answers": []}
    return agenda(month, groups=groups, today=today, **(parts | given))


def listed(made: Agenda) -> list[str]:
    return [item.group.id for item in made.items]


def test_groups_are_ranked_by_the_month_then_by_all_that_asked() -> None:
    made = an_agenda(
        NOVEMBER,
        a_group("few", "11-03"),
        a_group("old", "09-01", "10-01", "11-03"),
        a_group("many", "11-03", "11-04", "11-05"),
    )

    assert [(item.group.id, item.month_volume, item.volume) for item in made.items] == [
        ("many", 3, 3),
        ("old", 1, 3),
        ("few", 1, 1),
    ]


def test_the_trend_is_against_the_month_before() -> None:
    made = an_agenda(
        NOVEMBER,
        a_group("new", "11-03"),
        a_group("rising", "10-02", "11-03", "11-04"),
        a_group("steady", "10-02", "11-03"),
        a_group("falling", "10-02", "10-03", "11-03"),
    )

    assert {item.group.id: item.trend for item in made.items} == {
        "new": Trend.NEW,
        "rising": Trend.RISING,
        "steady": Trend.STEADY,
        "falling": Trend.FALLING,
    }


def test_a_running_month_is_compared_with_the_same_days_of_the_month_before() -> None:
    made = an_agenda(NOVEMBER, a_group("g", "10-05", "10-20", "11-03"), today=date(2026, 11, 10))

    assert an_agenda(Month(2026, 2)).compared_until == date(2026, 1, 31)  # over, and compared with a whole month
    assert made.is_running
    assert made.compared_until == date(2026, 10, 10)
    assert (made.items[0].month_volume, made.items[0].before_volume) == (1, 1)


def test_the_owner_of_the_newest_draft_is_the_agency_and_groups_without_one_come_last() -> None:
    older = a_group_draft("a", "urssaf", created_at=datetime(2026, 10, 1, tzinfo=UTC))

    made = an_agenda(
        NOVEMBER,
        a_group("a", "11-03"),
        a_group("none", "11-03", "11-04", "11-05"),
        a_group("b", "11-03", "11-04", "10-04"),
        drafts=[a_group_draft("a", "inpi"), older, a_group_draft("b", "douanes")],
    )

    parts = [(part.agency_id, part.month_volume, part.before_volume) for part in made.parts()]
    assert parts == [("douanes", 2, 1), ("inpi", 1, 0), (None, 3, 0)]


def test_the_last_word_of_a_month_counts_and_the_earlier_stay() -> None:
    first = a_decision("g", CommitteeDecision.OUT_OF_REMIT, note="Hors de France")
    second = a_decision("g", CommitteeDecision.WRITE, decided_at=DECIDED_AT + timedelta(hours=1))

    november = an_agenda(NOVEMBER, a_group("g", "11-03"), decisions=[first, second])
    december = an_agenda(DECEMBER, a_group("g", "11-03"), decisions=[first, second])

    assert november.items[0].decisions == (second, first)
    assert listed(december) == ["g"]
    assert [outcome.decision for outcome in december.outcomes] == [second]


def test_the_newest_month_has_the_last_word_even_when_an_older_one_is_recorded_after_it() -> None:
    november = a_decision("g", CommitteeDecision.WRITE)
    october = a_decision("g", CommitteeDecision.OUT_OF_REMIT, month=OCTOBER, decided_at=DECIDED_AT + timedelta(days=1))
    group = a_group("g", "10-03")

    given = {"decisions": [november, october]}  # as they were recorded

    assert an_agenda(NOVEMBER, group, **given).items[0].decisions == (november, october)
    assert listed(an_agenda(DECEMBER, group, **given)) == ["g"]
    assert an_agenda(OCTOBER, group, **given).items[0].decisions == (october,)


def test_what_is_out_of_scope_is_listed_only_where_the_committee_decided_about_it() -> None:
    decided = a_decision("decided", CommitteeDecision.WRITE)
    groups = [a_group("decided", "11-03"), a_group("noise", "11-03"), a_group("other", "11-03")]

    made = an_agenda(NOVEMBER, *groups, decisions=[decided], aside=["decided", "noise"])

    assert [(item.group.id, item.is_open) for item in made.items] == [("decided", False), ("other", True)]


@pytest.mark.parametrize(
    ("valid_until", "is_due", "has_expired"),
    [
        (date(2026, 12, 25), True, False),  # 10 November and 45 days
        (date(2026, 12, 26), False, False),
        (date(2026, 11, 10), True, False),  # the last day still counts
        (date(2026, 11, 9), True, True),
        (date(2026, 9, 25), False, False),  # 46 days before
    ],
)
def test_entries_near_the_end_of_their_window_are_due(valid_until: date, is_due: bool, has_expired: bool) -> None:
    entry = an_entry_version(window=ValidityWindow(valid_until=valid_until))

    due = an_agenda(NOVEMBER, entries=[entry], today=date(2026, 11, 10)).due

    assert [due_entry.has_expired for due_entry in due] == ([has_expired] if is_due else [])


def test_an_outcome_counts_what_a_new_entry_answered_and_what_failed_again() -> None:
    draft = a_group_draft(
        "g",
        state=DraftState.APPROVED,
        decided_at=DECIDED_AT + timedelta(hours=1),
        published=Published(EntryId("entry-g"), 1, 0),
    )
    answers = [
        _answer("q1", "autrement dit", "12-01"),
        _answer("q2", "encore autrement", "12-02"),
        _answer("g-1", "question g", "12-03"),  # answered, and the visitor said it was not useful
        _answer("q3", "avant", "11-20"),
        _answer("q4", "autre fiche", "12-02", entry_id="another"),
    ]

    made = an_agenda(
        DECEMBER,
        a_group("g", "11-03", "12-03"),
        drafts=[draft],
        decisions=[a_decision("g", CommitteeDecision.WRITE)],
        answers=answers,
    )

    [outcome] = made.outcomes
    assert (outcome.asked_count, outcome.answered_count) == (3, 2)  # q1, q2, and g-1 that failed
    assert outcome.agency_id == "inpi"


def test_an_entry_that_was_there_before_is_credited_with_the_groups_own_wordings_alone() -> None:
    draft = a_group_draft(
        "g",
        state=DraftState.ATTACHED,
        decided_at=DECIDED_AT + timedelta(hours=1),
        published=Published(EntryId("entry-g"), 4, 3),
    )
    answers = [_answer("q1", "question g-0", "12-01"), _answer("q2", "ce que la fiche disait déjà", "12-01")]

    made = an_agenda(
        DECEMBER,
        a_group("g", "11-03"),
        drafts=[draft],
        decisions=[a_decision("g", CommitteeDecision.ATTACH)],
        answers=answers,
    )

    assert (made.outcomes[0].asked_count, made.outcomes[0].answered_count) == (1, 1)


def _failure(question_id: str, day: str) -> Failure:
    return _failure_at(question_id, f"{day}T12:00:00+00:00")


def _failure_at(question_id: str, moment: str) -> Failure:
    question = Asked(
        question_id=question_id,
        conversation_id=question_id,
        asked_at=datetime.fromisoformat(moment),
        text=f"Question {question_id}",
        normalised=f"question {question_id}",
        language=Language.FRENCH,
        status="abstained",
    )
    return Failure(question, FailureKind.ABSTAINED)


def _answer(question_id: str, normalised: str, day: str, entry_id: str = "entry-g") -> EntryAnswer:
    return EntryAnswer(question_id, normalised, datetime.fromisoformat(f"2026-{day}T12:00:00+00:00"), EntryId(entry_id))


BEFORE = ("11-03", "11-04")
AT_MIDNIGHT = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # in Paris it is December
LATER, ASIDE = CommitteeDecision.LATER, CommitteeDecision.OUT_OF_REMIT


@pytest.mark.parametrize(
    ("month", "days", "draft", "decision", "listed_as"),
    [
        (NOVEMBER, ("12-01",), None, None, None),  # asked after the month
        (NOVEMBER, BEFORE, (DraftState.APPROVED, DECIDED_AT), None, None),
        (NOVEMBER, (*BEFORE, "11-25"), (DraftState.APPROVED, DECIDED_AT), None, "open"),  # failed again since
        (OCTOBER, ("10-03",), (DraftState.APPROVED, DECIDED_AT), None, "open"),  # settled in the month after
        (NOVEMBER, BEFORE, (DraftState.APPROVED, AT_MIDNIGHT), None, "open"),
        (DECEMBER, BEFORE, (DraftState.APPROVED, AT_MIDNIGHT), None, None),
        (NOVEMBER, BEFORE, (DraftState.APPROVED, DECIDED_AT), CommitteeDecision.WRITE, "closed"),  # decided that month
        (DECEMBER, (*BEFORE, "12-01"), (DraftState.DECLINED, DECIDED_AT), None, None),
        (DECEMBER, (*BEFORE, "12-01", "12-02"), (DraftState.DECLINED, DECIDED_AT), None, "open"),  # twice as many
        (DECEMBER, BEFORE, None, LATER, "open"),
        (NOVEMBER, BEFORE, None, ASIDE, "open"),
        (DECEMBER, (*BEFORE, "12-01"), None, ASIDE, None),
        (DECEMBER, (*BEFORE, "12-01", "12-02"), None, ASIDE, "open"),  # twice as many
        (NOVEMBER, (), None, LATER, "closed"),  # all questions purged since
    ],
)
def test_when_a_group_is_on_the_agenda(
    month: Month,
    days: tuple[str, ...],
    draft: tuple[DraftState, datetime] | None,
    decision: CommitteeDecision | None,
    listed_as: str | None,
) -> None:
    group = a_group("g", *days)
    drafts = [a_group_draft("g", state=draft[0], decided_at=draft[1])] if draft else []
    decisions = [a_decision("g", decision)] if decision else []

    made = an_agenda(month, group, drafts=drafts, decisions=decisions)

    assert ["open" if item.is_open else "closed" for item in made.items] == ([listed_as] if listed_as else [])
    if listed_as is None:  # it is listed all the same where it is asked for
        (item,) = an_agenda(month, group, drafts=drafts, decisions=decisions, also=group.id).items
        assert not item.is_open


def test_a_month_ends_at_midnight_in_paris() -> None:
    group = replace(a_group("g", "11-05"), failures=(_failure_at("late", "2026-11-30T23:30:00+00:00"),))

    assert listed(an_agenda(NOVEMBER, group)) == []
    assert [(item.month_volume, item.trend) for item in an_agenda(DECEMBER, group).items] == [(1, Trend.NEW)]


@pytest.mark.parametrize(
    ("review_by", "is_due"), [(date(2026, 9, 1), True), (date(2026, 11, 30), True), (date(2026, 12, 1), False)]
)
def test_approved_entries_to_review_in_the_month_or_before_are_due(review_by: date, is_due: bool) -> None:
    entry, withdrawn = an_entry_version(review_by=review_by), an_entry_version(status=EntryStatus.WITHDRAWN)
    gone = replace(withdrawn, content=entry.content)

    due = an_agenda(NOVEMBER, entries=[entry, gone], today=date(2026, 11, 10)).due

    assert [(due_entry.entry.id, due_entry.review_by) for due_entry in due] == (
        [(entry.id, review_by)] if is_due else []
    )


@pytest.mark.parametrize(
    ("ends", "said", "is_due"),
    [
        (date(2026, 12, 7), "La taxe est de 20 %.", True),  # the day before 10 November and four weeks
        (date(2026, 12, 8), "La taxe est de 20 %.", False),
        (date(2026, 10, 1), "La taxe est de 20 %.", True),
        (date(2026, 12, 7), "La taxe est de 20 %, puis de 21 %.", False),
        (date(2026, 12, 7), "La taxe baisse.", False),
    ],
)
def test_entries_whose_figure_ends_within_four_weeks_are_due(ends: date, said: str, is_due: bool) -> None:
    entry = an_entry_version(answer=said)
    source = VAT_FACT.newest.source
    values = (DatedValue("20", source, valid_until=ends), DatedValue("21", source, valid_from=ends + timedelta(days=1)))
    facts = FactBook([replace(VAT_FACT, periods=values, entries=(entry.id,))])

    due = an_agenda(NOVEMBER, entries=[entry], today=date(2026, 11, 10), facts=facts).due

    assert [[fact.ended_on for fact in due_entry.facts] for due_entry in due] == ([[ends]] if is_due else [])
    assert [due_entry.first_day for due_entry in due] == ([ends] if is_due else [])


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "11-2026", "", "0001-01", "２０２６-11"])
def test_what_is_not_a_month_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        Month.parse(text)


def test_months_follow_each_other_over_the_new_year() -> None:
    assert (Month.parse("2026-12").after(), Month.parse("2026-01").before()) == (Month(2027, 1), Month(2025, 12))
    assert Month(2028, 2).last_day == date(2028, 2, 29)
