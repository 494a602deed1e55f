"""One case of a run: the answer recorded, today's answer, and marks on the recorded one."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from evals.runner.judging import judged
from evals.runner.runs import Outcome, Run
from evals.runner.tracing import Trace, traced
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidContent, NotFound
from noa_rag.domain.mark import MarkedAnswer
from noa_rag.french.personal_data import mask_personal_data
from noa_rag.review.rights import Action
from noa_rag.web.forms import read_form, text_field
from review_ui.quality.common import qa_page, run_named, titles
from review_ui.quality.marking import NOTHING_WRONG, SentMarks, keep_marks, lines, read_marks, told_marks
from review_ui.shell.rendering import redirect, translator_of
from review_ui.shell.session import requires, signed_in
from review_ui.shell.site import ReviewSite


@get("/qualite/executions/{name:str}/un-cas", guards=[requires(Action.READ)])
async def case_page(request: HTMXRequest, review: NamedDependency[ReviewSite], name: FromPath[str]) -> Template:
    """Show a case beside the same question asked now."""
    suite, case_id = (request.query_params.get(part, "") for part in ("suite", "id"))
    run, outcome = await review.line.run(_found, review, name, suite, case_id)
    return await _page(request, review, run, outcome, suite=suite)


@post("/qualite/executions/{name:str}/un-cas", guards=[requires(Action.MARK_ANSWER)], status_code=303)
async def mark_case(request: HTMXRequest, review: NamedDependency[ReviewSite], name: FromPath[str]) -> Response[Any]:
    """Store marks on the answer that a case was shown."""
    form = await read_form(request)
    suite, case_id = text_field(form, "suite"), text_field(form, "id")  # a form that is taken up again has no query
    run, outcome = await review.line.run(_found, review, name, suite, case_id)
    noa = review.office.noa
    answer = _answer(outcome)
    if answer is None:
        raise NotFound(f"The case `{outcome.case.id}` was shown no entry.")
    sent = read_marks(form, await review.line.run(lines, noa, answer, outcome.actual_text))
    actor, spoken = signed_in(request).person.id, outcome.case.language
    try:
        kept = await review.line.run(keep_marks, noa, answer, sent, by=actor, language=spoken)
    except InvalidContent as error:
        told = told_marks(error, translator_of(request))
        return await _page(request, review, run, outcome, suite=suite, sent=sent, told=told)
    query = {"suite": suite, "id": case_id, "marques": kept}
    return redirect(request, f"/qualite/executions/{run.name}/un-cas", query, anchor="marques")


async def _page(
    request: HTMXRequest,
    review: ReviewSite,
    run: Run,
    outcome: Outcome,
    *,
    suite: str,
    sent: SentMarks | None = None,
    told: Mapping[str, str] = NOTHING_WRONG,
) -> Template:
    """Return the page, with the marks as they were sent where they could not be kept."""
    noa = review.office.noa
    answer = _answer(outcome)
    trace: Trace = await review.line.run(traced, noa, outcome.case.question, hidden=outcome.case.hides)
    kept = await review.line.run(lines, noa, answer, outcome.actual_text) if answer and not sent else []
    chosen = [EntryId(sent.entry)] if sent else []
    named = await review.line.run(titles, noa, [*_entries(outcome, trace), *chosen])
    return qa_page(
        request,
        "case.html",
        status=422 if told else 200,
        told=told,
        sent=sent,
        run=run,
        suite=suite,
        outcome=outcome,
        came=judged(outcome),
        trace=trace,
        lines=sent.lines if sent else kept,
        titles=named,
        kept=request.query_params.get("marques"),
    )


def _found(review: ReviewSite, name: str, suite: str, case_id: str) -> tuple[Run, Outcome]:
    run = run_named(review, name)
    for outcome in run.outcomes.get(suite, ()):
        if outcome.case.id == case_id:
            return run, outcome
    raise NotFound(f"The run {name} has no case `{case_id}` in the suite `{suite}`.")


def _answer(outcome: Outcome) -> MarkedAnswer | None:
    """Return the answer to be marked; a run does not record the entry's version."""
    if outcome.actual_entry is None:
        return None
    return MarkedAnswer(mask_personal_data(outcome.case.question.strip()), outcome.actual_entry)


def _entries(outcome: Outcome, trace: Trace) -> list[EntryId | None]:
    today = trace.answer.entry.id if trace.answer and trace.answer.entry else None
    return [
        *outcome.case.about,
        outcome.actual_entry,
        *outcome.actual_choices,
        *outcome.actual_matches,
        today,
        *(one.entry_id for one in trace.found),
    ]


HANDLERS = (case_page, mark_case)
