"""Which recorded questions Noa failed, read from whole conversations, and which of them are noise."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.failure import Asked, Failure, FailureKind, Noise
from noa_rag.french.courtesies import REACHING_WORDS, SMALL_TALK_WORDS
from noa_rag.french.personal_data import kinds_masked, without_masks
from noa_rag.french.words import STOP_WORDS, fold

REPHRASED_WITHIN = timedelta(minutes=10)  # Later, somebody who asks the same again may well have forgotten the answer.
CHOICE_OPEN_FOR = timedelta(minutes=30)  # A visitor reads an offer, is called away, and comes back to it.

IsSame = Callable[[str, str], bool]

_LISTS = tomllib.loads((Path(__file__).parent / "noise.toml").read_text(encoding="utf-8"))
_WORD = re.compile(r"[a-z]+")
_LETTER_SEVEN_TIMES = re.compile(r"([a-z])\1{6,}")


def failures(asked: Sequence[Asked], *, is_same: IsSame, now: datetime) -> list[Failure]:
    """Return the failures in the order of asking; a question fails in one way at most, that of the surest sign.

    What the visitor says ("not useful") counts before what Noa did (abstained), and that before what her next questions
    suggest (rephrased, choice not taken). What is too recent to judge is left for the next run: `asked` must hold whole
    conversations.
    """
    conversations: dict[str, list[Asked]] = defaultdict(list)
    for question in sorted(asked, key=_order):
        conversations[question.conversation_id].append(question)
    all_failures = [
        Failure(question, kind)
        for conversation in conversations.values()
        for at, question in enumerate(conversation)
        if (kind := _kind(question, conversation[at + 1 :], is_same, now)) is not None
    ]
    return sorted(all_failures, key=lambda failure: _order(failure.asked))


def _order(asked: Asked) -> tuple[datetime, str]:
    return asked.asked_at, asked.question_id


def _kind(asked: Asked, later: Sequence[Asked], is_same: IsSame, now: datetime) -> FailureKind | None:
    if asked.is_useful is False:
        return FailureKind.NOT_USEFUL
    if asked.status == AnswerStatus.ABSTAINED:  # who asks for a person is given a contact: no entry is missing
        return None if asked.reason is Reason.ASKS_FOR_PERSON else FailureKind.ABSTAINED
    # Noa has the answers: the visitor says more, or leaves.
    if asked.is_useful or asked.reason in {Reason.AMBIGUOUS_PLACE, Reason.SITUATION}:
        return None
    if asked.status == AnswerStatus.ANSWERED:
        return FailureKind.REPHRASED if _is_rephrased(asked, later, is_same) else None
    return FailureKind.NOT_TAKEN if _is_left(asked, later, now) else None


def _is_rephrased(asked: Asked, later: Sequence[Asked], is_same: IsSame) -> bool:
    return any(
        _letters(question.normalised) != _letters(asked.normalised) and is_same(asked.normalised, question.normalised)
        for question in later
        if question.asked_at - asked.asked_at <= REPHRASED_WITHIN
    )


def _is_left(asked: Asked, later: Sequence[Asked], now: datetime) -> bool:
    """Whether a choice was offered, half an hour has passed, and neither it nor the next question helped."""
    if asked.taken or now - asked.asked_at < CHOICE_OPEN_FOR:
        return False
    return not (later and later[0].status == AnswerStatus.ANSWERED)


def _letters(text: str) -> str:
    """Return a text without case, accents and punctuation: the same words sent twice are no rephrasing."""
    return "".join(char for char in fold(text) if char.isalnum())


def noise_in(text: str, *, knows: Callable[[str], bool]) -> Noise | None:
    """Return why a question is noise; None for one that somebody may want answered.

    `knows` tells whether a folded word, or one that it may be a misspelling of, occurs in the base.
    """
    said = " ".join(fold(without_masks(text, keeps_lead=True)).replace("’", "'").split())
    for noise, patterns in _PATTERNS:
        if any(pattern.search(said) for pattern in patterns):
            return noise
    words = [word for word in _WORD.findall(said) if len(word) > 1]
    return _noise_of_words(words, knows, is_masked=bool(kinds_masked(text)))


def _noise_of_words(words: Sequence[str], knows: Callable[[str], bool], *, is_masked: bool) -> Noise | None:
    if not words:
        return Noise.EMPTY
    meant = [word for word in words if word not in STOP_WORDS and word not in SMALL_TALK_WORDS]
    if not meant:
        return Noise.SMALL_TALK
    if is_masked and all(word in REACHING_WORDS for word in meant):
        return Noise.EMPTY
    return None if any(knows(word) for word in meant) else Noise.MASHING


def _compiled(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


_PATTERNS = (
    (Noise.ORDER, _compiled(_LISTS["order"])),
    (Noise.ABUSE, _compiled(_LISTS["abuse"])),
    (Noise.SMALL_TALK, _compiled(_LISTS["small_talk"])),
    (Noise.MASHING, (_LETTER_SEVEN_TIMES,)),
)
