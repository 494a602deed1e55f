"""The workspace as a part of the site: all of its routes, and its errors as pages."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litestar import Response, Router, get
from litestar.di import Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from evals.runner.quick_gate import QuickGate
from noa_rag.domain.errors import (
    Forbidden,
    InvalidContent,
    InvalidQuestion,
    NotAllowedNow,
    NotFound,
    StorageUnavailable,
    VersionConflict,
)
from noa_rag.service.noa import Noa
from noa_rag.service.office import Office
from noa_rag.web.errors import MalformedBody
from noa_rag.web.limits import Saturated
from noa_rag.web.site import Part
from review_ui.committee import pages as committee
from review_ui.drafts import effects, new_entry, verdicts
from review_ui.drafts import pages as drafts
from review_ui.entries import pages as entries
from review_ui.journal import pages as journal
from review_ui.people import account
from review_ui.people import pages as people
from review_ui.quality import questions, rephrasings, runs, suites
from review_ui.queue import items
from review_ui.queue import pages as queue
from review_ui.shell import sign_in, sign_in_oidc
from review_ui.shell.lookups import WORDS, why_not_now
from review_ui.shell.rendering import PREFIX, STATIC, is_fragment, render
from review_ui.shell.session import (
    AnyRequest,
    FactorWanted,
    ForgedForm,
    OtherSession,
    SessionOver,
    review_site,
    site_over,
)
from review_ui.shell.sign_in import resume, set_up_first, sign_in_again
from review_ui.sites import pages as sites
from review_ui.statistics import pages as statistics
from review_ui.switches import pages as switches

TEMPLATES = Path(__file__).parents[1]  # templates are named from the package on: `review_ui/queue/queue.html`
MAX_BODY_BYTES = 4 * 1024 * 1024  # 100,000 accented letters take 600 KB in a form, and twice that when kept

HANDLERS: Sequence[ControllerRouterHandler] = (
    *sign_in.HANDLERS,
    *sign_in_oidc.HANDLERS,
    *queue.HANDLERS,
    *items.HANDLERS,
    *drafts.HANDLERS,
    *effects.HANDLERS,
    *verdicts.HANDLERS,
    *new_entry.HANDLERS,
    *entries.HANDLERS,
    *statistics.HANDLERS,
    *suites.HANDLERS,
    *runs.HANDLERS,
    *questions.HANDLERS,
    *rephrasings.HANDLERS,
    *committee.HANDLERS,
    *journal.HANDLERS,
    *switches.HANDLERS,
    *people.HANDLERS,
    *account.HANDLERS,
    *sites.HANDLERS,
)


def review_part(noa: Noa) -> Part:
    """Return the workspace's routes over this Noa, with its background work started."""
    office = Office(noa, QuickGate(noa))
    office.keep_warm()
    return part_of(office)


def part_of(office: Office) -> Part:
    """Return the workspace's routes over an office."""
    site = site_over(office)
    return Part(
        handlers=[_router(), formerly_english],
        templates=TEMPLATES,
        static=STATIC,
        state={"review": site},
        lines=[site.line],
    )


@get(["/en/revue", "/en/revue/{rest:path}"], include_in_schema=False)
async def formerly_english(request: AnyRequest) -> Redirect:
    """Send bookmarks and feed readers that know the addresses of the former English pages to the French ones."""
    query = f"?{request.url.query}" if request.url.query else ""
    return Redirect(request.url.path.removeprefix("/en") + query, status_code=301)


def _router() -> Router:
    return Router(
        PREFIX,
        route_handlers=list(HANDLERS),
        dependencies={"review": Provide(review_site, sync_to_thread=False)},
        exception_handlers={HTTPException: respond, Exception: respond},
        request_max_body_size=MAX_BODY_BYTES,
        include_in_schema=False,
    )


BUSY_RETRY_SECONDS = 3

KIND_OF_ERROR: dict[type[Exception], tuple[int, str]] = {
    Forbidden: (403, "forbidden"),
    ForgedForm: (403, "forged"),
    NotFound: (404, "missing"),
    NotFoundException: (404, "missing"),
    VersionConflict: (409, "conflict"),
    NotAllowedNow: (409, "not_now"),
    InvalidContent: (422, "invalid"),
    Saturated: (503, "busy"),
    StorageUnavailable: (503, "busy"),
    MalformedBody: (400, "malformed"),
    InvalidQuestion: (400, "malformed"),
}
KIND_OF_STATUS = {404: "missing", 405: "missing", 413: "too_large"}
_LOGGER = logging.getLogger("noa.review")


def respond(request: AnyRequest, error: Exception) -> Response[Any]:
    """Return the page of any error, without internal details."""
    if isinstance(error, OtherSession):
        return resume(request, next_path=request.url.path, fields=error.fields, status=409)
    if isinstance(error, FactorWanted):
        return set_up_first(request, error)
    if isinstance(error, SessionOver):
        return sign_in_again(request, error)
    status, kind = _kind(error)
    if status >= 500 and kind == "internal":
        _LOGGER.error("%s %s: %s", request.method, request.url.path, type(error).__name__, exc_info=error)
    headers = {"retry-after": str(BUSY_RETRY_SECONDS)} if status == 503 else {}
    detail = why_not_now(error.reason) if isinstance(error, NotAllowedNow) else WORDS["problem_details"][kind]
    template = "review_ui/shell/_problem.html" if is_fragment(request) else "review_ui/shell/problem.html"
    title = WORDS["problem_titles"][kind]
    return render(request, template, status=status, headers=headers, title=title, detail=detail)


def _kind(error: Exception) -> tuple[int, str]:
    for kind, (status, name) in KIND_OF_ERROR.items():
        if isinstance(error, kind):
            return status, name
    if isinstance(error, HTTPException) and error.status_code < 500:
        return error.status_code, KIND_OF_STATUS.get(error.status_code, "malformed")
    return 500, "internal"
