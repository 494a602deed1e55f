"""How well the verifier reads: on questions it was not trained on, entries that it saw and entries that it did not."""

from collections.abc import Sequence
from dataclasses import replace

from evals.calibration.asking import Asked, ask_hidden, ask_with
from evals.metrics.confidence import auroc
from evals.suites.cases import CaseKind, read_suite
from evals.suites.splits import CONFIDENCE_ONLY, SHARED_OUT, is_withheld, teaches_reading
from noa_rag.retrieval.verifier.verifier import Verifier
from noa_rag.service.noa import Noa


def reading_figures(noa: Noa, verifier: Verifier) -> dict[str, float | int]:
    """Return hit@1 before and after reading, and how well readings tell right first matches from near misses (AUROC).

    Over calibration questions that did not teach reading, entries seen in training and withheld ones apart.
    """
    known = noa.index.snapshot.versions
    cases = [case for path in (*SHARED_OUT, *CONFIDENCE_ONLY) for case in read_suite(path, known_entries=known)]
    asked = ask_with(noa.retriever, noa.index.embedder, cases)
    taught = {case.id for path in SHARED_OUT for case in read_suite(path) if teaches_reading(case)}
    figures: dict[str, float | int] = {}
    for name, chosen in (
        ("entries seen", [one for one in asked if one.case.id not in taught and not _is_about_withheld(one)]),
        ("entries withheld", [one for one in asked if _is_about_withheld(one)]),
    ):
        figures |= {f"{name}: {key}": value for key, value in _figures(noa, verifier, chosen).items()}
    return figures


def read_all(verifier: Verifier, asked: Sequence[Asked]) -> list[Asked]:
    """Return the questions with their first matches read."""
    return [replace(one, retrieved=verifier.read(one.question, one.retrieved)) for one in asked]


def _figures(noa: Noa, verifier: Verifier, asked: Sequence[Asked]) -> dict[str, float | int]:
    in_scope = [one for one in asked if one.case.kind is CaseKind.IN_SCOPE]
    read = read_all(verifier, in_scope)
    right = [_reading(one) for one in read if one.first_is_right]
    figures: dict[str, float | int] = {
        "questions": len(in_scope),
        "hit@1 before reading": round(sum(one.first_is_right for one in in_scope) / len(in_scope), 3),
        "hit@1 after reading": round(sum(one.first_is_right for one in read) / len(in_scope), 3),
    }
    near = [one for one in asked if one.case.kind is CaseKind.NEAR_MISS]
    for name, wrong in (("near misses", near), ("hidden entries", ask_hidden(noa.retriever, in_scope))):
        readings = [_reading(one) for one in read_all(verifier, wrong) if one.retrieved.matches]
        found = auroc([*right, *readings], [True] * len(right) + [False] * len(readings))
        if found is not None:
            figures[f"right first told from {name}, AUROC of the reading alone"] = round(found, 3)
    return figures


def _reading(asked: Asked) -> float:
    return asked.retrieved.matches[0].evidence["read"]


def _is_about_withheld(asked: Asked) -> bool:
    return any(map(is_withheld, asked.case.about))
