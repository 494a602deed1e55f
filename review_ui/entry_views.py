"""Entries as their pages show them: the list with its filters, and one entry with its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from noa_rag.assembly.office import Office
from noa_rag.assembly.service import today_in_paris
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion
from noa_rag.domain.errors import NotFound
from noa_rag.domain.people import Person
from noa_rag.domain.question import Language
from noa_rag.review.rights import Action, may
from noa_rag.web.views import EntryView, steps_of, view_entry
from review_ui import base
from review_ui.difference import FieldDifference, content_difference
from review_ui.draft_views import PREVIEW_LEVEL
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
    version: EntryVersion
    agency: str
    statuses: tuple[str, ...]


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


def read_entries(office: Office, wanted: EntryFilter, person: Person) -> list[EntryRow]:
    """Return the entries that the filter lets through, by question."""
    today, known = today_in_paris(), base.agencies(office)
    words = base.folded(wanted.words).split()
    rows: list[EntryRow] = []
    for version in base.entries(office):
        agency_id = version.content.agency_id
        is_agency = agency_id in person.agencies if wanted.agency == MINE else wanted.agency in (EVERY, agency_id)
        if not is_agency or (wanted.theme and version.content.theme != wanted.theme):
            continue
        statuses = statuses_on(version, today)
        if wanted.status and wanted.status not in statuses:
            continue
        if words and not _holds(version, words):
            continue
        rows.append(EntryRow(version, base.agency_name(known.get(agency_id), agency_id), statuses))
    return rows


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


def _holds(version: EntryVersion, words: list[str]) -> bool:
    text = base.searched_text(version) + "\n" + base.folded(version.content.answer)
    return all(word in text for word in words)
