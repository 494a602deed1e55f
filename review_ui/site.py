"""What every handler of the review needs: the office, and a line of its own in front of it."""

from dataclasses import dataclass
from typing import Any

from litestar import Request

from noa_rag.service.office import Office
from noa_rag.web.site import Site
from noa_rag.web.waiting_line import WaitingLine

THREAD_COUNT = 2
MAX_WAITING = 32  # referents are dozens, and a replay takes seconds: the public's line is another one


@dataclass(frozen=True, slots=True)
class ReviewSite:
    """Handed to handlers as the dependency `review`."""

    office: Office
    line: WaitingLine


def site_over(office: Office) -> ReviewSite:
    """Return what handlers of the review need, over an office."""
    return ReviewSite(office, WaitingLine(max_waiting=MAX_WAITING, thread_count=THREAD_COUNT))


def review_site(request: Request[Any, Any, Any]) -> ReviewSite:
    """Return the review's own site; handlers have it as the dependency `review`."""
    site: ReviewSite = request.app.state.review
    return site


def public_site(request: Request[Any, Any, Any]) -> Site:
    """Return the public site that the review is served beside."""
    site: Site = request.app.state.site
    return site
