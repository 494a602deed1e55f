"""Second step: settle language, day and place, and the form of the words that is searched."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from noa_rag.answering.language import detect_language
from noa_rag.answering.phone_spelling import plain_spelling
from noa_rag.answering.turn import Turn
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Language, Question
from noa_rag.domain.regions import is_known_region


@dataclass(frozen=True, slots=True)
class Understand:
    """`today` gives the day in Europe/Paris."""

    today: Callable[[], date]

    def __call__(self, turn: Turn) -> Turn:
        ask = turn.ask
        if ask.region is not None and not is_known_region(ask.region):
            raise InvalidRequest(
                f"Région inconnue : {ask.region!r}. Utilisez un code ISO 3166-2, par exemple FR-IDF ou FR-75."
                " / Unknown region; use an ISO 3166-2 code.",
                field="region",
            )
        normalised = plain_spelling(normalise(ask.text))
        language = detect_language(normalised)
        question = Question(
            text=ask.text,
            normalised=normalised if language is Language.FRENCH else normalise(ask.text),
            language=ask.language or language,
            as_of=ask.as_of or self.today(),
            region=ask.region,
            audience=ask.audience,
        )
        return replace(turn, question=question)


def normalise(text: str) -> str:
    """Return the text in one Unicode form, with plain apostrophes and single spaces; accents stay."""
    composed = unicodedata.normalize("NFKC", text).replace("’", "'").replace("`", "'")
    return " ".join(composed.split())
