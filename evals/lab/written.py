"""The shared questions written over fiches: a fifth of the fiches are only measured on."""

import json
from collections import Counter

from evals.calibration.asking import ask_with
from evals.calibration.fiche_report import HITS_AT, hit_figure, orders
from evals.metrics import Figure
from evals.runner.bases import SHARED
from evals.suites.cases import Case, CaseKind
from evals.suites.splits import is_fiche_apart
from noa_rag.domain.entry import EntryId
from noa_rag.service.noa import Noa

QUESTIONS = SHARED / "written" / "questions.jsonl"


def written_questions() -> list[dict[str, str]]:
    """Return the rows of the shared questions over fiches; none without the shared material."""
    if not QUESTIONS.is_file():
        return []
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def questions_apart() -> list[Case]:
    """Return the questions about fiches that no training saw, near misses among them."""
    return [
        Case(
            f"written-{number}",
            row["question"],
            CaseKind.IN_SCOPE if row["answers"] else CaseKind.NEAR_MISS,
            (EntryId(row["fiche"]),) if row["answers"] else (),
            language="en" if row["register"] == "english" else "fr",
            register=row["register"],
        )
        for number, row in enumerate(written_questions(), start=1)
        if is_fiche_apart(EntryId(row["fiche"]))
    ]


def written_figures(noa: Noa) -> list[Figure]:
    """Return how often the right fiche comes first, and in the first five, by each order and in each register."""
    cases = [case for case in questions_apart() if case.kind is CaseKind.IN_SCOPE]
    asked = ask_with(noa.retriever, noa.index.embedder, cases)
    found = []
    for name, order in orders(noa).items():
        ranked = [(one, order(one)) for one in asked]
        found += [hit_figure(ranked, limit, f"written, {name}") for limit in HITS_AT]
        for register in Counter(case.register for case in cases):
            own = [(one, ids) for one, ids in ranked if one.case.register == register]
            found += [hit_figure(own, limit, f"written, {name}, {register}") for limit in HITS_AT]
    return found
