"""The pages about Noa itself and its operator's, and what search engines ask for: the sitemap and robots.txt."""

from datetime import date
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.response import Template

from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.question import Language
from noa_rag.translation import N_, translator_of
from noa_rag.web.paths import FRAMES, PATHS, own_address, page_path, routes
from noa_rag.web.rendering import render_markdown, render_page
from noa_rag.web.site import NoaService, Site

TITLES = {"legal": N_("Mentions légales"), "privacy": N_("Données personnelles")}


@get(routes("about"), include_in_schema=False)
async def about(site: NamedDependency[Site]) -> Template:
    """Say what Noa is, who vouches for its answers, and what is recorded."""
    agencies, is_demonstration = await site.read(site.service.agencies)
    return render_page(
        site,
        f"pages/about.{site.language.value}.html",
        page="about",
        is_demonstration=is_demonstration,
        agencies=sorted(agencies.values(), key=lambda agency: (agency.name, agency.id)),
    )


@get(routes("accessibility"), include_in_schema=False)
async def accessibility(site: NamedDependency[Site]) -> Template:
    """Show the operator's declaration, and say what was checked for accessibility, and what was not."""
    written = await _written(site, "accessibility")
    return render_page(site, f"pages/accessibility.{site.language.value}.html", page="accessibility", **written)


@get(routes("legal"), include_in_schema=False)
async def legal(site: NamedDependency[Site]) -> Template:
    """Show who publishes the site, as its operator wrote it."""
    return await _operated(site, "legal")


@get(routes("privacy"), include_in_schema=False)
async def privacy(site: NamedDependency[Site]) -> Template:
    """Show what becomes of personal data, as the operator wrote it; else what Noa itself knows of it."""
    return await _operated(site, "privacy")


HANDLERS = (about, accessibility, legal, privacy)


async def _operated(site: Site, page: str) -> Template:
    return render_page(
        site,
        "pages/operated.html",
        page=page,
        name=page,
        heading=translator_of(site.language).gettext(TITLES[page]),
        kept_days=site.service.kept_days(),
        **await _written(site, page),
    )


async def _written(site: Site, page: str) -> dict[str, Any]:
    """Return what the operator wrote, as a template shows it; `written` is None where that is nothing."""
    page_text = await site.line.run(site.service.operator_page, page, site.language)
    if page_text is None:
        return {"written": None, "written_in": site.language.value}
    text, written_in = page_text
    label = translator_of(site.language).gettext("Tableau")
    return {"written": render_markdown(text, heading_level=2, table_label=label), "written_in": written_in.value}


CACHED = {"cache-control": "public, max-age=3600"}  # crawlers ask often, and may find a new entry an hour later
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
LISTED = ("home", "search", "journeys", "news", "about", "accessibility", "legal", "privacy")
# What belongs to one visitor, or is a form's target; the workspace is for those who sign in.
CLOSED = ("answer", "followed", "rephrase", "feedback")
WORKSPACE = ("/revue", "/en/revue")
register_namespace("", SITEMAP)
register_namespace("xhtml", XHTML)


@get("/sitemap.xml", include_in_schema=False)
async def sitemap(request: Request[Any, Any, Any], site: NamedDependency[Site]) -> Response[bytes]:
    """List the pages to find, in both languages; there is none where the public address is not set."""
    address = own_address(request, site.base_url)
    if not address:
        raise NotFoundException("A sitemap holds whole addresses: NOA_BASE_URL is not set.")
    content = await site.line.run(_sitemap, site.service, address)
    return Response(content, media_type="application/xml", headers=CACHED)


@get("/robots.txt", include_in_schema=False, sync_to_thread=False)
def robots(request: Request[Any, Any, Any], site: NamedDependency[Site]) -> Response[str]:
    """Say what crawlers leave alone, and where the sitemap is."""
    closed = [path.partition("{")[0] for page in CLOSED for path in PATHS[page].values()]
    closed += [path.partition("{")[0] for path in FRAMES.values()]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in dict.fromkeys([*closed, *WORKSPACE, "/api/"]))]
    address = own_address(request, site.base_url)
    if address:
        lines += ["", f"Sitemap: {address}/sitemap.xml"]
    return Response("\n".join([*lines, ""]), media_type="text/plain", headers=CACHED)


def _sitemap(service: NoaService, address: str) -> bytes:
    root = Element(f"{{{SITEMAP}}}urlset")
    for page in LISTED:
        _add(root, address, page)
    for theme in service.themes():
        entries = service.theme_entries(theme.id)
        if entries:
            _add(root, address, "theme", theme.id)
        for entry in entries:
            _add(root, address, "entry", entry.id, changed=_changed_on(entry))
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content


def _add(root: Element, address: str, page: str, item_id: str = "", *, changed: date | None = None) -> None:
    """Add a page in each language, and say of each where the other is."""
    addresses = {language: address + page_path(page, language, item_id) for language in Language}
    for own in addresses.values():
        url = SubElement(root, f"{{{SITEMAP}}}url")
        SubElement(url, f"{{{SITEMAP}}}loc").text = own
        if changed:
            SubElement(url, f"{{{SITEMAP}}}lastmod").text = changed.isoformat()
        for language, other in addresses.items():
            SubElement(url, f"{{{XHTML}}}link", {"rel": "alternate", "hreflang": language.value, "href": other})


def _changed_on(entry: EntryVersion) -> date:
    return max(entry.validated_on, entry.approved_at.date())
