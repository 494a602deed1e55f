"""`noa retention` and `noa records`: periods, figures, one question shown and erased."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from noa_rag.domain.question import shown_reference
from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from noa_rag.storage.question_tables import questions
from tests.factories import a_recorded_question, a_theme, an_agency

Command = Any
OLD, NEW = "1" * 32, "2" * 32


@pytest.fixture
def reference(settings: Settings) -> str:
    """The number of a question of today, beside one of two years ago."""
    records = open_records(settings)
    records.directory.save([an_agency()], [a_theme()])
    for question_id in (OLD, NEW):
        records.questions.record(a_recorded_question(question_id))
    with records.database.writing() as connection:
        for question_id, days in ((OLD, 730), (NEW, 0)):
            moment = datetime.now(UTC) - timedelta(days=days)
            connection.execute(questions.update().where(questions.c.id == question_id).values(asked_at=moment))
    number = shown_reference(records.references.keep(NEW))
    records.close()
    return number


def test_every_period_is_shown_with_its_reason_and_what_is_too_old(noa: Command, reference: str) -> None:
    shown = noa("retention", "show").out

    assert "questions: 396 days (NOA_KEEP_QUESTIONS_DAYS); too old: 1\n  questions 2," in shown
    assert "  Why: who approved which answer: a chain, of which nothing can be taken out." in shown


def test_a_dry_run_tells_and_removes_nothing(noa: Command, reference: str) -> None:
    output = noa("retention", "purge", "--dry-run").out

    assert ["questions", "1"] in [line.split() for line in output.splitlines()]
    assert noa("retention", "purge", "--dry-run").out == output


def test_a_purge_tells_in_figures_what_it_removed(noa: Command, reference: str) -> None:
    assert noa("retention", "purge").out == "table      removed\nquestions  1\n"
    assert noa("retention", "purge").out == "Nothing is older than its period.\n"
    assert noa("audit", "verify").status == 0
    assert "records_purged" in noa("audit", "show").out


def test_a_question_is_exported_as_json(noa: Command, reference: str) -> None:
    shown = json.loads(noa("records", "export", reference.lower()).out)

    assert shown["questions"][0]["question"]["id"] == NEW


def test_an_erased_question_is_gone_and_what_stays_is_told(noa: Command, reference: str) -> None:
    assert noa("records", "erase", reference, "--dry-run").out.startswith("Would be erased:\n")

    output = noa("records", "erase", reference, "--yes").out

    assert "  questions: 1\n" in output
    assert "Stays:\n  counts: one more question in its hour" in output
    assert noa("records", "export", reference).status == 1


def test_what_is_no_number_is_refused_in_words(noa: Command) -> None:
    refused = noa("records", "export", "42")

    assert (refused.status, refused.out) == (1, "")
    assert "is no reference number" in refused.err
