"""The words of the review's pages: one module for each group of pages, both languages side by side."""

from typing import Any

from markupsafe import Markup

from noa_rag.domain.question import Language
from review_ui.texts import (
    agenda,
    audit,
    banner,
    content,
    drafts,
    entries,
    follow_up,
    follow_up_file,
    people,
    qa,
    qa_features,
    qa_marks,
    qa_rephrasings,
    queue,
    shell,
    sites,
    variants,
)

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
    content.WORDS,
    drafts.WORDS,
    entries.WORDS,
    queue.WORDS,
    qa.WORDS,
    qa_features.WORDS,
    qa_marks.WORDS,
    qa_rephrasings.WORDS,
    shell.WORDS,
    agenda.WORDS,
    follow_up.WORDS,
    follow_up_file.WORDS,
    audit.WORDS,
    people.WORDS,
    sites.WORDS,
    banner.WORDS,
    variants.WORDS,
)


class ReviewTexts:
    """The words of one language: `t("sign_in_title")`, `t("answered_of", answered=9, asked=11)`."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._column = 1 if language is Language.ENGLISH else 0

    def __call__(self, key: str, **values: Any) -> str:
        """Return the text; raises KeyError for a key that nobody wrote."""
        text = WORDS[key][self._column]
        return text.format(**{name: _plain(value) for name, value in values.items()}) if values else text

    def or_key(self, key: str, fallback: str) -> str:
        """Return the text of a key that may not be written, else the fallback."""
        return WORDS[key][self._column] if key in WORDS else fallback


def _plain(value: Any) -> Any:
    """Return what a template's macro made as plain text again: the page escapes the whole sentence once."""
    return value.unescape() if isinstance(value, Markup) else value
