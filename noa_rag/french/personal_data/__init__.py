"""Masking personal data in a question before it is searched, shown or written anywhere."""

import re
import unicodedata
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn
from stdnum.fr import siren, siret

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.courtesies import REACHING_WORDS, SMALL_TALK_WORDS
from noa_rag.french.words import words

MASKS: dict[str, str] = {
    Kind.EMAIL: "[adresse e-mail masquée]",
    Kind.IBAN: "[IBAN masqué]",
    Kind.NIR: "[numéro de sécurité sociale masqué]",
    Kind.CARD: "[numéro de carte masqué]",
    Kind.PHONE: "[téléphone masqué]",
    "message": "[message non conservé]",  # a whole message, of somebody in distress: no kind of personal data
}
_MASK = re.compile("|".join(re.escape(mask) for mask in MASKS.values()))

_EMAIL = re.compile(r"[\w.+%'-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ .-]?[A-Z0-9]{1,4}){3,8}\b", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w])\d(?:[ .\-/\u00a0\u202f]?(?:\d|(?<=\d)[AB](?=[ .\-]?\d))){7,}(?![\w])", re.IGNORECASE)
# The key, where there is one, need not be right: a number with one slip still says who somebody is.
_NIR = re.compile(r"[1278]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}(?:\d{2})?", re.IGNORECASE)
_LONGEST_NUMBER = 67  # an IBAN of 34 characters, each with a space after it
_SEPARATOR = re.compile(r"[ .\-/\u00a0\u202f]")
_FIRST_GROUP = re.compile(r"\W*\w+")
# What phonenumbers does not take for a phone number: pairs parted by slashes or underscores, or letters on either side.
_PHONE_IN_PAIRS = re.compile(r"(?<!\w)0[1-9]([/_])\d\d(?:\1\d\d){3}(?!\w)|(?<!\d)0[1-9]\d{8}(?!\d)")
_PHONE_REGIONS = ("FR", "GP", "MQ", "GF", "RE")  # in region FR alone, 0262 and its like are not valid
_CARD = re.compile(r"(?:2[2-7]|[3-6]\d)\d{13,17}")  # years in a row have 16 digits too, and start with 20


def mask_personal_data(text: str) -> str:
    """Return the text with e-mail addresses, phone numbers, NIR, IBAN and card numbers replaced.

    SIREN and SIRET stay: they name a company, and the question is useful with them. Check digits
    decide, through python-stdnum; phone numbers are recognised by phonenumbers. Where something is
    masked, the rest comes back in its composed form (NFKC): full-width digits are digits too.
    """
    composed = unicodedata.normalize("NFKC", text)
    masked = _masked(composed)
    return text if masked == composed else masked


def kinds_masked(text: str) -> tuple[Kind, ...]:
    """Return what was masked in a text, each kind once, in the order of the masks."""
    return tuple(kind for kind in Kind if MASKS[kind] in text)


def without_masks(text: str) -> str:
    """Return a masked text with nothing in place of what was masked."""
    return _MASK.sub(" ", text)


def says_nothing_else(text: str) -> bool:
    """Whether a masked text holds nothing to search: no word but those that tell how to reach somebody."""
    meant = [word for word in words(without_masks(text)) if not word.isdigit()]
    return bool(kinds_masked(text)) and all(word in REACHING_WORDS | SMALL_TALK_WORDS for word in meant)


def _masked(text: str) -> str:
    text = _EMAIL.sub(MASKS["email"], text)
    text = _mask_ibans(text)
    text = _DIGITS.sub(lambda found: _masked_run(found.group()), text)
    text = _PHONE_IN_PAIRS.sub(MASKS["phone"], text)
    for region in _PHONE_REGIONS:
        text = _mask_phones(text, region)
    return text


def _mask_ibans(text: str) -> str:
    """Mask the longest head of each candidate that is an IBAN: words after it may look like its groups."""
    pieces: list[str] = []
    at = 0
    while found := _IBAN.search(text, at):
        head = next((head for head in _heads(found.group()) if iban.is_valid(head)), None)
        end = found.start() + len(head or found.group()[:4])
        pieces += [text[at : found.start()], MASKS["iban"] if head else text[found.start() : end]]
        at = end
    return "".join([*pieces, text[at:]])


def _heads(run: str) -> Iterator[str]:
    """Yield the run, then the run without its last group, and so on; only as far as any number reaches."""
    if len(run) <= _LONGEST_NUMBER:
        yield run
    yield from (run[: found.start()] for found in reversed(list(_SEPARATOR.finditer(run, 0, _LONGEST_NUMBER + 1))))


def _masked_run(run: str) -> str:
    return "".join(MASKS.get(kind, stretch) for stretch, kind in _stretches(run))


def _stretches(run: str) -> Iterator[tuple[str, str]]:
    """Yield the stretches of a run of groups with their kinds: an expiry date may stand beside a card number."""
    while run:
        stretch, kind = _first_stretch(run)
        yield stretch, kind
        run = run[len(stretch) :]


def _first_stretch(run: str) -> tuple[str, str]:
    heads = [(head, re.sub(r"[^0-9A-Za-z]", "", head).upper()) for head in _heads(run)]
    for kind, is_one in (("nir", _NIR.fullmatch), ("company", _is_company_number), ("card", _is_card_number)):
        for head, compact in heads:
            if is_one(compact):
                return head, kind
    first = _FIRST_GROUP.match(run)
    return (first.group() if first else run), "other"


def _is_company_number(compact: str) -> bool:
    return bool(siret.is_valid(compact) or siren.is_valid(compact))


def _is_card_number(compact: str) -> bool:
    return _CARD.fullmatch(compact) is not None and bool(luhn.is_valid(compact))


def _mask_phones(text: str, region: str) -> str:
    companies = list(_company_spans(text))
    pieces: list[str] = []
    at = 0
    for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
        # "+33 (0)6 12 34 56 78" holds nine digits that may pass for a SIREN: only a number wholly inside one is spared.
        if any(start <= match.start and match.end <= end for start, end in companies):
            continue
        pieces += [text[at : match.start], MASKS["phone"]]
        at = match.end
    return "".join([*pieces, text[at:]])


def _company_spans(text: str) -> Iterator[tuple[int, int]]:
    for found in _DIGITS.finditer(text):
        start = found.start()
        for stretch, kind in _stretches(found.group()):
            if kind == "company":
                yield start, start + len(stretch)
            start += len(stretch)
