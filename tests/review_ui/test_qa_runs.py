"""QA's pages on runs: start, follow, stop, read, drill down, compare."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from evals.cases import Case, CaseKind, read_suite
from evals.gates import Gate
from evals.suite_list import EVERY_SUITE, Suite
from noa_rag.assembly.office import Office
from noa_rag.assembly.service import Noa
from noa_rag.domain.entry import EntryId
from noa_rag.settings import Settings
from tests.review_ui.qa_helpers import ENTRY, a_kept_run

SignIn = Callable[[str], TestClient[Litestar]]
RUN = "2026-11-24T10-00-00"
CASE = f"/revue/qualite/executions/{RUN}/un-cas?suite=answering&id=a"
OF_CASE = {"suite": "answering", "id": "a"}
MARQUE = Case("m", "Comment déposer une marque ?", CaseKind.IN_SCOPE, (EntryId("deposer-une-marque"),))
CASES = {
    "small": [MARQUE, Case("o", "Recette de la tarte aux pommes", CaseKind.OUT_OF_SCOPE)],
    "endless": [Case(str(number), f"Question {number}", CaseKind.OUT_OF_SCOPE) for number in range(5_000)],
}


@pytest.fixture(autouse=True)
def _small_suites(monkeypatch: pytest.MonkeyPatch) -> None:
    suites = {name: Suite(name, "a test", lambda noa, cases=cases: cases) for name, cases in CASES.items()}
    monkeypatch.setattr("review_ui.qa.suite_pages.EVERY_SUITE", suites)


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
        monkeypatch.setattr("review_ui.qa.suite_pages.EVERY_SUITE", {"odd": suite})

    return offer


def ended(office: Office) -> None:
    deadline = time.monotonic() + 20
    while (job := office.jobs.latest("evaluation")) is None or job.state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_run_is_started_followed_and_read(
    sign_in: SignIn, csrf: Callable[[], str], office: Office, noa: Noa, settings: Settings
) -> None:
    client = sign_in("quentin")

    answer = client.post("/revue/qualite/executions", data={"suite": "small", "_csrf": csrf()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/revue/qualite")
    ended(office)

    home = client.get("/revue/qualite").text
    assert "Exécution terminée" in home
    (folder,) = (one for one in (settings.data_dir / "evaluations").iterdir() if not one.name.startswith("."))
    assert f"/revue/qualite/executions/{folder.name}" in home
    page = client.get(f"/revue/qualite/executions/{folder.name}/cas").text
    assert "Comment déposer une marque" in page
    assert "bonne fiche affichée" in page
    assert noa.records.review.asked_since(None) == []


@pytest.mark.parametrize(
    "misfit",
    [
        (1, ("Rien n&#39;a été lancé : un cas de ces séries ne va pas", "Nothing was run: one case")),
        (130, ("Rien n&#39;a été lancé : 130 cas de ces séries ne vont pas", "Nothing was run: 130 cases")),
    ],
)
def test_a_suite_that_does_not_go_with_the_base_is_told_in_a_sentence_with_the_cases_folded(
    sign_in: SignIn,
    csrf: Callable[[], str],
    office: Office,
    a_suite_of_missing_entries: Callable[[int], None],
    misfit: tuple[int, tuple[str, str]],
) -> None:
    missing_count, (french, english) = misfit
    a_suite_of_missing_entries(missing_count)
    client = sign_in("quentin")

    client.post("/revue/qualite/executions", data={"suite": "odd", "_csrf": csrf()})
    ended(office)
    page, other = client.get("/revue/qualite").text, client.get("/en/revue/qualite").text

    assert french in page
    assert english in other
    before, _, folded = page.partition("<details>")
    assert "nulle-part" not in before
    assert "<li>odd.jsonl:1: fiches inconnues : nulle-part-0</li>" in folded
    assert "<li>odd.jsonl:1: unknown entries: nulle-part-0</li>" in other
    assert folded.count("fiches inconnues :") == min(100, missing_count)
    assert ("Et encore : 30" in folded) is (missing_count == 130)
    assert "Exécution terminée" not in page
    assert list((office.noa.settings.data_dir / "evaluations").glob("2*")) == []


def test_a_run_that_is_stopped_leaves_nothing(
    sign_in: SignIn, csrf: Callable[[], str], office: Office, settings: Settings
) -> None:
    client = sign_in("quentin")
    client.post("/revue/qualite/executions", data={"suite": "endless", "_csrf": csrf()})
    running = client.get("/revue/qualite/avancement", headers={"hx-request": "true"}).text
    again = client.post("/revue/qualite/executions", data={"suite": "small", "_csrf": csrf()})
    job = office.jobs.latest("evaluation")
    assert job is not None

    client.post("/revue/qualite/executions/arret", data={"job": "evaluation-other", "_csrf": csrf()})
    still = office.jobs.job(job.id).state
    client.post("/revue/qualite/executions/arret", data={"job": job.id, "_csrf": csrf()})
    ended(office)

    assert 'hx-trigger="every 1s"' in running
    assert "<html" not in running
    assert again.status_code == 409
    assert "déjà en cours" in again.text
    assert still == "running"
    assert "Exécution arrêtée" in client.get("/revue/qualite").text
    assert list((settings.data_dir / "evaluations").iterdir()) == []


def test_no_suite_chosen_is_told_and_nothing_starts(sign_in: SignIn, csrf: Callable[[], str], office: Office) -> None:
    client = sign_in("quentin")

    answer = client.post("/revue/qualite/executions", data={"_csrf": csrf()})

    assert answer.status_code == 422
    assert "Choisissez au moins une série" in answer.text
    assert office.jobs.latest("evaluation") is None


@pytest.mark.parametrize("name", ["ines", "carla", "adele"])
def test_who_is_not_qa_reads_but_starts_nothing(
    sign_in: SignIn, csrf: Callable[[], str], office: Office, settings: Settings, name: str
) -> None:
    a_kept_run(settings.data_dir)
    client = sign_in(name)

    home = client.get("/revue/qualite")
    started = client.post("/revue/qualite/executions", data={"suite": "small", "_csrf": csrf()})
    stopped = client.post("/revue/qualite/executions/arret", data={"_csrf": csrf()})
    marked = client.post(CASE, data={**OF_CASE, "mark-0": "right", "_csrf": csrf()})

    assert home.status_code == 200
    assert "<button" not in home.text.split('class="qa"')[1]
    assert [one.status_code for one in (started, stopped, marked)] == [403] * 3
    assert office.jobs.latest("evaluation") is None
    assert 'name="mark-0"' not in client.get(CASE).text


@pytest.mark.parametrize("prefix", ["/revue", "/en/revue"])
def test_a_run_shows_figures_gates_with_reasons_and_pictures(
    sign_in: SignIn, settings: Settings, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    gate = Gate(
        suite="answering",
        figure="in scope: answered",
        at_least=0.9,
        reason="Refusing everything would keep every other gate; half of what the base knows is to be answered "
        "outright.",
    )
    monkeypatch.setattr("review_ui.qa.run_pages.read_gates", lambda: [gate])
    a_kept_run(settings.data_dir, is_right=False)

    page = sign_in("ines").get(f"{prefix}/qualite/executions/{RUN}").text

    assert "50.0 %" in page  # one of two questions in scope
    is_french = prefix == "/revue"
    assert ("✗ Seuils non tenus : 1" if is_french else "✗ Gates missed: 1") in page
    assert ("Tout refuser tiendrait" if is_french else "Refusing everything") in page
    assert page.count("<svg") == 2
    assert ("la première fiche répond" if is_french else "first match answers") in page


def test_cases_are_filtered_by_suite_outcome_and_words(sign_in: SignIn, settings: Settings) -> None:
    a_kept_run(settings.data_dir, is_right=False)
    client = sign_in("quentin")

    def listed(**query: str) -> str:
        return client.get(f"/revue/qualite/executions/{RUN}/cas", params=query, headers={"hx-request": "true"}).text

    assert "Cas : 3" in listed()
    assert "Cas : 1" in listed(issue="refused_answerable")
    assert "Protéger le nom" in listed(issue="refused_answerable")
    assert "Cas : 1" in listed(q="BREVET")
    assert "Cas : 0" in listed(suite="strict")
    assert "Cas : 3" in listed(page="999999")


def test_a_case_stands_beside_the_same_question_asked_now(sign_in: SignIn, noa: Noa, settings: Settings) -> None:
    a_kept_run(settings.data_dir)

    page = sign_in("ines").get(CASE).text

    assert "Dans l&#39;exécution" in page
    assert "Posée maintenant" in page
    assert "n° 1" in page
    assert "Sens" in page
    assert "Mots" in page
    assert noa.records.review.asked_since(None) == []


@pytest.mark.parametrize(
    "path",
    [
        f"executions/{RUN}/un-cas?suite=answering&id=zz",
        f"executions/{RUN}/un-cas?suite=nothing&id=a",
        "executions/..%2F..%2Fetc",
        "executions/.under-way",
        "executions/2020-01-01",
    ],
)
def test_what_is_not_there_is_a_404(sign_in: SignIn, settings: Settings, path: str) -> None:
    a_kept_run(settings.data_dir)

    assert sign_in("quentin").get(f"/revue/qualite/{path}").status_code == 404


def test_marks_on_a_case_are_kept_and_make_a_case(
    sign_in: SignIn, csrf: Callable[[], str], noa: Noa, settings: Settings
) -> None:
    a_kept_run(settings.data_dir)
    client = sign_in("quentin")

    given = {"mark-1": "right", "mark-2": "wrong", "note-2": "250 €", "_csrf": csrf()}
    answer = client.post(CASE.partition("?")[0], data=OF_CASE | given)

    assert answer.status_code == 303
    page = client.get(answer.headers["location"].partition("#")[0]).text
    assert "Avis gardés : 2" in page
    assert 'value="250 €"' in page
    (case,) = EVERY_SUITE["recorded"].cases(noa)
    assert (case.kind, case.expected_entries) == (CaseKind.IN_SCOPE, (ENTRY,))  # right and wrong: partly
    marked = noa.records.audit.entries(actions=["answer_marked"])
    assert [(one.actor, one.detail["marks"]) for one in marked] == [("quentin", "1:right 2:wrong")]
    assert noa.records.audit.verify() == []


def test_marks_on_a_case_that_cannot_be_kept_stay_in_the_form(
    sign_in: SignIn, csrf: Callable[[], str], noa: Noa, settings: Settings
) -> None:
    a_kept_run(settings.data_dir)
    given = {"mark-1": "partly", "note-1": "n" * 1_001, "mark-2": "wrong", "note-2": "250 €", "other_entry": "nope"}

    answer = sign_in("quentin").post(CASE.partition("?")[0], data=OF_CASE | given | {"_csrf": csrf()})

    assert answer.status_code == 422
    assert "La remarque sur la phrase 1 compte 1001 signes" in answer.text
    assert "Aucune fiche ne porte cet identifiant" in answer.text
    assert f'value="{given["note-1"]}"' in answer.text
    assert 'value="250 €"' in answer.text
    assert 'name="mark-1" value="partly" checked' in answer.text
    assert 'name="mark-2" value="wrong" checked' in answer.text
    assert 'name="other_entry" value="nope"' in answer.text
    assert 'name="suite" value="answering"' in answer.text
    assert noa.records.audit.entries(actions=["answer_marked", "case_made"]) == []


def test_two_runs_are_compared_in_words(sign_in: SignIn, settings: Settings) -> None:
    a_kept_run(settings.data_dir, "before", is_right=False)
    a_kept_run(settings.data_dir, "after")
    client = sign_in("ines")

    page = client.get("/revue/qualite/comparaison?avant=before&apres=after").text
    worse = client.get("/revue/qualite/comparaison?avant=before&apres=after&sens=worse").text
    empty = client.get("/revue/qualite/comparaison").text

    assert "+33.3" in page  # one of three cases got better
    assert "▲ mieux" in page
    assert "refusée, alors qu&#39;une fiche répond" in page
    assert "Cas : 0" in worse
    assert "Avant" in empty


def test_runs_without_a_common_case_are_told(sign_in: SignIn, settings: Settings) -> None:
    a_kept_run(settings.data_dir, "before")
    other = a_kept_run(settings.data_dir, "after")
    (other / "answering.jsonl").rename(other / "noisy.jsonl")

    answer = sign_in("ines").get("/revue/qualite/comparaison?avant=before&apres=after")

    assert answer.status_code == 422
    assert "aucun cas en commun" in answer.text
