"""The two pictures of a run that say whether its confidence can be believed, with their numbers."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup, escape

from evals.report.chart import Chart, Table
from evals.report.confidence_charts import reliability_diagram, risk_coverage
from evals.runner.runs import read_run
from noa_rag.domain.question import Language
from review_ui.qa.words import said

DRAWN = ("confidence (mean of the bin)", "first match answers", "questions answered", "wrong among answers", "this run")
_DRAWING = threading.Lock()  # matplotlib's settings are those of the whole process


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as the page shows it; its drawing is our own, and safe."""

    id: str
    title: str
    summary: str
    note: str
    drawing: Markup
    table: Table

    def drawing_for(self, language: str) -> Markup:
        """Return the drawing with its few words in the language of the page; its summary becomes the title there."""
        if language != Language.FRENCH:
            return self.drawing
        text = re.sub('aria-label="[^"]*"', f'aria-label="{escape(said(Language.FRENCH, self.title))}"', self.drawing)
        for words in DRAWN:
            text = text.replace(f">{words}<", f">{escape(said(Language.FRENCH, words))}<")
        return Markup(text)


@lru_cache(maxsize=16)
def pictures(folder: Path) -> Sequence[Picture]:
    """Return the reliability diagram and the risk-coverage curve; none where matplotlib is not installed."""
    outcomes = [one for several in read_run(folder).outcomes.values() for one in several]
    try:
        with _DRAWING:
            charts = [reliability_diagram(outcomes), risk_coverage(outcomes)]
    except ImportError:
        return ()
    return tuple(_picture(one) for one in charts if one is not None)


def _picture(chart: Chart) -> Picture:
    return Picture(chart.id, chart.title, chart.summary, chart.note, Markup(chart.svg), chart.table)
