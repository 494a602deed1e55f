"""Written follow-ups over the pack's entries: a fifth of the families teaches nothing.

The shared ones about these families are what is measured; our own only teach.
"""

import json
from pathlib import Path

from evals.metrics import Figure, share
from evals.runner.bases import SHARED
from evals.runner.conversations import ask_conversations, is_offered, is_right, is_wrong
from evals.suites.cases import SUITES, Case, CaseKind
from evals.suites.conversations import ConversationCase, ConversationKind
from evals.suites.splits import is_apart
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Progress
from noa_rag.service.noa import Noa

FOLLOW_UPS = SHARED / "written" / "follow_ups.jsonl"
OWN_FOLLOW_UPS = SUITES / "follow_ups" / "learned_from.jsonl"
# What a follow-up leads to: the entry of the first question, another one, none, or one that it asks for by itself.
SAME, OTHER, NONE, NEW = "same", "other", "none", "new"


def follow_ups_to_learn_from(noa: Noa) -> list[ConversationCase]:
    """Return the follow-ups about entries of families that nothing is measured on."""
    written = (*_follow_ups(noa, FOLLOW_UPS), *_follow_ups(noa, OWN_FOLLOW_UPS))
    return [case for case in written if not is_apart(family_of(noa, case))]


def read_with_the_first(noa: Noa) -> list[Case]:
    """Return the same as cases of one question each, written after the first one as a conversation searches it."""
    return [
        Case(
            case.id,
            f"{case.turns[0]} {case.question}",
            CaseKind.IN_SCOPE if case.expected_entries else CaseKind.NEAR_MISS,
            case.expected_entries,
            tempting_entry=None if case.expected_entries else first_entry_of(case),
        )
        for case in follow_ups_to_learn_from(noa)
    ]


def follow_ups_apart(noa: Noa) -> list[ConversationCase]:
    """Return the shared follow-ups about the other families, which no training sees; none without that material."""
    return [case for case in _follow_ups(noa, FOLLOW_UPS) if is_apart(family_of(noa, case))]


def written_figures(noa: Noa, progress: Progress) -> list[Figure]:
    """Return what comes of the written follow-ups about families that nothing was learned from."""
    outcomes = ask_conversations(noa, follow_ups_apart(noa), progress=progress)
    leading = {kind: [one for one in outcomes if kind_of(one.case) == kind] for kind in (SAME, OTHER, NEW)}
    answerable = [one for some in leading.values() for one in some]
    without = [one for one in outcomes if kind_of(one.case) == NONE]
    return [
        share(is_right(one) for one in leading[SAME] + leading[OTHER]).as_figure("same entry or sibling: right"),
        *(share(is_right(one) for one in some).as_figure(f"{kind}: right") for kind, some in leading.items()),
        share(is_offered(one) for one in answerable).as_figure("only offered among three"),
        share(is_wrong(one) for one in answerable).as_figure("answered with a wrong entry"),
        share(is_wrong(one) for one in without).as_figure("nothing answers: answered with an entry"),
    ]


def family_of(noa: Noa, case: ConversationCase) -> EntryId:
    """Return the first id of the family of the entry that a conversation began with."""
    first = first_entry_of(case)
    return min((first, *noa.index.snapshot.families.of(first)))


def first_entry_of(case: ConversationCase) -> EntryId:
    """Return the entry that the first question of a written follow-up is about."""
    return EntryId(case.note.split(" ")[1])


def kind_of(case: ConversationCase) -> str:
    """Return what a written follow-up leads to."""
    return case.note.split(" ")[0]


def _follow_ups(noa: Noa, path: Path) -> list[ConversationCase]:
    if not path.is_file():
        return []
    known = noa.index.snapshot.versions
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        ConversationCase(
            id=f"{path.stem}-{number}",
            kind=ConversationKind.OWN_QUESTION if row["kind"] == NEW else ConversationKind.FOLLOW_UP,
            turns=(row["first"],),
            question=row["follow_up"],
            expected_entries=(EntryId(row["expected"]),) if row["expected"] else (),
            note=f"{row['kind']} {row['first_entry']}",
        )
        for number, row in enumerate(rows, start=1)
        if row["first_entry"] in known and (row["expected"] is None or row["expected"] in known)
    ]
