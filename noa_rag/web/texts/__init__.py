"""All the words of the pages: one dictionary a language, with the same keys."""

from collections.abc import Mapping

from noa_rag.domain.question import Language
from noa_rag.web.texts.english import ENGLISH
from noa_rag.web.texts.french import FRENCH

TEXTS: Mapping[Language, Mapping[str, str]] = {Language.FRENCH: FRENCH, Language.ENGLISH: ENGLISH}


class Texts:
    """The words of one language; called with a key, and with what the sentence leaves open."""

    def __init__(self, language: Language) -> None:
        self._texts = TEXTS[language]

    def __call__(self, key: str, **values: str | int) -> str:
        return self._texts[key].format(**values)
