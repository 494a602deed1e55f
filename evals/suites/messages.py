"""Short and vague messages over the pack's entries, from the shared material: a fifth of the families stay apart."""

import json

from evals.runner.bases import SHARED
from evals.suites.cases import SUITES, Case, CaseKind
from evals.suites.splits import is_apart
from noa_rag.domain.entry import EntryId
from noa_rag.service.noa import Noa

MESSAGES = SHARED / "written" / "messages.jsonl"
MESSAGE = "message-"  # how the ids of their cases begin
ALSO_RIGHT = SUITES / "calibration" / "messages.json"  # entries beside the one that a message was written for


def messages_to_learn_from(noa: Noa) -> list[Case]:
    """Return the messages about entries of families that nothing is measured on; none without the shared material."""
    return [case for case in _messages(noa) if not is_apart(_family(noa, case))]


def messages_apart(noa: Noa) -> list[Case]:
    """Return the messages about the other families, which no training sees; none without the shared material."""
    return [case for case in _messages(noa) if is_apart(_family(noa, case))]


def _messages(noa: Noa) -> list[Case]:
    """Near misses are left out: they were written when the base had 363 entries, and many are answered now."""
    if not MESSAGES.is_file():
        return []
    also_right = json.loads(ALSO_RIGHT.read_text(encoding="utf-8"))["also_right"]
    rows = [json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines()]
    return [
        Case(
            f"{MESSAGE}{number}",
            row["question"],
            CaseKind.IN_SCOPE,
            (EntryId(row["entry"]), *map(EntryId, also_right.get(str(number), ()))),
            register=row["register"],
        )
        for number, row in enumerate(rows, start=1)
        if row["answers"] and row["entry"] in noa.index.snapshot.versions
    ]


def _family(noa: Noa, case: Case) -> EntryId:
    entry_id = case.expected_entries[0]
    return min((entry_id, *noa.index.snapshot.families.of(entry_id)))
