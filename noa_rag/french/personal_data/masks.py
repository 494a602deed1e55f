"""What stands in the place of personal data, and what a masked text still says."""

import re

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.courtesies import REACHING_WORDS, SMALL_TALK_WORDS
from noa_rag.french.words import words

MASKS: dict[str, str] = {
    Kind.EMAIL: "[adresse e-mail masquée]",
    Kind.IBAN: "[IBAN masqué]",
    Kind.NIR: "[numéro de sécurité sociale masqué]",
    Kind.CARD: "[numéro de carte masqué]",
    Kind.PHONE: "[téléphone masqué]",
    Kind.NAME: "[nom masqué]",
    Kind.ADDRESS: "[adresse masquée]",
    Kind.BIRTH_DATE: "[date de naissance masquée]",
    Kind.TAX_NUMBER: "[numéro fiscal masqué]",
    Kind.PASSPORT: "[numéro de passeport masqué]",
    Kind.IDENTITY_CARD: "[numéro de carte d'identité masqué]",
    Kind.RESIDENCE_PERMIT: "[numéro de titre de séjour masqué]",
    "message": "[message non conservé]",  # a whole message, of somebody in distress: no kind of personal data
}
_MASK = "|".join(re.escape(mask) for mask in MASKS.values())
_ANY = re.compile(_MASK)
# Words that only introduce what was masked; searched, they would count as part of the question.
_BRINGS = re.compile(
    r"(?:\b(?:je m['’]\s?appelle|mon nom|je me nomme|moi c['’]est|je soussignée?|m\.|mr|mme|mlle|madame|monsieur"
    r"|my name|i am called|i am|i['’]m|(?:et )?(?:je suis |j['’]étais )?née?|je suis|(?:and )?(?:i was )?born(?: on)?"
    r"|(?:(?:et )?j['’]habite|domiciliée?|demeurant|(?:and )?i live)(?: (?:au|à|at|on|in))?"
    r"|(?:mon|my) (?:num[ée]ro|n°|mail|e-?mail|adresse|address|t[ée]l\w*|portable|mobile|phone|number)"
    r"(?: (?:de t[ée]l\w*|number|mail))?|(?:cordialement|bien à vous|regards)[\s,]*)"
    rf"\s+(?:(?:c['’]est|est|is|:)\s+)?(?:le |au )?)?(?:{_MASK})",
    re.IGNORECASE,
)


def kinds_masked(text: str) -> tuple[Kind, ...]:
    """Return what was masked in a text, each kind once, in the order of the masks."""
    return tuple(kind for kind in Kind if MASKS[kind] in text)


def without_masks(text: str, *, keeps_lead: bool = False) -> str:
    """Return a masked text without its masks.

    Words that only introduce a mask ("je suis né le …") are dropped too, unless `keeps_lead`.
    """
    return (_ANY if keeps_lead else _BRINGS).sub(" ", text)


def says_nothing_else(text: str) -> bool:
    """Whether a masked text holds nothing to search: only words that tell who somebody is, or how to reach them."""
    left = without_masks(text)
    meant = [word for word in words(left) if not word.isdigit()]
    return (
        bool(kinds_masked(text))
        and "€" not in left
        and all(word in REACHING_WORDS | SMALL_TALK_WORDS for word in meant)
    )
