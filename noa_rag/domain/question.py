"""What a visitor asks, beside what Noa understood of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from noa_rag.domain.entry import Audience
from noa_rag.domain.regions import Place


class Mode(StrEnum):
    """Strict shows the approved text; assisted lets a local model rephrase it."""

    STRICT = "strict"
    ASSISTED = "assisted"


class Language(StrEnum):
    """The languages of the pages and of what is said around an entry."""

    FRENCH = "fr"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as it comes in: `text` is what was typed, the rest is what the caller knows.

    `language` None means "find out from the words"; `as_of` None means today in Europe/Paris.
    """

    text: str
    region: str | None = None
    audience: Audience | None = None
    language: Language | None = None
    as_of: date | None = None
    mode: Mode = Mode.STRICT
    conversation_id: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question once read: `text` has personal data masked, `normalised` is what is searched.

    `region` and `audience` are what the question names, else what the visitor or her site chose.
    """

    text: str
    normalised: str
    language: Language
    as_of: date
    region: str | None = None
    audience: Audience | None = None
    between: tuple[Place, ...] = ()
    """The places that the one named may be, where that is not sure and the visitor chose no region."""
