"""An agency's card is that of whoever serves where the visitor is."""

from dataclasses import replace

import pytest

from noa_rag.domain.agency import Agency, AgencyId, LocalOffice

DREETS = LocalOffice("La DREETS de votre région", "https://dreets.gouv.fr", phone="0 806 000 126")
DRIEETS = Agency(
    AgencyId("drieets-idf"),
    "DRIEETS Île-de-France",
    "https://idf.drieets.gouv.fr",
    hours="9 h à 12 h",
    regions=("FR-IDF",),
    elsewhere=DREETS,
)
POLICE = replace(DRIEETS, id=AgencyId("police"), regions=("FR-75", "FR-92"))


@pytest.mark.parametrize("region", ["FR-IDF", "FR-75", "FR-93"])
def test_a_visitor_of_its_region_is_given_the_agency_alone(region: str) -> None:
    assert DRIEETS.serving(region) == replace(DRIEETS, elsewhere=None)


@pytest.mark.parametrize("region", ["FR-BRE", "FR-35", "FR-974"])
def test_a_visitor_of_another_region_is_given_its_counterpart_there(region: str) -> None:
    card = DRIEETS.serving(region)

    assert card is not None
    assert (card.id, card.name, card.url) == ("drieets-idf", DREETS.name, DREETS.url)
    assert (card.phone, card.hours, card.elsewhere) == (DREETS.phone, None, None)


def test_nobody_is_named_where_the_agency_does_not_serve_and_has_no_counterpart() -> None:
    assert replace(DRIEETS, elsewhere=None).serving("FR-BRE") is None


def test_a_visitor_of_an_unknown_region_is_given_the_network_rather_than_one_region_s_office() -> None:
    card = DRIEETS.serving(None)

    assert card is not None
    assert (card.id, card.name, card.elsewhere) == ("drieets-idf", DREETS.name, None)
    alone = replace(DRIEETS, elsewhere=None)
    assert alone.serving(None) == alone


def test_where_it_may_serve_the_card_keeps_whom_to_ask_elsewhere() -> None:
    assert POLICE.serving("FR-IDF") == POLICE  # Paris or Melun: the region does not say


def test_an_agency_of_all_of_france_serves_everywhere() -> None:
    inpi = Agency(AgencyId("inpi"), "INPI", "https://www.inpi.fr")

    assert {inpi.serving(region) for region in (None, "FR-BRE", "FR-75")} == {inpi}
