"""Settle language, day and place, and the form of the words that is searched."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from noa_rag.answering.turn import Turn
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Language, Question
from noa_rag.domain.regions import is_known_region
from noa_rag.french.courtesies import plain_spelling, without_courtesies
from noa_rag.french.language import detect_language, no_words
from noa_rag.french.personal_data import without_masks
from noa_rag.french.places import BUILT_IN, Gazetteer
from noa_rag.french.words import stems


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
