"""What a visitor typed, read: refused where it is no question, masked, brought to one form, and placed."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from noa_rag.answering.turn import Turn
from noa_rag.answering.wording import EMPTY, NOT_TEXT, TOO_LONG, say
from noa_rag.domain.entry import Audience
from noa_rag.domain.errors import InvalidQuestion, InvalidRequest
from noa_rag.domain.question import Language, Question
from noa_rag.domain.regions import is_known_region, region_of
from noa_rag.french.courtesies import plain_spelling, without_courtesies
from noa_rag.french.language import detect_language, no_words
from noa_rag.french.personal_data import mask_personal_data, without_masks
from noa_rag.french.places import BUILT_IN, Gazetteer
from noa_rag.french.words import fold, stems

QUESTION_LIMIT = 1_000  # characters; the longest question seen in the shared material has 160
_KEPT_CONTROLS = {"\n", "\r", "\t"}
# Zero-width and direction marks come along when text is pasted; they mean nothing, so they go.
_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF, 0xAD])
# One's own firm, or oneself: "les aides aux associations" says nothing of who asks.
_OWN = r"\b(?:mon|ma|mes|notre|nos|my|our|dans une|pour une)"
_BEING = r"\b(?:je suis|on est|nous sommes|en tant qu(?:e|')|i am|i'm|we are|as)(?: une?| an?)?"
_PATTERNS = (
    (Audience.MICRO_ENTREPRENEUR, r"(?:micro|auto)[ -]?entrepre(?:neure?s?|nariat|neuse)"),
    (Audience.MICRO_ENTREPRENEUR, r"(?:micro|auto)[ -]?entreprise"),
    (Audience.ASSOCIATION_EMPLOYER, r"(?:petite )?asso(?:ciation)?\b(?! de malfaiteurs)"),
    (Audience.ASSOCIATION_EMPLOYER, r"(?:non-profit|charity)"),
    (Audience.START_UP, r"(?:jeune )?start-?up"),
    (Audience.PME, r"(?:petite )?pme\b"),
    (Audience.TPE, r"(?:petite )?tpe\b"),
)
_NAMED = tuple(
    (audience, re.compile(rf"(?:{_OWN if own else _BEING}) ?{noun}"))
    for audience, noun in _PATTERNS
    for own in (True, False)
)


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


class Writing(Protocol):
    """What writes a question as the base would; see `LexicalIndex.written`."""

    def __call__(self, text: str, *, is_french: bool) -> str: ...


def as_typed(text: str, *, is_french: bool = True) -> str:
    """Return the text as it is, where there is no base to learn its writing from."""
    return text


@dataclass(frozen=True, slots=True)
class Understand:
    """`today` gives the day in Europe/Paris, `written` a question as the base would write it.

    `is_borrowed` tells of a word whether the base's French texts have it (see `clear_language`), `gazetteer` what is a
    place.
    """

    today: Callable[[], date]
    written: Writing = as_typed
    is_borrowed: Callable[[str], bool] = no_words
    gazetteer: Gazetteer = BUILT_IN

    def __call__(self, turn: Turn) -> Turn:
        ask = turn.ask
        if ask.region is not None and not is_known_region(ask.region):
            raise InvalidRequest(
                f"Région inconnue : {ask.region!r}. Utilisez un code ISO 3166-2, par exemple FR-IDF ou FR-75."
                " / Unknown region; use an ISO 3166-2 code.",
                field="region",
            )
        normalised, language = read_form(ask.text, self.written, self.is_borrowed)
        question = Question(
            text=ask.text,
            normalised=normalised,
            language=ask.language or language,
            as_of=ask.as_of or self.today(),
            region=ask.region,
            audience=ask.audience,
            placeless=self._without_places(ask.text),
        )
        return replace(turn, question=question)

    def _without_places(self, text: str) -> str:
        typed = plain_spelling(normalise(text))
        bare = self.gazetteer.without_places(typed)
        return read_form(bare, self.written, self.is_borrowed)[0] if bare != typed and stems(bare) else ""


def read_form(
    text: str, written: Writing = as_typed, is_borrowed: Callable[[str], bool] = no_words
) -> tuple[str, Language]:
    """Return the one form of a question that is searched and read, and the language it is written in.

    Courtesies and final punctuation are dropped, phone spelling is written out, then `written` settles capitals,
    accents and slips: what does not change the question does not change what is found.
    """
    typed = without_courtesies(normalise(without_masks(text).strip() or text))
    plain = without_courtesies(plain_spelling(typed))
    language = detect_language(plain.lower(), is_borrowed)
    bare = plain if language is Language.FRENCH else typed
    return written(bare, is_french=language is Language.FRENCH), language


def normalise(text: str) -> str:
    """Return the text in one Unicode form, with plain apostrophes and single spaces; accents stay."""
    composed = unicodedata.normalize("NFKC", text).replace("’", "'").replace("`", "'")
    return " ".join(composed.split())


@dataclass(frozen=True, slots=True)
class Situate:
    """A place named counts before the region chosen, which decides between several places of one name.

    Places are looked for in the text as typed, since the searched form is rewritten as the base would write it.
    """

    gazetteer: Gazetteer

    def __call__(self, turn: Turn) -> Turn:
        question = turn.understood
        typed = plain_spelling(normalise(question.text))
        where = self.gazetteer.where(typed)
        chosen = question.region
        is_told = chosen is not None and region_of(chosen) in where.regions
        return replace(
            turn,
            question=replace(
                question,
                region=chosen if is_told or where.code is None else where.code,
                between=() if is_told else where.between,
                audience=audience_named(typed) or question.audience,
            ),
        )


def audience_named(text: str) -> Audience | None:
    """Return the audience that the visitor says she belongs to, None when the question names none, or several."""
    folded = " ".join(fold(text).split())
    named = {audience for audience, pattern in _NAMED if pattern.search(folded)}
    return named.pop() if len(named) == 1 else None
