"""Answers: how one reads, and the amounts, rates and years in it, each dated or a known fact, none contradicted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import numpy as np

from noa_rag.domain.entry import EntryContent
from noa_rag.domain.facts import Fact, states, whole_text
from noa_rag.knowledge.entry_file import EntryFile
from noa_rag.knowledge.rules.finding import Checked, Finding, found, line_below, texts

FIRST_SENTENCE, LONG_SENTENCE = "first-sentence", "long-sentence"
LONGEST_SENTENCE = 35  # words
_DEPENDS = re.compile(r"(?:tout|cela|ça|la réponse) dépend|c'est selon", re.IGNORECASE)
_YES_OR_NO = re.compile(r"(?:oui|non)\b", re.IGNORECASE)
_OPEN_QUESTION = re.compile(
    r"(?:(?:à|de|pour|en|avec|par|dans|sur|depuis|jusqu['’]à) )?"
    r"(?:comment|combien|quand|où|qui\b|que\b|qu['’]|quoi|pourquoi|quels?\b|quelles?\b|lequel|laquelle|lesquel)",
    re.IGNORECASE,
)
_CLOSED_QUESTION = re.compile(r"\best-ce\b|\w-(?:t-)?(?:il|elle|ils|elles|on|je|nous|vous)\b", re.IGNORECASE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"[*_`|]+|^\s*#+\s*|^\s*>\s*")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_ABBREVIATIONS = r"(?<!\bart\.)(?<!\bM\.)(?<!\bex\.)(?<!\bcf\.)(?<!\bL\.)(?<!\bR\.)(?<!\bD\.)(?<!\bp\.)"
_END = re.compile(rf"(?<=[.!?…]){_ABBREVIATIONS}[»\")\]]*\s+(?=[«\"(\[]*[A-ZÀ-ÖØ-Þ0-9])")
_WORD = re.compile(r"\w+(?:[.,’'-]\w+)*")
HOME_PAGE = "home-page-source"
_HOME = re.compile(r"/?(?:fr|en|accueil|index(?:\.\w+)?|home|portail)?/?", re.IGNORECASE)
_WHOLE_CODE = re.compile(r"/(?:codes/(?:texte_lc|id)|affichCode\.do)/?(?:LEGITEXT\d+)?(?:/\d{4}-\d\d-\d\d)?/?")
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


def first_sentences(checked: Checked) -> Iterator[Finding]:
    """Yield answers that do not begin with the answer."""
    for file in checked.files.values():
        first = next(sentences(file.content.answer), None)
        if first is None:
            continue
        below = first.line + 1 if "\n" in file.content.answer else 0
        if first.is_item:
            yield found(FIRST_SENTENCE, file, "answer", "opens with a list: answer in a sentence first", below=below)
        elif _DEPENDS.match(first.text):
            said = f"opens with « {first.text[:40]}… »: say what holds in the usual case first"
            yield found(FIRST_SENTENCE, file, "answer", said, below=below)
        elif _YES_OR_NO.match(first.text) and _is_open(file.content.question):
            said = f"opens with « {first.text.split()[0].strip(',:')} » to a question that is not answered by yes or no"
            yield found(FIRST_SENTENCE, file, "answer", said, below=below)


def long_sentences(checked: Checked) -> Iterator[Finding]:
    for file in checked.files.values():
        for field, text in texts(file.content):
            for sentence in sentences(text):
                if sentence.word_count > LONGEST_SENTENCE:
                    said = f"a sentence of {sentence.word_count} words, above {LONGEST_SENTENCE}: {sentence.text[:60]}…"
                    yield found(LONG_SENTENCE, file, field, said, below=sentence.line + 1 if "\n" in text else 0)


def _is_open(question: str) -> bool:
    """Whether a question asks for more than yes or no; "est-ce obligatoire, et qui paie ?" asks for that first."""
    for part in re.split(r"[:,;]\s+", question):
        if _OPEN_QUESTION.match(part):
            return True
        if _CLOSED_QUESTION.search(part):
            return False
    return False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without marks; `line` counts from 0 within its text; `is_item` when it opens a list item."""

    text: str
    line: int
    is_item: bool = False

    @property
    def word_count(self) -> int:
        return len(_WORD.findall(self.text))


def sentences(markdown: str) -> Iterator[Sentence]:
    """Yield the sentences of a text; list items, headings and table rows are sentences of their own."""
    for number, line in enumerate(markdown.splitlines()):
        is_item = bool(_ITEM.match(line))
        plain = _MARKS.sub("", _LINK.sub(r"\1", _ITEM.sub("", line))).strip()
        for place, text in enumerate(_END.split(plain)):
            if text.strip():
                yield Sentence(text.strip(), number, is_item and place == 0)


def home_page_sources(checked: Checked) -> Iterator[Finding]:
    for file in checked.files.values():
        for number, source in enumerate(file.content.sources):
            if kind := unspecific(source.url):
                message = f"the source {source.url} is {kind}: name the page or the article that says it"
                yield found(HOME_PAGE, file, f"sources[{number}]", message)


def unspecific(url: str) -> str:
    """Return "a home page" or "a whole code" for a source that names no text in particular, else ""."""
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        return ""
    if _HOME.fullmatch(parts.path):
        return "a home page"
    is_law = parts.netloc.endswith("legifrance.gouv.fr")
    return "a whole code" if is_law and _WHOLE_CODE.fullmatch(parts.path) else ""


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
    return {int(year) for year in _YEAR.findall(text)}


def undated_amounts(checked: Checked) -> Iterator[Finding]:
    """Yield amounts and rates that belong to no fact: those of this year, and those of no year at all."""
    for entry_id, file in checked.files.items():
        facts = checked.facts.of(entry_id)
        named = years(whole_text(file.content))
        if named and max(named) < checked.year:
            continue  # the rule past-year reports those that are stale
        rule = WITHOUT_FACT if named else WITHOUT_YEAR
        for field, text in texts(file.content):
            for amount in amounts(text):
                if not _is_of_fact(amount, facts):
                    said = f"{amount.value} {amount.unit} belongs to no fact of facts.yaml" + (
                        "" if named else ", and no year is named"
                    )
                    yield found(rule, file, field, said, below=line_below(text, amount.start))


def undated_years(checked: Checked) -> Iterator[Finding]:
    """Yield entries that name this year or a later one and would be served for ever, stale ones, and expired ones."""
    for entry_id, file in checked.files.items():
        content = file.content
        ends = [fact.ends_on for fact in checked.facts.of(entry_id) if fact.ends_on is not None]
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
    for sentence in sentences(text):
        left = _BEGINS.sub("", _SPAN.sub("", sentence.text))
        if year in (years(left) if has_amount else {int(date_text) for date_text in _DATE.findall(left)}):
            yield sentence


def known_after(fact: Fact, year: int) -> bool:
    """Return whether a fact's value is known to hold beyond a year."""
    return fact.ends_on is not None and fact.ends_on.year > year


def _open_years(checked: Checked, file: EntryFile) -> Iterator[Finding]:
    facts = checked.facts.of(file.id)
    if any(fact.ends_on is not None and not known_after(fact, checked.year) for fact in facts):
        return  # they end with the year, and the answer then says so
    lasting = [fact for fact in facts if known_after(fact, checked.year)]
    for field, text in texts(file.content):
        for sentence in sentences_of_year(text, checked.year):
            if not any(states(sentence.text, fact.newest.value, fact.unit) for fact in lasting):
                said = f"names {checked.year} and has neither `valid_until` nor a fact that ends with that year"
                yield found(OPEN_YEAR, file, field, said, below=sentence.line + 1 if "\n" in text else 0)
                return


def _past_years(checked: Checked, file: EntryFile) -> Iterator[Finding]:
    for field, text in texts(file.content):
        for sentence in sentences(text):
            of = [int(year) for year in _OF_YEAR.findall(sentence.text)]
            if of and max(years(sentence.text)) < checked.year and next(amounts(sentence.text), None):
                below = sentence.line + 1 if "\n" in text else 0
                yield found(PAST_YEAR, file, field, f"gives a figure of {max(of)}: bring it up to date", below=below)


def fact_findings(checked: Checked) -> Iterator[Finding]:
    """Yield entries that state a value of a fact that has ended, and none that holds."""
    for entry_id, file in checked.files.items():
        text = whole_text(file.content)
        for fact in checked.facts.of(entry_id):
            stated = [period for period in fact.periods if states(text, period.value, fact.unit)]
            if stated and not any(
                period.valid_until is None or period.valid_until >= checked.today for period in stated
            ):
                said = f"states {stated[-1].value} {fact.unit} ({fact.label}), which ended on {stated[-1].valid_until}"
                yield found(ENDED_FACT, file, "answer", said)


def contradictions(checked: Checked) -> Iterator[Finding]:
    """Yield sentences of two entries that are the same but for their amount."""
    from rapidfuzz import fuzz, process

    listed = [statement for statement in _with_one_amount(checked) if statement[2].word_count >= SHORTEST_COMPARED]
    masked = [_AMOUNT.sub("…", statement[2].text).casefold() for statement in listed]
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
                stated_amounts = list(amounts(sentence.text))
                if (
                    len(stated_amounts) == 1 and not sentence.is_item
                ):  # an item says its amount of what stands above the list
                    yield file, field, sentence, stated_amounts[0]


def _below(content: EntryContent, field: str, sentence: Sentence) -> int:
    text = dict(texts(content)).get(field, "")
    return sentence.line + 1 if "\n" in text else 0


def _is_of_fact(amount: Amount, facts: tuple[Fact, ...]) -> bool:
    compact = amount.value.replace(" ", "")
    return any(
        stated.unit == amount.unit and stated.value.replace(" ", "") == compact
        for fact in facts
        for period in fact.periods
        for stated in amounts(f"{period.value} {fact.unit}")
    )
