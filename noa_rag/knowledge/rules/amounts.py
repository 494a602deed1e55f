"""Amounts, rates and years: each dated or known as a fact, none expired, none that another entry contradicts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from noa_rag.domain.entry import EntryContent
from noa_rag.domain.facts import Fact, states, whole_text
from noa_rag.knowledge.entry_file import EntryFile
from noa_rag.knowledge.rules.finding import Checked, Finding, found, line_below, texts
from noa_rag.knowledge.rules.style import Sentence, sentences

WITHOUT_FACT, WITHOUT_YEAR = "figure-without-fact", "figure-without-year"
OPEN_YEAR, PAST_YEAR, EXPIRED = "year-without-end", "past-year", "expired"
ENDED_FACT, HIDDEN, CONTRADICTION = "ended-fact", "hidden-by-window", "contradictory-figures"
ALIKE = 92  # of 100, of two sentences without their amounts: below, they speak of different things
SHORTEST_COMPARED = 6  # words; shorter sentences are alike by accident

_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:,\d+)?"
_AMOUNT = re.compile(rf"(?<![\d,.])(?P<value>{_NUMBER})(?:\*\*|[ \u00a0\u202f])*(?P<unit>€|euros?\b|%|pour cent\b)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?![\d-])")
_OF_YEAR = re.compile(
    r"\b(?:en|pour|pour l[’']année|barème|plafonds? de|taux de|montants? de) (20\d\d)(?!\d)", re.IGNORECASE
)
# Years that end nothing: when a rule began, the name of a law, the first of several years.
_BEGINS = re.compile(
    r"\b(?:depuis|à partir d\w+|à compter d\w+|dès|après|lois?|décrets?|arrêtés?|ordonnances?|créée?|pris fin"
    r"|commenc\w+|passée?|changé|en vigueur)\b[^.;:()]{0,60}?20\d\d",
    re.IGNORECASE,
)
_SPAN = re.compile(r"20\d\d (?:à|au|et)\b[\w ]{0,15}20\d\d")
_DATE = re.compile(r"\b(?:1er|\d{1,2}) \w+ (20\d\d)")


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money or a percentage: its value with plain spaces, its unit, and where it stands."""

    value: str
    unit: str
    start: int


def amounts(text: str) -> Iterator[Amount]:
    """Yield the amounts and percentages of a text."""
    for match in _AMOUNT.finditer(text):
        value = re.sub(r"[\u00a0\u202f]", " ", match["value"])
        yield Amount(value, "%" if match["unit"] in ("%", "pour cent") else "€", match.start())


def years(text: str) -> set[int]:
    return {int(one) for one in _YEAR.findall(text)}


def undated_amounts(checked: Checked) -> Iterator[Finding]:
    """Yield amounts and rates that belong to no fact: those of this year, and those of no year at all."""
    for entry_id, file in checked.files.items():
        facts = checked.facts.of(entry_id)
        named = years(whole_text(file.content))
        if named and max(named) < checked.year:
            continue  # past-year tells those that are stale
        rule = WITHOUT_FACT if named else WITHOUT_YEAR
        for field, text in texts(file.content):
            for one in amounts(text):
                if not _is_of_fact(one, facts):
                    said = f"{one.value} {one.unit} belongs to no fact of facts.yaml" + (
                        "" if named else ", and no year is named"
                    )
                    yield found(rule, file, field, said, below=line_below(text, one.start))


def undated_years(checked: Checked) -> Iterator[Finding]:
    """Yield entries that name this year or a later one and would be served for ever, stale ones, and expired ones."""
    for entry_id, file in checked.files.items():
        content = file.content
        ends = [one.ends_on for one in checked.facts.of(entry_id) if one.ends_on is not None]
        until = content.window.valid_until
        if until is not None and until < checked.today:
            yield found(EXPIRED, file, "valid_until", f"no longer served since {until}")
        if until is not None and until in ends:
            said = f"`valid_until` takes the answer away after {until}; its facts end then and say so: leave it out"
            yield found(HIDDEN, file, "valid_until", said)
        if until is None or until > date(checked.year, 12, 31):
            yield from _open_years(checked, file)
        yield from _past_years(checked, file)


def sentences_of_year(text: str, year: int) -> Iterator[Sentence]:
    """Yield the sentences that give a year as the one for which something holds, or a day of it as a last one."""
    has_amount = next(amounts(text), None) is not None
    for one in sentences(text):
        left = _BEGINS.sub("", _SPAN.sub("", one.text))
        if year in (years(left) if has_amount else {int(found) for found in _DATE.findall(left)}):
            yield one


def known_after(fact: Fact, year: int) -> bool:
    """Return whether a fact's value is known to hold beyond a year."""
    return fact.ends_on is not None and fact.ends_on.year > year


def _open_years(checked: Checked, file: EntryFile) -> Iterator[Finding]:
    facts = checked.facts.of(file.id)
    if any(one.ends_on is not None and not known_after(one, checked.year) for one in facts):
        return  # they end with the year, and the answer then says so
    lasting = [one for one in facts if known_after(one, checked.year)]
    for field, text in texts(file.content):
        for one in sentences_of_year(text, checked.year):
            if not any(states(one.text, fact.newest.value, fact.unit) for fact in lasting):
                said = f"names {checked.year} and has neither `valid_until` nor a fact that ends with that year"
                yield found(OPEN_YEAR, file, field, said, below=one.line + 1 if "\n" in text else 0)
                return


def _past_years(checked: Checked, file: EntryFile) -> Iterator[Finding]:
    for field, text in texts(file.content):
        for one in sentences(text):
            of = [int(year) for year in _OF_YEAR.findall(one.text)]
            if of and max(years(one.text)) < checked.year and next(amounts(one.text), None):
                below = one.line + 1 if "\n" in text else 0
                yield found(PAST_YEAR, file, field, f"gives a figure of {max(of)}: bring it up to date", below=below)


def fact_findings(checked: Checked) -> Iterator[Finding]:
    """Yield entries that state a value that has ended, or another value of a fact than the entries beside them."""
    for entry_id, file in checked.files.items():
        text = whole_text(file.content)
        for fact in checked.facts.of(entry_id):
            stated = [one for one in fact.periods if states(text, one.value, fact.unit)]
            if stated and not any(one.valid_until is None or one.valid_until >= checked.today for one in stated):
                said = f"states {stated[-1].value} {fact.unit} ({fact.label}), which ended on {stated[-1].valid_until}"
                yield found(ENDED_FACT, file, "answer", said)


def contradictions(checked: Checked) -> Iterator[Finding]:
    """Yield sentences of two entries that are the same but for their amount."""
    from rapidfuzz import fuzz, process

    listed = [one for one in _with_one_amount(checked) if one[2].word_count >= SHORTEST_COMPARED]
    masked = [_AMOUNT.sub("…", one[2].text).casefold() for one in listed]
    if len(listed) < 2:
        return
    alike = process.cdist(masked, masked, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE, dtype=np.uint8)
    for first, second in zip(*np.nonzero(np.triu(alike, k=1)), strict=True):
        (file, field, sentence, amount), (other, _, _, its) = listed[first], listed[second]
        if file.id == other.id or checked.family(file.id) == checked.family(other.id):
            continue
        if amount.unit == its.unit and amount.value.replace(" ", "") != its.value.replace(" ", ""):
            said = f"says {amount.value} {amount.unit} where `{other.id}` says {its.value} {its.unit}: {sentence.text}"
            yield found(CONTRADICTION, file, field, said, below=_below(file.content, field, sentence))


def _with_one_amount(checked: Checked) -> Iterator[tuple[EntryFile, str, Sentence, Amount]]:
    for file in checked.files.values():
        for field, text in texts(file.content):
            for sentence in sentences(text):
                told = list(amounts(sentence.text))
                if len(told) == 1 and not sentence.is_item:  # an item says its amount of what stands above the list
                    yield file, field, sentence, told[0]


def _below(content: EntryContent, field: str, sentence: Sentence) -> int:
    text = dict(texts(content)).get(field, "")
    return sentence.line + 1 if "\n" in text else 0


def _is_of_fact(amount: Amount, facts: tuple[Fact, ...]) -> bool:
    compact = amount.value.replace(" ", "")
    return any(
        one.unit == amount.unit and one.value.replace(" ", "") == compact
        for fact in facts
        for period in fact.periods
        for one in amounts(f"{period.value} {fact.unit}")
    )
