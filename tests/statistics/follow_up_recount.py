"""The figures counted again, in plain Python, from the rows that are in the tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from noa_rag.domain.answer import Mark
from noa_rag.domain.figures import Chosen, Tally
from noa_rag.statistics.follow_up import FollowUp
from noa_rag.statistics.period import Period
from noa_rag.statistics.tally import Row
from tests.made_up_records import MadeUpRecords

PARIS = ZoneInfo("Europe/Paris")
AGENCIES = ("inpi", "urssaf", "douanes")
THEMES = ("propriete-intellectuelle", "cotisations")
ENTRIES = tuple((f"fiche-{number}", AGENCIES[number % 3], THEMES[number % 2]) for number in range(12))
OWNERS = {entry: agency for entry, agency, _ in ENTRIES}
Question = dict[str, Any]
Owners = Mapping[str, str]


def assert_same(figures: FollowUp, asked: MadeUpRecords, chosen: Chosen, *, owners: Owners = OWNERS) -> None:
    """Compare every figure of a period; `owners` are the agencies of the entries."""
    period = figures.period

    def agency_of(question: Question) -> str | None:
        contact: str | None = question["contact_agency_id"]
        return owners[question["entry_id"]] if question["entry_id"] else contact

    def is_chosen(question: Question) -> bool:
        if chosen.site is not None and (question["site"] or "") != chosen.site:
            return False
        return chosen.agencies is None or agency_of(question) in chosen.agencies

    chosen_ones = [question for question in asked.questions if is_chosen(question)]
    now = [question for question in chosen_ones if is_in(question, period)]
    before = [
        question
        for question in chosen_ones
        if is_in(question, period.before()) and question["asked_at"] < figures.compared.ends_at
    ]
    verdicts = {row["question_id"]: row for row in asked.feedback}
    assert figures.total == tallied(now, verdicts)
    assert figures.before == tallied(before, verdicts)
    sides: list[tuple[tuple[Row, ...], Callable[[Question], Any]]] = [
        (figures.agencies, agency_of),
        (figures.sites, lambda question: question["site"]),
        (figures.regions, lambda question: question["region"]),
        (figures.audiences, lambda question: question["audience"]),
        (figures.languages, lambda question: question["language"]),
    ]
    for rows, side in sides:
        assert as_dict(rows) == by(side, now, before, verdicts)
    answered, answered_before = ([question for question in some if question["entry_id"]] for some in (now, before))
    assert as_dict(figures.themes) == by(theme_of, answered, answered_before, verdicts)
    served = by(lambda question: question["entry_id"], answered, answered_before, verdicts)
    assert as_dict(figures.served) == {key: pair for key, pair in served.items() if pair[0].asked}
    assert refusals(figures) == Counter(question["reason"] for question in now if question["status"] == "abstained")
    given = [verdicts[question["id"]] for question in now if question["id"] in verdicts]
    assert {complaint.key: complaint.now for complaint in figures.complaints if complaint.now} == Counter(
        row["reason"] for row in given if not row["is_useful"]
    )
    assert [point.now.asked for point in figures.points] == per_bucket(now, period)
    durations = sorted(question["duration_seconds"] for question in now)
    for number, shown in ((50, figures.speed.p50), (95, figures.speed.p95), (99, figures.speed.p99)):
        assert shown == (durations[-(-len(durations) * number // 100) - 1] if durations else None)
    slowest = sorted(now, key=lambda question: (-question["duration_seconds"], question["id"]))[
        :10
    ]  # as the follow-up promises
    assert [question.question_id for question in figures.slowest] == [question["id"] for question in slowest]
    ids = {question["id"] for question in now}
    assert figures.marks == {
        mark: sum(said(row, mark) for row in asked.marks if row["question_id"] in ids) for mark in Mark
    }
    for some, side in ((now, "now"), (before, "before")):
        attempts = last_attempts(asked, some)
        outcomes = Counter(attempt["outcome"] for attempt in attempts)
        by_key = {
            rephrasing.key: getattr(rephrasing, side) for rephrasing in figures.rephrasings if getattr(rephrasing, side)
        }
        assert by_key == ({"asked_for": len(attempts), **outcomes} if attempts else {})
        by_key = {reason.key: getattr(reason, side) for reason in figures.rephrasing_reasons if getattr(reason, side)}
        assert by_key == Counter(attempt["reason"] or None for attempt in attempts if attempt["outcome"] != "shown")
    useless = [question for question in now if question["id"] in verdicts and not verdicts[question["id"]]["is_useful"]]
    last = sorted(useless, key=lambda question: (-question["asked_at"].timestamp(), question["id"]))[:10]
    assert [question.question_id for question in figures.not_useful] == [attempt["id"] for attempt in last]


def is_in(question: Question, period: Period) -> bool:
    return period.first_day <= question["asked_at"].astimezone(PARIS).date() <= period.last_day


def theme_of(question: Question) -> str:
    return {entry: theme for entry, _, theme in ENTRIES}[question["entry_id"]]


def tallied(questions: Iterable[Question], verdicts: dict[str, Question]) -> Tally:
    questions = list(questions)
    came = Counter(question["status"] for question in questions)
    given = [verdicts[question["id"]]["is_useful"] for question in questions if question["id"] in verdicts]
    return Tally(came["answered"], came["clarification"], came["abstained"], len(given), sum(given))


def by(
    side: Callable[[Question], Any], now: list[Question], before: list[Question], verdicts: dict[str, Question]
) -> dict[Any, tuple[Tally, Tally]]:
    keys = {side(row) for row in (*now, *before)}
    return {
        key: (
            tallied((row for row in now if side(row) == key), verdicts),
            tallied((row for row in before if side(row) == key), verdicts),
        )
        for key in keys
    }


def as_dict(rows: tuple[Row, ...]) -> dict[Any, tuple[Tally, Tally]]:
    return {row.key: (row.now, row.before) for row in rows}


def refusals(figures: FollowUp) -> dict[Any, int]:
    return {reason.key: reason.now for reason in figures.reasons if reason.now}


def per_bucket(questions: Iterable[Question], period: Period) -> list[int]:
    return [
        sum(bucket.begins_at <= question["asked_at"] < bucket.ends_at for question in questions)
        for bucket in period.buckets()
    ]


def said(mark: Question, expected: Mark) -> bool:
    return bool(mark["mark"] == expected)


def last_attempts(asked: MadeUpRecords, questions: list[Question]) -> list[Question]:
    ids = {question["id"] for question in questions}
    return list(
        {
            rephrasing["question_id"]: rephrasing
            for rephrasing in asked.rephrasings
            if rephrasing["question_id"] in ids
        }.values()
    )
