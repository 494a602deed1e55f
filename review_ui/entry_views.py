"""Entries as their pages show them: the list with its filters, and one entry with its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from noa_rag.answering.search import FOUND_LIMIT, Quote
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion
from noa_rag.domain.errors import NotFound
from noa_rag.domain.people import Person
from noa_rag.domain.question import Language
from noa_rag.review.rights import Action, may
from noa_rag.service.noa import today_in_paris
from noa_rag.service.office import Office
from noa_rag.web.entries.views import EntryView, steps_of, view_entry
from review_ui import base
from review_ui.difference import FieldDifference, content_difference
from review_ui.draft_views import PREVIEW_LEVEL
from review_ui.listing import Listed, listed
from review_ui.queue_views import EVERY, MINE

LIVE, COMING, EXPIRED, WITHDRAWN, DUE = "live", "coming", "expired", "withdrawn", "due"
STATUSES = (LIVE, COMING, EXPIRED, WITHDRAWN, DUE)


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries are wanted; empty means any."""

    agency: str = EVERY
    theme: str = ""
    status: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry in the list; `quote` is what a search shows of it, None where nothing was searched for."""

    version: EntryVersion
    agency: str
    statuses: tuple[str, ...]
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class EntryList:
    """One page of the entries that were asked for; `is_too_short` where too little was typed to search for."""

    shown: Listed[EntryRow]
    is_too_short: bool = False
    is_cut: bool = False
    """Whether there may be more: a search looks for so many and no more."""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One entry with all its versions, newest first, and what this person may do with it."""

    entry: EntryVersion
    shown: EntryView
    statuses: tuple[str, ...]
    history: Sequence[EntryVersion]
    names: Mapping[str, str]
    agency: str
    theme: str
    pending: Sequence[Draft]
    difference: list[FieldDifference]
    before: int
    after: int
    can_write: bool
    can_decide: bool
    can_withdraw: bool

    def can_bring_back(self, older: EntryVersion) -> bool:
        """Whether rolling back to a version would change anything."""
        is_shown = self.entry.status is EntryStatus.APPROVED and older.content == self.entry.content
        return self.can_decide and older.status is EntryStatus.APPROVED and not is_shown


def statuses_on(version: EntryVersion, day: date) -> tuple[str, ...]:
    """Return how an entry stands on a day; one that is due for review is so beside its other status."""
    if version.status is EntryStatus.WITHDRAWN:
        return (WITHDRAWN,)
    window = version.content.window
    if window.valid_from and day < window.valid_from:
        stands = COMING
    elif window.valid_until and day > window.valid_until:
        stands = EXPIRED
    else:
        stands = LIVE
    review_by = version.content.review_by
    return (stands, DUE) if review_by and review_by <= day else (stands,)


def read_entries(office: Office, wanted: EntryFilter, person: Person, language: Language, page: int) -> EntryList:
    """Return a page of the entries that the filter lets through: by question, or the best first where words are given.

    Raises InvalidQuestion for words that are no text.
    """
    today, known = today_in_paris(), base.agencies(office)
    rows: dict[EntryId, EntryRow] = {}
    for version in base.entries(office):
        agency_id = version.content.agency_id
        is_agency = agency_id in person.agencies if wanted.agency == MINE else wanted.agency in (EVERY, agency_id)
        if not is_agency or (wanted.theme and version.content.theme != wanted.theme):
            continue
        statuses = statuses_on(version, today)
        if wanted.status and wanted.status not in statuses:
            continue
        rows[version.id] = EntryRow(version, base.agency_name(known.get(agency_id), agency_id), statuses)
    if not wanted.words:
        return EntryList(listed(list(rows.values()), page))
    found = office.whole_base.search(wanted.words, among=rows, day=today)
    if found.is_too_short:
        return EntryList(listed(list(rows.values()), page), is_too_short=True)
    hits = listed([hit for hit in found.hits if hit.version.id in rows], page)
    quoted = [replace(rows[hit.version.id], quote=hit.quote(language)) for hit in hits.items]
    return EntryList(Listed(quoted, hits.total, hits.page, hits.page_count), is_cut=len(found.hits) >= FOUND_LIMIT)


def read_entry(
    office: Office, entry_id: EntryId, person: Person, language: Language, compared: tuple[int, int] | None = None
) -> EntryPage:
    """Return the page of an entry; `compared` are two of its versions. Raises NotFound."""
    history = office.noa.records.entries.history(entry_id)
    if not history:
        raise NotFound(f"No entry has the id `{entry_id}`.")
    entry, content = history[-1], history[-1].content
    agencies = base.agencies(office)
    by_number = {version.version: version for version in history}
    before, after = compared or (max(1, entry.version - 1), entry.version)
    if before not in by_number or after not in by_number:
        raise NotFound(f"The entry `{entry_id}` has no such version.")
    people = {name for version in history for name in (version.author, version.approver)}
    themes: dict[str, Theme] = {theme.id: theme for theme in base.themes(office)}
    return EntryPage(
        entry=entry,
        shown=view_entry(
            entry,
            agencies=agencies,
            language=language,
            heading_level=PREVIEW_LEVEL,
            known=office.noa.servable_among(steps_of(entry)),
        ),
        statuses=statuses_on(entry, today_in_paris()),
        history=history[::-1],
        names={name: base.person_name(office, name) for name in people},
        agency=_agency(agencies, content.agency_id),
        theme=base.theme_title(themes[content.theme], language) if content.theme in themes else content.theme,
        pending=[one for one in office.store.drafts() if one.entry_id == entry_id and one.state.is_pending],
        difference=content_difference(by_number[before].content, by_number[after].content) if before != after else [],
        before=before,
        after=after,
        can_write=may(person, Action.WRITE_ENTRY, content.agency_id),
        can_decide=may(person, Action.DECIDE, content.agency_id),
        can_withdraw=entry.status is EntryStatus.APPROVED and may(person, Action.WITHDRAW_ENTRY, content.agency_id),
    )


def _agency(agencies: Mapping[AgencyId, Agency], agency_id: AgencyId) -> str:
    return base.agency_name(agencies.get(agency_id), agency_id)
