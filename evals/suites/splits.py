"""Which questions and entries are for training, and which are held out: fixed by a hash, so that all commands agree.

Among them are questions that were written over the base, most of them in the shared material: short and vague messages
about the pack's entries, follow-ups to a first question, and questions over fiches. A fifth is held out, drawn by
families of entries or by fiches, so that training saw nothing about the same subject.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.runner.bases import SHARED
from evals.suites.cases import SUITES, Case, CaseKind, ConversationCase, ConversationKind, rows_of
from noa_rag.domain.entry import EntryId
from noa_rag.service.noa import Noa

WITHHELD_PERCENT = 15  # of the entries: reports need some that no training saw
READING_PERCENT, THRESHOLD_PERCENT = 50, 50  # of calibration questions, and of those that do not teach reading
APART_PERCENT = 20  # of the families and fiches that questions were written over
READING = SUITES / "calibration" / "reading.jsonl"  # every question of it teaches reading
# `teaches_reading` says which of these teach reading; the others fit the confidence and choose the threshold.
SHARED_OUT = tuple(SUITES / "calibration" / f"{name}.jsonl" for name in ("asked", "near_miss", "vague"))
CONFIDENCE_ONLY = (SUITES / "calibration" / "questions.jsonl", SUITES / "calibration" / "refusals.jsonl")
MESSAGES = SHARED / "written" / "messages.jsonl"
MESSAGE = "message-"  # how the ids of their cases begin
SENTENCES = SHARED / "messages" / "messages.jsonl"  # as people write: in six registers, and in English
SENTENCE, JUDGED_SENTENCE = "sentence-", "sentence-judged-"
NEAR = "near"  # the register of the near misses among them
OTHER_FIELDS = "other-"  # questions of other fields, from the shared material
# Shares of what visitors bring, by register of those messages. A near miss that nobody judged is left out: another
# entry may answer it.
MIX = {
    "keywords": 0.38, "question": 0.12, "spoken": 0.12, "typed": 0.10, "story": 0.12, "indirect": 0.06, "english": 0.06,
    "near": 0.04,
}  # fmt: skip
ALSO_RIGHT = SUITES / "calibration" / "messages.json"  # entries beside the one that a message was written for
JUDGED = SUITES / "calibration" / "sentences.json"  # every entry that answers, for 3,450 sentences
FOLLOW_UPS = SHARED / "written" / "follow_ups.jsonl"
OWN_FOLLOW_UPS = SUITES / "follow_ups" / "learned_from.jsonl"  # these only teach
# What a follow-up leads to: the entry of the first question, another one, none, or one that it asks for by itself.
SAME, OTHER, NONE, NEW = "same", "other", "none", "new"
FICHE_QUESTIONS = SHARED / "written" / "questions.jsonl"


def is_withheld(entry_id: EntryId) -> bool:
    """Whether an entry is held out of the verifier's training; reports show such entries apart."""
    return _percentile(entry_id) < WITHHELD_PERCENT


def teaches_reading(case: Case) -> bool:
    """Whether a calibration question trains the verifier; the others fit the confidence and choose the threshold.

    Both questions of a pair fall on the same side, and so does a question's twin with its entry hidden.
    """
    return _percentile(case.pair or case.id.removesuffix("-hidden")) < READING_PERCENT


def chooses_threshold(case: Case) -> bool:
    """Whether a question that does not teach reading chooses the threshold; the others fit the confidence."""
    return _percentile(f"threshold {case.pair or case.id.removesuffix('-hidden')}") < THRESHOLD_PERCENT


def is_apart(family: EntryId) -> bool:
    """Whether messages about a family of entries, known by its first id, are held out."""
    return _percentile(f"messages {family}") < APART_PERCENT


def is_fiche_apart(fiche: EntryId) -> bool:
    """Whether the shared questions over a fiche are held out: a fifth of the fiches."""
    return _percentile(f"fiche {fiche}") < APART_PERCENT


def sample(cases: Sequence[Case], size: int) -> list[Case]:
    """Return about `size` cases, stratified by kind and register; in each stratum, those with the lowest hashed ids.

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


def messages_to_learn_from(noa: Noa) -> list[Case]:
    """Return the messages about families that are not held out; none without the shared material."""
    return [case for case in _messages(noa) if not is_apart(_family(noa, case.expected_entries[0]))]


def messages_apart(noa: Noa) -> list[Case]:
    """Return the messages about the held-out families; none without the shared material."""
    return [case for case in _messages(noa) if is_apart(_family(noa, case.expected_entries[0]))]


def _messages(noa: Noa) -> list[Case]:
    """Return the messages without near misses: many of these, written for a base of 363 entries, are answered now."""
    also_right = json.loads(ALSO_RIGHT.read_text(encoding="utf-8"))["also_right"]
    return [
        Case(
            f"{MESSAGE}{number}",
            row["question"],
            CaseKind.IN_SCOPE,
            (EntryId(row["entry"]), *map(EntryId, also_right.get(str(number), ()))),
            register=row["register"],
        )
        for number, row in enumerate(_rows_if_there(MESSAGES), start=1)
        if row["answers"] and row["entry"] in noa.index.snapshot.versions
    ]


def sentences_to_learn_from(noa: Noa) -> list[Case]:
    """Return the messages in sentences about families that are not held out; none without the shared material.

    One that nobody judged has the entry that it was written for.
    """
    return [
        _sentence(number, row, answered_by)
        for number, row, answered_by in _sentences(noa)
        if not is_apart(_family(noa, row["entry"])) and (answered_by is not None or row["register"] != NEAR)
    ]


def sentences_apart(noa: Noa) -> list[Case]:
    """Return those about the held-out families that were judged, with every entry that answers.

    Nothing was learned from them. Left out are near misses, what no entry answers, and what a clerk would ask back.
    """
    return [
        _sentence(number, row, answered_by)
        for number, row, answered_by in _sentences(noa)
        if is_apart(_family(noa, row["entry"])) and answered_by and row["register"] != NEAR
    ]


def judged_as(row: Mapping[str, str]) -> str:
    """Return the name of a shared message in `JUDGED`."""
    return hashlib.sha256(f"{row['entry']} {row['q']}".encode()).hexdigest()[:12]


def _sentences(noa: Noa) -> list[tuple[int, dict[str, Any], list[str] | None]]:
    """Return each message with its line and the entries that answer it; None where nobody judged."""
    known = noa.index.snapshot.versions
    judged = json.loads(JUDGED.read_text(encoding="utf-8"))["answered_by"]
    numbered = enumerate(_rows_if_there(SENTENCES), start=1)
    return [(number, row, judged.get(judged_as(row))) for number, row in numbered if row["entry"] in known]


def _sentence(number: int, row: Mapping[str, str], answered_by: Sequence[str] | None) -> Case:
    entry = EntryId(row["entry"])
    expected = (entry,) if answered_by is None else tuple(map(EntryId, answered_by))
    return Case(
        f"{SENTENCE if answered_by is None else JUDGED_SENTENCE}{number}",
        row["q"],
        CaseKind.IN_SCOPE if expected else CaseKind.NEAR_MISS,
        expected,
        language="en" if row["register"] == "english" else "fr",
        register=row["register"],
        tempting_entry=None if expected else entry,
    )


def message_weights(cases: Sequence[Case]) -> list[float]:
    """Return how much each case counts: the sentences in the shares of MIX, together as much as all others."""
    counts = Counter(case.register for case in cases if case.id.startswith(SENTENCE))
    others = len(cases) - counts.total()
    return [
        max(others, 1) * MIX[case.register] / counts[case.register] if case.id.startswith(SENTENCE) else 1.0
        for case in cases
    ]


def follow_ups_to_learn_from(noa: Noa) -> list[ConversationCase]:
    """Return the follow-ups about families that are not held out."""
    written = (*_follow_ups(noa, FOLLOW_UPS), *_follow_ups(noa, OWN_FOLLOW_UPS))
    return [case for case in written if not is_apart(family_of(noa, case))]


def read_with_the_first(noa: Noa) -> list[Case]:
    """Return the same as single questions, each with the first question before it, as a conversation searches it."""
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
    """Return the shared follow-ups about the held-out families; none without that material."""
    return [case for case in _follow_ups(noa, FOLLOW_UPS) if is_apart(family_of(noa, case))]


def family_of(noa: Noa, case: ConversationCase) -> EntryId:
    """Return the first id of the family of the entry that a conversation began with."""
    return _family(noa, first_entry_of(case))


def first_entry_of(case: ConversationCase) -> EntryId:
    """Return the entry that the first question of a written follow-up is about."""
    return EntryId(case.note.split(" ")[1])


def kind_of(case: ConversationCase) -> str:
    """Return what a written follow-up leads to."""
    return case.note.split(" ")[0]


def _follow_ups(noa: Noa, path: Path) -> list[ConversationCase]:
    known = noa.index.snapshot.versions
    return [
        ConversationCase(
            id=f"{path.stem}-{number}",
            kind=ConversationKind.OWN_QUESTION if row["kind"] == NEW else ConversationKind.FOLLOW_UP,
            turns=(row["first"],),
            question=row["follow_up"],
            expected_entries=(EntryId(row["expected"]),) if row["expected"] else (),
            note=f"{row['kind']} {row['first_entry']}",
        )
        for number, row in enumerate(_rows_if_there(path), start=1)
        if row["first_entry"] in known and (row["expected"] is None or row["expected"] in known)
    ]


def written_questions() -> list[dict[str, Any]]:
    """Return the rows of the shared questions over fiches; none without the shared material."""
    return _rows_if_there(FICHE_QUESTIONS)


def shared_sentences() -> list[dict[str, Any]]:
    """Return the rows of the shared messages as people write them; none without the shared material."""
    return _rows_if_there(SENTENCES)


def questions_apart() -> list[Case]:
    """Return the questions about held-out fiches, near misses included."""
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


def _family(noa: Noa, entry_id: EntryId) -> EntryId:
    return min((entry_id, *noa.index.snapshot.families.of(entry_id)))


def _rows_if_there(path: Path) -> list[dict[str, Any]]:
    return rows_of(path) if path.is_file() else []
