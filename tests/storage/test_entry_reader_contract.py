"""What every EntryReader promises, in memory and in the database alike."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion, ValidityWindow
from noa_rag.domain.errors import NotFound, VersionConflict
from noa_rag.storage.entries import EntryStore
from tests.factories import a_new_version, a_theme, an_agency
from tests.fakes import FakeEntryReader

Entries = EntryStore | FakeEntryReader
ID = EntryId("deposer-une-marque")
PARIS = ZoneInfo("Europe/Paris")
SECOND = timedelta(seconds=1)


def as_of(entries: Entries, ids: list[EntryId], day: date) -> Mapping[EntryId, EntryVersion]:
    """Return the versions that a service showed on a day."""
    return entries.in_force(ids, day, known_on=day)


@pytest.fixture(params=["fake", "database"])
def entries(request: pytest.FixtureRequest, backend: str) -> Entries:
    if request.param == "fake":
        return FakeEntryReader([an_agency()], [a_theme()])
    store: EntryStore = request.getfixturevalue("store")
    return store


def test_an_added_entry_is_current_as_it_was_given(entries: Entries) -> None:
    given = a_new_version(note="premier jet", regions=("FR-IDF",), window=ValidityWindow(date(2026, 1, 1)))

    entries.add_versions([given])

    version = entries.current([ID])[ID]
    assert (version.version, version.status, version.note) == (1, EntryStatus.APPROVED, "premier jet")
    assert (version.author, version.approver, version.approved_at) == ("camille", "dominique", given.approved_at)
    assert version.content == given.content


def test_unknown_ids_are_left_out(entries: Entries) -> None:
    entries.add_versions([a_new_version()])

    assert entries.current([EntryId("inconnue"), ID]).keys() == {ID}
    assert entries.current([]) == {}
    assert as_of(entries, [EntryId("inconnue")], date(2026, 12, 31)) == {}


def test_the_newest_version_is_current_and_the_one_before_stays_as_it_was(entries: Entries) -> None:
    entries.add_versions([a_new_version(answer="Avant.")])
    entries.add_versions(
        [a_new_version(expected_version=1, answer="Après.", approved_at=datetime(2026, 12, 1, 9, tzinfo=UTC))]
    )

    assert entries.current([ID])[ID].content.answer == "Après."
    assert as_of(entries, [ID], date(2026, 11, 30))[ID].content.answer == "Avant."


@pytest.mark.parametrize("expected_version", [0, 2, 7])
def test_a_change_that_starts_from_another_version_is_refused(entries: Entries, expected_version: int) -> None:
    entries.add_versions([a_new_version()])
    revision = entries.revision()

    with pytest.raises(VersionConflict, match="deposer-une-marque"):
        entries.add_versions([a_new_version(expected_version=expected_version, answer="Trop tard.")])

    assert entries.revision() == revision
    assert entries.current([ID])[ID].version == 1


def test_one_conflict_keeps_the_whole_lot_out(entries: Entries) -> None:
    entries.add_versions([a_new_version()])

    with pytest.raises(VersionConflict):
        entries.add_versions([a_new_version("autre", question="Autre ?"), a_new_version()])

    assert entries.current([EntryId("autre")]) == {}


def test_the_revision_grows_with_every_change(entries: Entries) -> None:
    seen = [entries.revision()]
    seen.append(entries.add_versions([a_new_version()]))
    seen.append(entries.add_versions([a_new_version(expected_version=1), a_new_version("autre")]))
    seen.append(entries.withdraw(ID, author="camille", note="", at=datetime.now(UTC)))

    assert seen == sorted(set(seen))
    assert entries.revision() == seen[-1]


def test_what_changed_since_a_revision_is_told_once_with_its_newest_version(entries: Entries) -> None:
    entries.add_versions([a_new_version("a"), a_new_version("b")])
    before = entries.revision()
    entries.add_versions([a_new_version("b", expected_version=1)])
    entries.withdraw(EntryId("b"), author="camille", note="", at=datetime.now(UTC))

    revision, changed = entries.changed_since(before)

    assert revision == entries.revision()
    assert [(entry.id, entry.version, entry.status) for entry in changed] == [("b", 3, EntryStatus.WITHDRAWN)]
    assert entries.changed_since(revision) == (revision, [])
    assert [entry.id for entry in entries.changed_since(-1)[1]] == ["a", "b"]


def test_a_withdrawn_entry_keeps_its_content_and_says_who_and_why(entries: Entries) -> None:
    entries.add_versions([a_new_version(answer="Vrai jusqu'ici.")])

    entries.withdraw(ID, author="dominique", note="loi changée", at=datetime(2026, 12, 1, tzinfo=UTC))

    version = entries.current([ID])[ID]
    assert (version.version, version.status) == (2, EntryStatus.WITHDRAWN)
    assert (version.author, version.note) == ("dominique", "loi changée")
    assert version.content.answer == "Vrai jusqu'ici."
    assert not version.is_servable_on(date(2026, 12, 1))


def test_an_unknown_entry_cannot_be_withdrawn(entries: Entries) -> None:
    with pytest.raises(NotFound, match="inconnue"):
        entries.withdraw(EntryId("inconnue"), author="camille", note="", at=datetime.now(UTC))


def test_an_entry_withdrawn_today_is_as_of_yesterday_what_it_was(entries: Entries) -> None:
    entries.add_versions([a_new_version(approved_at=datetime(2026, 11, 20, 12, tzinfo=UTC))])
    entries.withdraw(ID, author="camille", note="", at=datetime(2026, 11, 24, 12, tzinfo=UTC))

    assert as_of(entries, [ID], date(2026, 11, 19)) == {}
    assert as_of(entries, [ID], date(2026, 11, 23))[ID].status is EntryStatus.APPROVED
    assert as_of(entries, [ID], date(2026, 11, 24))[ID].status is EntryStatus.WITHDRAWN


@pytest.mark.parametrize(
    ("midnight_in_utc", "first_day"),
    [
        (datetime(2026, 1, 14, 23, tzinfo=UTC), date(2026, 1, 15)),  # winter: UTC+1
        (datetime(2026, 7, 14, 22, tzinfo=UTC), date(2026, 7, 15)),  # summer: UTC+2
        (datetime(2026, 3, 28, 23, tzinfo=UTC), date(2026, 3, 29)),  # clocks go forward on the 29th: it has 23 hours…
        (datetime(2026, 3, 29, 22, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), date(2026, 10, 25)),  # …and back on the 25th, which has 25
        (datetime(2026, 10, 25, 23, tzinfo=UTC), date(2026, 10, 26)),
        (datetime(2026, 12, 31, 23, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_day_begins_and_ends_at_midnight_in_paris(
    entries: Entries, midnight_in_utc: datetime, first_day: date
) -> None:
    entries.add_versions(
        [
            a_new_version("avant", approved_at=midnight_in_utc - SECOND),
            a_new_version("a-minuit", approved_at=midnight_in_utc),
        ]
    )
    ids = [EntryId("avant"), EntryId("a-minuit")]

    assert as_of(entries, ids, first_day - timedelta(days=1)).keys() == {"avant"}
    assert as_of(entries, ids, first_day).keys() == {"avant", "a-minuit"}


def test_a_moment_given_in_paris_time_is_the_same_moment(entries: Entries) -> None:
    entries.add_versions([a_new_version(approved_at=datetime(2026, 7, 15, 0, 30, tzinfo=PARIS))])

    assert as_of(entries, [ID], date(2026, 7, 14)) == {}
    assert as_of(entries, [ID], date(2026, 7, 15))[ID].approved_at == datetime(2026, 7, 14, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(("day", "found"), [(date.min, set()), (date.max, {ID})])
def test_the_first_and_the_last_day_there_are_can_be_asked_for(entries: Entries, day: date, found: set[str]) -> None:
    entries.add_versions([a_new_version()])

    assert as_of(entries, [ID], day).keys() == found


def test_agencies_and_themes_are_given_whole(entries: Entries, request: pytest.FixtureRequest) -> None:
    reader = entries if isinstance(entries, FakeEntryReader) else request.getfixturevalue("directory")

    assert reader.agencies() == {"inpi": an_agency()}
    assert reader.themes() == (a_theme(),)
