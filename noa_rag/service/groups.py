"""What failed since the last time joins its group, or starts one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from noa_rag.domain.errors import VersionConflict
from noa_rag.domain.failure import Asked, Failure, QuestionGroup
from noa_rag.domain.ports import Doing, Progress, no_progress
from noa_rag.domain.review_ports import ReviewStore
from noa_rag.review.grouping import Assignment

# Feedback may come late, and a choice is given half an hour: questions this much older than the last grouped one are
# read again. Reading one twice changes nothing.
READ_AGAIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Grouped:
    """How many questions were read, how many failures were new, left out as noise, joined; and new groups."""

    question_count: int = 0
    failure_count: int = 0
    noise_count: int = 0
    joined_count: int = 0
    new_group_count: int = 0


class Grouping(Protocol):
    """What tells failures, noise, and questions that mean the same."""

    def failures(self, asked: Sequence[Asked], *, now: datetime) -> list[Failure]:
        """Return what failed of whole conversations; what is too recent to tell is left out."""

    def is_noise(self, asked: Asked) -> bool:
        """Whether a question is no use to anyone: abuse, greetings, keyboard mashing."""

    def assign(self, groups: Sequence[QuestionGroup], new: Sequence[Failure], *, now: datetime) -> Assignment:
        """Return the groups that the new failures join, or start."""


def group_failures(
    store: ReviewStore, grouping: Grouping, *, now: Callable[[], datetime], progress: Progress = no_progress
) -> Grouped:
    """Group what failed and was in no group yet; each group is written in a transaction of its own."""
    progress(Doing.READING_QUESTIONS, 0, 0)
    groups = store.groups()
    known = {one.asked.question_id for group in groups for one in group.failures}
    asked = _read(store, groups)
    new = [one for one in grouping.failures(asked, now=now()) if one.asked.question_id not in known]
    kept = [one for one in new if not grouping.is_noise(one.asked)]
    placed = grouping.assign(groups, kept, now=now())
    joined_count = new_group_count = 0
    total = len(placed.joins) + len(placed.new_groups)
    for done, join in enumerate(placed.joins, start=1):
        store.join_group(join.group.id, join.failures, canonical=join.canonical)
        joined_count += len(join.failures)
        progress(Doing.GROUPING_QUESTIONS, done, total)
    for done, group in enumerate(placed.new_groups, start=len(placed.joins) + 1):
        new_group_count += _added(store, group)
        progress(Doing.GROUPING_QUESTIONS, done, total)
    return Grouped(len(asked), len(new), len(new) - len(kept), joined_count, new_group_count)


def _read(store: ReviewStore, groups: Sequence[QuestionGroup]) -> list[Asked]:
    """Return the questions since the last one grouped, each with the whole of its conversation."""
    last = max((group.last_asked_at for group in groups if group.failures), default=None)
    if last is None:
        return store.asked_since(None)
    recent = store.asked_since(last - READ_AGAIN)
    return store.asked_in({one.conversation_id for one in recent})


def _added(store: ReviewStore, group: QuestionGroup) -> bool:
    try:
        store.add_group(group)
    except VersionConflict:
        return False  # another run grouped these questions in between
    return True
