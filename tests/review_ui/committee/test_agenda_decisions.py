"""The committee's decisions: recorded, refused, and kept in the form, for whoever has the right."""

from datetime import UTC, datetime

import pytest

from noa_rag.domain.draft import DraftState
from noa_rag.service.office import Office, open_committee
from noa_rag.service.records import Records
from noa_rag.storage.asked import SqlAgendaStore
from tests.factories import a_group_draft
from tests.review_ui.committee.agenda_helpers import DRAFTED, MONTH, NOW, add_groups
from tests.review_ui.review_people import SignIn


@pytest.fixture(autouse=True)
def _groups(office: Office, records: Records) -> None:
    add_groups(office, records)


def test_a_decision_without_javascript_is_recorded_and_shown(sign_in: SignIn) -> None:
    client = sign_in("ines")

    sent = client.post(
        f"/revue/comite/{MONTH}/sujets/drafted",
        data={"decision": "write", "note": "Avant <Noël>", "agence": "inpi"},
    )
    page = client.get(sent.headers["location"]).text

    assert sent.status_code == 303
    assert sent.headers["location"] == f"/revue/comite/{MONTH}?agence=inpi&fait=drafted#sujet-drafted"
    assert "Rédiger une fiche" in page
    assert "Avant &lt;Noël&gt;" in page
    assert "Inès Martin" in page
    assert "Décision enregistrée" in page


def test_a_decision_by_htmx_brings_that_group_alone(sign_in: SignIn) -> None:
    answer = sign_in("carla").post(
        f"/revue/comite/{MONTH}/sujets/undrafted",
        data={"decision": "later"},
        headers={"hx-request": "true"},
    )

    assert answer.status_code == 200
    assert answer.text.strip().startswith('<li id="sujet-undrafted"')
    assert "Revoir le mois prochain" in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}])
def test_what_cannot_be_recorded_keeps_its_text_and_says_where(
    sign_in: SignIn, office: Office, headers: dict[str, str]
) -> None:
    answer = sign_in("ines").post(
        f"/revue/comite/{MONTH}/sujets/drafted",
        data={"decision": "", "note": "Une longue note"},
        headers=headers,
    )

    assert answer.status_code == 422
    assert '<a href="#decision-drafted">Choisissez une des quatre décisions.</a>' in answer.text
    assert 'id="decision-drafted"' in answer.text
    assert "Une longue note</textarea>" in answer.text
    assert _decisions(office) == []


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}])
@pytest.mark.parametrize(
    "wrong",
    [
        ("", "Une longue note", "Choisissez une des quatre décisions."),
        ("bogus", "Une longue note", "Choisissez une des quatre décisions."),
        ("out_of_remit", "", "Dites dans la note pourquoi"),
        ("later", "n" * 1001, "La note compte 1001 signes ; raccourcissez-la à 1000."),
    ],
)
def test_a_group_that_left_the_agenda_meanwhile_keeps_its_form_and_its_note(
    sign_in: SignIn, office: Office, headers: dict[str, str], wrong: tuple[str, str, str]
) -> None:
    decision, note, message = wrong
    approved = a_group_draft(DRAFTED, state=DraftState.APPROVED, decided_at=NOW)
    with office.store.changing() as change:
        change.save_draft(approved, expected_revision=1)
    client = sign_in("ines")
    assert 'id="sujet-drafted"' not in client.get(f"/revue/comite/{MONTH}").text

    answer = client.post(
        f"/revue/comite/{MONTH}/sujets/drafted",
        data={"decision": decision, "note": note, "agence": "urssaf"},
        headers=headers,
    )

    assert answer.status_code == 422
    assert message in answer.text
    assert f"{note}</textarea>" in answer.text
    assert "N'est plus à l'ordre du jour" in answer.text
    assert _decisions(office) == []


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}])
def test_a_committee_that_is_over_takes_no_decision_and_keeps_the_note(
    sign_in: SignIn, office: Office, records: Records, headers: dict[str, str]
) -> None:
    client = sign_in("ines")
    closed = client.get("/revue/comite/2000-01").text

    answer = client.post(
        "/revue/comite/2000-01/sujets/drafted",
        data={"decision": "bogus", "note": "Une longue note"},
        headers=headers,
    )

    assert "Ce comité est clos" in closed
    assert answer.status_code == 422
    assert "Ce comité est clos : une décision s&#39;enregistre pour le mois en cours" in answer.text
    assert "Une longue note</textarea>" in answer.text
    assert SqlAgendaStore(records.database).decisions() == []


def test_an_old_agenda_offers_no_form(sign_in: SignIn, office: Office, records: Records) -> None:
    office.committee = open_committee(records, lambda: datetime(2027, 1, 15, tzinfo=UTC))

    page = sign_in("carla").get(f"/revue/comite/{MONTH}").text

    assert 'id="sujet-drafted"' in page
    assert 'name="decision"' not in page


def test_a_form_is_shown_to_whoever_may_decide_alone(sign_in: SignIn) -> None:
    address = f"/revue/comite/{MONTH}"

    referent, stranger = sign_in("ines").get(address).text, sign_in("ugo").get(address).text
    coordinator = sign_in("carla").get(address).text

    assert [page.count('name="decision" value="write"') for page in (referent, stranger, coordinator)] == [1, 0, 2]


def _decisions(office: Office) -> list[object]:
    return [decision for item in office.committee.agenda(MONTH).items for decision in item.decisions]
