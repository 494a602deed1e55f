"""`make follow-ups`: learn which entry a follow-up is about."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import cycle, takewhile

import numpy as np

from evals.lab.conditional_logit import Choices, fitted
from evals.runner.bases import opened
from evals.suites.cases import CaseKind, ConversationCase, digest_of, questions_of, shared_questions
from evals.suites.splits import FOLLOW_UPS, OWN_FOLLOW_UPS, family_of, first_entry_of, follow_ups_to_learn_from, hashed
from noa_rag.answering.conversation.ranking import LEARNED_PATH, Considered, Learned, rank
from noa_rag.answering.conversation.words import leaning
from noa_rag.answering.pipeline import run
from noa_rag.answering.steps.recall import Recall
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import EarlierTurn, Progress
from noa_rag.domain.question import Ask
from noa_rag.service.noa import Noa

PENALTY = 0.001  # on the squared weights, added to the mean log-loss; 0.0003 to 0.003 give the same result
FOLDS = 5
OTHER_FIELD = "other-field-"
WRONG_ALLOWED = 0.06  # share of all lessons that are answered wrongly, cross-validated
REFUSED = 0.94  # share of messages about other fields that get neither an answer nor an offer, cross-validated
EVERY = 4  # to every fourth conversation such a message is given


@dataclass(frozen=True, slots=True)
class FollowUpLesson:
    """A follow-up with all that both readings found for it, and the entry that answers it, if any."""

    family: EntryId
    considered: Considered
    expected: EntryId | None
    is_of_another_field: bool = False

    @property
    def is_learnable(self) -> bool:
        """Whether the entry that answers was found."""
        return self.expected is None or self.expected in self.considered.pool


def main() -> int:
    """Learn from the written follow-ups, and store the weights beside the code that uses them."""
    with (
        reported_errors(),
        shown_progress() as progress,
        opened("pack", pack=True, fiches=False, progress=progress) as noa,
    ):
        cases = follow_ups_to_learn_from(noa)
        lessons = lessons_of(noa, [*cases, *_of_other_fields(cases)], progress)
        learned = learn(lessons)
        settings = asdict(learned) | {
            "command": "make follow-ups",
            "data_sha256": digest_of((FOLLOW_UPS, OWN_FOLLOW_UPS, questions_of(CaseKind.OUT_OF_SCOPE))),
            "lessons": len(lessons),
        }
        LEARNED_PATH.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    print(len(lessons), "follow-ups; what it comes to is measured by `make eval`")
    return 0


def _of_other_fields(cases: Sequence[ConversationCase]) -> list[ConversationCase]:
    """Return messages about other fields, each in a conversation that began with the first question of a follow-up."""
    begun = cases[::EVERY]
    return [
        replace(case, question=other.question, expected_entries=(), id=f"{OTHER_FIELD}{other.id}")
        for case, other in zip(begun, cycle(shared_questions(CaseKind.OUT_OF_SCOPE)), strict=False)
    ]


def lessons_of(noa: Noa, cases: Sequence[ConversationCase], progress: Progress) -> list[FollowUpLesson]:
    """Return what both readings find for each follow-up, given a first question answered with its own entry."""
    path = noa.path(conversations=_Nothing())
    recall = next(step for step in path if isinstance(step, Recall))
    before = tuple(takewhile(lambda step: step is not recall, path))
    lessons = []
    for number, case in enumerate(cases):
        progress("asking follow-ups", number, len(cases))
        first = run(before, Ask(case.turns[0])).understood
        turn = run(before, Ask(case.question))
        earlier = EarlierTurn(first.text, first.normalised, None, (first_entry_of(case),))
        _, considered = recall.considered(turn, leaning(turn.understood.normalised), [earlier])
        if considered.pool:
            expected = next(iter(case.expected_entries), None)
            is_other = case.id.startswith(OTHER_FIELD)
            lessons.append(FollowUpLesson(family_of(noa, case), considered, expected, is_other))
    return lessons


def learn(lessons: Sequence[FollowUpLesson]) -> Learned:
    """Return the weights fitted on all lessons; the threshold comes from cross-validation."""
    fits = [weighed([lesson for lesson in lessons if _fold(lesson) != fold]) for fold in range(FOLDS)]
    ranked = [(lesson, rank(lesson.considered, fits[_fold(lesson)])) for lesson in lessons]
    # The surest first: the threshold is lowered until too large a share of all is answered wrongly.
    sure = sorted(
        (
            (ranking.candidates[0].probability, ranking.candidates[0].candidate.match.entry_id == lesson.expected)
            for lesson, ranking in ranked
        ),
        reverse=True,
    )
    wrong, answer_from = 0, 1.0
    for probability, is_right_one in sure:
        wrong += not is_right_one
        if wrong > WRONG_ALLOWED * len(lessons):
            break
        answer_from = probability
    whole = weighed(lessons)
    elsewhere = [1 - ranking.nothing for lesson, ranking in ranked if lesson.is_of_another_field]
    offer_from = float(np.quantile(elsewhere, REFUSED)) if elsewhere else 0.5
    return Learned(whole.candidate, whole.nothing, round(answer_from, 4), round(offer_from, 4))


def weighed(lessons: Sequence[FollowUpLesson]) -> Learned:
    """Return the weights learned from lessons whose entry was found; thresholds are left at 1."""
    return Learned(*fitted([_choices(lesson) for lesson in lessons if lesson.is_learnable], penalty=PENALTY), 1.0, 1.0)


def _choices(lesson: FollowUpLesson) -> Choices:
    figures = lesson.considered.figures
    right = [] if lesson.expected is None else [list(figures).index(lesson.expected)]
    return Choices(list(figures.values()), lesson.considered.nothing, right)


def _fold(lesson: FollowUpLesson) -> int:
    return hashed(lesson.family) % FOLDS


class _Nothing:
    """A store of conversations that holds no earlier turns."""

    def earlier(self, conversation_id: str, *, since: object) -> Sequence[EarlierTurn]:
        return ()


if __name__ == "__main__":
    sys.exit(main())
