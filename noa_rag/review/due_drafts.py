"""When a group of failed questions is worth a draft, and when the draft that it has may grow."""

from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.draft import Draft, DraftState
from noa_rag.domain.failure import Failure, FailureKind, QuestionGroup
from noa_rag.review.drafting import NOA

# One visitor's question may be a slip of the keyboard; two visitors who mean the same have a question.
MIN_VOLUME = 2
GROWN_AGAIN = 2  # times the volume at the verdict: only then is a group brought up once more
_ANSWERED_KINDS = (FailureKind.NOT_USEFUL, FailureKind.REPHRASED)


def wants_draft(group: QuestionGroup, last: Draft | None, *, min_volume: int = MIN_VOLUME) -> bool:
    """Whether a group is to get a draft; `last` is the newest one it had."""
    if last is None:
        said = any(one.kind is FailureKind.NOT_USEFUL for one in group.failures)
        return said or len({one.asked.conversation_id for one in group.failures}) >= min_volume
    if last.state.is_pending or last.decided_at is None:
        return False
    before = sum(one.asked.asked_at <= last.decided_at for one in group.failures)
    return group.volume >= GROWN_AGAIN * max(before, 1)


def may_grow(draft: Draft) -> bool:
    """Whether Noa may add phrasings to a draft: it waits for its verdict, and nobody touched it."""
    return draft.state is DraftState.OPEN and draft.author == NOA


def still_fails(failure: Failure, answer: Answer) -> bool:
    """Whether a question that failed once fails the same way when it is asked again."""
    if answer.status is not AnswerStatus.ANSWERED or answer.entry is None:
        return True
    shown = (failure.asked.entry_id, failure.asked.entry_version)
    return failure.kind in _ANSWERED_KINDS and shown == (answer.entry.id, answer.entry.version)
