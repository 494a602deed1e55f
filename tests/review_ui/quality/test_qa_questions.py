"""QA's pages on recorded questions: found, marked, and turned into cases in two clicks."""

import json
import re

import pytest

from evals.suites.cases import Case, CaseKind
from evals.suites.suite_list import recorded_cases
from noa_rag.service.records import Records
from noa_rag.storage.recorded_cases import RecordedCaseStore
from tests.review_ui.quality.qa_helpers import ENTRY, RECORDED, REFUSED, record_two
from tests.review_ui.review_people import SignIn

LIST = "/revue/qualite/questions"


@pytest.fixture(autouse=True)
def _recorded(records: Records, noa: object) -> None:
    record_two(records)


def cases(records: Records) -> list[Case]:
    return recorded_cases(RecordedCaseStore(records.database))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 2),
        ({"q": "MÉTÉO brest"}, 1),
        ({"q": "météo Brest"}, 1),
        ({"q": "100 %"}, 1),
        ({"q": "1_0"}, 0),
        ({"issue": "answered"}, 1),
        ({"issue": "nonsense"}, 2),
        ({"agence": "inpi"}, 1),
        ({"agence": "urssaf"}, 0),
        ({"jour": "2026-11-23"}, 0),
        ({"jour": "2026-11-24"}, 2),
        ({"jour": "hier"}, 2),
    ],
)
def test_questions_are_filtered(sign_in: SignIn, query: dict[str, str], found: int) -> None:
    page = sign_in("ines").get(LIST, params=query).text

    assert f"Questions : {found}<" in page


def test_a_question_becomes_a_case_in_two_clicks(sign_in: SignIn, records: Records) -> None:
    client = sign_in("quentin")
    assert f'href="{LIST}/{RECORDED}/cas"' in client.get(LIST).text

    form = client.get(f"{LIST}/{RECORDED}/cas").text  # the first click
    assert 'value="in_scope" checked' in form
    assert f'<option value="{ENTRY}" selected>' in form
    response = client.post(f"{LIST}/{RECORDED}/cas", data={"kind": "in_scope", "entry": ENTRY})

    assert response.status_code == 303
    (case,) = cases(records)
    assert (case.id, case.question, case.expected_entries) == (RECORDED, "Je dépose ma marque comment ?", (ENTRY,))
    assert "✓ un cas" in client.get(LIST).text
    assert [entry.actor for entry in records.audit.entries(actions=["case_made"])] == ["quentin"]
    assert records.audit.verify() == []


def test_htmx_puts_the_form_into_the_list(sign_in: SignIn) -> None:
    form = sign_in("quentin").get(f"{LIST}/{REFUSED}/cas", headers={"hx-request": "true"}).text

    assert "<html" not in form
    assert 'value="out_of_scope" checked' in form


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "in_scope"}, "il faut nommer une fiche"),
        ({"kind": "in_scope", "other_entry": "nulle-part"}, "Aucune fiche ne porte cet identifiant"),
    ],
)
def test_labels_that_make_no_case_are_told_and_what_was_typed_is_kept(
    sign_in: SignIn, records: Records, fields: dict[str, str], said: str
) -> None:
    answer = sign_in("quentin").post(f"{LIST}/{REFUSED}/cas", data=fields)

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{fields.get("other_entry", "")}"' in answer.text
    assert cases(records) == []


def test_an_answer_is_marked_sentence_by_sentence(sign_in: SignIn, records: Records) -> None:
    client = sign_in("quentin")
    shown = client.get(f"{LIST}/{RECORDED}").text
    assert "Le dépôt se fait en ligne, sur le site de l&#39;INPI." in shown

    client.post(f"{LIST}/{RECORDED}", data={"mark-0": "wrong", "mark-1": "right"})

    (case,) = cases(records)
    assert (case.kind, case.tempting_entry) == (CaseKind.NEAR_MISS, ENTRY)  # the mark on the whole wins
    assert 'value="wrong" checked' in client.get(f"{LIST}/{RECORDED}").text
    assert "fausse" in client.get(f"{LIST}/{RECORDED}", follow_redirects=False).text


def test_the_same_marks_again_add_nothing(sign_in: SignIn, records: Records) -> None:
    client = sign_in("quentin")
    for _ in range(2):
        client.post(f"{LIST}/{RECORDED}", data={"mark-1": "right"})

    assert len(records.audit.entries(actions=["answer_marked"])) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"other_entry": "nope-nope"}, "Aucune fiche ne porte cet identifiant"),
        ({"note-1": "n" * 1_001}, "La remarque sur la phrase 1 compte 1001 signes ; raccourcissez-la à 1000."),
        ({"mark-0": ""}, "La remarque sur la réponse entière attend un avis"),
    ],
)
def test_marks_that_cannot_be_kept_stay_in_the_form_as_they_were_sent(
    sign_in: SignIn, records: Records, changes: dict[str, str], told: str
) -> None:
    client = sign_in("quentin")
    filled = {"mark-0": "partly", "note-0": "Manque le <prix>", "mark-1": "wrong", "note-1": "Faux", "entry": ENTRY}
    sent = {**filled, "other_entry": "", **changes}

    answer = client.post(f"{LIST}/{RECORDED}", data=sent)

    assert answer.status_code == 422
    assert told in answer.text
    for number, mark in (("0", sent["mark-0"]), ("1", "wrong")):
        checked = [mark] if mark else []
        choices = ("right", "partly", "wrong")
        assert [choice for choice in choices if _is_checked(answer.text, f"mark-{number}-{choice}")] == checked
    assert 'value="Manque le &lt;prix&gt;"' in answer.text
    assert f'value="{sent["note-1"]}"' in answer.text
    assert f'<option value="{ENTRY}" selected>' in answer.text
    assert f'name="other_entry" value="{sent["other_entry"]}"' in answer.text
    assert records.audit.entries(actions=["answer_marked", "case_made"]) == []


def test_a_refusal_has_nothing_to_mark(sign_in: SignIn) -> None:
    client = sign_in("quentin")

    assert 'name="mark-0"' not in client.get(f"{LIST}/{REFUSED}").text
    assert client.post(f"{LIST}/{REFUSED}", data={"mark-0": "wrong"}).status_code == 404


def test_cases_are_listed_handed_out_and_taken_away(sign_in: SignIn, records: Records) -> None:
    client = sign_in("quentin")
    client.post(f"{LIST}/{RECORDED}/cas", data={"kind": "in_scope", "entry": ENTRY})

    file = client.get("/revue/qualite/cas.jsonl")
    listed = client.get("/revue/qualite/cas").text
    client.post(f"/revue/qualite/cas/{RECORDED}/retirer")
    again = client.post(f"/revue/qualite/cas/{RECORDED}/retirer")

    assert [json.loads(line)["expected_entries"] for line in file.text.splitlines()] == [[ENTRY]]
    assert "Je dépose ma marque comment" in listed
    assert cases(records) == []
    assert again.status_code == 404
    assert records.audit.verify() == []


def test_an_unknown_question_is_a_404(sign_in: SignIn) -> None:
    assert sign_in("quentin").get(f"{LIST}/{'f' * 32}").status_code == 404


def _is_checked(page: str, radio: str) -> bool:
    (tag,) = re.findall(rf'<input type="radio" id="{radio}"[^>]*>', page)
    return " checked" in tag
