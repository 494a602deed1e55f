"""The banner that a coordinator puts above every public page, in a crisis or to announce something."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from noa_rag.domain.question import Language


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
