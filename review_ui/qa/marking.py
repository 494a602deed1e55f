"""The form with which an answer is marked, as it is shown, as it comes back, and as it is kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from litestar.datastructures import FormMultiDict

from evals.recorded import case_of_marks
from noa_rag.domain.errors import ContentProblem, InvalidContent, InvalidRequest
from noa_rag.domain.mark import WHOLE, GivenMark, Mark, MarkedAnswer, SentenceMark
from noa_rag.domain.people import PersonId
from noa_rag.service.noa import Noa
from noa_rag.storage.recorded_cases import NOTE_LIMIT, MarkStore
from noa_rag.web.forms import text_field
from review_ui.qa.entry_choice import chosen_entry
from review_ui.qa.sentences import sentences
from review_ui.texts import ReviewTexts

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
    """What somebody sent: the lines as she filled them, and what answers instead of a wrong answer."""

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
    """Return what can be marked of a text, with what was said of it already."""
    given = MarkStore(noa.records.database).of(answer)
    numbered = [(WHOLE, ""), *enumerate(sentences(text), start=1)]
    return [_line(number, sentence, given.get((number, sentence))) for number, sentence in numbered]


def read_marks(form: FormMultiDict, shown: Sequence[Line]) -> SentMarks:
    """Return what a form says of the sentences shown."""
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
    """Keep the marks that are new, with the case they make; return how many were. Raises InvalidContent."""
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


def told_marks(error: InvalidContent, texts: ReviewTexts) -> dict[str, str]:
    """Return what is wrong with a form of marks, in words, by field."""
    return {problem.field: _told(problem, texts) for problem in error.problems}


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


def _told(problem: ContentProblem, texts: ReviewTexts) -> str:
    if problem.field == "other_entry":
        return texts("qa_unknown_entry")
    number = int(problem.field.removeprefix("note-"))
    where = texts("qa_on_whole") if number == WHOLE else texts("qa_on_sentence", number=number)
    return texts(f"qa_note_{problem.kind}", where=where, seen=problem.seen, limit=NOTE_LIMIT)
