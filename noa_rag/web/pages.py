"""The pages about Noa itself."""

from litestar import get
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.web.paths import language_of, routes
from noa_rag.web.rendering import render_page
from noa_rag.web.site import Site


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
    """Say what was checked for accessibility, and what was not."""
    language = language_of(request.url.path)
    return render_page(site, f"pages/accessibility.{language.value}.html", language=language, page="accessibility")
