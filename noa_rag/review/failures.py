"""Which recorded questions Noa failed, and how, read from whole conversations."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.failure import Asked, Failure, FailureKind
from noa_rag.french.words import fold

REPHRASED_WITHIN = timedelta(minutes=10)  # Later, somebody who asks the same again may well have forgotten the answer.
CHOICE_OPEN_FOR = timedelta(minutes=30)  # A visitor reads an offer, is called away, and comes back to it.

IsSame = Callable[[str, str], bool]


def failures(asked: Sequence[Asked], *, is_same: IsSame, now: datetime) -> list[Failure]:
    """Return what failed, in the order it was asked; a question fails at most one way, the surest sign first.

    What the visitor says ("not useful") counts before what Noa did (abstained), and that before what
    her next questions let guess (rephrased, choice not taken). What is too recent to tell is left for
    the next time: `asked` must hold conversations as a whole.
    """
    conversations: dict[str, list[Asked]] = defaultdict(list)
    for one in sorted(asked, key=_order):
        conversations[one.conversation_id].append(one)
    found = [
        Failure(one, kind)
        for conversation in conversations.values()
        for at, one in enumerate(conversation)
        if (kind := _kind(one, conversation[at + 1 :], is_same, now)) is not None
    ]
    return sorted(found, key=lambda failure: _order(failure.asked))


def _order(asked: Asked) -> tuple[datetime, str]:
    return asked.asked_at, asked.question_id


def _kind(asked: Asked, later: Sequence[Asked], is_same: IsSame, now: datetime) -> FailureKind | None:
    if asked.is_useful is False:
        return FailureKind.NOT_USEFUL
    if asked.status == AnswerStatus.ABSTAINED:
        return FailureKind.ABSTAINED
    if asked.is_useful:
        return None
    if asked.status == AnswerStatus.ANSWERED:
        return FailureKind.REPHRASED if _is_rephrased(asked, later, is_same) else None
    if asked.reason is Reason.AMBIGUOUS_PLACE:  # Noa has the answers; the visitor asks again with her place, or leaves
        return None
    return FailureKind.NOT_TAKEN if _is_left(asked, later, now) else None


def _is_rephrased(asked: Asked, later: Sequence[Asked], is_same: IsSame) -> bool:
    return any(
        _letters(one.normalised) != _letters(asked.normalised) and is_same(asked.normalised, one.normalised)
        for one in later
        if one.asked_at - asked.asked_at <= REPHRASED_WITHIN
    )


def _is_left(asked: Asked, later: Sequence[Asked], now: datetime) -> bool:
    """Whether a choice was offered, half an hour has passed, and neither it nor the next question helped."""
    if asked.taken or now - asked.asked_at < CHOICE_OPEN_FOR:
        return False
    return not (later and later[0].status == AnswerStatus.ANSWERED)


def _letters(text: str) -> str:
    """Return a text without case, accents and punctuation: the same words sent twice are no rephrasing."""
    return "".join(char for char in fold(text) if char.isalnum())
