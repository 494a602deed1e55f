"""The page of a theme, by sub-themes and with a filter; where an entry stands among them, and what stands beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.answering.steps.understand import QUESTION_LIMIT
from noa_rag.domain.agency import SubTheme, Theme
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.question import Language
from noa_rag.french.words import plain, stems
from noa_rag.translation import translator_of
from noa_rag.web.entries.next_steps import RELATED_LIMIT, Link, QuestionLink, question_links
from noa_rag.web.errors import EntryGone
from noa_rag.web.in_words import theme_titles
from noa_rag.web.limits import COSTS_A_PAGE
from noa_rag.web.paths import routes
from noa_rag.web.rendering import ONLY_FOR_ITS_VISITOR, page_or_fragment
from noa_rag.web.site import NoaService, Site


@get(routes("theme"), include_in_schema=False, opt=COSTS_A_PAGE)
async def theme_page(
    request: HTMXRequest, site: NamedDependency[Site], item_id: FromPath[str], q: FromQuery[str | None] = None
) -> Template:
    """Show the questions of a theme by sub-themes; where words are given, those alone that hold them."""
    typed = (q or "").strip()[:QUESTION_LIMIT]
    (theme, themes, entries), is_demonstration = await site.read(_find_theme, site.service, item_id)
    shown = [entry for entry in entries if holds(entry, typed)]
    by_id = {entry.id: entry for entry in entries}
    query = {"q": typed}
    return page_or_fragment(
        request,
        site,
        page_template="entries/theme.html",
        fragment="entries/_theme_list.html",
        page="theme",
        item_id=item_id,
        query=query,
        headers={"hx-replace-url": site.path("theme", item_id, query), **(ONLY_FOR_ITS_VISITOR if typed else {})},
        is_demonstration=is_demonstration,
        theme=theme,
        themes=themes,
        title=theme_titles([theme], site.language)[theme.id],
        breadcrumb=breadcrumb(site),
        said=_said(len(shown), len(entries), site.language),
        typed=typed,
        top=question_links((by_id[name] for name in theme.top if name in by_id), site.language, host=site.host),
        groups=groups_of(theme, shown, site),
    )


@dataclass(frozen=True, slots=True)
class Group:
    """A sub-theme with the questions to show; `id` and `title` are empty for the only list of a theme without any."""

    id: str
    title: str
    entries: Sequence[QuestionLink]


def groups_of(theme: Theme, entries: Iterable[EntryVersion], site: Site) -> list[Group]:
    """Return these entries of a theme by its sub-themes, in their order; those that none of them lists come last."""
    left = {entry.id: entry for entry in entries}
    groups = []
    for child in theme.children:
        listed = [left.pop(entry_id) for entry_id in child.entries if entry_id in left]
        groups.append((child.id, _title(child, site.language), listed))
    others = translator_of(site.language).gettext("Autres questions") if theme.children else ""
    groups.append(("others" if theme.children else "", others, list(left.values())))
    return [
        Group(group_id, title, question_links(listed, site.language, host=site.host))
        for group_id, title, listed in groups
        if listed
    ]


def holds(entry: EntryVersion, typed: str) -> bool:
    """Return whether the questions of an entry hold words that begin with each one typed; nothing typed is held."""
    content = entry.content
    asked = (content.question, content.question_en, *(other.text for other in content.alternate_questions))
    known = plain(" ".join(asked)).split()
    return all(any(word.startswith(wanted) for word in known) for wanted in stems(typed))


def place_of(entry: EntryVersion, themes: Iterable[Theme]) -> tuple[Theme | None, SubTheme | None]:
    """Return the theme of an entry, and the sub-theme that lists it or its general entry."""
    theme = next((theme for theme in themes if theme.id == entry.content.theme), None)
    listed_as = entry.content.variant_of or entry.id
    children = theme.children if theme else ()
    return theme, next((child for child in children if listed_as in child.entries), None)


def breadcrumb(site: Site, theme: Theme | None = None, child: SubTheme | None = None) -> list[Link]:
    """Return the links from the start page down to a theme and a sub-theme."""
    crumbs = [Link(translator_of(site.language).gettext("Accueil"), site.path("home"), site.language.value)]
    if theme:
        address = site.path("theme", theme.id)
        crumbs.append(Link(theme_titles([theme], site.language)[theme.id], address, site.language.value))
        if child:
            crumbs.append(Link(_title(child, site.language), f"{address}#{child.id}", site.language.value))
    return crumbs


def neighbours(entry: EntryVersion, place: tuple[Theme | None, SubTheme | None], site: Site) -> list[QuestionLink]:
    """Return the entries of the same sub-theme, or theme, whose questions share the most words with this one."""
    theme, child = place
    if theme is None:
        return []
    own = {entry.id, entry.content.variant_of}
    listed = [other for other in site.service.theme_entries(theme.id) if other.id not in own]
    if child:
        listed = sorted(
            filter(lambda other: other.id in child.entries, listed), key=lambda other: child.entries.index(other.id)
        )
    asked = set(stems(entry.content.question))
    nearest = sorted(listed, key=lambda other: -len(asked & set(stems(other.content.question))))
    return question_links(nearest[:RELATED_LIMIT], site.language, host=site.host)


def _title(child: SubTheme, language: Language) -> str:
    return child.title_en if language is Language.ENGLISH else child.title


def _said(shown_count: int, count: int, language: Language) -> str:
    translator = translator_of(language)
    if shown_count == count:
        return translator.ngettext("%(num)s question", "%(num)s questions", count)
    if not shown_count:
        return translator.gettext("Aucune question de ce thème ne contient ces mots.")
    return translator.ngettext(
        "%(num)s question sur %(count)s", "%(num)s questions sur %(count)s", shown_count, count=count
    )


def _find_theme(service: NoaService, theme_id: str) -> tuple[Theme, Sequence[Theme], Sequence[EntryVersion]]:
    themes = service.themes()
    theme = next((theme for theme in themes if theme.id == theme_id), None)
    if theme is None:
        raise EntryGone(theme_id)
    return theme, themes, service.theme_entries(theme_id)
