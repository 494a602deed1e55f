"""The outcome shown to a visitor (an entry, a choice between entries, or a worded refusal), and QA's marks on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import Audience, EntryId, EntryVersion, Translation
from noa_rag.domain.facts import OutdatedFact
from noa_rag.domain.people import PersonId
from noa_rag.domain.question import Language, Mode
from noa_rag.domain.rephrasing import Rephrasing


class AnswerStatus(StrEnum):
    """The three outcomes; abstaining is a success, not an error."""

    ANSWERED = "answered"
    CLARIFICATION = "clarification"
    ABSTAINED = "abstained"


class Reason(StrEnum):
    """Why a question was not answered, or why its answer begins with help."""

    CLOSE_ENTRIES = "close_entries"
    """Several entries are close: the visitor chooses; of an answer, that its entry is the likeliest of them."""
    NOT_SAID = "not_said"
    """No passage of the entry that the visitor has just read answers: it is offered with those that are near."""
    SITUATION = "situation"
    """The question is vague: an entry that asks where the visitor stands is shown, with its branches to choose from."""
    NOTHING_CLOSE = "nothing_close"
    """No entry is near the question."""
    UNCERTAIN = "uncertain"
    """An entry is near, but likelier than not to be a near miss."""
    OUTSIDE_VALIDITY = "outside_validity"
    """The entry that answers is not valid on that day, or was withdrawn."""
    OTHER_REGION = "other_region"
    """The entry that answers holds in another region."""
    OTHER_COUNTRY = "other_country"
    """What holds in another country was asked; entries hold in France."""
    AMBIGUOUS_PLACE = "ambiguous_place"
    """The answer depends on which of several places of one name is meant: the visitor chooses."""
    SMALL_TALK = "small_talk"
    """The message asks nothing: it greets, thanks, or asks who answers."""
    ASKS_FOR_PERSON = "asks_for_person"
    """Somebody to talk to was asked for: how to reach one is the answer."""
    DISTRESS = "distress"
    """Answered all the same: somebody in distress is given help first, before anything else she asked."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry offered to the visitor, by its question; with `region`, a place for which to ask again."""

    entry_id: EntryId
    question: str
    region: str | None = None
    language: str = "fr"
    """The language of `question`."""
    extract: str | None = None
    """The passage of the entry that answers, word for word, where one surely does; of one she has read, the nearest."""


@dataclass(frozen=True, slots=True)
class General:
    """Says that an entry was shown in its general form though it has variants.

    `region` and `audience` are the visitor's, where they are known and no variant is written for them.
    """

    region: str | None = None
    audience: Audience | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim stretch of the entry that the text shown rests on; markers count from 1."""

    marker: int
    quote: str


@dataclass(frozen=True, slots=True)
class Searched:
    """The words of a question that were searched, misspelt ones put right, and those of them that no entry holds."""

    words: tuple[str, ...]
    unknown: tuple[str, ...] = ()


class PersonalDataKind(StrEnum):
    """What is masked in a question before anything is done with it."""

    EMAIL = "email"
    IBAN = "iban"
    NIR = "nir"
    CARD = "card"
    PHONE = "phone"
    NAME = "name"
    ADDRESS = "address"
    BIRTH_DATE = "birth_date"
    TAX_NUMBER = "tax_number"
    PASSPORT = "passport"
    IDENTITY_CARD = "identity_card"
    RESIDENCE_PERMIT = "residence_permit"
    SIREN = "siren"
    """Of a sole trader, or SIRET: it leads to her name and, mostly, to where she lives."""


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What was masked in the question; `contact` is whom to call, since nobody calls back.

    `is_all` says that nothing else in the question could be searched.
    """

    kinds: tuple[PersonalDataKind, ...]
    contact: Agency | None = None
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """One entry of an answer that needs several; `entry` is None for a need that no vetted entry answers.

    `need` is the part of the question that it answers, in the visitor's words; empty when all answer the whole of it.
    `contact` is whom to ask where nothing answers.
    """

    need: str
    entry: EntryVersion | None = None
    official_text: str | None = None
    section_key: str | None = None
    more_url: str | None = None
    translation: Translation | None = None
    """The vetted translation that is shown first, in the visitor's language."""
    outdated: tuple[OutdatedFact, ...] = ()
    contact: Agency | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown and recorded. `confidence` is a calibrated probability, 0 to 1.

    `entry` is set only when answered, or when a situation asks back. `more_url` leads to the rest of an entry shown in
    part.
    `choices` holds what to choose from (clarification), the closest questions (abstained), or what is shown beneath an
    entry that is likelier than not to answer, but not sure enough to be shown alone (answered, `CLOSE_ENTRIES`).
    `parts` holds every entry of an answer that needs several, its own `entry` first among those that have one.
    `understood_as` is the question that was searched, where that is not the one typed.
    """

    status: AnswerStatus
    mode: Mode
    language: Language
    text: str
    confidence: float
    reason: Reason | None = None
    official_text: str | None = None
    entry: EntryVersion | None = None
    section_key: str | None = None
    more_url: str | None = None
    citations: tuple[Citation, ...] = ()
    choices: tuple[Choice, ...] = ()
    contact: Agency | None = None
    rephrasing: Rephrasing | None = None
    """What a language model proposed and what became of it; None where none was asked."""
    parts: tuple[AnswerPart, ...] = ()
    understood_as: str | None = None
    question_id: str = ""
    conversation_id: str = ""
    general: General | None = None
    """Set when the entry has variants, and the general one is shown."""
    is_unrecorded: bool = False
    """Whether the question could not be written down when it was asked: nobody can judge or follow it for now."""
    translation: Translation | None = None
    """The vetted translation that `text` shows; `official_text` is what it was made from."""
    outdated: tuple[OutdatedFact, ...] = ()
    """Figures that the entry states though they have ended."""
    year_note: str = ""
    """What is known of another year that the question names, where it names one."""
    searched: Searched | None = None
    """What a refusal says that Noa understood; None otherwise."""
    themes: tuple[Theme, ...] = ()
    """Where to look after a refusal: the themes of the nearest entries, all of them where none is near."""
    personal_data: PersonalData | None = None
    region: str | None = None
    """The visitor's, where it is known: it says which office her contact is."""
    extract: str | None = None
    """The passage of `text` that answers, word for word, where one surely does and is not its first."""
    is_read: bool = False
    """Whether the visitor was shown the entry before in the conversation: `extract` answers her, the text is folded."""
    support: EntryVersion | None = None
    """An entry whose opening stands above the answer to somebody who may be in distress."""

    @property
    def is_unsure(self) -> bool:
        """Whether the entry is only the likeliest, shown above others that are close."""
        return self.status is AnswerStatus.ANSWERED and self.reason is Reason.CLOSE_ENTRIES


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What the record keeps of an answer beside its entry's version, as JSON text; the hash of all that was shown."""

    kept: str
    hash: str


@dataclass(frozen=True, slots=True)
class RecordedPart:
    """An entry that a recorded answer showed; None for a need that nothing answered."""

    need: str
    entry_id: EntryId | None
    version: int | None
    section_key: str | None


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """A recorded question, masked, with its outcome.

    `parts` holds every entry that was shown, one for most answers; `subjects` the entries that the conversation had
    led to so far, shown or offered.
    """

    question_id: str
    conversation_id: str
    asked: str
    language: Language
    region: str | None
    status: AnswerStatus
    reason: Reason | None
    parts: tuple[RecordedPart, ...]
    choices: tuple[EntryId, ...]
    contact_agency_id: AgencyId | None
    confidence: float
    understood_as: str | None
    subjects: tuple[EntryId, ...]
    given: GivenAnswer

    @property
    def entry_ids(self) -> Sequence[EntryId]:
        """Every entry that the answer named."""
        return [part.entry_id for part in self.parts if part.entry_id is not None] + list(self.choices)


WHOLE = 0  # the number of a mark on the answer as a whole; sentences count from 1


class Mark(StrEnum):
    """Whether something that was shown answers the question."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class MarkedAnswer:
    """What is marked: the text of an entry, shown for a question whose personal data is masked.

    `question_id` is that of the record, None for a case of an evaluation.
    """

    question: str
    entry_id: EntryId
    entry_version: int | None = None
    question_id: str | None = None


@dataclass(frozen=True, slots=True)
class SentenceMark:
    """A mark on one sentence, word for word as it was shown; number 0 is the whole answer, its sentence empty."""

    number: int
    sentence: str
    mark: Mark
    note: str = ""


@dataclass(frozen=True, slots=True)
class GivenMark:
    """A mark with who gave it."""

    mark: SentenceMark
    marked_by: PersonId
    marked_at: datetime


def overall(marks: Sequence[SentenceMark]) -> Mark | None:
    """Return the mark of an answer: that given to the whole, else what its sentences say together."""
    whole = [mark.mark for mark in marks if mark.number == WHOLE]
    if whole:
        return whole[-1]
    given = {mark.mark for mark in marks}
    if not given:
        return None
    return given.pop() if len(given) == 1 else Mark.PARTLY
