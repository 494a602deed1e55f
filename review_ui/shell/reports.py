"""What evaluations and checks say in English, as pages of another language say it.

Their sentences are the messages of catalogues of their own, `reports.po`; one that has no translation stands as it is.
"""

import gettext
from functools import cache
from pathlib import Path

from noa_rag.domain.question import Language
from noa_rag.domain.worded import Worded

LOCALE = Path(__file__).parents[1] / "locale"
DOMAIN = "reports"


def said(language: Language, words: str) -> str:
    """Return the words in the language of the page; a code such as `near_miss` without its underscore."""
    told = report_in(language, words)
    return told if told != words else words.removesuffix("_status").replace("_", " ")


def finding_in_words(language: Language, finding: str, **renamed: str) -> str:
    """Return a finding in a language; `renamed` are values to show in other words."""
    if language is Language.ENGLISH or not isinstance(finding, Worded):
        return finding
    return report_in(language, finding.template).format(**{**finding.values, **renamed})


def report_in(language: Language, words: str) -> str:
    """Return the translation of a sentence of evaluations or checks, the sentence itself where there is none."""
    if not words:
        return ""
    return _catalogue(language).gettext(words.replace("%", "%%")).replace("%%", "%")  # as in every message


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [language], fallback=True)
