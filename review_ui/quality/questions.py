"""Recorded questions: listed, shown with their answers then and now, and marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from evals.runner.tracing import traced
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import AnswerStatus, MarkedAnswer
from noa_rag.domain.entry import EntryId, official_text
from noa_rag.domain.errors import InvalidContent, NotFound
from noa_rag.review.rights import Action
from noa_rag.service.noa import Noa
from noa_rag.storage.recorded_cases import RecordedCase, RecordedCaseStore
from noa_rag.storage.recorded_questions import RecordedQuestionRow, RecordedQuestions, Wanted
from noa_rag.web.forms import read_form
from review_ui.quality.common import PAGE_SIZE, pages, qa_page, titles
from review_ui.quality.marking import NOTHING_WRONG, SentMarks, keep_marks, lines, read_marks, told_marks
from review_ui.shell.rendering import redirect, translator_of
from review_ui.shell.session import ReviewSite, requires, signed_in


@dataclass(frozen=True, slots=True)
class Shown:
    """A recorded question; `text` is the approved text that was shown, byte for byte, empty where none was."""

    recorded: RecordedQuestionRow
    text: str
    answer: MarkedAnswer | None
    case: RecordedCase | None


@get("/qualite/questions", guards=[requires(Action.READ)])
async def question_list(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """List recorded questions, asked last first."""
    wanted = _wanted(request)
    questions = RecordedQuestions(review.office.noa.records.database)
    place = pages(request, await review.line.run(questions.count, wanted))
    found = await review.line.run(questions.page, wanted, limit=PAGE_SIZE, offset=place.offset)
    named = await review.line.run(titles, review.office.noa, (one.entry_id for one in found))
    agencies = await review.line.run(review.office.noa.agencies)
    return qa_page(
        request,
        "question_list.html",
        fragment="_question_rows.html",
        questions=found,
        pages=place,
        filters={name: request.query_params.get(name, "") for name in ("jour", "issue", "agence", "q")},
        agencies=sorted(agencies.values(), key=lambda agency: (agency.name, agency.id)),
        statuses=list(AnswerStatus),
        titles=named,
    )


@get("/qualite/questions/{question_id:str}", guards=[requires(Action.READ)])
async def question_page(
    request: HTMXRequest, review: NamedDependency[ReviewSite], question_id: FromPath[str]
) -> Template:
    """Show a recorded question with its outcome, beside the same question asked now."""
    return await _page(request, review, await review.line.run(shown_for, review.office.noa, question_id))


@post("/qualite/questions/{question_id:str}", guards=[requires(Action.MARK_ANSWER)], status_code=303)
async def mark_question(
    request: HTMXRequest, review: NamedDependency[ReviewSite], question_id: FromPath[str]
) -> Response[Any]:
    """Store marks on the answer that a visitor was shown."""
    noa = review.office.noa
    shown = await review.line.run(shown_for, noa, question_id)
    if shown.answer is None:
        raise NotFound(f"The question {question_id} was shown no entry.")
    form = await read_form(request)
    sent = read_marks(form, await review.line.run(lines, noa, shown.answer, shown.text))
    actor, spoken = signed_in(request).person.id, shown.recorded.language
    try:
        kept = await review.line.run(keep_marks, noa, shown.answer, sent, by=actor, language=spoken)
    except InvalidContent as error:
        told = told_marks(error, translator_of(request))
        return await _page(request, review, shown, sent=sent, told=told)
    return back_to_question(request, question_id, "marques", marques=kept)


def shown_for(noa: Noa, question_id: str) -> Shown:
    """Return a recorded question with what was shown for it. Raises NotFound."""
    recorded = RecordedQuestions(noa.records.database).get(question_id)
    case = RecordedCaseStore(noa.records.database).get(question_id)
    if recorded.entry_id is None:
        return Shown(recorded, "", None, case)
    history = noa.records.entries.history(recorded.entry_id)
    version = next((one for one in history if one.version == recorded.entry_version), None)
    if version is None:
        return Shown(recorded, "", None, case)
    section = next((one for one in version.content.sections if one.key == recorded.section_key), None)
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
    trace = await review.line.run(traced, noa, shown.recorded.text)
    kept = await review.line.run(lines, noa, shown.answer, shown.text) if shown.answer and not sent else []
    today = trace.answer.entry.id if trace.answer and trace.answer.entry else None
    found = [one.entry_id for one in trace.found]
    chosen = [EntryId(sent.entry)] if sent else []
    shown_ids = [shown.recorded.entry_id, *shown.recorded.choices, today, *found, *chosen]
    named = await review.line.run(titles, noa, shown_ids)
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
        lines=sent.lines if sent else kept,
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
    return redirect(request, f"/qualite/questions/{question_id}", said, anchor=anchor)


HANDLERS = (question_list, question_page, mark_question)
