"""What visitors browse without asking: entries by id and by theme, those to begin with, journeys, news, own pages."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from noa_rag.cache import Memo
from noa_rag.domain.agency import Theme
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import DEMONSTRATION, EntryId, EntryStatus, EntryVersion
from noa_rag.domain.facts import Fact, FactId, OutdatedFact
from noa_rag.domain.question import Language
from noa_rag.domain.timeline import News, recent_news
from noa_rag.service.records import Records
from noa_rag.settings import Settings

PAGES_FOLDER = "pages"  # of the data folder: texts that the operator writes
OPERATOR_PAGES = ("legal", "privacy", "accessibility")


class Browsing:
    """What may be read of a base today without asking: entries by id and by theme, news, the operator's pages."""

    def __init__(self, settings: Settings, records: Records) -> None:
        self.settings = settings
        self.records = records
        self.agencies = records.agencies
        self.themes = records.themes
        self._news: Memo[tuple[int, date], tuple[News, ...]] = Memo()
        self._servable: Memo[tuple[int, date], list[EntryVersion]] = Memo()

    @property
    def data_dir(self) -> Path:
        return self.settings.data_dir

    def entry(self, entry_id: EntryId, *, on: date | None = None) -> EntryVersion | None:
        day = on or today_in_paris()
        version = self.records.in_force([entry_id], day, known_on=on).get(entry_id)
        return version if version and version.is_servable_on(day) else None

    def replacement_of(self, entry_id: EntryId) -> EntryId | None:
        gone = self.records.current([entry_id]).get(entry_id)
        replacement = gone.content.replaced_by if gone and gone.status is EntryStatus.WITHDRAWN else None
        return replacement if replacement and self.entry(replacement) else None

    def servable_among(self, entry_ids: Collection[EntryId]) -> Mapping[EntryId, EntryVersion]:
        today = today_in_paris()
        entries = self.records.in_force(entry_ids, today)
        return {entry_id: version for entry_id, version in entries.items() if version.is_servable_on(today)}

    def outdated_facts(self, entry: EntryVersion, *, on: date | None = None) -> tuple[OutdatedFact, ...]:
        return self.records.facts().outdated(entry.id, entry.content, on or today_in_paris())

    def facts_of(self, entry_id: EntryId) -> Sequence[Fact]:
        return self.records.facts().of(entry_id)

    def facts_named(self, ids: Collection[str]) -> Mapping[FactId, Fact]:
        known = self.records.facts().facts
        return {FactId(one): known[FactId(one)] for one in ids if one in known}

    def chosen(self, question_id: str) -> Sequence[EntryVersion]:
        ids = self.records.answers.choices_taken(question_id)
        known = self.servable_among(ids)
        return [known[entry_id] for entry_id in ids if entry_id in known]

    def start_tasks(self) -> Sequence[EntryVersion]:
        wanted = [entry_id for theme in self.themes() for entry_id in theme.start]
        known = {version.id: version for version in self.servable()}
        return [known[entry_id] for entry_id in wanted if entry_id in known]

    def theme_entries(self, theme_id: str) -> Sequence[EntryVersion]:
        listed = by_theme(self.servable()).get(theme_id, ())
        return sorted(listed, key=lambda version: (version.content.question, version.id))

    def journeys(self) -> Sequence[EntryVersion]:
        return journeys_among(self.themes(), self.servable())

    def operator_page(self, name: str, language: Language) -> tuple[str, Language] | None:
        return operator_page(self.data_dir, name, language)

    def news(self) -> tuple[News, ...]:
        today = today_in_paris()
        return self._news.get_or_make(
            (self.records.revision(), today), lambda: recent_news(self.records.news, self.servable(), today)
        )

    def is_demonstration(self) -> bool:
        return any(version.content.origin == DEMONSTRATION for version in self.servable())

    def servable(self) -> list[EntryVersion]:
        """Return all entries that may be shown today, read again when the base or the day changes."""
        day = today_in_paris()
        return self._servable.get_or_make(
            (self.records.revision(), day),
            lambda: [version for version in self.records.all_in_force(day) if version.is_servable_on(day)],
        )


def by_theme(servable: Iterable[EntryVersion]) -> dict[str, list[EntryVersion]]:
    """Return the entries to browse under each theme, without variants: thirty regions of one would bury the rest."""
    by_theme_id: dict[str, list[EntryVersion]] = defaultdict(list)
    for version in servable:
        if version.content.variant_of is None:
            by_theme_id[version.content.theme].append(version)
    return by_theme_id


def journeys_among(themes: Sequence[Theme], servable: Iterable[EntryVersion]) -> list[EntryVersion]:
    """Return the entries with steps, by theme and then by question."""
    order = {theme.id: place for place, theme in enumerate(themes)}
    journeys = [entry for entry in servable if entry.content.steps and entry.content.variant_of is None]
    return sorted(
        journeys, key=lambda entry: (order.get(entry.content.theme, len(order)), entry.content.question, entry.id)
    )


def operator_page(data_dir: Path, name: str, language: Language) -> tuple[str, Language] | None:
    """Return a page that the operator wrote, in Markdown, and its language: French where there is no English one."""
    for written_in in dict.fromkeys((language, Language.FRENCH)):
        file = page_file(data_dir, name, written_in)
        # A byte that is not UTF-8 is shown as a replacement character, so that the rest of the page can be read.
        if file.is_file() and (text := file.read_text(encoding="utf-8", errors="replace").strip()):
            return text, written_in
    return None


def page_file(data_dir: Path, name: str, language: Language) -> Path:
    """Return where the operator writes a page: `pages/legal.fr.md` in the data folder, for example."""
    return data_dir / PAGES_FOLDER / f"{name}.{language.value}.md"
