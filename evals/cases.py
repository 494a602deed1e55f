"""Labelled questions: suites as JSONL files, read with the line of every mistake."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import Complaint, InvalidKnowledge

SUITES = Path(__file__).parent / "suites"


class CaseKind(StrEnum):
    """What a question is to the base."""

    IN_SCOPE = "in_scope"
    NEAR_MISS = "near_miss"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Case:
    """One question with the entries that answer it, the best first; none when it must be refused."""

    id: str
    question: str
    kind: CaseKind
    expected_entries: tuple[EntryId, ...] = ()
    language: str = "fr"
    register: str = ""


def read_suite(path: Path, *, known_entries: Collection[EntryId] | None = None) -> list[Case]:
    """Return the cases of a suite. Raises InvalidKnowledge with one complaint a wrong line."""
    complaints: list[Complaint] = []
    cases: list[Case] = []
    seen: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        case = _case(line)
        if isinstance(case, str):
            complaints.append(Complaint(path.name, number, case))
            continue
        unknown = [one for one in case.expected_entries if known_entries is not None and one not in known_entries]
        if unknown:
            complaints.append(Complaint(path.name, number, f"unknown entries: {', '.join(unknown)}"))
        if case.id in seen:
            complaints.append(Complaint(path.name, number, f"the id `{case.id}` is used twice"))
        seen.add(case.id)
        cases.append(case)
    if complaints:
        raise InvalidKnowledge(complaints)
    return cases


def _case(line: str) -> Case | str:
    try:
        row = json.loads(line)
        case = Case(
            id=row["id"],
            question=row["question"],
            kind=CaseKind(row["kind"]),
            expected_entries=tuple(EntryId(one) for one in row["expected_entries"]),
            language=row.get("language", "fr"),
            register=row.get("register", ""),
        )
    except (ValueError, TypeError) as error:
        return f"not a case: {error}"
    except KeyError as error:
        return f"the field {error} is missing"
    if bool(case.expected_entries) != (case.kind is CaseKind.IN_SCOPE):
        return "`expected_entries` must be given for in_scope cases, and only for them"
    return case


def read_shared_questions(path: Path, kind: CaseKind) -> list[Case]:
    """Return the shared French questions of one file as cases; they carry no id, so the line number serves."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [
        Case(f"{path.stem}-{number}", row["question"], kind, tuple(EntryId(one) for one in row["expected"]))
        for number, row in enumerate(rows, start=1)
    ]
