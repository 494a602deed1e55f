"""The form with which an answer is marked, as it is shown and as it comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from litestar.datastructures import FormMultiDict

from evals.recorded import case_of_marks
from noa_rag.assembly.service import Noa
from noa_rag.domain.entry import EntryId
from noa_rag.domain.mark import WHOLE, GivenMark, Mark, MarkedAnswer, SentenceMark
from noa_rag.domain.people import PersonId
from noa_rag.storage.marks import MarkStore
from noa_rag.web.forms import text_field
from review_ui.qa.sentences import sentences

NOTE_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence with its mark; number 0 is the answer as a whole."""

    number: int
    sentence: str
    given: GivenMark | None


def lines(noa: Noa, answer: MarkedAnswer, text: str) -> list[Line]:
    """Return what can be marked of a text, with what was said of it already."""
    given = MarkStore(noa.records.database).of(answer)
    numbered = [(WHOLE, ""), *enumerate(sentences(text), start=1)]
    return [Line(number, sentence, given.get((number, sentence))) for number, sentence in numbered]


def read_marks(form: FormMultiDict, shown: Sequence[Line]) -> list[SentenceMark]:
    """Return the marks that a form gives to the sentences shown; others, and words that are no mark, are left out."""
    marks = []
    for line in shown:
        word = text_field(form, f"mark-{line.number}")
        if word in tuple(Mark):
            note = text_field(form, f"note-{line.number}").strip()[:NOTE_LIMIT]
            marks.append(SentenceMark(line.number, line.sentence, Mark(word), note))
    return marks


def keep_marks(
    noa: Noa,
    answer: MarkedAnswer,
    shown: Sequence[Line],
    marks: Sequence[SentenceMark],
    *,
    by: PersonId,
    answers_instead: EntryId | None,
    language: str,
) -> int:
    """Keep the marks that are new, with the case they make; return how many were. Raises InvalidRequest."""
    before = {line.number: line.given.mark for line in shown if line.given}
    fresh = [one for one in marks if before.get(one.number) != one]
    together: Mapping[int, SentenceMark] = before | {one.number: one for one in marks}
    case = case_of_marks(answer, list(together.values()), answers_instead=answers_instead, language=language)
    MarkStore(noa.records.database).keep(answer, fresh, by=by, at=datetime.now(UTC), case=case)
    return len(fresh)
