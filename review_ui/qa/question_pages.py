"""Recorded questions: found, marked, and turned into cases."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from evals.runner.tracing import traced
from evals.suites.cases import CaseKind
from evals.suites.recorded import case_fields
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidContent, InvalidRequest, NotFound
from noa_rag.review.rights import Action
from noa_rag.storage.recorded_questions import RecordedQuestions, Wanted
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of
from review_ui.paths import review_url
from review_ui.qa.common import qa_page, titles
from review_ui.qa.entry_choice import chosen_entry
from review_ui.qa.marking import NOTHING_WRONG, SentMarks, keep_marks, lines, read_marks, told_marks
from review_ui.qa.paging import PAGE_SIZE, pages
from review_ui.qa.recorded_answer import CaseForm, Shown, keep_case, prefilled, shown_for
from review_ui.session import requires, signed_in
from review_ui.site import ReviewSite
from review_ui.texts import ReviewTexts


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
    """Keep marks on what a visitor was shown."""
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
        told = told_marks(error, ReviewTexts(language_of(request.url.path)))
        return await _page(request, review, shown, sent=sent, told=told)
    return _back(request, question_id, "marques", marques=kept)


@get("/qualite/questions/{question_id:str}/cas", guards=[requires(Action.MARK_ANSWER)])
async def case_form(request: HTMXRequest, review: NamedDependency[ReviewSite], question_id: FromPath[str]) -> Template:
    """Propose the case that a recorded question makes, to be kept as it is or corrected."""
    shown = await review.line.run(shown_for, review.office.noa, question_id)
    return await _case_form(request, review, shown, await review.line.run(prefilled, review.office.noa, shown))


@post("/qualite/questions/{question_id:str}/cas", guards=[requires(Action.MARK_ANSWER)], status_code=303)
async def make_case(
    request: HTMXRequest, review: NamedDependency[ReviewSite], question_id: FromPath[str]
) -> Response[Any]:
    """Keep a recorded question as a labelled case."""
    noa = review.office.noa
    shown = await review.line.run(shown_for, noa, question_id)
    form = await read_form(request)
    word = text_field(form, "kind")
    kind = CaseKind(word) if word in tuple(CaseKind) else CaseKind.IN_SCOPE
    try:
        entry = await review.line.run(chosen_entry, noa, form)
        fields = case_fields(
            shown.recorded.text,
            kind,
            expected=[entry] if entry and kind is CaseKind.IN_SCOPE else [],
            tempting=entry,
            language=shown.recorded.language,
        )
    except InvalidRequest as error:
        key = "qa_unknown_entry" if error.field == "other_entry" else "qa_case_needs_entry"
        picked = text_field(form, "entry").strip()
        typed = CaseForm(kind, EntryId(picked) if picked else None, text_field(form, "other_entry"))
        return await _case_form(request, review, shown, typed, status=422, problem=key)
    await review.line.run(keep_case, noa, question_id, fields, by=signed_in(request).person.id)
    return _back(request, question_id, "cas", cas="1")


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


async def _case_form(
    request: HTMXRequest,
    review: ReviewSite,
    shown: Shown,
    filled: CaseForm,
    *,
    status: int = 200,
    problem: str = "",
) -> Template:
    noa = review.office.noa
    trace = await review.line.run(traced, noa, shown.recorded.text)
    near = [shown.recorded.entry_id, *shown.recorded.choices, *(one.entry_id for one in trace.found[:5]), filled.entry]
    return qa_page(
        request,
        "case_form.html",
        fragment="_case_form.html",
        status=status,
        problem=problem,
        recorded=shown.recorded,
        form=filled,
        kinds=list(CaseKind),
        near=await review.line.run(titles, noa, near),
    )


def _wanted(request: HTMXRequest) -> Wanted:
    """Return what the filters ask for; a day that is none, and other unknown words, leave their side open."""
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


def _back(request: HTMXRequest, question_id: str, anchor: str, **said: object) -> Redirect:
    address = review_url(language_of(request.url.path), f"/qualite/questions/{question_id}", said)
    return Redirect(f"{address}#{anchor}", status_code=303)
