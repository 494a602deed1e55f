"""The audit's page: who may read it, what it shows, and that tampering shows."""

import pytest
from sqlalchemy import text

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import PersonId, Role
from noa_rag.service.office import Office
from noa_rag.service.records import Records
from review_ui.journal.pages import PAGE_LENGTH
from tests.databases import unguard
from tests.review_ui.review_people import SignIn


def test_the_newest_page_shows_the_chains_head_and_that_it_is_sound(sign_in: SignIn, office: Office) -> None:
    page = sign_in("quentin").get("/revue/journal").text
    head = office.audit.head()

    assert head is not None
    assert head.hash in page
    assert "La chaîne est intacte" in page
    assert "Compte créé" in page


def test_a_line_that_was_changed_is_told(sign_in: SignIn, records: Records) -> None:
    client = sign_in("quentin")
    with records.database.writing() as connection:
        unguard(connection)
        connection.execute(text("update audit set actor = 'somebody' where number = 2"))

    page = client.get("/revue/journal").text

    assert "La chaîne n'est pas intacte" in page
    assert "la ligne 2 a été modifiée : son empreinte n&#39;est pas celle de ce qu&#39;elle dit" in page


def test_a_hash_noted_earlier_is_looked_for_in_the_chain(sign_in: SignIn, office: Office) -> None:
    client = sign_in("quentin")
    first = office.audit.entries(before=2)[0].hash

    known = client.get(f"/revue/journal?empreinte={first.upper()}").text
    unknown = client.get(f"/revue/journal?empreinte={'f' * 64}").text
    wrong = client.get("/revue/journal?empreinte=<b>").text

    assert "La chaîne est intacte" in known
    assert "La chaîne n'est pas intacte" in unknown
    assert "Une empreinte compte 64 signes" in wrong
    assert 'value="&lt;b&gt;"' in wrong


def test_lines_are_filtered_and_paged(sign_in: SignIn, office: Office) -> None:
    for _ in range(PAGE_LENGTH // 2 + 1):
        office.people.disable(PersonId("ugo"), actor="adele")
        office.people.enable(PersonId("ugo"), actor="adele")  # two lines each time, and one when ugo came
    client = sign_in("quentin")

    newest = client.get("/revue/journal?objet=ugo&acteur=adele").text
    [number] = [line.number for line in office.audit.entries(limit=1, before=_oldest_shown(office))]
    older = client.get(f"/revue/journal?objet=ugo&acteur=adele&avant={number + 1}").text

    assert newest.count("<tr>") == PAGE_LENGTH + 1  # with the row of headings
    assert f"avant={number + 1}" in newest
    assert older.count("<tr>") == 2 + 1
    assert "Revenir aux plus récentes" in older


@pytest.mark.parametrize("before", ["-1", "0", "abc", "9" * 40, "1 or 1=1"])
def test_a_senseless_page_number_shows_a_page(sign_in: SignIn, before: str) -> None:
    assert sign_in("quentin").get("/revue/journal", params={"avant": before}).status_code == 200


def _oldest_shown(office: Office) -> int:
    return office.audit.entries(limit=PAGE_LENGTH, subject="ugo", actor="adele")[-1].number


def test_several_roles_are_told_in_words(sign_in: SignIn, office: Office) -> None:
    both = {Role.REFERENT, Role.COORDINATOR}
    office.people.set_roles(PersonId("ines"), both, {AgencyId("inpi")}, actor="adele")

    page = sign_in("quentin").get("/revue/journal").text

    assert "rôles : coordination, référent<" in page
