"""The pages about Noa itself: what it is, and what its operator tells of the site, of personal data and of access."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.question import Language
from noa_rag.translation import N_, translator_of
from noa_rag.web.markdown import render_markdown
from noa_rag.web.paths import language_of, routes
from noa_rag.web.rendering import render_page
from noa_rag.web.site import Site

TITLES = {"legal": N_("Mentions légales"), "privacy": N_("Données personnelles")}


@get(routes("about"), include_in_schema=False)
async def about(request: HTMXRequest, site: NamedDependency[Site]) -> Template:
    """Say what Noa is, who vouches for its answers, and what is recorded."""
    language = language_of(request.url.path)
    agencies = await site.line.run(site.service.agencies)
    is_demonstration = await site.line.run(site.service.is_demonstration)
    return render_page(
        site,
        f"pages/about.{language.value}.html",
        language=language,
        page="about",
        is_demonstration=is_demonstration,
        agencies=sorted(agencies.values(), key=lambda agency: (agency.name, agency.id)),
    )


@get(routes("accessibility"), include_in_schema=False)
async def accessibility(request: HTMXRequest, site: NamedDependency[Site]) -> Template:
    """Show the operator's declaration, and say what was checked for accessibility, and what was not."""
    language = language_of(request.url.path)
    written = await _written(site, "accessibility", language)
    return render_page(
        site, f"pages/accessibility.{language.value}.html", language=language, page="accessibility", **written
    )


@get(routes("legal"), include_in_schema=False)
async def legal(request: HTMXRequest, site: NamedDependency[Site]) -> Template:
    """Show who publishes the site, as its operator wrote it."""
    return await _operated(request, site, "legal")


@get(routes("privacy"), include_in_schema=False)
async def privacy(request: HTMXRequest, site: NamedDependency[Site]) -> Template:
    """Show what becomes of personal data, as the operator wrote it; else what Noa itself knows of it."""
    return await _operated(request, site, "privacy")


HANDLERS = (about, accessibility, legal, privacy)


async def _operated(request: HTMXRequest, site: Site, page: str) -> Template:
    language = language_of(request.url.path)
    return render_page(
        site,
        "pages/operated.html",
        language=language,
        page=page,
        name=page,
        heading=translator_of(language).gettext(TITLES[page]),
        kept_days=site.service.kept_days(),
        **await _written(site, page, language),
    )


async def _written(site: Site, page: str, language: Language) -> dict[str, Any]:
    """Return what the operator wrote, as a template shows it; `written` is None where that is nothing."""
    found = await site.line.run(site.service.operator_page, page, language)
    if found is None:
        return {"written": None, "written_in": language.value}
    text, written_in = found
    label = translator_of(language).gettext("Tableau")
    return {"written": render_markdown(text, heading_level=2, table_label=label), "written_in": written_in.value}
