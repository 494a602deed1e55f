"""Which questions and entries serve what: fixed by a hash, so that every command agrees."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from evals.suites.cases import SUITES, Case
from noa_rag.domain.entry import EntryId

WITHHELD_PERCENT = 15
READING_PERCENT = 50
APART_PERCENT = 20
READING = SUITES / "calibration" / "reading.jsonl"  # every question of it teaches reading
# `teaches_reading` says which of these teach reading; the others fit the confidence and choose the threshold.
SHARED_OUT = tuple(SUITES / "calibration" / f"{name}.jsonl" for name in ("asked", "near_miss", "vague"))
CONFIDENCE_ONLY = (SUITES / "calibration" / "questions.jsonl", SUITES / "calibration" / "refusals.jsonl")


def is_withheld(entry_id: EntryId) -> bool:
    """Whether the verifier's training sees an entry on neither side; reports tell such entries apart."""
    return _percentile(entry_id) < WITHHELD_PERCENT


def teaches_reading(case: Case) -> bool:
    """Whether a calibration question trains the verifier; the others fit the confidence and choose the threshold.

    Both questions of a pair fall on the same side, and so does a question's twin with its entry hidden.
    """
    return _percentile(case.pair or case.id.removesuffix("-hidden")) < READING_PERCENT


def chooses_threshold(case: Case) -> bool:
    """Whether a question that does not teach reading chooses the threshold; the others fit the confidence."""
    return _percentile(f"threshold {case.pair or case.id.removesuffix('-hidden')}") < 50


def is_apart(family: EntryId) -> bool:
    """Whether messages about a family of entries, known by its first id, are only measured on."""
    return _percentile(f"messages {family}") < APART_PERCENT


def is_fiche_apart(fiche: EntryId) -> bool:
    """Whether the shared questions over a fiche are only measured on: a fifth of the fiches."""
    return _percentile(f"fiche {fiche}") < APART_PERCENT


def sample(cases: Sequence[Case], size: int) -> list[Case]:
    """Return about `size` cases, of every kind and register its share, those whose hashed ids come first.

    A case that is added or dropped changes one other at most.
    """
    strata: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        strata[case.kind, case.register].append(case)
    chosen = [
        case
        for _, stratum in sorted(strata.items())
        for case in sorted(stratum, key=lambda case: hashed(case.id))[: round(size * len(stratum) / len(cases))]
    ]
    return sorted(chosen, key=lambda case: case.id)


def _percentile(name: str) -> int:
    return hashed(name) % 100


def hashed(name: str) -> int:
    """Return a hash of a name as a number, the same in every run."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16)
