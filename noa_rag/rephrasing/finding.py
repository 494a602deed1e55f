"""What a check reports about one sentence."""

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """The checks, in the order in which they run; QA counts refusals by them."""

    QUOTE = "quote"
    FORM = "form"
    AMOUNT = "amount"
    PERCENTAGE = "percentage"
    DURATION = "duration"
    DATE = "date"
    YEAR = "year"
    NUMBER = "number"
    PHONE = "phone"
    LINK = "link"
    LEGAL_REFERENCE = "legal_reference"
    BODY = "body"
    EDIT = "edit"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason not to show a sentence: `seen` is in the sentence, `official` in the passage; either may be empty."""

    check: Check
    seen: str
    official: str = ""
