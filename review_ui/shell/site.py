"""What every handler of the workspace needs: the office, and the waiting line through which it is called."""

from dataclasses import dataclass
from typing import Any

from litestar import Request

from noa_rag.service.office import Office
from noa_rag.web.site import Site
from noa_rag.web.waiting_line import WaitingLine

THREAD_COUNT = 2
MAX_WAITING = 32  # dozens of referents, and replays that take seconds; the public site has a line of its own


@dataclass(frozen=True, slots=True)
class ReviewSite:
    """Handed to handlers as the dependency `review`."""

    office: Office
    line: WaitingLine


def site_over(office: Office) -> ReviewSite:
    """Return the office with a new waiting line."""
    return ReviewSite(office, WaitingLine(max_waiting=MAX_WAITING, thread_count=THREAD_COUNT))


def review_site(request: Request[Any, Any, Any]) -> ReviewSite:
    """Return the site that handlers receive as the dependency `review`."""
    site: ReviewSite = request.app.state.review
    return site


def public_site(request: Request[Any, Any, Any]) -> Site:
    """Return the public site that the review is served beside."""
    site: Site = request.app.state.site
    return site
