"""The covid pack: sound, complete, and never on the wrong day."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import EntryId, EntryStatus
from noa_rag.domain.timeline import Timeline, VersionState
from noa_rag.knowledge.history import DatedVersion
from noa_rag.knowledge.pack import Pack, read_pack

COVID = Path(__file__).resolve().parents[2] / "knowledge" / "packs" / "covid-2020"
YEAR = [date(2020, 1, 1) + timedelta(days=number) for number in range(366)]
ROW = re.compile(r"^\| `(?P<id>[\w-]+)` \| (?P<agency>[\w-]+) \| .+ \| (?P<days>[\d, -]+) \|$", re.MULTILINE)
OF_A_DAY = re.compile(r"/eli/\w+/(\d+)/(\d+)/(\d+)/")
Histories = dict[EntryId, tuple[DatedVersion, ...]]


@pytest.fixture(scope="module")
def histories(bundled_pack: Pack) -> Histories:
    pack = read_pack(
        COVID,
        known_agencies=[agency.id for agency in bundled_pack.agencies],
        known_themes=[theme.id for theme in bundled_pack.themes],
    )
    return dict(pack.histories)


def test_the_table_of_the_readme_is_what_the_files_hold(histories: Histories) -> None:
    days_and_agencies = {
        row["id"]: (row["agency"], row["days"].split(", ")) for row in ROW.finditer((COVID / "README.md").read_text())
    }

    assert days_and_agencies == {
        entry_id: (history[-1].content.agency_id, [str(paris_day(version.approved_at)) for version in history])
        for entry_id, history in histories.items()
    }


def test_every_version_ends_with_the_year_and_says_what_it_is(histories: Histories) -> None:
    for history in histories.values():
        for version in history:
            window = version.content.window
            assert window.valid_until is not None
            assert window.valid_until <= date(2020, 12, 31)
            assert version.content.origin == "demonstration"
            assert version.note.startswith("Pack historique covid-2020 : ")
            assert len([question for question in version.content.alternate_questions if question.language == "fr"]) >= 6


def test_no_version_rests_on_a_text_that_was_not_signed_yet(histories: Histories) -> None:
    for entry_id, history in histories.items():
        for version in history:
            for source in version.content.sources:
                if match := OF_A_DAY.search(source.url):
                    signed = date(*map(int, match.groups()))
                    assert signed <= paris_day(version.approved_at), (entry_id, source.title)


def test_no_question_is_one_of_the_base(histories: Histories, bundled_pack: Pack) -> None:
    def asked(content: object) -> set[str]:
        return {content.question.casefold(), *(question.text.casefold() for question in content.alternate_questions)}  # type: ignore[attr-defined]

    own = set().union(*(asked(version.content) for history in histories.values() for version in history))
    of_base = set().union(*(asked(content) for _, content in bundled_pack.entries))

    assert not own & of_base


def test_on_every_day_of_2020_only_the_newest_version_within_its_window_may_be_served(histories: Histories) -> None:
    timeline = Timeline()
    for entry_id, history in histories.items():
        timeline.take_in(
            VersionState(entry_id, number, version.approved_at, version.status, version.content.window)
            for number, version in enumerate(history, start=1)
        )

    for day in YEAR:
        for entry_id, number in timeline.servable_on(day):
            version, later = histories[entry_id][number - 1], histories[entry_id][number:]
            assert version.status is EntryStatus.APPROVED
            assert version.content.window.contains(day)
            assert paris_day(version.approved_at) <= day
            assert all(paris_day(newer.approved_at) > day for newer in later)
    assert not timeline.servable_on(date(2020, 3, 17))
    assert not timeline.servable_on(date(2021, 1, 1))
    assert len(timeline.servable_on(date(2020, 4, 10))) >= 20
