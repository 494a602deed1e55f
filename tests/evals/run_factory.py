"""Outcomes and runs with sensible parts; keyword arguments replace what a test is about."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evals.runner.runs import CaseOutcome, write_outcomes
from evals.suites.cases import Case, CaseKind
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId

MARQUE, BREVET = EntryId("marque"), EntryId("brevet")


def a_case(case_id: str = "a", kind: CaseKind = CaseKind.IN_SCOPE, **changes: Any) -> Case:
    """Return a case; in-scope ones expect the entry `marque`, near misses are tempted by it."""
    is_near = kind is CaseKind.NEAR_MISS
    case = Case(
        id=case_id,
        question="Comment déposer une marque ?",
        kind=kind,
        expected_entries=(MARQUE,) if kind is CaseKind.IN_SCOPE else (),
        register="formal",
        tempting_entry=MARQUE if is_near else None,
    )
    return replace(case, **changes)


def a_refusal(case: Case | None = None, **changes: Any) -> CaseOutcome:
    outcome = CaseOutcome(
        case=case or a_case(),
        actual_status=AnswerStatus.ABSTAINED,
        actual_reason="uncertain",
        actual_entry=None,
        actual_choices=(),
        actual_matches=(BREVET, MARQUE),
        actual_text="Noa n'a pas de réponse validée.",
        confidence=0.2,
        milliseconds=4.0,
        because={"subject": -1.5, "gap": 0.25},
    )
    return replace(outcome, **changes)


def an_answer_with(entry: EntryId, case: Case | None = None, **changes: Any) -> CaseOutcome:
    answer = a_refusal(
        case,
        actual_status=AnswerStatus.ANSWERED,
        actual_reason=None,
        actual_entry=entry,
        actual_matches=(entry,),
        actual_text=f"Le texte de {entry}.",
        confidence=0.9,
        is_verbatim=True,
    )
    return replace(answer, **changes)


def an_offer_of(*choices: EntryId, case: Case | None = None, **changes: Any) -> CaseOutcome:
    offer = a_refusal(
        case,
        actual_status=AnswerStatus.CLARIFICATION,
        actual_reason="close_entries",
        actual_choices=choices,
        actual_matches=choices,
        actual_text="Que voulez-vous dire ?",
        confidence=0.6,
    )
    return replace(offer, **changes)


def a_run_folder(folder: Path, settings: dict[str, object] | None = None, **suites: Sequence[CaseOutcome]) -> Path:
    """Write a run, one keyword a suite, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(settings or {"model": "e5"}), encoding="utf-8")
    for suite, outcomes in suites.items():
        write_outcomes(folder / f"{suite}.jsonl", outcomes)
    return folder
