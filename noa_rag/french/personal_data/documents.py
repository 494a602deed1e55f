"""Numbers of documents and files: personal where the words near them, or their form alone, say so.

Among them a SIREN or SIRET that a sole trader calls hers: it leads to her name and to where she lives.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from stdnum import luhn
from stdnum.fr import siret

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.personal_data.masks import hidden, lowered

_GAP = r"[ .\-/\u00a0\u202f]{0,3}"
_ALONE = r"(?:(?<![\w.,€$+])|(?<=\bnir)|(?<=\bspi)|(?<=\bss)|(?<=°ss)|(?<=[ée]cu))(?<!\d[ .\-/])"
_NO_DAY = r"(?!\d\d[./\- ]\d\d[./\- ](?:19|20)\d\d)"


class _ToldNumber:
    """A kind of number: its pattern, and words that tell it, within `before` characters before it or `after` after."""

    def __init__(self, kind: Kind, number: str, words: str, *, before: int = 100, after: int = 50) -> None:
        self.kind, self.before, self.after = kind, before, after
        self.number = re.compile(number, re.IGNORECASE)
        self.words = re.compile(rf"\b(?:{words})")  # in lower case: IGNORECASE would take several times as long


def _figures(fewest: int, most: int) -> str:
    """Return a pattern of `fewest` to `most` digits that matches no amount."""
    more = rf"{{{fewest - 1},{most - 1}}}"
    return rf"{_ALONE}\d(?:{_GAP}\d){more}(?![\w€$%])(?!{_GAP}\d)(?! ?(?:€|euros?\b|eur\b|%))"


_NINE_MIXED = r"(?<![\w.,])(?=[A-Z\d]{0,8}\d)(?=[A-Z\d]{0,8}[A-Z])[A-Z\d]{9}(?!\w)"
_TOLD = (
    _ToldNumber(
        Kind.TAX_NUMBER,
        _figures(13, 13),
        r"fisc\w+|fi(?:c|cs|s)al\w*|spi(?![^\W\d])|imp[oô]\w+|t[ée]l[ée]d[ée]cl\w+|dgfip|biens immobiliers|tax\b|tin\b",
    ),
    _ToldNumber(
        Kind.NIR,
        rf"{_ALONE}[1-478](?:{_GAP}\d|(?<=2)[AB]){{11,14}}(?!\w)(?!{_GAP}\d)",
        r"s[ée]cu\w*|n\.?i\.?r(?![^\W\d])|nss\b|n°? ?ss(?![^\W\d])|num[ée]ro de ss\b|vitale"
        r"|immatricul\w+|matricule|insee\b|assur[ée]e?s?\b|assurance maladie|cpam|ameli|social security"
        r"|ssn\b|insurance number",
    ),
    # A bank account without its country: bank, branch, account and key.
    _ToldNumber(
        Kind.IBAN,
        rf"{_ALONE}\d{{5}}[ ,.:/-]{{1,3}}(?:(?:code )?guichet[ :]{{1,3}})?\d{{5}}[ ,.:/-]{{1,3}}"
        r"(?:(?:n°|num[ée]ro)? ?(?:de )?compte[ :]{1,3})?[A-Z\d]{11}[ ,.:/-]{1,3}(?:cl[ée]f?(?: rib)?[ :]{1,3})?\d\d\b",
        r"rib\b|iban\b|banque\b|compte\b|virement",
    ),
    _ToldNumber(Kind.CARD, _figures(15, 17), r"cartes?\b|cb\b|card\b|visa\b|mastercard\b"),
    _ToldNumber(
        Kind.PHONE,
        rf"{_ALONE}{_NO_DAY}0[1-9](?:{_GAP}\d){{7,9}}(?![\w€])",
        r"t[ée]l\b|t[ée]l[ée]phone|portable|mobile\b|r?appel[eé]|joindre|joignable|whatsapp|sms\b|phone|call me|reach",
        before=30,
        after=15,
    ),
    # Without the zero that begins it.
    _ToldNumber(
        Kind.PHONE,
        rf"{_ALONE}(?<!sire[nt][ :])[67]\d{{8}}(?![\w€])(?! ?(?:€|euros?\b))",
        r"t[ée]l(?:[ée]phone)?\b|portable|r?appel[eé]\w*|joindre|joignable|whatsapp|mon num(?:éro)?\b(?! d| si| tva)",
        before=20,
        after=0,
    ),
    _ToldNumber(
        Kind.PASSPORT,
        r"(?<!\w)\d{2}[ -]?[A-Z]{2}[ -]?\d{5}(?!\w)|(?<![\w.,])(?:[A-Z]{1,2} ?\d{6,8}|\d{8,9}|[A-Z]{3}\d{6})(?!\w)"
        rf"|{_NINE_MIXED}",
        r"pas+e?ports?\b|passp\w+|psaseport",
    ),
    # In groups, as they are dictated: right behind the word.
    _ToldNumber(
        Kind.PASSPORT,
        r"(?<![\w.,])(?:[A-Z]{1,3}[ -]?)?(?:\d{1,4}[ -]){1,3}\d{2,5}(?![\w€%/])(?! ?(?:€|euros?\b))"
        r"|(?<![\w.,])(?:\d\d ?[A-Z]{2} ?\d\d ?\d{3}|[A-Z]{1,3}[ -]?\d{6,9})(?!\w)",
        r"pas+e?ports?\b|pass\b",
        before=35,
        after=0,
    ),
    _ToldNumber(
        Kind.IDENTITY_CARD,
        rf"{_figures(12, 12)}|{_NINE_MIXED}"
        r"|(?<![\w.,])(?:[A-Z]{2,3} ?\d{5,7}|[A-Z]{2} \d{3,5}(?: \d{3}| [A-Z]{2})|\d{8} ?\d ?[A-Z]{2}\d)(?!\w)",
        r"cnie?\b|ci\b|carte (?:nationale )?d['’ ]?id\w+|pi[èe]ces? d['’ ]?id\w+|identit\w+"
        r"|id\w{0,7} (?:card|document|number)|national id",
    ),
    _ToldNumber(
        Kind.RESIDENCE_PERMIT,
        rf"{_ALONE}[1-9](?:[ .\-]?\d){{9}}(?!\w)(?![ .\-]?\d{{3}}(?!\d))|(?<!\w)[A-Z]{{2}} ?\d{{7}}(?!\w)"
        rf"|{_NINE_MIXED}|(?<![\w.,])(?:\d{{4}} ?\d{{3,4}} ?\d{{2,3}}|\d?[A-Z]\d\d \d{{3}} \d{{4}})(?![\w€])"
        r"|(?<![\w.,])(?:[A-Z]{2}\d ?\d{3} ?\d{3,4}|(?:FR|FRA|YT) ?\d[A-Z]\d?[A-Z0-9 ]{4,9})(?!\w)",
        r"(?:titre|carte|permis|visa)s? (?:de |long )?(?:s[ée]jour|r[ée]sid\w+)|s[ée]jour\b|r[ée]c[ée]pis\w+"
        r"|agdref\b|anef\b|vls|(?:num\w*|n°|no) (?:d['’ ]?)?[ée]tr\w+|salari[ée]\w* [ée]tr\w+|titre\b"
        r"|passeport talent|carte (?:pluriannuelle|bleue europ)|carte de (?:dix|10) ans|certificat de r[ée]sid"
        r"|residen\w+ (?:permit|card)|permit\b",
    ),
)
# Words right before a number that make it another kind of number; a name such as "UPS" may stand between.
BETWEEN = (
    r"(?!(?<=\w)\w)\W{0,3}(?:(?!SPI\b|NIR\b)(?-i:[A-Z])[\w-]+\W{1,2})?(?:(?:n°|num[ée]ro|number|no\.?)\W{0,3})?"
    r"(?:(?!SPI\b|NIR\b)(?-i:[A-Z0-9]){1,4}[ -]){0,3}$"
)
OTHER = re.compile(
    r"\b(?:siret|siren|rcs|rna|tva|naf|ape|finess|eori|code[- ]barres?|ean|gtin|imei|puce|i-cad|dossier|facture"
    r"|commande|ticket|colis|suivi|tracking|devis|cotisant|contrat|invoice|order|file|code"
    r"|(?<!fiscal de )r[ée]f(?:[ée]rences?)?\.?"
    r"|bon|bordereau|lot|avis(?: de taxe| d['’]imp\w+)?|salle|licence(?: de)?(?: \w+){0,2}|vat|bce|iswc|awb"
    r"|r[ée]f[ée]rence (?:de )?paiement"
    r"|cpi|codice fiscale|partita iva|carte (?:t )?(?:carburant|cma|tachy\w*|cadeau)"
    rf"|t[ée]l|portable|phone){BETWEEN}",
    re.IGNORECASE,
)
_FRENCH_PASSPORT = re.compile(r"(?<!\w)\d{2}(?:[A-Za-z]{2}| (?!AU|DU|DE|LE|LA|EN|ET|BD|AV|PL|ST)[A-Z]{2} )\d{5}(?!\w)")
_TAX_NUMBER_IN_GROUPS = re.compile(r"(?<![\w.,])[0-3]\d \d\d \d{3} \d{3} \d{3}(?!\w)(?! ?(?:€|euros?\b))")
_COMPANY_GAP = r"[ .,\-/\u00a0\u202f]{0,3}"
# A sole trader's number, where she says that it is hers: "mon siret …", or any she names who says that she is one.
_COMPANY_NUMBER = re.compile(
    rf"(?:(?<![\w.,])|(?<=sire[nt]))(?<!\d )(?:FR ?\d\d ?)?[1-9](?:{_COMPANY_GAP}\d){{8}}(?:(?:{_COMPANY_GAP}\d){{5}})?"
    rf"(?![\w€%])(?!{_COMPANY_GAP}\d)(?! ?(?:€|euros?\b))"
)
_SIREN_SAID = re.compile(
    r"\bsir+[ea]n?[nt]+e?s?\b|sire[nt]$|\btva\b|\bvat\b|\b(?:le|du|au) mien\b|\bmine\b|\bimmatricul\w+|\br(?:ne|m)\b",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"\b(?:mon|my|j['’ ]?ai|voici|voil[àa])\b[^.;!?\n]{0,25}\bsir[ea]?n?[nt]+\w*[^.;!?\n]{0,30}$", re.IGNORECASE
)
_PERSONAL = re.compile(r"\bperso\w*|\b(?:le|du|au) mien\b|\bmine\b|\bmon sire[nt]", re.IGNORECASE)
_SOLE_TRADER = re.compile(
    r"\b(?:e\.?i\b|micro\b|micro[- ]?ent\w+|auto[- ]?ent\w+|entrepreneu\w+ indiv\w+|entreprise indiv\w+"
    r"|nom propre|(?:à|a) mon compte|lib[ée]rale?s?\b|artisane?\b|sole trader|self[- ]employed|freelance)",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\b(?:(?<!pas de )soci[ée]t[ée]|sarl|sasu?|eurl|sci|snc|scop|s\.?a\.?s|company|association|fournisseu\w+"
    r"|clients?|bailleur|employeu\w+|donneur|prestataire|sous[- ]traitant\w*|concurrent\w*|supplier)\b",
    re.IGNORECASE,
)


def mask_documents(text: str) -> str:
    """Return the text with the numbers replaced that the words near them, or their form alone, make personal."""
    if not any(char.isdigit() for char in text):
        return text
    lower = lowered(text)
    for pattern in _TOLD:
        if said := [match.span() for match in pattern.words.finditer(lower)]:
            text = pattern.number.sub(_masking(pattern, said), text)
    text = _mask_sole_traders(text)
    text = _TAX_NUMBER_IN_GROUPS.sub(lambda found: hidden(found.group(), Kind.TAX_NUMBER), text)
    return _FRENCH_PASSPORT.sub(
        lambda found: found.group() if is_another(found) else hidden(found.group(), Kind.PASSPORT), text
    )


def _masking(told: _ToldNumber, said: Sequence[tuple[int, int]]) -> Callable[[re.Match[str]], str]:
    """Return what hides a number near words of its kind, which begin and end there in the text."""
    starts, ends = [start for start, _ in said], [end for _, end in said]

    def masked(found: re.Match[str]) -> str:
        last = bisect_right(ends, found.start()) - 1
        following = bisect_left(starts, found.end())
        is_told = (last >= 0 and starts[last] >= found.start() - told.before) or (
            following < len(said) and ends[following] <= found.end() + told.after
        )
        is_told_another = told.kind is not Kind.PHONE and is_another(found)
        if not is_told or is_told_another or _is_siret(found.group()):
            return found.group()
        return hidden(found.group(), told.kind)

    return masked


def is_another(found: re.Match[str]) -> bool:
    """Whether the words right before a number make it one of another kind."""
    return OTHER.search(found.string[max(0, found.start() - 40) : found.start()]) is not None


def _is_siret(number: str) -> bool:
    compact = re.sub(r"[^0-9A-Za-z]", "", number)
    return len(compact) == 14 and bool(siret.is_valid(compact))


def _mask_sole_traders(text: str) -> str:
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
    is_company_s = _COMPANY.search(_PERSONAL.split(near)[-1]) is not None
    if is_hers and not is_company_s and (_SOLE_TRADER.search(text) or (is_mine and not _COMPANY.search(before))):
        return hidden(found.group(), Kind.SIREN)
    return found.group()


def _has_check_digit(number: str) -> bool:
    return bool(luhn.is_valid(re.sub(r"\D", "", number)[:9]))
