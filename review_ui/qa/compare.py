"""Two runs side by side."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from evals.runner.comparison import Comparison, Direction, IncomparableRuns, Tally, compare
from evals.runner.comparison_tables import p_in_words
from evals.runner.judging import judged
from noa_rag.domain.errors import NotFound
from noa_rag.review.rights import Action
from review_ui.qa.common import qa_page, run_named, service_runs
from review_ui.qa.paging import pages
from review_ui.session import requires
from review_ui.site import ReviewSite


@get("/qualite/comparaison", guards=[requires(Action.READ)])
async def comparison_page(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Choose two runs, and see what differs between them."""
    before, after = (request.query_params.get(side, "") for side in ("avant", "apres"))
    runs = await review.line.run(service_runs(review).list)
    chosen: dict[str, Any] = {"runs": runs, "before": before, "after": after, "comparison": None, "problem": ""}
    if not (before and after):
        return qa_page(request, "comparison.html", **chosen)
    try:
        found = await review.line.run(_compared, review, before, after)
    except (NotFound, IncomparableRuns) as error:
        key = "qa_incomparable" if isinstance(error, IncomparableRuns) else "qa_run_missing"
        status = 422 if isinstance(error, IncomparableRuns) else 404
        return qa_page(request, "comparison.html", status=status, **chosen | {"problem": key})
    wanted = request.query_params.get("sens", "")
    changes = [one for one in found.changes if wanted in ("", one.direction.value)]
    place = pages(request, len(changes))
    return qa_page(
        request,
        "comparison.html",
        **chosen
        | {
            "comparison": found,
            "tallies": [(tally, _words(tally)) for tally in (*found.suites, found.overall)],
            "p_in_words": p_in_words,
            "changes": [(one, judged(one.before), judged(one.after)) for one in place.of(changes)],
            "pages": place,
            "direction": wanted,
            "directions": list(Direction),
            "skipped_count": _skipped(found),
        },
    )


def _compared(review: ReviewSite, before: str, after: str) -> Comparison:
    return compare(run_named(review, before), run_named(review, after))


def _words(tally: Tally) -> str:
    """Return the key of the sentence on a tally: whether the change is more than chance, told by its interval."""
    figure = tally.difference
    if figure.low > 0:
        return "qa_better"
    return "qa_worse" if figure.high < 0 else "qa_no_clear_change"


def _skipped(found: Comparison) -> int:
    only = [*found.only_before.values(), *found.only_after.values()]
    return sum(map(len, only)) + sum(map(len, found.edited.values()))
