"""The suite `recorded`: cases that QA made of visitors' questions and of marks, kept in the database."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, asdict, fields
from pathlib import Path

from evals.suites.cases import Case, CaseKind, parse_case
from noa_rag.domain.answer import Mark, MarkedAnswer, SentenceMark, overall
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import Complaint, InvalidKnowledge, InvalidRequest
from noa_rag.french.personal_data import mask_personal_data
from noa_rag.service.noa import Noa
from noa_rag.storage.recorded_cases import CaseFields, RecordedCaseStore

SUITE = "recorded"


def case_fields(
    question: str,
    kind: CaseKind,
    *,
    expected: Sequence[EntryId] = (),
    tempting: EntryId | None = None,
    language: str = "fr",
) -> CaseFields:
    """Return a case as it is kept, its question masked. Raises InvalidRequest when the labels contradict each other."""
    made = {
        "question": mask_personal_data(question.strip()),
        "kind": kind.value,
        "expected_entries": list(expected),
        "tempting_entry": tempting if kind is CaseKind.NEAR_MISS else None,
        "language": language,
    }
    filled = {name: value for name, value in made.items() if value}
    try:
        parse_case(json.dumps({"id": "new", **filled}).encode())
    except ValueError as error:
        raise InvalidRequest(f"These labels make no case: {error}.", field="expected") from error
    return filled


def case_of_marks(
    answer: MarkedAnswer, marks: Sequence[SentenceMark], *, answers_instead: EntryId | None = None, language: str = "fr"
) -> CaseFields | None:
    """Return the case that marks make: right or partly right expects the entry, wrong does not; None without marks.

    For a wrong answer `answers_instead` names the entry that answers; without it the question is a near miss of the
    one shown, to be refused.
    """
    said = overall(marks)
    if said is None:
        return None
    if said is not Mark.WRONG:
        return case_fields(answer.question, CaseKind.IN_SCOPE, expected=[answer.entry_id], language=language)
    if answers_instead and answers_instead != answer.entry_id:
        return case_fields(answer.question, CaseKind.IN_SCOPE, expected=[answers_instead], language=language)
    return case_fields(answer.question, CaseKind.NEAR_MISS, tempting=answer.entry_id, language=language)


def recorded_cases(store: RecordedCaseStore) -> list[Case]:
    """Return the cases that were made. Raises InvalidKnowledge when one cannot be read."""
    cases, complaints = [], []
    for number, kept in enumerate(store.all(), start=1):
        try:
            cases.append(parse_case(json.dumps({**kept.fields, "id": kept.id}).encode()))
        except ValueError as error:
            complaints.append(Complaint(f"recorded case {kept.id}", number, str(error)))
    if complaints:
        raise InvalidKnowledge(complaints)
    return cases


def cases_of_base(noa: Noa) -> list[Case]:
    """Return the cases made in this base that name entries it has; a withdrawn entry answers no longer."""
    known = noa.index.snapshot.versions.keys()
    return [
        case for case in recorded_cases(RecordedCaseStore(noa.records.database)) if known >= set(case.expected_entries)
    ]


def as_lines(cases: Iterable[Case]) -> list[str]:
    """Return cases as the lines of a suite's file."""
    return [json.dumps(_told(case), ensure_ascii=False) + "\n" for case in cases]


def export_cases(cases: Iterable[Case], path: Path) -> int:
    """Write cases as a suite's file and return how many there were."""
    lines = as_lines(cases)
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def _told(case: Case) -> dict[str, object]:
    """Return the fields that hold something, as suites are written."""
    usual = {one.name: one.default for one in fields(case) if one.default is not MISSING and one.name != "language"}
    return {name: value for name, value in asdict(case).items() if name not in usual or value != usual[name]}
