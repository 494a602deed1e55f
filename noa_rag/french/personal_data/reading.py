"""Figures as people dictate and mistype them ("zéro six, 12*34 …", "O6 l2 …"), read as plain figures.

Every character of what is read knows where it came from, so that what is found in it is hidden where it was typed.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from text_to_num import alpha2digit

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.domain.characters import INVISIBLE
from noa_rag.french.personal_data.masks import hidden_stretches, hide

_UNIT = r"(?:une?|deux|trois|quatre|cinq|si(?:x|s|sse)|sept|huit|neuf)"
_TEEN = r"(?:dix(?:[- ](?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize)"
_TENS = r"(?:vingts?|vint|tr[ea]nte|quar[ea]nte|[cs]inqu[ae]nte|soi[xs]+ante|septante|huitante|octante|nonante)"
_BELOW_100 = (
    rf"(?:quatre[- ]vingts?(?:[- ](?:{_TEEN}|{_UNIT}\b))?|soixante[- ](?:et[- ]onze|{_TEEN})"
    rf"|{_TENS}(?:[- ]et[- ]une?\b|[- ]{_UNIT}\b(?![- ](?:vingt|cent|mille)))?|{_TEEN}|{_UNIT})"
)
_BELOW_1000 = rf"(?:(?:{_UNIT} )?cents?(?:[- ]{_BELOW_100})?|{_BELOW_100})"
_FRENCH = rf"(?:(?:{_UNIT} )?mille(?:[- ]{_BELOW_1000})?|{_BELOW_1000})"
_ENGLISH_UNIT = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_ENGLISH = (
    rf"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ]{_ENGLISH_UNIT}\b)?|ten|eleven|twelve"
    rf"|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|{_ENGLISH_UNIT})"
)
_ZERO = r"(?:z[ée]ro|oh?(?= (?:\d|six|sept|seven|un|one|neuf|nine)))"
_SAID = re.compile(
    rf"\b(?:(?P<times>double|triple)[ -])?(?:{_ZERO}[ -](?={_UNIT}|{_ENGLISH_UNIT}))*"
    rf"(?:{_ZERO}|{_FRENCH}|{_ENGLISH})\b",
    re.IGNORECASE,
)
_IS_ENGLISH = re.compile(
    r"\b(?:one|two|three|four|five|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|\w+ty)\b", re.IGNORECASE
)
_SPELT = tuple(
    (re.compile(misspelt), written)
    for misspelt, written in (
        (r"\bsis(?:se)?\b", "six"),
        (r"\bvint\b", "vingt"),
        (r"\btrante\b", "trente"),
        (r"\bquarente\b", "quarante"),
        (r"\b[cs]inqu[ae]nte\b", "cinquante"),
        (r"\bsoi[xs]+ante\b", "soixante"),
    )
)
_FEWEST_SAID = 3  # numbers of a text whose words are read as figures: others only have "un" or "deux"
_AMONG_FIGURES = re.compile(
    rf"z[ée]ro|\d\d (?:puis )?(?:{_FRENCH}|{_ENGLISH})\b|\b(?:{_FRENCH}|{_ENGLISH})[ ,]{{1,2}}\d\d"
    rf"|\b[A-Z]{{2}} {_BELOW_100} \d",
    re.IGNORECASE,
)
_ZERO_BETWEEN = re.compile(r"(?<=\d)[ ]?\([o0]\)[ .]?(?=[1-9])", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\((?=0?[1-9]\d?\)[ .-]?\d\d)|(?<=\(\d)\)|(?<=\(\d\d)\)")
_COUNTRY = re.compile(r"\bf r(?= ?\d)", re.IGNORECASE)
_ZERO_AHEAD = re.compile(r"\([o0]\)[ .]?(?=[1-9])|\bz[ée]ro(?=[1-9])", re.IGNORECASE)
_CORSICA = re.compile(r"(?<=\b2) (?=[ab] \d)", re.IGNORECASE)
_PLUS = re.compile(r"\bplus (?=33\b|[1-9]\d\d? )", re.IGNORECASE)

_SPACES = re.compile(r"[ \t\u00a0\u202f]{2,}")

_LETTERS = str.maketrans("OoQlIi", "000111")
_RUN_WITH_LETTERS = re.compile(
    r"(?<![\w@])(?:[A-Z]{2} ?(?=\d))?\+?[\dOoQlI](?:[ .\-/*]{0,3}[\dOoQliIAB](?![a-z]{2})){6,33}(?![\w@'’])"
)
_FEWEST_FIGURES = 6  # in a run with letters in it

# Groups of a number, whatever parts them; of an amount or a day nothing is read otherwise.
_GAP = (
    r"(?:(?:[^\w€$%+=\ue000-\uf8ff]|_){1,4}"
    r"|(?:(?<=\b\d\d)|(?<=\b0\d\d\d))[ ,]{0,2}(?:(?:puis|et|apr[èe]s|euh|hein|virgule|point|tiret|espace|slash|then"
    r"|and)[ ,]{1,2}){1,3}(?=\d{1,3}\b))"
)
_RUN = re.compile(
    rf"(?<![\w,.€])(?<![^\W\d_]-)\+?\(?\d{{1,5}}\)?(?:{_GAP}\d{{1,4}}(?!\d)){{2,34}}(?![^\W_])(?! ?(?:€|euros?\b|%))"
)
_PARTED = re.compile(rf"(?<=\d)\)?{_GAP}(?=\d)")
_USUAL_GAPS = " .-/\u00a0\u202f"
_DECIMALS = re.compile(r"\d,\d.*\d \d|\d \d.*\d,\d|\d:\d\d")  # and times of day
_LISTED = re.compile(r"\d(?:, |,? et |; )\d")
_CALLS = re.compile(
    r"t[ée]l|appel|joindre|joignable|portable|mobile|phone|\bnum|\bfixe|whatsapp|\bsms\b|\best(?: au)?\b|s[ée]cu"
    r"|\bnir\b|contact|rappel|reach|call",
    re.IGNORECASE,
)
_REACH = 80  # characters before a list of figures in which a word may say that they are one number
_DAY = re.compile(
    r"\b[01]?\d/20\d\d(?!\d)|\d\d?[/.-]\d\d?[/.-](?:19|20)\d\d(?!\d)|\d\d?/\d\d?/\d\d(?![/\d])|(?:19|20)\d\d-\d\d-\d\d"
)
_PHONE = re.compile(r"0[1-9]\d{8}|(?:00)?330?[1-9]\d{8}")
_PHONE_SAID = re.compile(
    r"0[1-9]\d{6,9}|33[1-9]\d{8}"
)  # still a phone number where the visitor or the reading missed a pair
_ABROAD = range(10, 14)  # figures of a phone number with its country's code
_NINE = re.compile(r"[1-9]\d{8}")  # without the zero that begins it
_WITHOUT_ZERO = re.compile(r"^[67](?: \d\d){4}$")
_CARD_SAID = re.compile(r"(?:4\d|5[1-5])\d{14}")
_FEWEST, _MOST, _LONGEST = 8, 19, 34  # figures in a run that may be one number; the last of an IBAN figure by figure


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is read, with where what each of its characters stands for begins and ends in the typed one."""

    text: str
    starts: list[int]
    ends: list[int]

    def hide_in(self, typed: str, read: str) -> str:
        """Return the typed text with all hidden that is hidden in `read`, which is this text with stretches hidden."""
        for start, end, kind in hidden_stretches(read):
            typed = hide(typed, self.starts[start], self.ends[end - 1], kind)
        return typed

    def is_said(self, start: int, end: int) -> bool:
        """Return whether some of these characters stand for words."""
        return any(self.ends[at] - self.starts[at] > 1 for at in range(start, end))

    def may_be_one_number(self, run: re.Match[str]) -> bool:
        """Return whether groups of figures may be one number: no days, no list that nothing calls a number."""
        figures = re.sub(r"\D", "", run.group())
        is_spelled = re.search(r"\d\d", run.group()) is None
        if not _FEWEST <= len(figures) <= (_LONGEST if is_spelled else _MOST) or _DAY.search(run.group()):
            return False
        if not _PHONE.fullmatch(figures) and _DECIMALS.search(run.group()):
            return False
        before = self.text[max(0, run.start() - _REACH) : run.start()]
        return not _LISTED.search(run.group()) or self.is_said(*run.span()) or _CALLS.search(before) is not None

    def hide_by_length(self) -> str:
        """Return the text with all hidden that was said and is as long as a phone or card number."""
        read = self.text
        for run in _RUN.finditer(read):
            figures = re.sub(r"\D", "", run.group())
            if run.group()[0] == "+" and len(figures) in _ABROAD:
                read = hide(read, *run.span(), Kind.PHONE)
            if not self.is_said(*run.span()):
                continue
            before = read[max(0, run.start() - _REACH) : run.start()]
            is_called = _CALLS.search(before) is not None or _WITHOUT_ZERO.search(run.group()) is not None
            if _PHONE_SAID.fullmatch(figures) or (_NINE.fullmatch(figures) and is_called):
                read = hide(read, *run.span(), Kind.PHONE)
            elif _CARD_SAID.fullmatch(figures):
                read = hide(read, *run.span(), Kind.CARD)
        return read

    def reread(self, pattern: re.Pattern[str], read: Callable[[re.Match[str]], str]) -> "Reading":
        """Return the reading with each match read as that; one of the same length character by character."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for match in pattern.finditer(self.text):
            start, end = match.span()
            new = read(match)
            pieces += [self.text[at:start], new]
            starts += self.starts[at:start]
            ends += self.ends[at:start]
            if len(new) == end - start:
                starts += self.starts[start:end]
                ends += self.ends[start:end]
            else:
                starts += [self.starts[start]] * len(new)
                ends += [self.ends[end - 1]] * len(new)
            at = end
        return Reading("".join([*pieces, self.text[at:]]), starts + self.starts[at:], ends + self.ends[at:])


def whole(text: str) -> Reading:
    """Return a text as the reading of itself."""
    return Reading(text, list(range(len(text))), list(range(1, len(text) + 1)))


def read_tidily(text: str) -> Reading:
    """Return the text without invisible characters, with one space where several stand."""
    return whole(text).reread(INVISIBLE, lambda _: "").reread(_SPACES, lambda _: " ")


def read_figures(text: str) -> Reading:
    """Return the text with numbers that are said, mistyped or oddly parted as figures in groups with spaces."""
    reading = whole(text)
    if _AMONG_FIGURES.search(reading.text) or len(_SAID.findall(reading.text)) >= _FEWEST_SAID:
        reading = reading.reread(_SAID, _in_figures).reread(_PLUS, lambda _: "+").reread(_CORSICA, lambda _: "")
    reading = reading.reread(_RUN_WITH_LETTERS, _without_letters)
    reading = (
        reading.reread(_ZERO_BETWEEN, lambda _: " ").reread(_ZERO_AHEAD, lambda _: "0").reread(_COUNTRY, lambda _: "FR")
    )
    reading = reading.reread(_IN_BRACKETS, lambda _: " ")
    runs = [match.span() for match in _RUN.finditer(reading.text) if reading.may_be_one_number(match)]
    return reading.reread(_PARTED, _joined_within(reading.text, runs)) if runs else reading


def _joined_within(text: str, runs: Sequence[tuple[int, int]]) -> Callable[[re.Match[str]], str]:
    """Return what reads odd gaps in these runs as spaces, and as nothing between single figures and in phones."""
    left = [(*run, _PHONE.fullmatch(re.sub(r"\D", "", text[slice(*run)])) is not None) for run in reversed(runs)]

    def joined(found: re.Match[str]) -> str:
        start, end = found.span()
        while left and left[-1][1] <= start:
            left.pop()
        if not left or start < left[-1][0]:
            return found.group()
        if left[-1][2]:
            return ""
        if not text[max(0, start - 2) : start - 1].isdigit() and not text[end + 1 : end + 2].isdigit():
            return ""
        return found.group() if found.group() in _USUAL_GAPS else " "

    return joined


@lru_cache(maxsize=4096)
def _number(said: str) -> str:
    said = re.sub(r"\boh?\b|\bzero\b", "zéro", said.lower())
    for misspelt, written in _SPELT:
        said = misspelt.sub(written, said)
    language = "en" if _IS_ENGLISH.search(said) else "fr"
    zeros = said.count("zéro")
    rest = said.replace("zéro", "").strip(" -")
    return "0" * zeros + (str(alpha2digit(rest, language, 0.0)) if rest else "")


def _in_figures(found: re.Match[str]) -> str:
    times = (found["times"] or "").lower()
    if not times:
        return _number(found.group())
    return " ".join([_number(found.group()[len(times) + 1 :])] * (2 if times == "double" else 3))


def _without_letters(found: re.Match[str]) -> str:
    run = found.group()
    prefix = re.match(r"(?:[A-Z]{2} ?(?=\d))?", run)
    start = prefix.end() if prefix else 0
    if sum(char.isdigit() for char in run) < _FEWEST_FIGURES:
        return run
    return run[:start] + run[start:].translate(_LETTERS)
