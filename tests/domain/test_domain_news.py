"""What counts as new, what as changed, and what as neither."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from noa_rag.domain.entry import AlternateQuestion, EntryStatus, EntryVersion, ValidityWindow
from noa_rag.domain.timeline import IMPORTED_BY, NEWS_DAYS, News, NewsKind, news_of
from noa_rag.knowledge.plan import IMPORT_AUTHOR
from tests.factories import an_entry_version

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def a_version(version: int, *, days_ago: float, approver: str = "dominique", **changes: Any) -> EntryVersion:
    status = changes.pop("status", EntryStatus.APPROVED)
    made = an_entry_version(version=version, status=status, approved_at=NOW - timedelta(days=days_ago), **changes)
    return replace(made, approver=approver)


def news(*history: EntryVersion) -> News | None:
    return news_of(history, TODAY)


def kind(*history: EntryVersion) -> NewsKind | None:
    news_item = news(*history)
    return news_item.kind if news_item else None


def test_a_first_approval_is_new_and_a_later_text_is_a_change() -> None:
    old = a_version(1, days_ago=100)

    assert kind(a_version(1, days_ago=2)) is NewsKind.NEW
    assert kind(old, a_version(2, days_ago=1, answer="Autre chose.")) is NewsKind.CHANGED
    assert kind(old) is None


def test_the_moment_and_the_version_of_the_news_come_with_the_entry_as_it_is_now() -> None:
    first, second = a_version(1, days_ago=3), a_version(2, days_ago=1, alternate_questions=(AlternateQuestion("x"),))

    assert news(first, second) == News(NewsKind.NEW, second, 1, first.approved_at)


def test_an_import_is_no_news_and_a_change_of_what_was_imported_is() -> None:
    imported = a_version(1, days_ago=2, approver=IMPORTED_BY, origin="demonstration")

    assert IMPORTED_BY == IMPORT_AUTHOR
    assert kind(imported) is None
    assert kind(imported, a_version(2, days_ago=1, approver=IMPORTED_BY, answer="Autre chose.")) is None
    assert kind(imported, a_version(2, days_ago=1, answer="Autre chose.")) is NewsKind.CHANGED


def test_what_the_public_does_not_read_is_no_change() -> None:
    old = a_version(1, days_ago=100, origin="demonstration", validated_on=date(2026, 1, 1))
    again = a_version(2, days_ago=1, alternate_questions=(AlternateQuestion("déposer"),), review_by=date(2027, 1, 1))

    assert kind(old, again) is None


def test_what_was_withdrawn_is_no_news_and_what_comes_back_is_new() -> None:
    old = a_version(1, days_ago=100)
    gone = a_version(2, days_ago=5, status=EntryStatus.WITHDRAWN)

    long_gone = replace(gone, approved_at=NOW - timedelta(days=50))
    assert kind(old, gone) is None
    assert kind(old, long_gone, a_version(3, days_ago=1)) is NewsKind.NEW


def test_a_change_that_was_taken_back_is_no_news() -> None:
    old, changed = a_version(1, days_ago=100), a_version(2, days_ago=2, answer="Faux.")

    assert kind(old, changed, a_version(3, days_ago=1)) is None


def test_news_last_their_days_counted_in_paris() -> None:
    first_day = TODAY - timedelta(days=NEWS_DAYS - 1)
    just_in = datetime(first_day.year, first_day.month, first_day.day, tzinfo=UTC) - timedelta(hours=1)

    assert kind(replace(a_version(1, days_ago=0), approved_at=just_in)) is NewsKind.NEW  # midnight in Paris
    assert kind(replace(a_version(1, days_ago=0), approved_at=just_in - timedelta(seconds=1))) is None


def test_an_entry_approved_for_later_is_news_from_its_first_day() -> None:
    tomorrow = ValidityWindow(TODAY + timedelta(days=1))

    assert kind(a_version(1, days_ago=1, window=tomorrow)) is None
    begun = news(a_version(1, days_ago=60, window=ValidityWindow(TODAY)))
    assert begun is not None
    assert begun.at == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)


def test_nothing_is_news_without_a_history_or_when_it_has_run_out() -> None:
    assert news() is None
    assert kind(a_version(1, days_ago=3, window=ValidityWindow(None, TODAY - timedelta(days=1)))) is None
