"""Translation of what Noa says to the public: French in the code, other languages in gettext catalogues."""

import gettext
from functools import cache
from pathlib import Path

from noa_rag.domain.question import Language

DOMAIN = "messages"
SOURCE = Language.FRENCH  # of the messages as they stand in the code
LOCALE = Path(__file__).parent / "locale"
CONTEXT_END = "\x04"  # between a message's context and its text, as in gettext's own files


def N_(message: str) -> str:  # noqa: N802 - gettext's usual name
    """Return a message unchanged, marked for the catalogue: it is translated where it is shown."""
    return message


def NP_(context: str, message: str) -> str:  # noqa: N802 - gettext's usual name
    """Return a message with its context, marked for the catalogue; `Translator.gettext` takes it."""
    return f"{context}{CONTEXT_END}{message}"


class Translator:
    """Translates to one language.

    `%(name)s` is filled in with the value of that name, and `%%` is a percent sign, in every message.
    """

    def __init__(self, language: Language, catalogue: gettext.NullTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def gettext(self, message: str, **values: object) -> str:
        return self.template(message) % values

    def pgettext(self, context: str, message: str, **values: object) -> str:
        """Return the translation of an ambiguous message, told apart by its context."""
        return self.ptemplate(context, message) % values

    def ngettext(self, singular: str, plural: str, number: int, **values: object) -> str:
        """Return the form of a message for a number, which fills in `%(num)s`."""
        return self.ntemplate(singular, plural, number) % {"num": number, **values}

    def template(self, message: str) -> str:
        """Return the translation with its placeholders unfilled: in templates, Jinja fills in and escapes them."""
        return self._catalogue.gettext(message).rpartition(CONTEXT_END)[2]

    def ptemplate(self, context: str, message: str) -> str:
        """Return the translation in a context, with its placeholders unfilled."""
        return self._catalogue.pgettext(context, message)

    def ntemplate(self, singular: str, plural: str, number: int) -> str:
        """Return the translation for a number, with its placeholders unfilled."""
        return self._catalogue.ngettext(singular, plural, number)


class _InFrench(gettext.NullTranslations):
    """Messages as they stand in the code, in French, where 0 is singular as 1 is: "0 compte attend"."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if abs(n) < 2 else msgid2


@cache
def translator_of(language: Language) -> Translator:
    """Return the translator of a language; a message without a translation stays French."""
    if language is SOURCE:
        return Translator(language, _InFrench())
    catalogue = gettext.translation(DOMAIN, LOCALE, [language])
    catalogue.add_fallback(_InFrench())
    return Translator(language, catalogue)
