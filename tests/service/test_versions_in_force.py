"""Which version two services over one base show while entries change."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings
from noa_rag.web.app import create_app
from tests.browser.conftest import served
from tests.databases import BACKENDS
from tests.factories import a_new_version, a_theme, an_agency
from tests.fake_noa import a_noa
from tests.service.consistency import LIVE_SECONDS, WrittenVersion, judged, measure

REQUESTS = 200
QUESTIONS = {
    "marque": "Comment déposer une marque ?",
    "brevet": "Combien coûte un brevet d'invention ?",
    "douane": "Quels droits pour importer du vin ?",
    "kiosque": "Où installer un kiosque à journaux ?",
}


@pytest.fixture
def addresses(settings: Settings, records: Records, tmp_path: Path, htmx_alone: Path) -> Iterator[list[str]]:
    """Two services that follow the same base, each with records of its own."""
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions([a_new_version(one, question=asked) for one, asked in QUESTIONS.items()])
    with ExitStack() as running:
        found = []
        for number in (1, 2):
            folder = tmp_path / str(number)
            url = settings.effective_database_url
            own = replace(settings, data_dir=folder, database_url=url)
            noa = a_noa(own, open_records(own), folder)
            running.callback(noa.close)
            noa.follow()
            found.append(running.enter_context(served(create_app(noa, static_dir=htmx_alone, rate_limit=0))))
        yield found


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_answer_comes_from_a_wrong_version_while_entries_change(addresses: list[str], records: Records) -> None:
    url = records.database.url.render_as_string(hide_password=False)

    outcome = measure(addresses, url, requests=REQUESTS, clients=3, change_seconds=0.1)

    assert outcome.fault_count == 0, outcome.faults
    assert outcome.requests == REQUESTS
    assert outcome.kinds["right"] > REQUESTS / 10
    assert sum(outcome.changes.values()) > len(QUESTIONS)
    assert outcome.last_shown_seconds < LIVE_SECONDS


@pytest.mark.parametrize(
    ("number", "begun_at", "ended_at", "kind"),
    [
        (1, 0.5, 1.5, "right"),
        (1, 2.5, 2.9, "right"),  # the second was being written
        (1, 3.1, 3.2, "wrong"),  # the second took its place
        (2, 3.1, 3.2, "wrong"),  # which is withdrawn
        (3, 5.0, 5.5, "wrong"),  # not written yet
        (None, 3.5, 3.6, "none in force"),
        (None, 8.0, 8.1, "none in force"),  # a second after its approval
        (None, 9.1, 9.2, "late"),
        (3, 9.1, 9.2, "right"),
    ],
)
def test_a_version_is_right_only_while_it_is_in_force(
    number: int | None, begun_at: float, ended_at: float, kind: str
) -> None:
    history = [WrittenVersion(1, True, 0.0, 0.1), WrittenVersion(2, False, 2.0, 3.0), WrittenVersion(3, True, 6.0, 7.0)]

    assert judged(history, number, begun_at, ended_at)[0] == kind
