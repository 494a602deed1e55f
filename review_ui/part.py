"""The review as a part of the site: every route of it, in both languages."""

from collections.abc import Sequence

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from noa_rag.domain.question import Language
from noa_rag.service.noa import Noa
from noa_rag.service.office import Office, open_office
from noa_rag.web.parts import Part
from review_ui import (
    agenda,
    audit,
    banner,
    draft_pages,
    entry_pages,
    errors,
    new_entry_pages,
    people,
    queue,
    rules,
    sign_in,
    sites,
    variants,
    verdict_pages,
)
from review_ui.follow_up import pages as follow_up
from review_ui.paths import PREFIXES
from review_ui.qa import handlers as qa
from review_ui.site import review_site, site_over
from review_ui.static_files import STATIC, TEMPLATES

MAX_BODY_BYTES = 4 * 1024 * 1024  # 100,000 accented letters take 600 KB in a form, and twice that when kept

HANDLERS: Sequence[ControllerRouterHandler] = (
    sign_in.sign_in_page,
    sign_in.sign_in,
    sign_in.sign_out,
    *queue.HANDLERS,
    *draft_pages.HANDLERS,
    *verdict_pages.HANDLERS,
    *new_entry_pages.HANDLERS,
    *entry_pages.HANDLERS,
    *follow_up.HANDLERS,
    *variants.HANDLERS,
    *qa.HANDLERS,
    *agenda.HANDLERS,
    *audit.HANDLERS,
    *banner.HANDLERS,
    *people.HANDLERS,
    *sites.HANDLERS,
    *rules.HANDLERS,
)


def review_part(noa: Noa) -> Part:
    """Return the review's routes over this Noa, with what pages need asked ahead."""
    office = open_office(noa)
    office.keep_warm()
    return part_of(office)


def part_of(office: Office) -> Part:
    """Return the review's routes over an office."""
    site = site_over(office)
    routers = [_router(PREFIXES[language]) for language in Language]
    return Part(handlers=routers, templates=TEMPLATES, static=STATIC, state={"review": site}, close=site.line.close)


def _router(prefix: str) -> Router:
    return Router(
        prefix,
        route_handlers=list(HANDLERS),
        dependencies={"review": Provide(review_site, sync_to_thread=False)},
        exception_handlers=errors.HANDLERS,
        request_max_body_size=MAX_BODY_BYTES,
        include_in_schema=False,
    )
