"""Recorded questions: listed, shown with their answers then and now, and marked sentence by sentence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template
from markdown_it import MarkdownIt
from markdown_it.token import Token

from evals.runner.tracing import traced
from evals.suites.suite_list import case_of_marks
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import WHOLE, AnswerStatus, GivenMark, Mark, MarkedAnswer, SentenceMark
from noa_rag.domain.entry import EntryId, official_text
from noa_rag.domain.errors import ContentProblem, InvalidContent, InvalidRequest, NotFound
from noa_rag.domain.people import PersonId
from noa_rag.review.rights import Action
from noa_rag.service.noa import Noa
from noa_rag.storage.recorded_cases import NOTE_LIMIT, MarkStore, RecordedCase, RecordedCaseStore
from noa_rag.storage.recorded_questions import RecordedQuestionRow, RecordedQuestions, Wanted
from noa_rag.web.forms import read_form, text_field
from review_ui.quality.common import PAGE_SIZE, pages, qa_page, titles
from review_ui.shell.lookups import WORDS
from review_ui.shell.rendering import redirect
from review_ui.shell.session import Review, ReviewSite, requires, signed_in

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
            line, mark=text_field(form, f"mark-{line.number}"), note=text_field(form, f"note-{line.number}").strip()
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
    fresh = [mark for mark in sent.marks if before.get(mark.number) != mark]
    together: Mapping[int, SentenceMark] = before | {mark.number: mark for mark in sent.marks}
    case = case_of_marks(answer, list(together.values()), answers_instead=instead, language=language)
    MarkStore(noa.records.database).keep(answer, fresh, by=by, at=datetime.now(UTC), case=case)
    return len(fresh)


def told_marks(error: InvalidContent) -> dict[str, str]:
    """Return the problems of a form of marks in words, by field."""
    return {problem.field: _told(problem) for problem in error.problems}


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


def _told(problem: ContentProblem) -> str:
    if problem.field == "other_entry":
        return "Aucune fiche ne porte cet identifiant. Rien n'a été gardé ; corrigez-le."
    number = int(problem.field.removeprefix("note-"))
    where = "sur la réponse entière" if number == WHOLE else f"sur la phrase {number}"
    return WORDS["mark_problems"][problem.kind] % {"where": where, "seen": problem.seen, "limit": NOTE_LIMIT}


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
    parts, start = [], 0
    for end in _END.finditer(block):
        if _is_end(block, end):
            parts.append(block[start : end.end("closing")].strip())
            start = end.end()
    return [part for part in (*parts, block[start:].strip()) if any(char.isalnum() for char in part)]


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
    parts = [token.content] if token.children is None else [_piece(child) for child in token.children]
    return " ".join("".join(parts).split())


def _piece(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline") else ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A recorded question; `text` is the approved text that was shown, byte for byte, empty where none was."""

    recorded: RecordedQuestionRow
    text: str
    answer: MarkedAnswer | None
    case: RecordedCase | None


@get("/qualite/questions", guards=[requires(Action.READ)])
async def question_list(request: HTMXRequest, review: Review) -> Template:
    """List recorded questions, asked last first."""
    wanted = _wanted(request)
    questions = RecordedQuestions(review.office.noa.records.database)
    place = pages(request, await review.run(questions.count, wanted))
    questions_found = await review.run(questions.page, wanted, limit=PAGE_SIZE, offset=place.offset)
    named = await review.run(titles, review.office.noa, (row.entry_id for row in questions_found))
    agencies = await review.run(review.office.noa.agencies)
    return qa_page(
        request,
        "question_list.html",
        fragment="_question_rows.html",
        questions=questions_found,
        pages=place,
        filters={name: request.query_params.get(name, "") for name in ("jour", "issue", "agence", "q")},
        agencies=sorted(agencies.values(), key=lambda agency: (agency.name, agency.id)),
        statuses=list(AnswerStatus),
        titles=named,
    )


@get("/qualite/questions/{question_id:str}", guards=[requires(Action.READ)])
async def question_page(request: HTMXRequest, review: Review, question_id: FromPath[str]) -> Template:
    """Show a recorded question with its outcome, beside the same question asked now."""
    return await _page(request, review, await review.run(shown_for, review.office.noa, question_id))


@post("/qualite/questions/{question_id:str}", guards=[requires(Action.MARK_ANSWER)], status_code=303)
async def mark_question(request: HTMXRequest, review: Review, question_id: FromPath[str]) -> Response[Any]:
    """Store marks on the answer that a visitor was shown."""
    noa = review.office.noa
    shown = await review.run(shown_for, noa, question_id)
    if shown.answer is None:
        raise NotFound(f"The question {question_id} was shown no entry.")
    form = await read_form(request)
    sent = read_marks(form, await review.run(lines, noa, shown.answer, shown.text))
    actor, spoken = signed_in(request).person.id, shown.recorded.language
    try:
        marks = await review.run(keep_marks, noa, shown.answer, sent, by=actor, language=spoken)
    except InvalidContent as error:
        problems = told_marks(error)
        return await _page(request, review, shown, sent=sent, told=problems)
    return back_to_question(request, question_id, "marques", marques=marks)


def shown_for(noa: Noa, question_id: str) -> Shown:
    """Return a recorded question with what was shown for it. Raises NotFound."""
    recorded = RecordedQuestions(noa.records.database).get(question_id)
    case = RecordedCaseStore(noa.records.database).get(question_id)
    if recorded.entry_id is None:
        return Shown(recorded, "", None, case)
    history = noa.records.entries.history(recorded.entry_id)
    version = next((entry for entry in history if entry.version == recorded.entry_version), None)
    if version is None:
        return Shown(recorded, "", None, case)
    section = next((part for part in version.content.sections if part.key == recorded.section_key), None)
    answer = MarkedAnswer(recorded.text, recorded.entry_id, recorded.entry_version, question_id)
    return Shown(recorded, official_text(version.content, section), answer, case)


async def _page(
    request: HTMXRequest,
    review: ReviewSite,
    shown: Shown,
    *,
    sent: SentMarks | None = None,
    told: Mapping[str, str] = NOTHING_WRONG,
) -> Template:
    """Return the page, with the marks as they were sent where they could not be kept."""
    noa = review.office.noa
    trace = await review.run(traced, noa, shown.recorded.text)
    marked_lines = await review.run(lines, noa, shown.answer, shown.text) if shown.answer and not sent else []
    today = trace.answer.entry.id if trace.answer and trace.answer.entry else None
    entry_ids = [found_entry.entry_id for found_entry in trace.found]
    chosen = [EntryId(sent.entry)] if sent else []
    shown_ids = [shown.recorded.entry_id, *shown.recorded.choices, today, *entry_ids, *chosen]
    named = await review.run(titles, noa, shown_ids)
    return qa_page(
        request,
        "question.html",
        status=422 if told else 200,
        told=told,
        sent=sent,
        recorded=shown.recorded,
        text=shown.text,
        case=shown.case,
        trace=trace,
        lines=sent.lines if sent else marked_lines,
        titles=named,
        kept=request.query_params.get("marques"),
        has_made=bool(request.query_params.get("cas")),
    )


def _wanted(request: HTMXRequest) -> Wanted:
    """Return the filters; a day that is no date, and unknown words, count as no filter."""
    chosen = {name: request.query_params.get(name, "") for name in ("jour", "issue", "agence", "q")}
    try:
        day = date.fromisoformat(chosen["jour"]) if chosen["jour"] else None
    except ValueError:
        day = None
    return Wanted(
        day=day if day and date(2000, 1, 1) <= day < date(2200, 1, 1) else None,
        status=AnswerStatus(chosen["issue"]) if chosen["issue"] in tuple(AnswerStatus) else None,
        agency_id=AgencyId(chosen["agence"]) if chosen["agence"] else None,
        text=chosen["q"][:200],
    )


def back_to_question(request: HTMXRequest, question_id: str, anchor: str, **said: object) -> Redirect:
    return redirect(f"/qualite/questions/{question_id}", said, anchor=anchor)


HANDLERS = (question_list, question_page, mark_question)
