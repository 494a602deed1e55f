"""The SIREN or SIRET that a sole trader calls hers: it leads to her name and to where she lives."""

import re

from stdnum import luhn

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.personal_data.masks import hidden

_GAP = r"[ .,\-/\u00a0\u202f]{0,3}"
# A sole trader's number, where she says that it is hers: "mon siret …", or any she names who says that she is one.
_COMPANY_NUMBER = re.compile(
    rf"(?:(?<![\w.,])"
    rf"|(?<=sire[nt]))(?<!\d )(?:FR ?\d\d ?)?[1-9](?:{_GAP}\d){{8}}(?:(?:{_GAP}\d){{5}})?"
    rf"(?![\w€%])(?!{_GAP}\d)(?! ?(?:€|euros?\b))"
)
_SIREN_SAID = re.compile(
    r"\bsir+[ea]n?[nt]+e?s?\b|sire[nt]$|\btva\b|\bvat\b|\ble mien\b|\bmine\b|\bimmatricul\w+|\br(?:ne|m)\b",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"\b(?:mon|my|j['’ ]?ai|voici|voil[àa])\b[^.;!?\n]{0,25}\bsir[ea]?n?[nt]+\w*[^.;!?\n]{0,30}$", re.IGNORECASE
)
_PERSONAL = re.compile(r"\bperso\w*|\ble mien\b|\bmine\b|\bmon sire[nt]", re.IGNORECASE)
_SOLE_TRADER = re.compile(
    r"\b(?:e\.?i\b|micro\b|micro[- ]?ent\w+|auto[- ]?ent\w+|entrepreneu\w+ indiv\w+|entreprise indiv\w+"
    r"|nom propre|lib[ée]rale?s?\b|artisane?\b|sole trader|self[- ]employed|freelance)",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\b(?:soci[ée]t[ée]|sarl|sasu?|eurl|sci|snc|scop|s\.?a\.?s|company|association|fournisseu\w+|clients?|bailleur"
    r"|employeu\w+|donneur|prestataire|sous[- ]traitant\w*|concurrent\w*|supplier)\b",
    re.IGNORECASE,
)


def mask_sole_traders(text: str) -> str:
    """Return the text with the numbers hidden that a sole trader calls hers; those of companies stay."""
    if _SIREN_SAID.search(text) or _SOLE_TRADER.search(text):
        return _COMPANY_NUMBER.sub(_own_company, text)
    return text


def _own_company(found: re.Match[str]) -> str:
    text, before = found.string, found.string[max(0, found.start() - 90) : found.start()]
    near, behind = before[-70:], text[found.end() : found.end() + 25]
    is_named = any(_SIREN_SAID.search(side) for side in (near, behind))
    is_hers = is_named or (
        _has_check_digit(found.group()) and any(_SOLE_TRADER.search(side) for side in (near, behind))
    )
    is_mine = _MINE.search(before) or _PERSONAL.search(before[-20:] + behind)
    is_company_s = _COMPANY.search(near) is not None
    if is_hers and not is_company_s and (_SOLE_TRADER.search(text) or (is_mine and not _COMPANY.search(before))):
        return hidden(found.group(), Kind.SIREN)
    return found.group()


def _has_check_digit(number: str) -> bool:
    return bool(luhn.is_valid(re.sub(r"\D", "", number)[:9]))
