"""Numbers of persons in figures: those known by what is said near them, and those known by their form."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import luhn, numdb
from stdnum.fr import nir, siren, siret

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.personal_data.documents import BETWEEN, OTHER, is_another, mask_documents
from noa_rag.french.personal_data.masks import MASKS, hidden, hidden_stretch, hide, hide_along

_IBAN = re.compile(r"(?:\b|(?<=iban))[A-Z]{2}[ .-]?[\dO]{2}(?:[ .-]?[A-Z0-9]){11,30}(?![A-Z0-9])", re.IGNORECASE)
_LONG_IBAN = 18  # shorter ones may be VAT numbers with a slip
_IBAN_PIECE = {"n": "[0-9O]", "a": "[A-Z]", "c": "[A-Z0-9]"}
_DIGITS = re.compile(r"(?<![\w])\d(?:[ .\-/\u00a0\u202f]?(?:\d|(?<=\d)[AB](?=[ .\-]?\d))){7,}(?![\w])", re.IGNORECASE)
# The check key, where there is one, may be wrong: a number with one slip still says who somebody is.
_NIR = re.compile(r"[1278]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}(?:\d{2})?", re.IGNORECASE)
_NEARLY_NIR = re.compile(r"[12]\d{2}(?:0[1-9]|1[0-2])(?:\d{2}|2[AB])(?:\d{7})", re.IGNORECASE)
_LONGEST_NUMBER = 19  # of cards; those of companies and persons are shorter
_MOST_GROUPS, _MOST_OF_COMPANY = 15, 5  # of figures, in a number of a person, of a company
_LA_POSTE = "356000000"  # its establishments follow a rule of their own
_LETTER_OR_FIGURE = re.compile(r"[^\W_]")
_GROUP = re.compile(r"\w+")
# What phonenumbers does not take for a phone number: ranges not given out yet, pairs parted by slashes or underscores,
# letters on either side, a country's code before a number that it has not.
_PHONE = re.compile(
    r"(?<!\d)(?<!\d[A-Z])(?<!\d[.,\-/])(?!\d\d[./\- ]\d\d[./\- ](?:19|20)\d\d)"  # a day is none
    r"(?:0[1-9](?:([ .\-/_]{1,3})\d\d)(?:\1\d\d){3}|0[1-9](?:[ .\-]?\d){8}(?:[ .\-]?\d)?)(?!\d)(?![ .\-]\d{3}(?!\d))"
    r"|(?<!\d)(?<!\d[ .,\-/])0[1-9](?: ?[ .\-/–;+] ?\d\d){4}(?!\d)(?![ .\-/]\d\d)"
    r"|(?<!\d)(?<!\d[ .,\-/])0[1-9](?:([ .\-])\d\d)(?:\2\d\d){2}\2\d(?!\d)"  # one figure short
    r"|(?<!\d)(?<!\d[ .,\-/])0[1-9]\d\d[ .\-/]\d\d[ .\-/]\d\d[ .\-/]\d{1,2}(?!\d)"
    r"|(?:\(?\+ ?|\(?(?<!\d)00 ?)33\)? ?(?:\(?0\)?)?[ .\-]?[1-9](?:[ .\-/]{0,2}\d\d){4}(?!\d)"
    r"|(?<!\d)33[67]\d{8}(?!\d)"
    r"|(?<![\w.,])(?<!\d[ .\-])[67](?:[ .\-]\d\d|\d\d(?=[ .\-]))(?:[ .\-]\d\d){3}"
    r"(?![\w€%])(?![ .\-]\d)(?! ?(?:€|euros?\b))"
    r"|\+(?!33)(?=(?:[ .\-/]?\(?\d\)?){10})\d{1,3}(?:[ .\-/]?(?:\(0\) ?)?\d{1,4}){3,6}(?!\d)(?! ?(?:€|euros?\b|%))"
    r"|(?<![\w.,])00(?!33)[1-9]\d{1,2}(?=(?:[ .\-]?\d){8})(?:[ .\-]?\d{2,4}){2,5}(?!\d)(?! ?(?:€|euros?\b|%))"
)
# Groups that only these numbers have, whatever their check digits.
_NIR_IN_GROUPS = re.compile(
    r"(?<![\w.,])(?<!\d )[12] \d\d [0-9]\d \d[\dAB] \d{2,3} \d{2,3}(?: ?/? ?\d{2})?(?!\w)", re.IGNORECASE
)
_NIR_WITH_KEY = re.compile(
    rf"({hidden_stretch(Kind.NIR, Kind.TAX_NUMBER)})(?:\s?/\s?|\s?\("
    rf"|[\s,;(/-]{{0,4}}(?:[a-z ,]{{0,20}} )?(?:cl[ée]f?|key)\W{{0,3}})\d{{2}}(?!\d)",
    re.IGNORECASE,
)
# Sixteen figures as Visa's and Mastercard's, right or with a slip, and those of American Express in its groups.
_CARD_BY_FORM = re.compile(
    r"(?<![\w.,€$])(?<!\d[ .\-/])(?:(?:4\d|5[1-5])\d{14}|(?:4|5)\d{3}([ .\-/]{1,2})\d{4}\1\d{4}\1\d{3,5}"
    r"|3[47]\d\d([ .\-/]{1,2})\d{5,6}\2\d{4,5})(?!\w)(?![ .\-/]\d{2}(?!/\d\d))(?! ?(?:€|euros?\b))"
)
# The end of a number that is longer than its kind: a group typed twice, a figure too many.
_LEFT_OVER = re.compile(
    rf"({hidden_stretch(Kind.NIR, Kind.PHONE, Kind.IBAN, Kind.CARD)})"
    r"[ .\-](?:[A-Z]?\d{1,3})(?![\w€%/]|[.,]\d)(?! ?(?:€|%|euros?\b|an|jour|mois|heure|fois|m2|salari|personne|kg|km))"
)
_COMPANY_IN_GROUPS = re.compile(r"(?<!\d)\d{3}([ .])\d{3}\1\d{3}(?:\1\d{5})?(?!\d)")  # right or with a slip
_MAY_BE_PHONE = re.compile(r"\d(?:[\s().\-/]{0,3}\d){5}")  # phonenumbers reads every character: half a millisecond
_MOST_TRIES = 20  # of what is no phone number in one text: each costs phonenumbers a tenth of a millisecond
_CARD = re.compile(r"(?:2[2-7]|[3-6]\d)\d{13,17}")  # years in a row have 16 digits too, and start with 20


def mask_numbers(text: str, *, is_read: bool = False) -> str:
    """Return the text with personal numbers hidden. What the text itself says of a number comes before its form.

    `is_read` says that its figures stand in plain groups: nothing is then left for phonenumbers, which costs the most.
    """
    return _mask_figures(mask_documents(_mask_ibans(text)), is_read=is_read)


# Before what is built as a card number, check digit included.
_NO_CARD = re.compile(
    rf"\b(?:imei|cpi|colis|suivi|tracking|carte (?:t )?(?:carburant|cpi|cma|tachy\w*|cadeau)){BETWEEN}", re.IGNORECASE
)
_NO_PHONE = re.compile(
    r"\b(?:tva|vat)\b[^\n.?!]{0,40}\b(?-i:[A-Z]{2}) ?$|\b(?:colis|suivi|lot|bon|bordereau|imei|puce|bce|iswc|awb|t-"
    rf"|codice fiscale[\w ]{{0,20}}|partita iva|r[ée]f[ée]rence (?:de )?paiement){BETWEEN}",
    re.IGNORECASE,
)


def _mask_figures(text: str, *, is_read: bool) -> str:
    """Return the text with NIR, card and phone numbers replaced that are written in figures.

    Check digits decide, through python-stdnum; phone numbers are recognised by phonenumbers.
    """
    text = _NIR_IN_GROUPS.sub(lambda found: hidden(found.group(), Kind.NIR), text)
    text = _CARD_BY_FORM.sub(_masked_card, text)
    text = _DIGITS.sub(_masked_digits, text)
    text = _NIR_WITH_KEY.sub(hide_along, text)
    text = _mask_spans(text, (match.span() for match in _PHONE.finditer(text)))
    text = text if is_read or not _MAY_BE_PHONE.search(text) else _mask_phones(text)
    return _LEFT_OVER.sub(hide_along, text)


def _masked_digits(found: re.Match[str]) -> str:
    """Mask what is personal in a run; told to be another number, only a NIR whose key is right."""
    run = found.group()
    if is_another(found) and not nir.is_valid(re.sub(r"\W", "", run)):
        return run
    for start, end, kind in _stretches(run):
        run = hide(run, start, end, kind) if kind in MASKS else run
    return run


def _masked_card(found: re.Match[str]) -> str:
    is_right = luhn.is_valid(re.sub(r"\D", "", found.group()))
    says_other = _NO_CARD if is_right else OTHER
    before = found.string[max(0, found.start() - 40) : found.start()]
    return found.group() if says_other.search(before) else hidden(found.group(), Kind.CARD)


def _mask_ibans(text: str) -> str:
    """Hide the head of each candidate that is built as its country's IBAN are, right or with a slip.

    Words after it may look like its groups.
    """
    at = 0
    while match := _IBAN.search(text, at):
        length = _iban_end(match.group(), allows_slip=not is_another(match))
        at = match.start() + (length or 2)
        text = hide(text, match.start(), at, Kind.IBAN) if length else text
    return text


def _iban_end(run: str, *, allows_slip: bool) -> int | None:
    """Return where the IBAN ends that begins a run, None where none does.

    Its length is its country's; with a slip it has a figure too few or too many, and nothing else is as long.
    """
    length, form = _iban_form(run[:2].upper())
    ends = [match.end() for match in _LETTER_OR_FIGURE.finditer(run)]
    for size in (length, length + 1, length - 1, length + 2, length - 2) if form else ():
        if size > len(ends) or run[ends[size - 1] : ends[size - 1] + 1].isalnum():
            continue
        compact = "".join(_LETTER_OR_FIGURE.findall(run, 0, ends[size - 1])).upper()
        if form and form.fullmatch(compact):
            return ends[size - 1]
        has_figures = sum(char.isdigit() for char in compact) >= length - 7 and compact[-1].isdigit()
        if allows_slip and size != length and length >= _LONG_IBAN and has_figures:
            return ends[size - 1]
    return None


@cache
def _iban_form(country: str) -> tuple[int, re.Pattern[str] | None]:
    """Return how long an IBAN of a country is and what it looks like, None where none are issued.

    A letter O may stand for a zero.
    """
    known = dict(numdb.get("iban").info(country)).get(country)
    if not known:
        return 0, None
    pieces = re.findall(r"(\d+)!?([nac])", known["bban"])
    form = country + "[0-9O]{2}" + "".join(f"{_IBAN_PIECE[kind]}{{{count}}}" for count, kind in pieces)
    return 4 + sum(int(count) for count, _ in pieces), re.compile(form)


def _stretches(run: str) -> Iterator[tuple[int, int, str]]:
    """Yield where the numbers in a run of groups begin and end, with their kinds.

    One may stand beside another: an expiry date behind a card number.
    """
    groups = [(match.start(), match.end(), match.group().upper()) for match in _GROUP.finditer(run)]
    first = 0
    while first < len(groups):
        kind, count = _number_at(groups, first)
        if kind:
            yield groups[first][0], groups[first + count - 1][1], kind
        first += count


def _number_at(groups: Sequence[tuple[int, int, str]], first: int) -> tuple[str, int]:
    """Return the kind of number that begins with a group, and of how many groups it is; no kind and 1 for none."""
    counts: dict[int, int] = {}
    compact = ""
    most = _MOST_GROUPS if groups[first][2][0] in "12345678" else _MOST_OF_COMPANY
    if len(groups[first][2]) == len("2026") and groups[first][2].startswith(("19", "20")):
        most = 1  # a year, and behind it another number
    for count in range(1, min(most, len(groups) - first) + 1):
        group = groups[first + count - 1][2]
        if count > 1 and len(group) == len("0612345678") and group[0] == "0":
            break
        compact += group
        counts[len(compact)] = count
        if len(compact) >= _LONGEST_NUMBER:
            break
    for kind, lengths, most_groups, is_one in _BY_FORM:
        for length in lengths:
            if counts.get(length, most_groups + 1) <= most_groups and is_one(compact[:length]):
                return kind, counts[length]
    return "", 1


def _is_nir(compact: str) -> bool:
    """Whether this is a NIR, or one with a figure too few or too many that is no SIRET."""
    if _NIR.fullmatch(compact):
        return True
    return _NEARLY_NIR.fullmatch(compact) is not None and not _is_company_number(compact)


def _is_company_number(compact: str) -> bool:
    """Whether this is a SIREN or a SIRET; before La Poste's, only the check digits are read, which costs less."""
    if len(compact) not in (9, 14) or not compact.isdigit():
        return False
    if compact.startswith(_LA_POSTE):
        return bool(siret.is_valid(compact) or siren.is_valid(compact))
    return bool(luhn.is_valid(compact[:9]) and (len(compact) == 9 or luhn.is_valid(compact)))


def _is_card_number(compact: str) -> bool:
    return _CARD.fullmatch(compact) is not None and bool(luhn.is_valid(compact))


# Lengths, longest first, and of how many groups at most: of a NIR (with its key, with a figure too many, without), of
# SIRET and SIREN, of cards.
_BY_FORM: tuple[tuple[str, Sequence[int], int, Callable[[str], bool]], ...] = (
    ("nir", (15, 14, 13), _MOST_GROUPS, _is_nir),
    ("company", (14, 9), _MOST_OF_COMPANY, _is_company_number),
    ("card", range(_LONGEST_NUMBER, 14, -1), 10, _is_card_number),
)


def _mask_phones(text: str) -> str:
    matches = PhoneNumberMatcher(text, "FR", leniency=Leniency.VALID, max_tries=_MOST_TRIES)
    return _mask_spans(text, ((match.start, match.end) for match in matches))


def _mask_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    companies: list[tuple[int, int]] | None = None
    for start, end in spans:
        if companies is None:
            companies = list(_company_spans(text))
        # "+33 (0)6 12 34 56 78" holds nine digits that may pass for a SIREN: only a number wholly inside one is spared.
        is_company = any(first <= start and end <= last for first, last in companies)
        if is_company or _NO_PHONE.search(text[max(0, start - 40) : start]):
            continue
        text = hide(text, start, end, Kind.PHONE)
    return text


def _company_spans(text: str) -> Iterator[tuple[int, int]]:
    for match in _DIGITS.finditer(text):
        at = match.start()
        yield from ((at + start, at + end) for start, end, kind in _stretches(match.group()) if kind == "company")
    yield from (match.span() for match in _COMPANY_IN_GROUPS.finditer(text))
