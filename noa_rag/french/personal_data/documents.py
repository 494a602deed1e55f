"""Numbers that are personal for what is said near them: documents, tax, and numbers with a slip in them."""

import re
from collections.abc import Callable

from stdnum.fr import siret

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.personal_data.masks import MASKS

_GAP = r"[ .\-/\u00a0\u202f]{0,3}"
_ALONE = r"(?<![\w.,€$])(?<!\d[ .\-/])"
_NO_DAY = r"(?!\d\d[./\- ]\d\d[./\- ](?:19|20)\d\d)"


class Told:
    """A number of a kind: how it looks, and words that say so, at most `before` characters before it, or `after` it."""

    def __init__(self, kind: Kind, number: str, words: str, *, before: int = 100, after: int = 50) -> None:
        self.kind, self.before, self.after = kind, before, after
        self.number, self.words = re.compile(number, re.IGNORECASE), re.compile(words, re.IGNORECASE)


def _figures(fewest: int, most: int) -> str:
    """Return a pattern of so many figures, of which no amount is one."""
    more = rf"{{{fewest - 1},{most - 1}}}"
    return rf"{_ALONE}\d(?:{_GAP}\d){more}(?![\w€$%])(?!{_GAP}\d)(?! ?(?:€|euros?\b|eur\b|%))"


_NINE_MIXED = r"(?<![\w.,])(?=[A-Z\d]{0,8}\d)(?=[A-Z\d]{0,8}[A-Z])[A-Z\d]{9}(?!\w)"
_TOLD = (
    Told(
        Kind.TAX_NUMBER,
        _figures(13, 13),
        r"\bfisc\w+|\bspi\b|\bimp[oô]\w+|t[ée]l[ée]d[ée]cl\w+|\bdgfip|biens immobiliers|\btax\b|\btin\b",
    ),
    Told(
        Kind.NIR,
        rf"{_ALONE}[1278](?:{_GAP}\d|(?<=2)[AB]){{11,14}}(?!\w)(?!{_GAP}\d)",
        r"\bs[ée]cu\w*|\bs[ée]curit[ée] sociale|\bn\.?i\.?r\b|\bnss\b|\bn°? ?ss\b|num[ée]ro de ss\b|\bvitale"
        r"|\bimmatricul\w+|\bmatricule|\binsee\b|\bassur[ée]e?s?\b|assurance maladie|\bcpam|\bameli|social security"
        r"|\bssn\b|insurance number",
    ),
    Told(Kind.CARD, _figures(15, 17), r"\bcartes?\b|\bcb\b|\bcard\b|\bvisa\b|\bmastercard\b"),
    Told(
        Kind.PHONE,
        rf"{_ALONE}{_NO_DAY}0[1-9](?:{_GAP}\d){{7,9}}(?![\w€])",
        r"\bt[ée]l\b|t[ée]l[ée]phone|\bportable|\bmobile\b|appel[eé]|\bjoindre|\bjoignable|\bwhatsapp|\bsms\b|\bphone"
        r"|\bcall me|\breach",
        before=30,
        after=15,
    ),
    Told(
        Kind.PASSPORT,
        r"(?<!\w)\d{2} ?[A-Z]{2} ?\d{5}(?!\w)|(?<![\w.,])(?:[A-Z]{1,2} ?\d{6,8}|\d{8,9}|[A-Z]{3}\d{6})(?!\w)"
        rf"|{_NINE_MIXED}",
        r"\bpas+e?ports?\b|\bpassp\w+|\bpsaseport",
    ),
    Told(
        Kind.IDENTITY_CARD,
        rf"{_figures(12, 12)}|{_NINE_MIXED}",
        r"\bcnie?\b|\bcarte (?:nationale )?d['’ ]?id\w+|\bpi[èe]ces? d['’ ]?id\w+|\bidentit\w+"
        r"|\bid\w{0,7} (?:card|document|number)|\bnational id",
    ),
    Told(
        Kind.RESIDENCE_PERMIT,
        rf"{_ALONE}[1-9](?:[ .\-]?\d){{9}}(?!\w)(?![ .\-]?\d{{3}}(?!\d))|(?<!\w)[A-Z]{{2}} ?\d{{7}}(?!\w)"
        rf"|{_NINE_MIXED}",
        r"\b(?:titre|carte|permis|visa)s? (?:de |long )?(?:s[ée]jour|r[ée]sid\w+)|\bs[ée]jour\b|\br[ée]c[ée]pis\w+"
        r"|\bagdref\b|\banef\b|\bvls|\b(?:num\w*|n°|no) (?:d['’ ]?)?[ée]tr\w+|salari[ée]\w* [ée]tr\w+|\btitre\b"
        r"|passeport talent|carte (?:pluriannuelle|bleue europ)|carte de (?:dix|10) ans|certificat de r[ée]sid"
        r"|\bresiden\w+ (?:permit|card)|\bpermit\b",
    ),
)
# What stands right before a number and makes it another one.
_OTHER = re.compile(
    r"(?:siret|siren|rcs|rna|tva|naf|ape|finess|eori|code[- ]barres?|ean|gtin|dossier|facture|commande|ticket"
    r"|colis|devis"
    r"|cotisant|contrat|invoice|order|file|t[ée]l|portable|phone)\W{0,3}(?:(?:n°|num[ée]ro|number|no\.?)\W{0,3})?$",
    re.IGNORECASE,
)
_FRENCH_PASSPORT = re.compile(r"(?<!\w)\d{2}(?:[A-Za-z]{2}| (?!AU|DU|DE|LE|LA|EN|ET|BD|AV|PL|ST)[A-Z]{2} )\d{5}(?!\w)")
_TAX_NUMBER_IN_GROUPS = re.compile(r"(?<![\w.,])[0-3]\d \d\d \d{3} \d{3} \d{3}(?!\w)(?! ?(?:€|euros?\b))")


def mask_documents(text: str) -> str:
    """Return the text with the numbers replaced that the words near them, or their form alone, make personal."""
    if not any(char.isdigit() for char in text):
        return text
    for told in _TOLD:
        if told.words.search(text):
            text = told.number.sub(_masking(told, text), text)
    text = _TAX_NUMBER_IN_GROUPS.sub(MASKS[Kind.TAX_NUMBER], text)
    return _FRENCH_PASSPORT.sub(
        lambda found: found.group() if _is_another(found) else MASKS[Kind.PASSPORT],
        text,
    )


def _masking(told: Told, text: str) -> Callable[[re.Match[str]], str]:
    def masked(found: re.Match[str]) -> str:
        before = text[max(0, found.start() - told.before) : found.start()]
        after = text[found.end() : found.end() + told.after]
        is_told = told.words.search(before) or told.words.search(after)
        if not is_told or _is_another(found) or _is_siret(found.group()):
            return found.group()
        return MASKS[told.kind]

    return masked


def _is_another(found: re.Match[str]) -> bool:
    return _OTHER.search(found.string[max(0, found.start() - 40) : found.start()]) is not None


def _is_siret(number: str) -> bool:
    compact = re.sub(r"[^0-9A-Za-z]", "", number)
    return len(compact) == 14 and bool(siret.is_valid(compact))
