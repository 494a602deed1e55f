"""The pages of host sites: whose pages carry the widget, and the line that these pages need."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.entry import Audience
from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.integrations import HostSite, Origin, SiteKey
from noa_rag.domain.regions import REGIONS
from noa_rag.review.rights import Action
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import own_address
from review_ui.shell.lookups import problem_of_field
from review_ui.shell.rendering import redirect, render, texts_in
from review_ui.shell.session import AnyRequest, Review, ReviewSite, public_site, requires, signed_in


@dataclass(frozen=True, slots=True)
class SiteForm:
    """The fields as typed; `origins` has one a line. `problems` are words for the page, by field."""

    name: str = ""
    origins: str = ""
    greeting_fr: str = ""
    greeting_en: str = ""
    themes: tuple[str, ...] = ()
    region: str = ""
    audience: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, form: FormMultiDict) -> Self:
        return cls(
            name=text_field(form, "name").strip(),
            origins=text_field(form, "origins").strip(),
            greeting_fr=text_field(form, "greeting_fr").strip(),
            greeting_en=text_field(form, "greeting_en").strip(),
            themes=texts_in(form, "themes"),
            region=text_field(form, "region"),
            audience=text_field(form, "audience"),
        )

    @classmethod
    def of(cls, site: HostSite) -> Self:
        return cls(
            name=site.name,
            origins="\n".join(site.origins),
            greeting_fr=site.greeting_fr,
            greeting_en=site.greeting_en,
            themes=site.themes,
            region=site.region or "",
            audience=site.audience.value if site.audience else "",
        )

    def site(self, key: str = "") -> HostSite:
        """Return what the fields describe, not checked yet. Raises InvalidRequest for an unknown audience."""
        if self.audience and self.audience not in tuple(Audience):
            raise InvalidRequest(f"`{self.audience}` is no audience.", field="audience", seen=self.audience)
        return HostSite(
            key=SiteKey(key),
            name=self.name,
            origins=tuple(Origin(line) for line in self.origins.split()),
            greeting_fr=self.greeting_fr,
            greeting_en=self.greeting_en,
            themes=self.themes,
            region=self.region or None,
            audience=Audience(self.audience) if self.audience else None,
        )

    def with_error(self, error: InvalidRequest) -> Self:
        """Return the form with the problem of a field, in words."""
        return replace(self, problems={error.field: problem_of_field("site_problems", error)})


SAID = {
    "inscrit": "Le site est inscrit.",
    "enregistre": "Les changements sont enregistrés ; ils comptent dès la prochaine page demandée.",
    "fermer": (
        "Noa est fermée sur ce site : ses visiteurs lisent qu'elle n'y est pas disponible, avec un lien vers Noa."
    ),
    "rouvrir": "Noa est rouverte sur ce site.",
}


@get("/sites", guards=[requires(Action.MANAGE_SITES)])
async def sites_page(request: HTMXRequest, review: Review) -> Template:
    """List every site, and offer to register one."""
    return await _sites(request, review, SiteForm())


@post("/sites", guards=[requires(Action.MANAGE_SITES)], status_code=200)
async def add_site(request: HTMXRequest, review: Review) -> Response[Any]:
    """Register a site under a new key."""
    form, actor = SiteForm.read(await read_form(request)), signed_in(request).person.id
    try:
        site = form.site()
        added = await review.run(lambda: review.office.noa.records.sites.add(site, actor=actor))
    except InvalidRequest as error:
        return await _sites(request, review, form.with_error(error))
    return _back(request, added.key, "inscrit")


@get("/sites/{host_key:str}", guards=[requires(Action.MANAGE_SITES)])
async def site_page(request: HTMXRequest, review: Review, host_key: FromPath[str]) -> Template:
    """Show a site with the line for its pages, and the form to change it."""
    site = await _known(review, host_key)
    return await _site(request, review, site, SiteForm.of(site))


@post("/sites/{host_key:str}", guards=[requires(Action.MANAGE_SITES)], status_code=200)
async def change_site(request: HTMXRequest, review: Review, host_key: FromPath[str]) -> Response[Any]:
    """Replace a site's details, in force from the next request of a visitor."""
    known = await _known(review, host_key)
    form, actor = SiteForm.read(await read_form(request)), signed_in(request).person.id
    try:
        site = form.site(known.key)
        await review.run(lambda: review.office.noa.records.sites.change(site, actor=actor))
    except InvalidRequest as error:
        return await _site(request, review, known, form.with_error(error))
    return _back(request, known.key, "enregistre")


@post("/sites/{host_key:str}/fermer", guards=[requires(Action.MANAGE_SITES)], status_code=303)
async def close_site(request: HTMXRequest, review: Review, host_key: FromPath[str]) -> Redirect:
    """Close the widget on a site's pages."""
    key, actor = SiteKey(host_key), signed_in(request).person.id
    await review.run(lambda: review.office.noa.records.sites.disable(key, actor=actor))
    return _back(request, key, "fermer")


@post("/sites/{host_key:str}/rouvrir", guards=[requires(Action.MANAGE_SITES)], status_code=303)
async def open_site(request: HTMXRequest, review: Review, host_key: FromPath[str]) -> Redirect:
    """Open a closed widget again."""
    key, actor = SiteKey(host_key), signed_in(request).person.id
    await review.run(lambda: review.office.noa.records.sites.enable(key, actor=actor))
    return _back(request, key, "rouvrir")


HANDLERS = (sites_page, add_site, site_page, change_site, close_site, open_site)


async def _known(review: ReviewSite, key: str) -> HostSite:
    site = await review.run(review.office.noa.records.sites.find, SiteKey(key))
    if site is None:
        raise NotFound(f"No site has the key `{key}`.")
    return site


async def _sites(request: AnyRequest, review: ReviewSite, form: SiteForm) -> Template:
    return render(
        request,
        "review_ui/sites/sites.html",
        status=422 if form.problems else 200,
        sites=await review.run(review.office.noa.records.sites.everyone),
        form=form,
        **await _choices(request, review),
    )


async def _site(request: AnyRequest, review: ReviewSite, site: HostSite, form: SiteForm) -> Template:
    return render(
        request,
        "review_ui/sites/site.html",
        status=422 if form.problems else 200,
        shown=site,
        noa=own_address(request, public_site(request).base_url),
        form=form,
        done="" if form.problems else SAID.get(request.query_params.get("fait", ""), ""),
        **await _choices(request, review),
    )


async def _choices(request: AnyRequest, review: ReviewSite) -> dict[str, Any]:
    themes = await review.run(public_site(request).service.themes)
    return {"themes": themes, "regions": REGIONS, "audiences": tuple(Audience)}


def _back(request: AnyRequest, key: SiteKey, done: str) -> Redirect:
    return redirect(f"/sites/{key}", {"fait": done})
