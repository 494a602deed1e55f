"""Refuse what is not a question, and mask personal data."""

import unicodedata
from dataclasses import dataclass, replace

from noa_rag.answering.turn import Turn
from noa_rag.answering.wording import EMPTY, NOT_TEXT, TOO_LONG, say
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.question import Language
from noa_rag.french.personal_data import mask_personal_data

QUESTION_LIMIT = 1_000  # characters; the longest question seen in the shared material has 160
_KEPT_CONTROLS = {"\n", "\r", "\t"}
# Zero-width and direction marks come along when text is pasted; they mean nothing, so they go.
_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF, 0xAD])


@dataclass(frozen=True, slots=True)
class Screen:
    """Returns the turn with a clean, masked text. Raises InvalidQuestion with words for the visitor."""

    def __call__(self, turn: Turn) -> Turn:
        language = turn.ask.language or Language.FRENCH
        text = turn.ask.text
        if len(text) > QUESTION_LIMIT:
            raise InvalidQuestion(say(language, TOO_LONG, count=len(text), limit=QUESTION_LIMIT))
        if any(unicodedata.category(char) in {"Cc", "Cs", "Co"} and char not in _KEPT_CONTROLS for char in text):
            raise InvalidQuestion(say(language, NOT_TEXT))
        text = " ".join(text.translate(_INVISIBLE).split())
        if not any(char.isalnum() for char in text):
            raise InvalidQuestion(say(language, EMPTY))
        return replace(turn, ask=replace(turn.ask, text=mask_personal_data(text)))
