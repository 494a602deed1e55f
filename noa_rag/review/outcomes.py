"""What the decisions of one month's committee have changed since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.agenda import AgendaDecision, EntryAnswer, Month
from noa_rag.domain.draft import Draft
from noa_rag.domain.failure import GroupId, QuestionGroup


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """A decision with the group's draft as it stands now, and the group's questions asked since.

    `asked_count` counts those that failed again and those that the published entry answered. Where
    the entry existed before, only questions in one of the group's own wordings count as the group's.
    """

    decision: AgendaDecision
    group: QuestionGroup
    draft: Draft | None
    asked_count: int
    answered_count: int

    @property
    def agency_id(self) -> AgencyId | None:
        return self.draft.agency_id if self.draft else None

    @property
    def answered_percent(self) -> int:
        """The share answered of what was asked since, rounded; 0 when nothing was."""
        return round(100 * self.answered_count / self.asked_count) if self.asked_count else 0


def outcomes_of(
    month: Month,
    groups: Mapping[GroupId, QuestionGroup],
    drafts: Mapping[GroupId, Draft],
    decisions: Sequence[AgendaDecision],
    answers: Sequence[EntryAnswer],
) -> tuple[DecisionOutcome, ...]:
    """Return what became of a month's last words, the most asked since first; `decisions` are oldest first."""
    last = {decision.group_id: decision for decision in decisions if decision.month == month}
    outcomes = [
        _outcome(decision, groups[group_id], drafts.get(group_id), answers)
        for group_id, decision in last.items()
        if group_id in groups
    ]
    return tuple(sorted(outcomes, key=lambda one: (-one.asked_count, one.group.id)))


def _outcome(
    decision: AgendaDecision, group: QuestionGroup, draft: Draft | None, answers: Sequence[EntryAnswer]
) -> DecisionOutcome:
    failed = {failure.asked.question_id for failure in group.failures}
    failed_since = sum(failure.asked.asked_at > decision.decided_at for failure in group.failures)
    answered = sum(
        _is_answered(answer, group, draft)
        for answer in answers
        if answer.asked_at > decision.decided_at and answer.question_id not in failed
    )
    return DecisionOutcome(decision, group, draft, failed_since + answered, answered)


def _is_answered(answer: EntryAnswer, group: QuestionGroup, draft: Draft | None) -> bool:
    if draft is None or draft.published is None or answer.entry_id != draft.published.entry_id:
        return False
    if draft.published.before == 0:
        return True  # the entry was written for this group
    return any(failure.asked.normalised == answer.normalised for failure in group.failures)
