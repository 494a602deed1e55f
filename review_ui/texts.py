"""The words of all pages, gathered from each feature's `words`, in French and English."""

from typing import Any

from markupsafe import Markup

from noa_rag.domain.errors import InvalidRequest, Worded
from noa_rag.domain.question import Language
from review_ui.banner import words as banner
from review_ui.committee import words as committee
from review_ui.drafts import words as drafts
from review_ui.entries import words as entries
from review_ui.journal import words as journal
from review_ui.people import words as people
from review_ui.quality import feature_words
from review_ui.quality import words as quality
from review_ui.queue import words as queue
from review_ui.shell import words as shell
from review_ui.sites import words as sites
from review_ui.statistics import words as statistics

SEEN_LIMIT = 80  # characters that a sentence repeats from a field
Words = dict[str, tuple[str, str]]
"""For each key, the French and the English; braces are filled in when the text is taken."""


def gathered(*groups: Words) -> Words:
    """Return all words in one table. Raises ValueError when two groups use the same key."""
    words: Words = {}
    for group in groups:
        if twice := words.keys() & group.keys():
            raise ValueError(f"Two groups of words share the keys {sorted(twice)}.")
        words |= group
    return words


WORDS = gathered(
    drafts.WORDS,
    entries.WORDS,
    queue.WORDS,
    quality.WORDS,
    feature_words.WORDS,
    shell.WORDS,
    committee.WORDS,
    statistics.WORDS,
    journal.WORDS,
    people.WORDS,
    sites.WORDS,
    banner.WORDS,
)


class ReviewTexts:
    """The words of one language: `t("sign_in_title")`, `t("answered_of", answered=9, asked=11)`."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._column = 1 if language is Language.ENGLISH else 0

    def __call__(self, key: str, **values: Any) -> str:
        """Return the text. Raises KeyError for an unknown key."""
        text = WORDS[key][self._column]
        return text.format(**{name: _plain(value) for name, value in values.items()}) if values else text

    def or_key(self, key: str, fallback: str) -> str:
        """Return the text of a key, or the fallback where the key is unknown."""
        return WORDS[key][self._column] if key in WORDS else fallback


def invalid_field_in_words(texts: ReviewTexts, group: str, error: InvalidRequest) -> str:
    """Return what is wrong with a field: `<group>_problem_<field>_<kind>`, else without field or kind."""
    precise = f"{group}_problem_{error.field}_{error.kind}"
    key = precise if precise in WORDS else f"{group}_problem_{error.kind or error.field}"
    return texts(key, seen=error.seen[:SEEN_LIMIT])


def finding_in_words(language: Language, finding: str, **renamed: str) -> str:
    """Return a finding in a language; `renamed` are values to show in other words."""
    if language is not Language.FRENCH or not isinstance(finding, Worded):
        return finding
    return shell.FINDINGS[finding.template].format(**{**finding.values, **renamed})


def _plain(value: Any) -> Any:
    """Return the Markup of a template's macro as plain text, since the page escapes the whole sentence once."""
    return value.unescape() if isinstance(value, Markup) else value
