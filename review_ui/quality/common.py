"""What all pages of QA share: runs, titles of entries, lists a page at a time."""

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from litestar.response import Template

from evals.metrics.figure import as_row
from evals.runner.runs import NotARun, Run, read_run
from evals.runner.service_runs import ServiceRuns
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound
from noa_rag.service.noa import Noa
from noa_rag.web.paths import file_address
from noa_rag.web.rendering import render_markdown
from review_ui.shell.lookups import WORDS, named, said
from review_ui.shell.rendering import STATIC, Pages, is_fragment, pages_of, render
from review_ui.shell.session import AnyRequest, ReviewSite

PAGE_SIZE = 40
LOWEST_HEADING = 5  # below the headings of the page around it


def service_runs(review: ReviewSite) -> ServiceRuns:
    """Return the runs that stand in the data folder of the service."""
    return ServiceRuns(review.office.noa.settings.data_dir)


def run_named(review: ReviewSite, name: str) -> Run:
    """Return a run with its outcomes. Raises NotFound for one that is not there or cannot be read."""
    try:
        folder = service_runs(review).folder(name)
        return _read(folder, max(path.stat().st_mtime_ns for path in folder.glob("*.json*")))
    except NotARun as error:
        raise NotFound(str(error)) from error


def titles(noa: Noa, ids: Iterable[EntryId | None]) -> Mapping[EntryId, str]:
    """Return the questions of entries, those of withdrawn ones included; unknown ids are left out."""
    wanted = list(dict.fromkeys(entry_id for entry_id in ids if entry_id))
    return {entry_id: version.content.question for entry_id, version in noa.records.current(wanted).items()}


def qa_page(
    request: AnyRequest, page: str, *, fragment: str | None = None, status: int = 200, **context: Any
) -> Template:
    """Return a page of QA, or its fragment for htmx; templates find `said`, `cells`, `suite_name` and the like too."""
    template = fragment if fragment and is_fragment(request) else page
    more: dict[str, Any] = {
        "said": said,
        "cells": as_row,
        "suite_name": partial(named, WORDS["suites"]),
        "as_shown": partial(render_markdown, heading_level=LOWEST_HEADING, table_label="Tableau"),
        "qa_css": file_address(STATIC / "qa.css"),
    }
    return render(request, f"review_ui/quality/{template}", status=status, **more, **context)


# A run of all suites takes some 10 MB and a tenth of a second to read; two are enough to compare.
@lru_cache(maxsize=3)
def _read(folder: Path, _changed_at: int) -> Run:
    return read_run(folder)


def pages(request: AnyRequest, total: int) -> Pages:
    """Return the page of a list of QA's that the address asks for, or the nearest there is."""
    return pages_of(total, request.query_params.get("page"), length=PAGE_SIZE)
