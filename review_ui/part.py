"""The workspace as a part of the site: all of its routes, in both languages."""

from collections.abc import Sequence
from pathlib import Path

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from evals.runner.quick_gate import QuickGate
from noa_rag.domain.question import Language
from noa_rag.service.noa import Noa
from noa_rag.service.office import Office
from noa_rag.web.site import Part
from review_ui.banner import pages as banner
from review_ui.committee import pages as committee
from review_ui.drafts import effects, new_entry, verdicts
from review_ui.drafts import pages as drafts
from review_ui.entries import pages as entries
from review_ui.journal import pages as journal
from review_ui.people import account, notices
from review_ui.people import pages as people
from review_ui.quality import questions, rephrasings, runs, suites
from review_ui.queue import items
from review_ui.queue import pages as queue
from review_ui.shell import errors, sign_in, sign_in_oidc
from review_ui.shell.paths import PREFIXES
from review_ui.shell.rendering import STATIC
from review_ui.shell.session import review_site, site_over
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
    *banner.HANDLERS,
    *switches.HANDLERS,
    *people.HANDLERS,
    *account.HANDLERS,
    *notices.HANDLERS,
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
    routers = [_router(PREFIXES[language]) for language in Language]
    return Part(handlers=routers, templates=TEMPLATES, static=STATIC, state={"review": site}, lines=[site.line])


def _router(prefix: str) -> Router:
    return Router(
        prefix,
        route_handlers=list(HANDLERS),
        dependencies={"review": Provide(review_site, sync_to_thread=False)},
        exception_handlers=errors.HANDLERS,
        request_max_body_size=MAX_BODY_BYTES,
        include_in_schema=False,
    )
