"""A run with its figures, gates, pictures and cases; and two runs compared."""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template
from markupsafe import Markup, escape

from evals.report.chart import Chart, Table, reliability_diagram, risk_coverage
from evals.report.reports import listed
from evals.runner.comparison import Comparison, Direction, IncomparableRuns, SuiteTally, compare, flattened, p_in_words
from evals.runner.evaluate import breakdowns, read_gates, sections
from evals.runner.runs import CaseOutcome, Judged, Run, judged, read_run
from evals.runner.service_runs import read_figures
from evals.runner.tracing import Trace, traced
from noa_rag.domain.answer import MarkedAnswer
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidContent, NotFound
from noa_rag.french.personal_data import mask_personal_data
from noa_rag.review.rights import Action
from noa_rag.web.forms import read_form, text_field
from review_ui.quality.common import pages, qa_page, run_named, service_runs, titles
from review_ui.quality.questions import NOTHING_WRONG, SentMarks, keep_marks, lines, read_marks, told_marks
from review_ui.shell.lookups import said
from review_ui.shell.rendering import redirect
from review_ui.shell.session import Review, ReviewSite, requires, signed_in

DRAWN = ("confidence (mean of the bin)", "first match answers", "questions answered", "wrong among answers", "this run")
_DRAWING = threading.Lock()  # matplotlib's settings are those of the whole process


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as the page shows it; its drawing was made here and needs no escaping."""

    id: str
    title: str
    note: str
    drawing: Markup
    table: Table


@lru_cache(maxsize=16)
def pictures(folder: Path) -> Sequence[Picture]:
    """Return the reliability diagram and the risk-coverage curve; none where matplotlib is not installed."""
    outcomes = [name for several in read_run(folder).outcomes.values() for name in several]
    try:
        with _DRAWING:
            charts = [reliability_diagram(outcomes), risk_coverage(outcomes)]
    except ImportError:
        return ()
    return tuple(_picture(chart) for chart in charts if chart is not None)


def _picture(chart: Chart) -> Picture:
    """Return a chart with the few words of its drawing in French; its summary becomes the title there."""
    drawing = re.sub('aria-label="[^"]*"', f'aria-label="{escape(said(chart.title))}"', chart.svg)
    for words in DRAWN:
        drawing = drawing.replace(f">{words}<", f">{escape(said(words))}<")
    return Picture(chart.id, chart.title, chart.note, Markup(drawing), chart.table)


@get("/qualite/executions/{name:str}", guards=[requires(Action.READ)])
async def run_page(request: HTMXRequest, review: Review, name: FromPath[str]) -> Template:
    """Show the figures, gates and pictures of a run."""
    run = await review.run(run_named, review, name)
    drawn = await review.run(pictures, run.folder)
    return qa_page(request, "run.html", **_seen(run, drawn))


@get("/qualite/executions/{name:str}/cas", guards=[requires(Action.READ)])
async def case_list(request: HTMXRequest, review: Review, name: FromPath[str]) -> Template:
    """List the cases of a run, the worst first."""
    run = await review.run(run_named, review, name)
    suite = request.query_params.get("suite", "")
    came = request.query_params.get("issue", "")
    words = request.query_params.get("q", "").strip()
    cases = [case for case in _cases(run, suite) if _is_wanted(case[1], came, words)]
    place = pages(request, len(cases))
    shown = place.of(cases)
    named = await review.run(titles, review.office.noa, (outcome.actual_entry for _, outcome in shown))
    return qa_page(
        request,
        "case_list.html",
        fragment="_case_rows.html",
        run=run,
        cases=[(name, judged(outcome), outcome) for name, outcome in shown],
        pages=place,
        filters={"suite": suite, "issue": came, "q": words},
        suites=list(run.outcomes),
        came_kinds=list(Judged),
        titles=named,
    )


def _seen(run: Run, drawn: Sequence[Picture]) -> dict[str, Any]:
    listed_figures = sections(read_figures(run.folder), read_gates())
    watched = [row for section in listed_figures for row in section.rows if row.is_met is not None]
    return {
        "run": run,
        "sections": listed_figures,
        "watched_count": len(watched),
        "broken_count": sum(not row.is_met for row in watched),
        "came": _what_came(run),
        "came_kinds": list(Judged),
        "breakdowns": breakdowns(run.outcomes),
        "pictures": drawn,
        "settings": flattened(run.settings),
    }


def _what_came(run: Run) -> list[tuple[str, int, Mapping[Judged, int]]]:
    return [
        (suite.name, suite.count, {came: len(members) for came, members in suite.groups})
        for suite in listed(run.outcomes)
    ]


def _cases(run: Run, suite: str) -> list[tuple[str, CaseOutcome]]:
    order = {came: place for place, came in enumerate(Judged)}
    chosen = [(name, outcome) for name, outcomes in run.outcomes.items() if suite in ("", name) for outcome in outcomes]
    return sorted(chosen, key=lambda listed_case: order[judged(listed_case[1])])


def _is_wanted(outcome: CaseOutcome, came: str, words: str) -> bool:
    if came and judged(outcome).name.lower() != came:
        return False
    text = " ".join((outcome.case.id, outcome.case.question, outcome.actual_entry or "", outcome.case.contrast))
    return all(word in text.casefold() for word in words.casefold().split())


@get("/qualite/comparaison", guards=[requires(Action.READ)])
async def comparison_page(request: HTMXRequest, review: Review) -> Template:
    """Choose two runs, and see what differs between them."""
    before, after = (request.query_params.get(side, "") for side in ("avant", "apres"))
    runs = await review.run(service_runs(review).list)
    chosen: dict[str, Any] = {"runs": runs, "before": before, "after": after, "comparison": None, "problem": ""}
    if not (before and after):
        return qa_page(request, "comparison.html", **chosen)
    try:
        comparison = await review.run(_compared, review, before, after)
    except (NotFound, IncomparableRuns) as error:
        key = (
            "Ces deux exécutions n'ont aucun cas en commun : comparez des exécutions des mêmes séries."
            if isinstance(error, IncomparableRuns)
            else "Une de ces exécutions n'existe plus."
        )
        status = 422 if isinstance(error, IncomparableRuns) else 404
        return qa_page(request, "comparison.html", status=status, **chosen | {"problem": key})
    wanted = request.query_params.get("sens", "")
    changes = [change for change in comparison.changes if wanted in ("", change.direction.value)]
    place = pages(request, len(changes))
    return qa_page(
        request,
        "comparison.html",
        **chosen
        | {
            "comparison": comparison,
            "tallies": [(tally, _words(tally)) for tally in (*comparison.suites, comparison.overall)],
            "p_in_words": p_in_words,
            "changes": [(change, judged(change.before), judged(change.after)) for change in place.of(changes)],
            "pages": place,
            "direction": wanted,
            "directions": list(Direction),
            "skipped_count": _skipped(comparison),
        },
    )


def _compared(review: ReviewSite, before: str, after: str) -> Comparison:
    return compare(run_named(review, before), run_named(review, after))


def _words(tally: SuiteTally) -> str:
    """Return the key of the sentence that says, by the interval, whether a change is more than chance."""
    figure = tally.difference
    if figure.low > 0:
        return "better"
    return "worse" if figure.high < 0 else "unclear"


def _skipped(found: Comparison) -> int:
    only = [*found.only_before.values(), *found.only_after.values()]
    return sum(map(len, only)) + sum(map(len, found.edited.values()))


@get("/qualite/executions/{name:str}/un-cas", guards=[requires(Action.READ)])
async def case_page(request: HTMXRequest, review: Review, name: FromPath[str]) -> Template:
    """Show a case beside the same question asked now."""
    suite, case_id = (request.query_params.get(part, "") for part in ("suite", "id"))
    run, outcome = await review.run(_found, review, name, suite, case_id)
    return await _page(request, review, run, outcome, suite=suite)


@post("/qualite/executions/{name:str}/un-cas", guards=[requires(Action.MARK_ANSWER)], status_code=303)
async def mark_case(request: HTMXRequest, review: Review, name: FromPath[str]) -> Response[Any]:
    """Store marks on the answer that a case was shown."""
    form = await read_form(request)
    suite, case_id = text_field(form, "suite"), text_field(form, "id")  # a form that is taken up again has no query
    run, outcome = await review.run(_found, review, name, suite, case_id)
    noa = review.office.noa
    answer = _answer(outcome)
    if answer is None:
        raise NotFound(f"The case `{outcome.case.id}` was shown no entry.")
    sent = read_marks(form, await review.run(lines, noa, answer, outcome.actual_text))
    actor, spoken = signed_in(request).person.id, outcome.case.language
    try:
        marks = await review.run(keep_marks, noa, answer, sent, by=actor, language=spoken)
    except InvalidContent as error:
        problems = told_marks(error)
        return await _page(request, review, run, outcome, suite=suite, sent=sent, told=problems)
    query = {"suite": suite, "id": case_id, "marques": marks}
    return redirect(f"/qualite/executions/{run.name}/un-cas", query, anchor="marques")


async def _page(
    request: HTMXRequest,
    review: ReviewSite,
    run: Run,
    outcome: CaseOutcome,
    *,
    suite: str,
    sent: SentMarks | None = None,
    told: Mapping[str, str] = NOTHING_WRONG,
) -> Template:
    """Return the page, with the marks as they were sent where they could not be kept."""
    noa = review.office.noa
    answer = _answer(outcome)
    trace: Trace = await review.run(traced, noa, outcome.case.question, hidden=outcome.case.hides)
    marked_lines = await review.run(lines, noa, answer, outcome.actual_text) if answer and not sent else []
    chosen = [EntryId(sent.entry)] if sent else []
    named = await review.run(titles, noa, [*_entries(outcome, trace), *chosen])
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
        lines=sent.lines if sent else marked_lines,
        titles=named,
        kept=request.query_params.get("marques"),
    )


def _found(review: ReviewSite, name: str, suite: str, case_id: str) -> tuple[Run, CaseOutcome]:
    run = run_named(review, name)
    for outcome in run.outcomes.get(suite, ()):
        if outcome.case.id == case_id:
            return run, outcome
    raise NotFound(f"The run {name} has no case `{case_id}` in the suite `{suite}`.")


def _answer(outcome: CaseOutcome) -> MarkedAnswer | None:
    """Return the answer to be marked; a run does not record the entry's version."""
    if outcome.actual_entry is None:
        return None
    return MarkedAnswer(mask_personal_data(outcome.case.question.strip()), outcome.actual_entry)


def _entries(outcome: CaseOutcome, trace: Trace) -> list[EntryId | None]:
    today = trace.answer.entry.id if trace.answer and trace.answer.entry else None
    return [
        *outcome.case.about,
        outcome.actual_entry,
        *outcome.actual_choices,
        *outcome.actual_matches,
        today,
        *(found_entry.entry_id for found_entry in trace.found),
    ]


HANDLERS = (run_page, case_list, comparison_page, case_page, mark_case)
