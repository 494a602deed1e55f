"""Numbers that are said ("zéro six douze …") or hold letters for figures ("O6 l2 …"): read as figures, then masked."""

import re
from collections.abc import Callable

from text_to_num import alpha2digit

from noa_rag.french.personal_data.masks import MASKS
from noa_rag.french.personal_data.numbers import mask_numbers

_SHARED = r"z[ée]ro|six|[o0-9]\d*(?:(?<=2)[ab])?"
_FRENCH = (
    r"une?|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante"
    r"|cinquante|soixante|septante|huitante|octante|nonante|cents?|mille"
)
_ENGLISH = (
    r"oh|one|two|three|four|five|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_SAID = rf"(?:double |triple )?(?:{_SHARED}|{_FRENCH}|{_ENGLISH}|[a-h](?= ))"
_RUN_SAID = re.compile(
    rf"(?<![\w'’])(?:(?-i:[A-Z] ?[A-Z]) ?)?(?:(?:plus|\+) ?)?(?:{_SAID})"
    rf"(?:[\s,.;/-]{{1,3}}(?:et[ -]|and |puis )?(?:{_SAID})){{1,40}}(?![\w'’])",
    re.IGNORECASE,
)
_NUMBER_WORD = re.compile(rf"\b(?:z[ée]ro|six|{_FRENCH}|{_ENGLISH})\b", re.IGNORECASE)
_ZERO_SAID = re.compile(r"z[ée]ro|\b(?:oh?|plus) (?:six|sept|seven|trente)\b", re.IGNORECASE)
_FEWEST_WORDS = 3  # of a number without a zero: other texts hold one number word or two
_PUIS = re.compile(r"\b\d\d(?:\d\d)? puis \d\d puis\b", re.IGNORECASE)
_AMONG_FIGURES = re.compile(rf"\d\d (?:{_FRENCH}|z[ée]ro|six)[ -]|(?:{_FRENCH}|z[ée]ro|six) \d\d", re.IGNORECASE)
_CALLS = re.compile(r"t[ée]l|appel|joindre|joignable|portable|mobile|\best au\b|phone", re.IGNORECASE)
_CARD_SAID = re.compile(r"(?:4\d|5[1-5])\d{14}")
_NINE = re.compile(r"[1-9]\d{8}")  # without the zero that begins it
_ENGLISH_WORD = re.compile(rf"\b(?:{_ENGLISH})\b", re.IGNORECASE)
_REPEATED = re.compile(r"\b(double|triple) (\w+)", re.IGNORECASE)
_PHONE_SAID = re.compile(r"0[1-9]\d{6,9}")  # still a phone number where the visitor or the reading missed a pair

_LETTERS = str.maketrans("OoQlIi|", "0001111")
_RUN_WITH_LETTERS = re.compile(
    r"(?<![\w@])(?:[A-Z]{2} ?(?=\d))?\+?(?=(?:[ .\-/]{0,3}\w)*?[ .\-/]{0,3}[OoQlI|])[\dOoQlI|]"
    r"(?:[ .\-/]{0,3}[\dOoQlI|AB](?![a-z]{2})){6,33}(?![\w@'’])"
)
_FEWEST_FIGURES = 6  # in a run with letters in it
_NEAR = 80  # characters on either side of a run, which may say what it is


def mask_spoken_numbers(text: str) -> str:
    """Return the text with the numbers replaced that are personal once read as figures; others stay as typed."""
    is_said = _ZERO_SAID.search(text) or _AMONG_FIGURES.search(text) or _PUIS.search(text)
    if is_said or len(_NUMBER_WORD.findall(text)) >= _FEWEST_WORDS:
        text = _masked_where(_RUN_SAID, text, _in_figures)
    return _masked_where(_RUN_WITH_LETTERS, text, _without_letters)


def _masked_where(run: re.Pattern[str], text: str, read: Callable[[str], str]) -> str:
    pieces: list[str] = []
    at = 0
    for found in run.finditer(text):
        before = "".join([*pieces, text[at : found.start()]])
        figures = read(found.group())
        masked = _masked_between(before[-_NEAR:], figures, text[found.end() : found.end() + _NEAR]) if figures else None
        if masked is None and run is _RUN_SAID:
            masked = _masked_by_length(re.sub(r"\D", "", figures), before)
        pieces = [before, found.group() if masked is None else masked]
        at = found.end()
    return "".join([*pieces, text[at:]])


def _masked_by_length(figures: str, before: str) -> str | None:
    """Return the mask of figures that were said and are as many as a phone's or a card's, None for others."""
    is_told = _CALLS.search(before[-_NEAR:]) is not None
    if _PHONE_SAID.fullmatch(figures) or (is_told and _NINE.fullmatch(figures)):
        return MASKS["phone"]
    return MASKS["card"] if _CARD_SAID.fullmatch(figures) else None


def _masked_between(before: str, figures: str, after: str) -> str | None:
    """Return figures masked as the words around them say, None where they are not personal."""
    masked = mask_numbers(before + figures + after)
    before, after = mask_numbers(before), mask_numbers(after)
    if masked == before + figures + after or not masked.startswith(before) or not masked.endswith(after):
        return None
    return masked[len(before) : len(masked) - len(after)]


def _in_figures(run: str) -> str:
    """Return what a run of number words means in figures, nothing where it has none."""
    if not _NUMBER_WORD.search(run) and " puis " not in run:
        return ""
    plain = _REPEATED.sub(lambda found: " ".join([found[2]] * (2 if found[1].lower() == "double" else 3)), run.lower())
    plain = plain.replace("plus ", "+").replace("-", " ").replace(" puis ", " ")
    plain = re.sub(r"\bo\b|\bzero\b", "zéro", plain)
    if _ENGLISH_WORD.search(run):
        return str(alpha2digit(re.sub(r"zéro|\boh\b", "zero", plain), "en", 0.0))
    figures = str(alpha2digit(plain, "fr", 0.0)).replace(",", " ")
    return re.sub(r"\b2 ([ab])\b", r"2\1", re.sub(" +", " ", figures))


def _without_letters(run: str) -> str:
    head = re.match(r"[A-Z]{2} ?(?=\d)", run)
    prefix = head.group() if head else ""
    figures = run[len(prefix) :].translate(_LETTERS)
    return prefix + figures if sum(char.isdigit() for char in run) >= _FEWEST_FIGURES else ""
