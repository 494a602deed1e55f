"""The shared questions written over fiches: a fifth of the fiches are only measured on."""

import json
from collections import Counter
from collections.abc import Sequence

from evals.asking import Asked, ask_with
from evals.bases import SHARED
from evals.cases import Case, CaseKind
from evals.metrics import Figure, share
from evals.metrics.ranking import hit_at
from evals.splits import is_fiche_apart
from noa_rag.domain.entry import EntryId
from noa_rag.service.noa import Noa

QUESTIONS = SHARED / "written" / "questions.jsonl"
LIMITS = (1, 5)


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
    # Imported here: the report on fiches imports the calibration, which learns from what trained the encoder.
    from evals.fiche_report import orders

    cases = [case for case in questions_apart() if case.kind is CaseKind.IN_SCOPE]
    asked = ask_with(noa.retriever, noa.index.embedder, cases)
    found = []
    for name, order in orders(noa).items():
        ranked = [(one, order(one)) for one in asked]
        found += [_hit(ranked, limit, f"written, {name}") for limit in LIMITS]
        for register in Counter(case.register for case in cases):
            own = [(one, ids) for one, ids in ranked if one.case.register == register]
            found += [_hit(own, limit, f"written, {name}, {register}") for limit in LIMITS]
    return found


def _hit(ranked: Sequence[tuple[Asked, Sequence[EntryId]]], limit: int, name: str) -> Figure:
    return share(hit_at(ids, one.case.expected_entries, limit) for one, ids in ranked).as_figure(f"{name}, hit@{limit}")
