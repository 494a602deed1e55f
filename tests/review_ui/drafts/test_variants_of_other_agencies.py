"""The pages say which other agency has to approve a variant, take the draft there, and show who approved what."""

import html
from dataclasses import replace
from datetime import date

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryId, Translation, fingerprint
from noa_rag.domain.people import PersonId
from noa_rag.service.office import Office
from tests.factories import a_new_version
from tests.review_ui.desk_helpers import CONTENT, page_of
from tests.review_ui.review_people import Client, SignIn

INES = PersonId("ines")
GENERAL, VARIANT = EntryId("cotisations"), EntryId("cotisations-en-bretagne")
APPROVE = "Approuver et publier"


@pytest.fixture
def variant(office: Office) -> Draft:
    """A draft of the INPI that is the variant of an entry of the Urssaf."""
    general = a_new_version(GENERAL, agency_id=AgencyId("urssaf"), question="Quelles cotisations ?")
    office.noa.records.entries.add_versions([general])
    return office.desk.propose(INES, VARIANT, replace(CONTENT, variant_of=GENERAL, regions=("FR-BRE",)))


def shown(client: Client, draft: Draft) -> str:
    return html.unescape(client.get(page_of(draft)).text).replace("\xa0", " ").replace("\u202f", " ")


def test_the_writer_finds_which_agency_has_to_approve_and_passes_the_draft_on(
    sign_in: SignIn, office: Office, variant: Draft
) -> None:
    client = sign_in("ines")

    page = shown(client, variant)
    assert APPROVE not in page
    assert "variante de la fiche « Quelles cotisations ? » de l'agence URSSAF" in page
    assert "transmettez-le à l'agence URSSAF" in page
    assert "Ugo Bernard" in page  # who may approve it
    assert '<option value="urssaf" selected>' in page

    assert client.post(page_of(variant) + "/approuver", data={"revision": "1"}).status_code == 403
    sent = {"revision": "1", "hand_over_agency": "urssaf", "hand_over_reason": "Pour la Bretagne."}
    assert client.post(page_of(variant) + "/transmettre", data=sent).status_code == 303

    client = sign_in("ugo")
    assert page_of(variant) in client.get("/revue/").text  # it waits in her list
    page = shown(client, variant)
    assert "Pour la Bretagne." in page
    assert "INPI, dont c'est le texte, l'a approuvée" in page
    assert APPROVE in page
    assert client.post(page_of(variant) + "/approuver", data={"revision": "2"}).status_code == 303
    version = office.current(VARIANT)
    assert (version.content.agency_id, version.approver) == ("inpi", "ugo")


def test_a_change_of_a_variant_is_offered_to_the_familys_owner_alone(
    sign_in: SignIn, office: Office, variant: Draft
) -> None:
    office.noa.records.entries.add_versions([a_new_version(VARIANT, variant_of=GENERAL, regions=("FR-BRE",))])
    changed = replace(CONTENT, variant_of=GENERAL, regions=("FR-BRE",), answer="Autrement.")
    office.desk.decline(INES, variant.id, 1, "à refaire")
    draft = office.desk.propose(INES, VARIANT, changed)

    page = sign_in("ines").get(page_of(draft)).text

    offered = page.partition('id="hand_over_agency"')[2].partition("</select>")[0]
    assert offered.count("<option") == 2
    assert '<option value="urssaf" selected>' in offered


def test_no_page_and_no_interface_names_a_contributor_that_did_not_consent(client: Client, office: Office) -> None:
    english = Translation("en", "How?", "So.", of=fingerprint(CONTENT), translated_on=date(2026, 11, 24))
    content = replace(CONTENT, contributors=(AgencyId("urssaf"),), translations=(english,))
    office.noa.records.entries.add_versions([replace(a_new_version("renouveler"), content=content)])
    office.noa.refresh()

    pages = [
        client.get(path) for path in ("/entrees/renouveler", "/en/entries/renouveler", "/api/v1/entries/renouveler")
    ]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert not [page.url for page in pages if "urssaf" in page.text.casefold()]
