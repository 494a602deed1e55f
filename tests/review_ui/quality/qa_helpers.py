"""Runs and recorded questions for the tests of QA's pages."""

from datetime import UTC, datetime
from pathlib import Path

from evals.runner.running import evaluated
from evals.suites.cases import CaseKind
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.entry import EntryId
from noa_rag.service.records import Records
from tests.evals.run_factory import a_case, a_refusal, a_run_folder, an_answer_with
from tests.factories import a_question, a_recorded_question, an_abstention, an_answer, an_entry_version

ENTRY = EntryId("deposer-une-marque")
RECORDED = "a" * 32
REFUSED = "b" * 32
ASKED_AT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # already the 24th in Paris
TEXT = "Le dépôt se fait en ligne. Il coûte 190 €."


def a_kept_run(data_dir: Path, name: str = "2026-11-24T10-00-00", *, is_right: bool = True) -> Path:
    """Write a run of one suite: two questions in scope, the second answered right or refused, and a near miss."""
    first = a_case("a", expected_entries=(ENTRY,))
    second = a_case("b", expected_entries=(ENTRY,), question="Protéger le nom de ma boîte ?")
    near = a_case("c", CaseKind.NEAR_MISS, tempting_entry=ENTRY, question="Déposer un brevet ?")
    settings: dict[str, object] = {
        "made_at": "2026-11-24T10:00:00+01:00",
        "model": "fake",
        "base": {"entries": 1},
        "calibration": {"sha256": "0123456789abcdef"},
        "suites": {"answering": {"cases": 3}},
    }
    folder = a_run_folder(
        data_dir / "evaluations" / name,
        settings,
        answering=[
            an_answer_with(ENTRY, first, actual_text=TEXT),
            an_answer_with(ENTRY, second, actual_text=TEXT) if is_right else a_refusal(second, actual_matches=(ENTRY,)),
            a_refusal(near, actual_matches=(ENTRY,)),
        ],
    )
    evaluated(folder, has_report=False)
    return folder


def record_two(records: Records) -> None:
    """Record a question that was answered, and one that was refused."""
    entry = an_entry_version()
    answered = an_answer(entry, question_id=RECORDED, status=AnswerStatus.ANSWERED)
    records.questions.record(
        a_recorded_question(
            RECORDED, asked_at=ASKED_AT, question=a_question("Je dépose ma marque comment ?"), answer=answered
        )
    )
    refused = an_abstention(question_id=REFUSED, reason=Reason.NOTHING_CLOSE)
    question = a_question("Quelle est la météo à 100 % de Brest ?")
    records.questions.record(a_recorded_question(REFUSED, question=question, answer=refused))
