"""The outcomes of rephrasings: how many are shown, why the others are not, and the latest ones by sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from litestar import get
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.entry import EntryId
from noa_rag.domain.rephrasing import RephrasingOutcome
from noa_rag.review.rights import Action
from noa_rag.storage.rephrasings import RephrasingFigures, RephrasingReader
from review_ui.quality.common import qa_page, titles
from review_ui.shell.session import requires
from review_ui.shell.site import ReviewSite

DAYS = 30
LATEST = 50


@dataclass(frozen=True, slots=True)
class FigureView:
    """The figures of a period; `acceptance` is a whole percentage of those that a model was asked for."""

    count: int
    tried: int
    acceptance: int | None
    outcomes: Sequence[tuple[str, int]]
    reasons: Sequence[tuple[str, int]]
    checks: Sequence[tuple[str, int]]
    median_seconds: float | None
    late_seconds: float | None


@get("/qualite/reformulations", guards=[requires(Action.READ)])
async def rephrasings(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show the figures of the last thirty days and the latest attempts, of one outcome or of all."""
    wanted = request.query_params.get("issue", "")
    outcome = wanted if wanted in tuple(RephrasingOutcome) else ""
    noa = review.office.noa
    reader = RephrasingReader(noa.records.database)
    now = datetime.now(UTC)
    figures = await review.line.run(reader.figures, since=now - timedelta(days=DAYS), until=now)
    latest = await review.line.run(reader.latest, outcome=outcome, limit=LATEST)
    named = await review.line.run(titles, noa, (EntryId(one.entry_id) for one in latest if one.entry_id))
    return qa_page(
        request,
        "rephrasings.html",
        figures=view_figures(figures),
        latest=latest,
        outcomes=list(RephrasingOutcome),
        chosen=outcome,
        titles=named,
        days=DAYS,
        model=noa.assistant.model.name if noa.assistant else "",
    )


def view_figures(figures: RephrasingFigures) -> FigureView:
    """Return the figures as the page shows them, most frequent first."""
    tried = figures.count - figures.outcomes.get(RephrasingOutcome.SKIPPED, 0)
    shown = figures.outcomes.get(RephrasingOutcome.SHOWN, 0)
    seconds = figures.seconds
    return FigureView(
        count=figures.count,
        tried=tried,
        acceptance=round(100 * shown / tried) if tried else None,
        outcomes=_ordered(figures.outcomes),
        reasons=_ordered(figures.reasons),
        checks=_ordered(figures.checks),
        median_seconds=seconds[len(seconds) // 2] if seconds else None,
        late_seconds=seconds[round(0.95 * (len(seconds) - 1))] if seconds else None,
    )


def _ordered(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


HANDLERS = (rephrasings,)
