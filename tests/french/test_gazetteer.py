"""Communes beside the places that Noa knows by itself: which names are places, and which of several is meant."""

import pytest

from noa_rag.domain.regions import Place
from noa_rag.french.known_places import fold_name
from noa_rag.french.places import BUILT_IN, Gazetteer, commune_line, read_commune

COMMUNES = (
    ([Place("Saint-Denis", "FR-974", 155_634), Place("Saint-Denis", "FR-93", 149_077)], False),
    ([Place("Valence", "FR-26", 64_749), Place("Valence", "FR-82", 5_190)], False),
    ([Place("Rennes", "FR-35", 225_000)], False),
    ([Place("Vienne", "FR-38", 31_000)], False),
    ([Place("Bonne", "FR-74", 3_400)], True),
    ([Place("Le Port", "FR-974", 34_000)], True),
    ([Place("Sevran", "FR-93", 51_000)], False),
    ([Place("Ambutrix", "FR-01", 760)], False),
    ([Place("Hans", "FR-51", 120)], False),
    ([Place("Us", "FR-95", 1_300)], False),
    ([Place("Les Ulis", "FR-91", 25_000)], False),
    ([Place("Évry", "FR-89", 402)], False),
    ([Place("Montréal", "FR-11", 1_900)], False),
    ([Place("La Réunion", "FR-47", 500)], False),
    ([Place("Saint-Rémy-de-Provence", "FR-13", 9_500)], False),
)
GAZETTEER = Gazetteer(
    {fold_name(places[0].name): commune_line(places, is_ordinary=is_ordinary) for places, is_ordinary in COMMUNES}
)


def test_a_line_of_communes_is_read_as_it_was_written() -> None:
    places = (Place("L'Haÿ-les-Roses", "FR-94", 31_000), Place("Autre", "FR-01", 0))

    assert read_commune(commune_line(places, is_ordinary=True)).places == places
    assert read_commune(commune_line(places, is_ordinary=True)).is_ordinary


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mon entreprise est à Ambutrix", "FR-01"),
        ("je suis d'Ambutrix", "FR-01"),
        ("un local a sevran", "FR-93"),
        ("un local à saint-rémy-de-provence", "FR-13"),
        ("à Bonne", "FR-74"),
        ("je suis de Bonne", "FR-74"),
        ("au Port", "FR-974"),
        ("près du Port", "FR-974"),
        ("aux Ulis", "FR-91"),
        ("à Valence", "FR-26"),  # 65,000 inhabitants against 5,000
        ("à Valence, dans le Tarn-et-Garonne", "FR-82"),
        ("à Vienne", "FR-38"),
        ("dans la Vienne", "FR-86"),
        ("à Évry", "FR-IDF"),  # Évry-Courcouronnes, which the register has under another name
        ("à La Réunion", "FR-974"),
        ("à Saint-Denis dans le 93", "FR-93"),
        ("à Saint-Denis de La Réunion", "FR-974"),
        ("35000 Rennes", "FR-35"),
        ("à Rennes (35000)", "FR-35"),
        ("code postal 97410", "FR-974"),
        ("cp 20090", "FR-2A"),
        ("dans le 69", "FR-69"),
        ("je monte une SASU dans le 93, vite", "FR-93"),
        ("les aides du 44", "FR-44"),
        ("dans le 2A", "FR-2A"),
        ("pour le département 75", "FR-75"),
        ("aides Occitanie TPE", "FR-OCC"),
        ("région Bretagne", "FR-BRE"),
        ("à Paris et en Île-de-France", "FR-75"),
        ("de Paris à Sevran", "FR-IDF"),
    ],
)
def test_a_place_is_told_by_its_code(text: str, code: str) -> None:
    assert GAZETTEER.where(text).code == code


@pytest.mark.parametrize(
    "text",
    [
        "à bonne distance",
        "de bonne foi",
        "Bonne question : comment faire ?",
        "UNE BONNE AIDE À BONNE",  # all in capitals, a capital says nothing
        "livrer au port",
        "la voiture de Hans",
        "of us",
        "classe de Nice",
        "en Grande-Bretagne",
        "j'habite à Montréal",
        "le 14 mars",
        "le 75 rue de la Paix",
        "dans le 20 %",
        "95 % du marché",
        "un chiffre d'affaires de 35000 euros",
        "le plafond de 77700 €",
        "une facture de 12000",
        "dans le 19e arrondissement",
    ],
)
def test_what_only_looks_like_a_place_is_none(text: str) -> None:
    assert GAZETTEER.named(text) == []


def test_a_name_of_several_large_towns_leaves_open_which_is_meant() -> None:
    where = GAZETTEER.where("ouvrir un salon à Saint-Denis")

    assert where.code is None
    assert [place.region for place in where.between] == ["FR-974", "FR-IDF"]


def test_a_low_number_may_be_a_district_of_paris() -> None:
    assert {place.code for place in GAZETTEER.where("un bar dans le 11").between} == {"FR-11", "FR-75"}


def test_places_of_several_regions_are_no_place() -> None:
    where = GAZETTEER.where("de Rennes à Valence")

    assert (where.code, where.between, where.regions) == (None, (), {"FR-BRE", "FR-ARA"})


def test_without_communes_the_larger_towns_regions_and_numbers_are_known() -> None:
    assert BUILT_IN.where("à Lyon").code == "FR-ARA"
    assert BUILT_IN.where("dans le 69").code == "FR-69"
    assert BUILT_IN.where("en Corse").code == "FR-20R"
    assert BUILT_IN.named("à Ambutrix") == []
    assert {place.region for place in BUILT_IN.where("à Saint-Denis").between} == {"FR-IDF", "FR-974"}
