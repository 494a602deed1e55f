"""A run: its figures with their gates, its pictures, and its cases by what came of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from evals.report.reports import listed
from evals.runner.comparison import flattened
from evals.runner.evaluate import breakdowns
from evals.runner.gates import read_gates, sections
from evals.runner.judging import Judged, judged
from evals.runner.runs import Outcome, Run
from evals.runner.service_runs import read_figures
from noa_rag.review.rights import Action
from review_ui.qa.common import qa_page, run_named, titles
from review_ui.qa.paging import pages
from review_ui.qa.pictures import Picture, pictures
from review_ui.session import requires
from review_ui.site import ReviewSite


@get("/qualite/executions/{name:str}", guards=[requires(Action.READ)])
async def run_page(request: HTMXRequest, review: NamedDependency[ReviewSite], name: FromPath[str]) -> Template:
    """Show what a run came to."""
    run = await review.line.run(run_named, review, name)
    drawn = await review.line.run(pictures, run.folder)
    return qa_page(request, "run.html", **_seen(run, drawn))


@get("/qualite/executions/{name:str}/cas", guards=[requires(Action.READ)])
async def case_list(request: HTMXRequest, review: NamedDependency[ReviewSite], name: FromPath[str]) -> Template:
    """List the cases of a run, what most wants looking at first."""
    run = await review.line.run(run_named, review, name)
    suite = request.query_params.get("suite", "")
    came = request.query_params.get("issue", "")
    words = request.query_params.get("q", "").strip()
    found = [one for one in _cases(run, suite) if _is_wanted(one[1], came, words)]
    place = pages(request, len(found))
    shown = place.of(found)
    named = await review.line.run(titles, review.office.noa, (one.actual_entry for _, one in shown))
    return qa_page(
        request,
        "case_list.html",
        fragment="_case_rows.html",
        run=run,
        cases=[(name, judged(one), one) for name, one in shown],
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


def _cases(run: Run, suite: str) -> list[tuple[str, Outcome]]:
    order = {came: place for place, came in enumerate(Judged)}
    chosen = [(name, one) for name, outcomes in run.outcomes.items() if suite in ("", name) for one in outcomes]
    return sorted(chosen, key=lambda one: order[judged(one[1])])


def _is_wanted(outcome: Outcome, came: str, words: str) -> bool:
    if came and judged(outcome).name.lower() != came:
        return False
    told = " ".join((outcome.case.id, outcome.case.question, outcome.actual_entry or "", outcome.case.contrast))
    return all(word in told.casefold() for word in words.casefold().split())
