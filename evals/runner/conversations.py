"""Conversations: asked with a memory of their own, judged by the kind of question, and kept beside their figures."""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from evals.metrics.figure import Figure, share
from evals.runner.running import Result, against_gates, new_folder, shown_or_offered
from evals.suites.cases import (
    CONVERSATION,
    CONVERSATIONS,
    ConversationCase,
    ConversationKind,
    read_conversations,
)
from evals.suites.splits import NEW, NONE, OTHER, SAME, follow_ups_apart, kind_of
from noa_rag.answering.conversation.remembered import Remembered
from noa_rag.answering.pipeline import run
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.ports import Progress
from noa_rag.domain.question import Ask
from noa_rag.service.noa import Noa

CHOICE_LIMIT = 3  # more choices than that count as a list, not as an answer
OTHERS_ALLOWED = 1  # entries beside the expected ones, where a question has two needs
BROAD_FEWEST = 3  # right entries that a broad question must be given, where no journey that covers its field is first
BROAD_WRONG_SHARE = 1 / 3  # of the entries shown for a broad question
KEPT = "conversation.json"  # not .jsonl: that ending marks the suites of a run


@dataclass(frozen=True, slots=True)
class ConversationOutcome:
    """A case with what Noa did: the entries it showed, in their order, or those it offered."""

    case: ConversationCase
    actual_status: AnswerStatus
    actual_entries: tuple[EntryId, ...]
    actual_choices: tuple[EntryId, ...]
    understood_as: str | None
    confidence: float
    milliseconds: float


def ask_conversations(noa: Noa, cases: Sequence[ConversationCase], *, progress: Progress) -> list[ConversationOutcome]:
    """Ask each case's questions one after the other, and return the outcome of the last."""
    outcomes = []
    for number, case in enumerate(cases):
        progress("asking conversations", number, len(cases))
        outcomes.append(_outcome(noa, case))
    return outcomes


def _outcome(noa: Noa, case: ConversationCase) -> ConversationOutcome:
    memory, conversation_id = Remembered(), uuid.uuid4().hex
    path = noa.path(conversations=memory)
    for text in case.turns:
        memory.remember(conversation_id, run(path, Ask(text, conversation_id=conversation_id)))
    start = time.perf_counter()
    try:
        answer = run(path, Ask(case.question, conversation_id=conversation_id)).answer
    except InvalidQuestion:  # nothing to read: the visitor is told so, which is a refusal
        answer = None
    milliseconds = round((time.perf_counter() - start) * 1_000, 2)
    if answer is None:
        return ConversationOutcome(case, AnswerStatus.ABSTAINED, (), (), None, 0.0, milliseconds)
    shown = [part.entry.id for part in answer.parts if part.entry]
    status, entry_ids, choices = shown_or_offered(answer)
    return ConversationOutcome(
        case=case,
        actual_status=status,
        actual_entries=tuple(shown) or entry_ids,
        actual_choices=choices,
        understood_as=answer.understood_as,
        confidence=answer.confidence,
        milliseconds=milliseconds,
    )


def figures_of(outcomes: Sequence[ConversationOutcome]) -> list[Figure]:
    """Return the share right of all and of each kind, and the follow-ups that were only offered their entry."""
    kinds = {kind: [outcome for outcome in outcomes if outcome.case.kind is kind] for kind in ConversationKind}
    follow_ups, own = kinds[ConversationKind.FOLLOW_UP], kinds[ConversationKind.OWN_QUESTION]
    return [
        share(is_right(outcome) for outcome in outcomes).as_figure("right"),
        *(
            share(is_right(outcome) for outcome in some).as_figure(f"{kind.value}: right")
            for kind, some in kinds.items()
        ),
        share(is_right(follow_up) or _is_opened_right(follow_up) for follow_up in follow_ups).as_figure(
            "follow_up: right entry shown, alone or above others"
        ),
        share(is_offered(follow_up) for follow_up in follow_ups).as_figure("follow_up: only offered among three"),
        share(is_wrong(follow_up) for follow_up in follow_ups).as_figure("follow_up: answered with a wrong entry"),
        share(outcome.understood_as is not None for outcome in own).as_figure("own_question: taken for a follow-up"),
        share(is_wrong(outcome) for outcome in own).as_figure("own_question: answered with a wrong entry"),
    ]


def is_right(outcome: ConversationOutcome) -> bool:
    """Whether a question got what it needs, by its kind; nothing expected means that nothing may be answered."""
    expected, shown = outcome.case.expected_entries, outcome.actual_entries
    is_answered = outcome.actual_status is AnswerStatus.ANSWERED
    if not expected:
        return not is_answered
    right = [entry_id for entry_id in shown if entry_id in expected]
    match outcome.case.kind:
        case ConversationKind.TWO_NEEDS:
            needs = [{entry_id, *outcome.case.instead.get(entry_id, ())} for entry_id in expected]
            others = [entry_id for entry_id in shown if not any(entry_id in need for need in needs)]
            return is_answered and all(need & set(shown) for need in needs) and len(others) <= OTHERS_ALLOWED
        case ConversationKind.BROAD:
            wrong = len(shown) - len(right)
            is_enough = is_answered and (len(right) >= BROAD_FEWEST or shown[0] in outcome.case.journeys)
            return is_enough and wrong <= BROAD_WRONG_SHARE * len(shown)
        case ConversationKind.ONE_NEED:
            return is_answered and shown[0] in expected and len(shown) == 1
        case _:
            return is_answered and shown[0] in expected


def is_offered(outcome: ConversationOutcome) -> bool:
    """Whether the right entry was not shown, but stands among a few to choose from."""
    is_choice = outcome.actual_status is AnswerStatus.CLARIFICATION and len(outcome.actual_choices) <= CHOICE_LIMIT
    return is_choice and any(choice in outcome.case.expected_entries for choice in outcome.actual_choices)


def _is_opened_right(outcome: ConversationOutcome) -> bool:
    is_choice = outcome.actual_status is AnswerStatus.CLARIFICATION
    return is_choice and any(entry in outcome.case.expected_entries for entry in outcome.actual_entries)


def is_wrong(outcome: ConversationOutcome) -> bool:
    """Whether entries are shown alone and the first does not answer."""
    is_alone = outcome.actual_status is AnswerStatus.ANSWERED
    return is_alone and bool(outcome.actual_entries) and outcome.actual_entries[0] not in outcome.case.expected_entries


def run_conversations(noa: Noa, path: Path, folder: Path | None, *, progress: Progress) -> Result:
    """Ask the conversations of a file, keep every case in a folder, and return the figures beside their gates."""
    folder = folder or new_folder()
    return against_gates({CONVERSATION: measured(noa, path=path, folder=folder, progress=progress)[0]}, folder)


def measured(
    noa: Noa, *, path: Path = CONVERSATIONS, folder: Path | None = None, progress: Progress
) -> tuple[list[Figure], list[ConversationOutcome]]:
    """Ask the conversations of a file, keep every case in `folder`, and return figures and cases."""
    known = noa.index.snapshot.versions
    cases = read_conversations(path, known_entries=known if noa.is_demonstration() else None)
    outcomes = ask_conversations(noa, cases, progress=progress)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        rows = [
            asdict(outcome) | {"is_right": is_right(outcome), "is_offered": is_offered(outcome)} for outcome in outcomes
        ]
        (folder / KEPT).write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return figures_of(outcomes), outcomes


def follow_up_figures(noa: Noa, progress: Progress) -> list[Figure]:
    """Return the figures of the written follow-ups about held-out families."""
    outcomes = ask_conversations(noa, follow_ups_apart(noa), progress=progress)
    leading = {kind: [outcome for outcome in outcomes if kind_of(outcome.case) == kind] for kind in (SAME, OTHER, NEW)}
    answerable = [outcome for some in leading.values() for outcome in some]
    without = [outcome for outcome in outcomes if kind_of(outcome.case) == NONE]
    return [
        share(is_right(outcome) for outcome in leading[SAME] + leading[OTHER]).as_figure(
            "same entry or sibling: right"
        ),
        *(share(is_right(outcome) for outcome in some).as_figure(f"{kind}: right") for kind, some in leading.items()),
        share(is_offered(outcome) for outcome in answerable).as_figure("only offered among three"),
        share(is_wrong(outcome) for outcome in answerable).as_figure("answered with a wrong entry"),
        share(is_wrong(outcome) for outcome in without).as_figure("nothing answers: answered with an entry"),
    ]
