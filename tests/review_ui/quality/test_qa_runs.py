"""QA's pages on runs: read, drill down, mark, compare."""

import re

import pytest

from evals.runner.evaluate import ReleaseGate
from evals.suites.cases import CaseKind
from evals.suites.suite_list import EVERY_SUITE
from noa_rag.service.noa import Noa
from noa_rag.settings import Settings
from tests.review_ui.quality.qa_helpers import ENTRY, a_kept_run
from tests.review_ui.review_people import SignIn

RUN = "2026-11-24T10-00-00"
CASE = f"/revue/qualite/executions/{RUN}/un-cas?suite=answering&id=a"
OF_CASE = {"suite": "answering", "id": "a"}


def test_a_run_shows_figures_gates_with_reasons_and_pictures(
    sign_in: SignIn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = ReleaseGate(
        suite="answering",
        figure="in scope: answered",
        at_least=0.9,
        reason="Refusing everything would keep every other gate; half of what the base knows is to be answered "
        "outright.",
    )
    monkeypatch.setattr("review_ui.quality.runs.read_gates", lambda: [gate])
    a_kept_run(settings.data_dir, is_right=False)

    page = sign_in("ines").get(f"/revue/qualite/executions/{RUN}").text

    assert "50.0 %" in page  # one of two questions in scope
    assert "✗ Seuils non tenus : 1" in page
    assert "Tout refuser tiendrait" in page
    assert page.count("<svg") == 2
    assert "la première fiche répond" in page


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

    assert "Dans l'exécution" in page
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


def test_marks_on_a_case_are_kept_and_make_a_case(sign_in: SignIn, noa: Noa, settings: Settings) -> None:
    a_kept_run(settings.data_dir)
    client = sign_in("quentin")

    given = {"mark-1": "right", "mark-2": "wrong", "note-2": "250 €"}
    answer = client.post(CASE.partition("?")[0], data=OF_CASE | given)

    assert answer.status_code == 303
    page = client.get(answer.headers["location"].partition("#")[0]).text
    assert "Avis gardés : 2" in page
    assert 'value="250 €"' in page
    (case,) = EVERY_SUITE["recorded"].cases(noa)
    assert (case.kind, case.expected_entries) == (CaseKind.IN_SCOPE, (ENTRY,))  # right and wrong: partly
    marked = noa.records.audit.entries(actions=["answer_marked"])
    assert [(entry.actor, entry.detail["marks"]) for entry in marked] == [("quentin", "1:right 2:wrong")]
    assert noa.records.audit.verify() == []


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


def test_runs_of_a_suite_over_time_are_a_chart_with_a_table(sign_in: SignIn, settings: Settings) -> None:
    a_kept_run(settings.data_dir, "2026-11-23T10-00-00", is_right=False)
    client = sign_in("quentin")
    once = client.get("/revue/qualite").text
    a_kept_run(settings.data_dir, "2026-11-24T10-00-00")

    page = client.get("/revue/qualite").text

    assert "<svg" not in once
    table = page.split('id="caption-runs-answering"')[1].split("</table>", maxsplit=1)[0]
    assert table.index("2026-11-24") < table.index("2026-11-23")
    assert re.findall(r"[\d,]+\s%", table)[:1] == ["100,0\u00a0%"]
    assert "50,0\u00a0%" in table
    assert 'href="/revue/qualite/executions/2026-11-24T10-00-00"' in table
    assert 'aria-label="2 exécutions' in page
    assert "in scope" not in page
