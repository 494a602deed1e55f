"""News as the pages and the feeds tell them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.days import paris_day
from noa_rag.domain.news import News
from noa_rag.domain.question import Language
from noa_rag.domain.regions import covers
from noa_rag.domain.shown_text import question_in
from noa_rag.web.dates import day_in_words
from noa_rag.web.paths import page_path


@dataclass(frozen=True, slots=True)
class NewsView:
    """One entry that is new or changed: what it asks, when, by whom, and where it is read."""

    entry_id: str
    version: int
    kind: str
    question: str
    language: str
    at: datetime
    day: str
    agency: str
    agency_url: str
    theme: str
    theme_id: str
    path: str


def view_news(
    news: Iterable[News],
    *,
    agencies: Mapping[AgencyId, Agency],
    themes: Iterable[Theme],
    language: Language,
    theme_id: str = "",
    region: str = "",
) -> tuple[NewsView, ...]:
    """Return news in their order; with a theme, that theme's alone, with a region, what holds there."""
    titles = {one.id: one.title_en if language is Language.ENGLISH else one.title for one in themes}
    return tuple(
        _view(one, agencies, titles, language)
        for one in news
        if theme_id in ("", one.entry.content.theme) and covers(one.entry.content.regions, region or None)
    )


def _view(news: News, agencies: Mapping[AgencyId, Agency], titles: Mapping[str, str], language: Language) -> NewsView:
    content = news.entry.content
    agency = agencies.get(content.agency_id)
    question, question_language = question_in(content, language.value)
    return NewsView(
        entry_id=news.entry.id,
        version=news.version,
        kind=news.kind.value,
        question=question,
        language=question_language,
        at=news.at,
        day=day_in_words(paris_day(news.at), language),
        agency=(agency.short_name or agency.name) if agency else content.agency_id,
        agency_url=agency.url if agency else "",
        theme=titles.get(content.theme, content.theme),
        theme_id=content.theme,
        path=page_path("entry", language, news.entry.id),
    )
