"""Masking personal data in a question before it is searched, shown or written anywhere."""

import re
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn
from stdnum.fr import nir, siren, siret

MASKS = {
    "email": "[adresse e-mail masquée]",
    "iban": "[IBAN masqué]",
    "nir": "[numéro de sécurité sociale masqué]",
    "card": "[numéro de carte masqué]",
    "phone": "[téléphone masqué]",
}

_EMAIL = re.compile(r"[\w.+%'-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ .-]?[A-Z0-9]{1,4}){3,8}\b", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w])\d(?:[ .\-/\u00a0\u202f]?(?:\d|(?<=\d)[AB](?=[ .\-]?\d))){7,18}(?![\w])", re.IGNORECASE)
_NIR_WITHOUT_KEY = re.compile(r"[1278]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}", re.IGNORECASE)
_CARD_LENGTHS = range(15, 20)


def mask_personal_data(text: str) -> str:
    """Return the text with e-mail addresses, phone numbers, NIR, IBAN and card numbers replaced.

    SIREN and SIRET stay: they name a company, and the question is useful with them. Check digits
    decide, through python-stdnum; phone numbers are recognised by phonenumbers, region FR.
    """
    text = _EMAIL.sub(MASKS["email"], text)
    text = _IBAN.sub(lambda found: _masked_iban(found.group()), text)
    text = _DIGITS.sub(lambda found: _masked_digits(found.group()), text)
    return _mask_phones(text)


def _masked_iban(candidate: str) -> str:
    """Mask the longest head of the candidate that is an IBAN: words after it may look like its groups."""
    for end in _group_ends(candidate):
        if iban.is_valid(candidate[:end]):
            return MASKS["iban"] + candidate[end:]
    return candidate


def _group_ends(candidate: str) -> Iterator[int]:
    yield len(candidate)
    yield from (found.start() for found in reversed(list(re.finditer(r"[ .-]", candidate))))


def _masked_digits(candidate: str) -> str:
    compact = re.sub(r"[^0-9A-Za-z]", "", candidate).upper()
    if siret.is_valid(compact) or siren.is_valid(compact):
        return candidate
    if nir.is_valid(compact) or _NIR_WITHOUT_KEY.fullmatch(compact):
        return MASKS["nir"]
    if len(compact) in _CARD_LENGTHS and luhn.is_valid(compact):
        return MASKS["card"]
    return candidate


def _mask_phones(text: str) -> str:
    companies = [found.span() for found in _DIGITS.finditer(text) if _is_company_number(found.group())]
    pieces: list[str] = []
    at = 0
    for match in PhoneNumberMatcher(text, "FR", leniency=Leniency.VALID):
        if any(start < match.end and match.start < end for start, end in companies):
            continue
        pieces += [text[at : match.start], MASKS["phone"]]
        at = match.end
    return "".join([*pieces, text[at:]])


def _is_company_number(candidate: str) -> bool:
    compact = re.sub(r"\D", "", candidate)
    return bool(siret.is_valid(compact) or siren.is_valid(compact))
