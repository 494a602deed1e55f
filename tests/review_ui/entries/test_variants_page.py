"""The families' page: what was asked for without a variant, and the editor that a click opens."""

import pytest

from noa_rag.domain.entry import Audience, EntryId
from noa_rag.service.office import Office
from noa_rag.service.records import Records
from tests.factories import a_new_version, a_question, a_recorded_question, an_answer, an_entry_version
from tests.review_ui.review_people import SignIn

GENERAL = EntryId("deposer-une-marque")  # the entry that the base of these tests holds
BRETAGNE = a_new_version(
    "marque-bretagne", variant_of=GENERAL, regions=("FR-BRE",), question="Une marque en Bretagne ?"
)


@pytest.fixture(autouse=True)
def _family(office: Office, records: Records) -> None:
    records.entries.add_versions([BRETAGNE])


def ask(records: Records, number: int, *, region: str | None = None, audience: Audience | None = None) -> None:
    answer = an_answer(an_entry_version(GENERAL))
    question = a_question(region=region, audience=audience)
    records.questions.record(a_recorded_question(f"{number:032}", question=question, answer=answer))


def test_what_was_asked_for_without_a_variant_is_counted_by_region(sign_in: SignIn, records: Records) -> None:
    for number, region in enumerate(["FR-NOR", "FR-76", "FR-NOR", "FR-OCC", "FR-BRE", "FR-29", None]):
        ask(records, number, region=region)

    page = sign_in("ines").get("/revue/variantes").text

    assert "Variantes publiées : Bretagne." in page
    normandie, occitanie = page.index(">Normandie</th>"), page.index(">Occitanie</th>")
    assert normandie < occitanie
    assert '<td class="number">3</td>' in page[normandie:occitanie]  # the Seine-Maritime lies in it
    assert '<td class="number">1</td>' in page[occitanie:]
    assert ">Bretagne</th>" not in page


def test_a_variant_that_is_published_takes_its_line_away(sign_in: SignIn, records: Records) -> None:
    ask(records, 1, region="FR-NOR")
    records.entries.add_versions(
        [a_new_version("marque-normandie", variant_of=GENERAL, regions=("FR-NOR",), question="En Normandie ?")]
    )

    page = sign_in("ines").get("/revue/variantes").text

    assert ">Normandie</th>" not in page
    assert "Personne n'a demandé" in page


def test_a_public_without_a_variant_counts_where_there_are_variants_by_public(
    sign_in: SignIn, records: Records
) -> None:
    ask(records, 1, audience=Audience.PME)
    assert ">PME</th>" not in sign_in("ines").get("/revue/variantes").text

    micro = a_new_version(
        "marque-micro", variant_of=GENERAL, audiences=(Audience.MICRO_ENTREPRENEUR,), question="Micro ?"
    )
    records.entries.add_versions([micro])

    assert ">PME</th>" in sign_in("ines").get("/revue/variantes").text


def test_a_click_begins_the_variant_in_the_editor(sign_in: SignIn, records: Records) -> None:
    ask(records, 1, region="FR-76")
    client = sign_in("ines")
    page = client.get("/revue/variantes").text

    address = f"/revue/fiches/nouvelle?variante={GENERAL}&amp;region=FR-NOR"
    assert address in page
    editor = client.get(address.replace("&amp;", "&")).text

    assert f'name="variant_of" type="text" value="{GENERAL}"' in editor
    assert 'id="regions-FR-NOR" name="regions" value="FR-NOR" checked' in editor
    assert "Comment déposer une marque ?" in editor
