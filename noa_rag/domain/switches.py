"""What a person switches on or off while the service runs: its parts, and the banner above every public page."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from noa_rag.domain.agency import Agency
from noa_rag.domain.errors import NoaError
from noa_rag.domain.question import Language


class SwitchName(StrEnum):
    """The parts that can be switched off; entries, the workspace and `/health` never are."""

    CHAT = "chat"
    """Questions, on the site and in widgets."""
    API = "api"
    WIDGET = "widget"
    MODEL = "model"
    """The language model: answers are the approved texts then, those rephrased earlier too."""


@dataclass(frozen=True, slots=True)
class Switch:
    """How a part stands, with who last switched it, when and why; nobody has where it was never switched."""

    name: SwitchName
    is_on: bool = True
    reason: str = ""
    actor: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SwitchesOff:
    """The parts that are off, and the agency to ask meanwhile, None where none is known."""

    names: frozenset[SwitchName] = frozenset()
    contact: Agency | None = None

    def require(self, name: SwitchName) -> None:
        """Do nothing where a part is on. Raises SwitchedOff."""
        if name in self.names:
            raise SwitchedOff(name, self.contact)


class SwitchedOff(NoaError):
    """A part was switched off by a person; `contact` is whom to ask meanwhile."""

    def __init__(self, name: SwitchName, contact: Agency | None) -> None:
        super().__init__(f"`{name.value}` is switched off.")
        self.name = name
        self.kind = f"{name.value}_off"
        self.contact = contact


class BannerLevel(StrEnum):
    """How much a banner stands out."""

    INFORMATION = "information"
    CRISIS = "crisis"


@dataclass(frozen=True, slots=True)
class Banner:
    """A plain text in French, in English where somebody wrote it, with a link to an official page or to a theme.

    It is shown from `starts_at` on and before `ends_at`, while it is on; moments are in UTC.
    """

    level: BannerLevel
    text_fr: str
    starts_at: datetime
    ends_at: datetime
    text_en: str = ""
    url: str = ""
    theme_id: str = ""
    is_on: bool = True

    def is_shown_at(self, moment: datetime) -> bool:
        return self.is_on and self.starts_at <= moment < self.ends_at

    def is_to_come_at(self, moment: datetime) -> bool:
        return self.is_on and moment < self.starts_at

    def text_in(self, language: Language) -> tuple[str, Language]:
        """Return the text and the language that it is in: French where nobody translated it."""
        if language is Language.ENGLISH and self.text_en:
            return self.text_en, Language.ENGLISH
        return self.text_fr, Language.FRENCH
