"""The page of the banner above the public pages: written, looked at, switched on and off."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.banner import Banner, BannerLevel
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.people import PersonId
from noa_rag.domain.question import Language
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from noa_rag.storage.banners import TEXT_LIMIT
from noa_rag.web.forms import read_form
from noa_rag.web.paths import language_of
from noa_rag.web.rendering import view_banner
from review_ui.banner_form import BannerForm
from review_ui.paths import review_url
from review_ui.rendering import render
from review_ui.session import requires, signed_in
from review_ui.site import ReviewSite, public_site
from review_ui.texts import ReviewTexts

SAID = {"affiche": "banner_was_switched_on", "eteint": "banner_was_switched_off"}


@get("/bandeau", guards=[requires(Action.SET_BANNER)])
async def banner_page(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show the banner as it stands, and the form to change it."""
    banner = await review.line.run(review.office.noa.records.banners.newest)
    return await _page(request, review, BannerForm.of(banner, review.office.now()))


@post("/bandeau/apercu", guards=[requires(Action.SET_BANNER)], status_code=200)
async def preview_banner(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show what the public would see, in both languages; nothing is kept."""
    form = BannerForm.read(await read_form(request))
    try:
        return await _page(request, review, form, preview=form.banner())
    except InvalidRequest as error:
        return await _page(request, review, form.with_error(error, _texts(request)))


@post("/bandeau", guards=[requires(Action.SET_BANNER)], status_code=200)
async def switch_on(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Show this banner: here at once, on other workers within a second."""
    form, actor = BannerForm.read(await read_form(request)), signed_in(request).person.id
    try:
        await review.line.run(_switch_on, review.office, form.banner(), actor)
    except InvalidRequest as error:
        return await _page(request, review, form.with_error(error, _texts(request)))
    return _back(request, "affiche")


@post("/bandeau/eteindre", guards=[requires(Action.SET_BANNER)], status_code=303)
async def switch_off(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """Take the banner away."""
    await review.line.run(_switch_off, review.office, signed_in(request).person.id)
    return _back(request, "eteint")


HANDLERS = (banner_page, preview_banner, switch_on, switch_off)


async def _page(
    request: Request[Any, Any, Any], review: ReviewSite, form: BannerForm, *, preview: Banner | None = None
) -> Template:
    banner = await review.line.run(review.office.noa.records.banners.newest)
    now = review.office.now()
    return render(
        request,
        "revue/banner/banner.html",
        status=422 if form.problems else 200,
        form=form,
        levels=tuple(BannerLevel),
        limit=TEXT_LIMIT,
        themes=await review.line.run(public_site(request).service.themes),
        shown=banner if banner and (banner.is_shown_at(now) or banner.is_to_come_at(now)) else None,
        is_to_come=banner is not None and banner.is_to_come_at(now),
        previews=[view_banner(preview, language) for language in Language] if preview else [],
        done="" if form.problems or preview else SAID.get(request.query_params.get("fait", ""), ""),
    )


def _switch_on(office: Office, banner: Banner, actor: PersonId) -> None:
    office.noa.records.banners.switch_on(banner, actor=actor)
    office.noa.refresh_banner()


def _switch_off(office: Office, actor: PersonId) -> None:
    office.noa.records.banners.switch_off(actor=actor)
    office.noa.refresh_banner()


def _back(request: Request[Any, Any, Any], done: str) -> Redirect:
    return Redirect(review_url(language_of(request.url.path), "/bandeau", {"fait": done}), status_code=303)


def _texts(request: Request[Any, Any, Any]) -> ReviewTexts:
    return ReviewTexts(language_of(request.url.path))
