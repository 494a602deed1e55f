"""What visitors browse without asking: themes by use, entries to begin with, journeys, and the operator's own pages."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from noa_rag.domain.agency import Theme
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.question import Language

SUGGESTIONS_PER_THEME = 3
USE_DAYS = 30  # what people ask changes with the season; a month also evens out a day's news
PAGES_FOLDER = "pages"  # of the data folder: texts that the operator writes
OPERATOR_PAGES = ("legal", "privacy", "accessibility")


def by_theme(servable: Iterable[EntryVersion]) -> dict[str, list[EntryVersion]]:
    """Return the entries to browse under each theme: thirty regions of one question would bury the others."""
    found: dict[str, list[EntryVersion]] = defaultdict(list)
    for version in servable:
        if version.content.variant_of is None:
            found[version.content.theme].append(version)
    return found


def begin_with(
    themes: Sequence[Theme], servable: Iterable[EntryVersion], uses: Mapping[EntryId, int], *, today: date
) -> list[tuple[Theme, list[EntryVersion]]]:
    """Return each theme with a few entries, the same all day long; the themes most asked about come first."""
    entries = by_theme(servable)
    chosen = random.Random(today.toordinal())
    asked = Counter({theme.id: sum(uses.get(one.id, 0) for one in entries.get(theme.id, ())) for theme in themes})
    listed = [
        (theme, chosen.sample(some, min(SUGGESTIONS_PER_THEME, len(some))))
        for theme in themes
        if (some := entries.get(theme.id))
    ]
    return sorted(listed, key=lambda one: -asked[one[0].id])


def use_begins(today: date) -> datetime:
    """Return the moment from which uses are counted."""
    return datetime.combine(today - timedelta(days=USE_DAYS), time(), UTC)


def journeys_among(themes: Sequence[Theme], servable: Iterable[EntryVersion]) -> list[EntryVersion]:
    """Return the entries with steps, by theme and then by question."""
    order = {theme.id: place for place, theme in enumerate(themes)}
    found = [one for one in servable if one.content.steps and one.content.variant_of is None]
    return sorted(found, key=lambda one: (order.get(one.content.theme, len(order)), one.content.question, one.id))


def operator_page(data_dir: Path, name: str, language: Language) -> tuple[str, Language] | None:
    """Return a page that the operator wrote, in Markdown, and its language: French where there is no English one."""
    for one in dict.fromkeys((language, Language.FRENCH)):
        file = page_file(data_dir, name, one)
        # A byte that is no UTF-8 shows as a mark: the rest of the page is there for the public all the same.
        if file.is_file() and (text := file.read_text(encoding="utf-8", errors="replace").strip()):
            return text, one
    return None


def page_file(data_dir: Path, name: str, language: Language) -> Path:
    """Return where the operator writes a page: `pages/legal.fr.md` in the data folder, for example."""
    return data_dir / PAGES_FOLDER / f"{name}.{language.value}.md"
