"""From a view to a page with its banner, to a fragment for htmx, or to an error page; from approved text to HTML."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import Request
from litestar.plugins.htmx import HTMXRequest
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template import TemplateConfig
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from noa_rag.answering.steps.understand import QUESTION_LIMIT
from noa_rag.domain.integrations import HostSite
from noa_rag.domain.question import Language
from noa_rag.domain.regions import REGIONS
from noa_rag.domain.switches import Banner, BannerLevel
from noa_rag.translation import N_, Translator, translator_of
from noa_rag.web.entries.next_steps import ContactView
from noa_rag.web.in_words import quoted
from noa_rag.web.marking import split_lead
from noa_rag.web.paths import page_path
from noa_rag.web.problem_texts import chat_closed
from noa_rag.web.schemas import FEEDBACK_REASONS, MAX_COMMENT_LENGTH
from noa_rag.web.site import Site
from noa_rag.web.widget import chosen_audience, chosen_region

# A page is asked for again at each visit: an approval or a withdrawal must show at once.
PAGE_HEADERS = {"cache-control": "private, no-cache", "vary": "HX-Request"}
# A page that shows a question is its visitor's, even without her name: no index lists it, and no cache keeps it.
ONLY_FOR_ITS_VISITOR = {"x-robots-tag": "noindex", "cache-control": "no-store"}

LEVELS = {BannerLevel.INFORMATION: N_("À savoir :"), BannerLevel.CRISIS: N_("Important :")}
# Said in the footer, in these words: article 4 of decree 2019-768.
ACCESSIBILITY = {
    "none": N_("Accessibilité : non conforme"),
    "partial": N_("Accessibilité : partiellement conforme"),
    "full": N_("Accessibilité : totalement conforme"),
}
AUDIENCES = {
    "start-up": N_("Start-up"),
    "tpe": N_("TPE (très petite entreprise)"),
    "pme": N_("PME"),
    "micro-entrepreneur": N_("Micro-entrepreneur"),
    "association-employeur": N_("Association qui emploie"),
    "fondateur-etranger": N_("Fondateur étranger"),
}


def template_config(*more: Path) -> TemplateConfig[JinjaTemplateEngine]:
    """Return Jinja set to escape everything and to refuse names that nobody defined; `more` are further folders."""
    environment = Environment(
        loader=FileSystemLoader([Path(__file__).parent / "templates", *more]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    translate_by_context(environment)
    environment.filters["split_lead"] = split_lead
    environment.globals.update(
        regions=REGIONS,
        audiences=AUDIENCES,
        feedback_reasons=FEEDBACK_REASONS,
        max_comment_length=MAX_COMMENT_LENGTH,
        question_limit=QUESTION_LIMIT,
    )
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))


def translate_by_context(environment: Environment) -> None:
    """Let templates translate and quote with the `translator` of their context: an environment has no language."""

    @pass_context
    def to_gettext(context: Context, message: str) -> str:
        return _translator(context).template(message)

    @pass_context
    def to_ngettext(context: Context, singular: str, plural: str, number: int) -> str:
        return _translator(context).ntemplate(singular, plural, number)

    @pass_context
    def to_pgettext(context: Context, meaning: str, message: str) -> str:
        return _translator(context).ptemplate(meaning, message)

    @pass_context
    def to_quoted(context: Context, text: str) -> Markup:
        return Markup('<span class="quoted">{}</span>').format(quoted(text, _translator(context).language))

    environment.filters["quoted"] = to_quoted
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(to_gettext, to_ngettext, newstyle=True, pgettext=to_pgettext)


def _translator(context: Context) -> Translator:
    translator: Translator = context["translator"]
    return translator


def render_page(
    site: Site,
    template: str,
    *,
    page: str = "home",
    item_id: str = "",
    query: Mapping[str, str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Template:
    """Return a whole page in the site's language; `page`, `item_id` and `query` say where its other language is."""
    language, host = site.language, site.host
    other = Language.ENGLISH if language is Language.FRENCH else Language.FRENCH
    canonical = site.base_url.rstrip("/") + page_path(page, language, item_id) if site.base_url else ""
    common = {
        "language": language.value,
        "translator": translator_of(language),
        "url": partial(_url, language, host),
        "public_url": partial(_url, language, None),
        "host": host,
        "greeting": (host.greeting_en if language is Language.ENGLISH else host.greeting_fr) if host else "",
        "assets": site.assets,
        "other_language": other.value,
        "other_language_url": page_path(page, other, item_id, query, host=host),
        "canonical": canonical if status < 400 else "",
        "banner": _banner(site),
        "chat_closed": chat_closed(site),
        "accessibility": ACCESSIBILITY[site.service.accessibility()],
        "operator": _operator(site),
        "is_demonstration": False,
        "asked": "",
        "region": chosen_region(host, None),
        "audience": chosen_audience(host, None),
        "conversation_id": "",
        "is_fragment": False,
    }
    return Template(
        template,
        context=common | context,
        status_code=status,
        headers={**PAGE_HEADERS, **(headers or {}), "content-language": language.value},
    )


def page_or_fragment(
    request: HTMXRequest, site: Site, *, page_template: str, fragment: str, **options: Any
) -> Template:
    """Return the page, or its fragment alone when htmx asks for it."""
    if request.htmx and not request.htmx.history_restore_request:
        return render_page(site, fragment, is_fragment=True, **options)
    return render_page(site, page_template, **options)


def render_problem(
    request: Request[Any, Any, Any],
    *,
    title: str,
    detail: str,
    status: int,
    language: Language,
    headers: Mapping[str, str],
    contact: ContactView | None = None,
) -> Template:
    """Return an error as a page, or as a fragment for htmx; the question typed is kept in its field."""
    is_fragment = request.headers.get("hx-request") == "true"
    return render_page(
        replace(getattr(request.state, "site", request.app.state.site), language=language),
        "errors/_problem.html" if is_fragment else "errors/problem.html",
        status=status,
        headers=headers,
        title=title,
        detail=detail,
        contact=contact,
        asked=getattr(request.state, "question", ""),
    )


@dataclass(frozen=True, slots=True)
class BannerView:
    """Everything in words; `url` is empty where there is no link."""

    level: str
    label: str
    text: str
    text_language: str
    url: str
    link_text: str


def view_banner(banner: Banner, language: Language, *, host: HostSite | None = None) -> BannerView:
    """Return a banner in the language of a page."""
    gettext = translator_of(language).gettext
    text, text_language = banner.text_in(language)
    url, link_text = "", ""
    if banner.url:
        url, link_text = banner.url, gettext("En savoir plus sur %(site)s", site=urlsplit(banner.url).netloc)
    elif banner.theme_id:
        url = page_path("theme", language, banner.theme_id, host=host)
        link_text = gettext("Lire les réponses sur ce thème")
    return BannerView(banner.level.value, gettext(LEVELS[banner.level]), text, text_language.value, url, link_text)


def _banner(site: Site) -> BannerView | None:
    banner = site.service.banner()
    if banner is None or not banner.is_shown_at(datetime.now(UTC)):
        return None
    return view_banner(banner, site.language, host=site.host)


def _operator(site: Site) -> tuple[str, ...]:
    """Return the name of the operator, as the lines in which it is written; none where nobody wrote it."""
    written = site.service.operator_page("operator", site.language)
    return tuple(line for line in written[0].splitlines() if line.strip()) if written else ()


def _url(
    language: Language,
    host: HostSite | None,
    page: str,
    item_id: str = "",
    query: Mapping[str, str] | None = None,
    **more: str,
) -> str:
    return page_path(page, language, item_id, {**(query or {}), **more}, host=host)


_ALLOWED_SCHEMES = {"http", "https", "mailto", "tel"}
_TAGS = "p br hr a strong em code pre blockquote ul ol li h2 h3 h4 h5 h6 table thead tbody tr th td"
_ALLOWED_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_LOWEST_HEADING = 6
_BREAKABLE = re.compile(r" (?=[:;!?»])|(?<=«) |(?<=\d) (?=[%€]|\d{3}\b)")

_reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
# Refused addresses leave their link as plain text.
_reader.validateLink = lambda url: url.partition(":")[0].lower() in _ALLOWED_SCHEMES  # type: ignore[method-assign]


@lru_cache(maxsize=1024)  # The same approved texts are shown all day; rendering one takes about a millisecond.
def render_markdown(text: str, *, heading_level: int, table_label: str) -> Markup:
    """Return the text as sanitised HTML whose topmost headings are of the level given."""
    tokens = _reader.parse(text)
    _move_headings(tokens, heading_level)
    _keep_together(tokens)
    html = nh3.clean(
        _reader.renderer.render(tokens, _reader.options, {}),
        tags=set(_TAGS.split()),
        attributes=_ALLOWED_ATTRIBUTES,
        url_schemes=_ALLOWED_SCHEMES,
        link_rel="noopener nofollow",
    )
    return Markup(_scrollable_tables(html, table_label))


def _move_headings(tokens: Sequence[Token], top: int) -> None:
    """Shift headings under the page's own, never skipping a level on the way down."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    if not headings:
        return
    shift = top - min(int(token.tag[1]) for token in headings)
    previous = top - 1
    for token in headings:
        if token.type == "heading_open":
            previous = min(int(token.tag[1]) + shift, previous + 1, _LOWEST_HEADING)
        token.tag = f"h{previous}"


def _keep_together(tokens: Sequence[Token]) -> None:
    """Put no-break spaces where French wants them: no line begins with ":", "%" or the second half of "15 000"."""
    for child in (child for token in tokens for child in token.children or ()):
        if child.type == "text":
            child.content = _BREAKABLE.sub("\u00a0", child.content)


def _scrollable_tables(html: str, label: str) -> str:
    """Let a wide table scroll inside its own box, which the keyboard can reach."""
    opening = f'<div class="table" role="group" tabindex="0" aria-label="{Markup.escape(label)}"><table>'
    return re.sub("<table>", opening, html).replace("</table>", "</table></div>")
