"""The form with which an answer is marked sentence by sentence, as it is shown, as it comes back, and as it is kept.

The rules that split a text are our own: on French official texts pysbd 0.3.4 broke after "env.", "janv." and "av.",
sentencex 1.0.32 inside "M. Dupont" and "S.A.S.". In doubt two sentences stay together.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from litestar.datastructures import FormMultiDict
from markdown_it import MarkdownIt
from markdown_it.token import Token

from evals.suites.suite_list import case_of_marks
from noa_rag.domain.answer import WHOLE, GivenMark, Mark, MarkedAnswer, SentenceMark
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import ContentProblem, InvalidContent, InvalidRequest
from noa_rag.domain.people import PersonId
from noa_rag.service.noa import Noa
from noa_rag.storage.recorded_cases import NOTE_LIMIT, MarkStore
from noa_rag.translation import N_, Translator
from noa_rag.web.forms import text_field

NOTHING_WRONG: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence with its mark; number 0 is the answer as a whole. `mark` and `note` fill the form."""

    number: int
    sentence: str
    given: GivenMark | None
    mark: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SentMarks:
    """A form of marks as sent: its lines, and the entry that answers instead of a wrong one."""

    lines: Sequence[Line]
    entry: str
    other_entry: str
    form: FormMultiDict

    @property
    def marks(self) -> list[SentenceMark]:
        """The marks that were given; words that are no mark are left out."""
        return [
            SentenceMark(line.number, line.sentence, Mark(line.mark), line.note)
            for line in self.lines
            if line.mark in tuple(Mark)
        ]


def lines(noa: Noa, answer: MarkedAnswer, text: str) -> list[Line]:
    """Return the whole answer and then each sentence of its text, with the marks given so far."""
    given = MarkStore(noa.records.database).of(answer)
    numbered = [(WHOLE, ""), *enumerate(sentences(text), start=1)]
    return [_line(number, sentence, given.get((number, sentence))) for number, sentence in numbered]


def read_marks(form: FormMultiDict, shown: Sequence[Line]) -> SentMarks:
    """Return the marks that a form gives the sentences shown."""
    filled = [
        replace(
            line,
            mark=text_field(form, f"mark-{line.number}"),
            note=text_field(form, f"note-{line.number}").strip(),
        )
        for line in shown
    ]
    return SentMarks(filled, text_field(form, "entry").strip(), text_field(form, "other_entry").strip(), form)


def keep_marks(noa: Noa, answer: MarkedAnswer, sent: SentMarks, *, by: PersonId, language: str) -> int:
    """Store the new marks and the case made from them; return the number of new marks. Raises InvalidContent."""
    problems = list(_note_problems(sent.lines))
    instead = None
    try:
        instead = chosen_entry(noa, sent.form)
    except InvalidRequest:
        problems.append(ContentProblem("other_entry", "unknown"))
    if problems:
        raise InvalidContent(problems)
    before = {line.number: line.given.mark for line in sent.lines if line.given}
    fresh = [one for one in sent.marks if before.get(one.number) != one]
    together: Mapping[int, SentenceMark] = before | {one.number: one for one in sent.marks}
    case = case_of_marks(answer, list(together.values()), answers_instead=instead, language=language)
    MarkStore(noa.records.database).keep(answer, fresh, by=by, at=datetime.now(UTC), case=case)
    return len(fresh)


def told_marks(error: InvalidContent, translator: Translator) -> dict[str, str]:
    """Return the problems of a form of marks in words, by field."""
    return {problem.field: _told(problem, translator) for problem in error.problems}


def _line(number: int, sentence: str, given: GivenMark | None) -> Line:
    if given is None:
        return Line(number, sentence, None)
    return Line(number, sentence, given, given.mark.mark.value, given.mark.note)


def _note_problems(filled: Sequence[Line]) -> Iterator[ContentProblem]:
    for line in filled:
        if len(line.note) > NOTE_LIMIT:
            yield ContentProblem(f"note-{line.number}", "too_long", str(len(line.note)))
        elif line.note and line.mark not in tuple(Mark):
            yield ContentProblem(f"note-{line.number}", "without_mark")


NOTE_PROBLEMS = {
    "too_long": N_("La remarque %(where)s compte %(seen)s signes ; raccourcissez-la à %(limit)s."),
    "without_mark": N_("La remarque %(where)s attend un avis : juste, en partie ou fausse."),
}


def _told(problem: ContentProblem, translator: Translator) -> str:
    if problem.field == "other_entry":
        return translator.gettext("Aucune fiche ne porte cet identifiant. Rien n'a été gardé ; corrigez-le.")
    number = int(problem.field.removeprefix("note-"))
    where = (
        translator.gettext("sur la réponse entière")
        if number == WHOLE
        else translator.gettext("sur la phrase %(number)s", number=number)
    )
    return translator.gettext(NOTE_PROBLEMS[problem.kind], where=where, seen=problem.seen, limit=NOTE_LIMIT)


def chosen_entry(noa: Noa, form: FormMultiDict) -> EntryId | None:
    """Return the entry that a form names, None when it names none. Raises InvalidRequest for one that is unknown."""
    named = text_field(form, "other_entry").strip() or text_field(form, "entry").strip()
    if not named:
        return None
    if EntryId(named) not in noa.records.current([EntryId(named)]):
        raise InvalidRequest(f"No entry has the id `{named[:100]}`.", field="other_entry")
    return EntryId(named)


_TITLES = ("mm", "mme", "mmes", "mlle", "me", "dr", "pr", "st", "ste", "mr", "mrs", "ms")
_NEVER_LAST = frozenset((*_TITLES, "art", "cf", "av", "bd", "n", "no", "nos", "réf", "ex"))
_MONTHS = ("janv", "févr", "avr", "juil", "sept", "oct", "nov", "déc", "jan", "feb", "mar", "apr", "aug", "sep", "dec")
_BEFORE_NUMBERS = frozenset((*_MONTHS, "env", "p", "pp", "al", "vol", "chap", "tél", "fig", "sect", "h"))
_END = re.compile(r"(?P<sign>[.!?…]+)(?P<closing>(?:\s?[»”\")\]])*)\s+(?=(?:[«“\"(\[]\s?)?(?P<next>[A-ZÀ-ÖØ-Þ0-9]))")
_ELISION = re.compile(r"^[^\w]*(?:[ldnsjmtc]|qu)['’]", re.IGNORECASE)

_reader = MarkdownIt("commonmark", {"html": False}).enable("table")


def sentences(text: str) -> list[str]:
    """Return the sentences of a Markdown text in reading order, without its signs; a list's items stand apart."""
    return [sentence for block in _blocks(_reader.parse(text)) for sentence in split(block)]


def split(block: str) -> list[str]:
    """Return the sentences of one block of plain text."""
    found, start = [], 0
    for end in _END.finditer(block):
        if _is_end(block, end):
            found.append(block[start : end.end("closing")].strip())
            start = end.end()
    return [one for one in (*found, block[start:].strip()) if any(char.isalnum() for char in one)]


def _is_end(block: str, end: re.Match[str]) -> bool:
    if end["sign"] != "." or end["closing"]:
        return True
    before = block[: end.start()].split()
    word = re.sub(_ELISION, "", before[-1]).strip('«“"([').casefold()
    is_initial = len(word) == 1 and word.isalpha()  # J. Dupont, art. L. 123-1
    is_number_of_heading = len(before) == 1 and word.isdigit()
    if is_initial or is_number_of_heading or word in _NEVER_LAST:
        return False
    return not (end["next"].isdigit() and word in _BEFORE_NUMBERS)


def _blocks(tokens: list[Token]) -> Iterator[str]:
    """Yield the plain text of each paragraph, heading, list item and row of a table."""
    row: list[str] | None = None
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield " ; ".join(cell for cell in row if cell)
            row = None
        elif token.type in ("inline", "code_block", "fence"):
            plain = _plain(token)
            if row is None:
                yield plain
            else:
                row.append(plain)


def _plain(token: Token) -> str:
    parts = [token.content] if token.children is None else [_piece(one) for one in token.children]
    return " ".join("".join(parts).split())


def _piece(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline") else ""
