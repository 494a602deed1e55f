"""The pages whose text the operator writes, and what they say until then."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.question import Language
from tests.web.fake_service import FakeService, a_host_site

Client = TestClient[Litestar]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/mentions-legales", "Qui répond des fiches"),
        ("/en/legal", "Who answers for"),
        ("/donnees-personnelles", "au bout de 396"),
        ("/en/privacy", "after 396 days"),
    ],
)
def test_a_page_that_was_not_written_says_so_and_what_noa_knows_and_tells_nobody_to_write_it(
    client: Client, path: str, says: str
) -> None:
    page = client.get(path).text.replace("&#39;", "'").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")

    assert 'class="to-complete"' in page
    assert says in page
    assert "À compléter" not in page
    assert "doit y indiquer" not in page


def test_what_the_operator_wrote_stands_in_place_of_it(client: Client, service: FakeService) -> None:
    service.written_pages["legal"] = ("# Éditeur\n\nLa **préfecture**.<script>", Language.FRENCH)

    page = client.get("/mentions-legales").text

    assert "<h2>Éditeur</h2>" in page
    assert "<strong>préfecture</strong>" in page
    assert "<script>" not in page
    assert "to-complete" not in page


def test_an_english_page_says_that_the_operators_text_is_in_french(client: Client, service: FakeService) -> None:
    service.written_pages["accessibility"] = ("Déclaration.", Language.FRENCH)

    page = client.get("/en/accessibility").text

    assert "This text is in French." in page
    assert '<div lang="fr"><p>Déclaration.</p>' in page


@pytest.mark.parametrize("path", ["/accessibilite", "/en/accessibility"])
def test_a_declaration_is_contradicted_by_nothing_beneath(client: Client, service: FakeService, path: str) -> None:
    service.written_pages["accessibility"] = ("Conformité totale.", Language.FRENCH)

    page = client.get(path).text

    assert "Conformité totale." in page
    assert "audit" not in page
    assert "axe" not in page


@pytest.mark.parametrize(
    ("declared", "french", "english"),
    [
        ("none", "Accessibilité : non conforme", "Accessibility: not compliant"),
        ("partial", "Accessibilité : partiellement conforme", "Accessibility: partially compliant"),
        ("full", "Accessibilité : totalement conforme", "Accessibility: fully compliant"),
    ],
)
def test_every_footer_says_how_far_the_pages_conform(
    client: Client, service: FakeService, declared: str, french: str, english: str
) -> None:
    service.declared = declared

    assert f"{french}</a>" in client.get("/").text
    assert f"{french}<span" in client.get(f"/widget/{a_host_site().key}").text
    assert f"{english}</a>" in client.get("/en/").text
