"""QA's first page: a run is started, followed and stopped."""

import json
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from evals.suites.cases import Case, CaseKind, read_suite
from evals.suites.suite_list import Suite
from noa_rag.domain.entry import EntryId
from noa_rag.service.noa import Noa
from noa_rag.service.office import Office
from noa_rag.settings import Settings
from tests.review_ui.quality.qa_helpers import a_kept_run
from tests.review_ui.review_people import SignIn

RUN = "2026-11-24T10-00-00"
CASE = f"/revue/qualite/executions/{RUN}/un-cas?suite=answering&id=a"
MARQUE = Case("m", "Comment déposer une marque ?", CaseKind.IN_SCOPE, (EntryId("deposer-une-marque"),))
CASES = {
    "small": [MARQUE, Case("o", "Recette de la tarte aux pommes", CaseKind.OUT_OF_SCOPE)],
    "endless": [Case(str(number), f"Question {number}", CaseKind.OUT_OF_SCOPE) for number in range(5_000)],
}


@pytest.fixture(autouse=True)
def _small_suites(monkeypatch: pytest.MonkeyPatch) -> None:
    suites = {name: Suite(name, "a test", lambda noa, cases=cases: cases) for name, cases in CASES.items()}
    monkeypatch.setattr("review_ui.quality.suites.EVERY_SUITE", suites)


@pytest.fixture
def a_suite_of_missing_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Offers a suite, read as the bundled ones are, of so many cases whose entries the base has not."""

    def offer(count: int) -> None:
        path = tmp_path / "odd.jsonl"
        rows = [
            {"id": str(number), "question": "Où ?", "kind": "in_scope", "expected_entries": [f"nulle-part-{number}"]}
            for number in range(count)
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        suite = Suite("odd", "a test", lambda noa: read_suite(path, known_entries=noa.index.snapshot.versions))
        monkeypatch.setattr("review_ui.quality.suites.EVERY_SUITE", {"odd": suite})

    return offer


def ended(office: Office) -> None:
    deadline = time.monotonic() + 20
    while (job := office.jobs.latest("evaluation")) is None or job.state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_run_is_started_followed_and_read(sign_in: SignIn, office: Office, noa: Noa, settings: Settings) -> None:
    client = sign_in("quentin")

    answer = client.post("/revue/qualite/executions", data={"suite": "small"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/revue/qualite")
    ended(office)

    home = client.get("/revue/qualite").text
    assert "Exécution terminée" in home
    (folder,) = (path for path in (settings.data_dir / "evaluations").iterdir() if not path.name.startswith("."))
    assert f"/revue/qualite/executions/{folder.name}" in home
    page = client.get(f"/revue/qualite/executions/{folder.name}/cas").text
    assert "Comment déposer une marque" in page
    assert "bonne fiche affichée" in page
    assert noa.records.review.asked_since(None) == []


@pytest.mark.parametrize(
    "misfit",
    [
        (1, "Rien n'a été lancé : un cas de ces séries ne va pas"),
        (130, "Rien n'a été lancé : 130 cas de ces séries ne vont pas"),
    ],
)
def test_a_suite_that_does_not_go_with_the_base_is_told_in_a_sentence_with_the_cases_folded(
    sign_in: SignIn,
    office: Office,
    a_suite_of_missing_entries: Callable[[int], None],
    misfit: tuple[int, str],
) -> None:
    missing_count, said = misfit
    a_suite_of_missing_entries(missing_count)
    client = sign_in("quentin")

    client.post("/revue/qualite/executions", data={"suite": "odd"})
    ended(office)
    page = unescape(client.get("/revue/qualite").text)

    assert said in page
    before, _, folded = page.partition("<details>")
    assert "nulle-part" not in before
    assert "<li>odd.jsonl:1: fiches inconnues : nulle-part-0</li>" in folded
    assert folded.count("fiches inconnues :") == min(100, missing_count)
    assert ("Et encore : 30" in folded) is (missing_count == 130)
    assert "Exécution terminée" not in page
    assert list((office.noa.settings.data_dir / "evaluations").glob("2*")) == []


def test_a_run_that_is_stopped_leaves_nothing(sign_in: SignIn, office: Office, settings: Settings) -> None:
    client = sign_in("quentin")
    client.post("/revue/qualite/executions", data={"suite": "endless"})
    running = client.get("/revue/qualite/avancement", headers={"hx-request": "true"}).text
    again = client.post("/revue/qualite/executions", data={"suite": "small"})
    job = office.jobs.latest("evaluation")
    assert job is not None

    client.post("/revue/qualite/executions/arret", data={"job": "evaluation-other"})
    still = office.jobs.job(job.id).state
    client.post("/revue/qualite/executions/arret", data={"job": job.id})
    ended(office)

    assert 'hx-trigger="every 1s"' in running
    assert "<html" not in running
    assert again.status_code == 409
    assert "déjà en cours" in again.text
    assert still == "running"
    assert "Exécution arrêtée" in client.get("/revue/qualite").text
    assert list((settings.data_dir / "evaluations").iterdir()) == []


def test_no_suite_chosen_is_told_and_nothing_starts(sign_in: SignIn, office: Office) -> None:
    client = sign_in("quentin")

    answer = client.post("/revue/qualite/executions")

    assert answer.status_code == 422
    assert "Choisissez au moins une série" in answer.text
    assert office.jobs.latest("evaluation") is None


def test_who_is_not_qa_finds_no_button(sign_in: SignIn, settings: Settings) -> None:
    a_kept_run(settings.data_dir)
    client = sign_in("ines")

    home = client.get("/revue/qualite")

    assert home.status_code == 200
    assert "<button" not in home.text.split('class="qa"')[1]
    assert 'name="mark-0"' not in client.get(CASE).text
