"""Places that people name, whatever the preposition, and words that only look like places."""

import pytest

from noa_rag.domain.regions import REGION_OF_DEPARTEMENT, REGIONS, region_of
from noa_rag.french.known_places import DEPARTEMENTS
from noa_rag.french.places import _KNOWN, BUILT_IN


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        # towns, with and without accents, in both languages
        ("Je vends des glaces à Lyon.", {"FR-ARA"}),
        ("jouvre un resto a creteil", {"FR-IDF"}),
        ("une boulangerie de Strasbourg", {"FR-GES"}),
        ("vers Bordeaux ou près de Nantes", {"FR-PDL"}),  # "vers Bordeaux": a wine, as far as the word goes
        ("un local sur Rennes", {"FR-BRE"}),
        ("A flat in Lille", {"FR-HDF"}),
        ("I moved from Marseille to a house near Paris", {"FR-PAC", "FR-IDF"}),
        ("j'habite à Aix-en-Provence", {"FR-PAC"}),
        ("à Boulogne-Billancourt", {"FR-IDF"}),
        ("à Boulogne-sur-Mer", {"FR-HDF"}),
        ("à La Rochelle", {"FR-NAQ"}),
        ("un garage au Mans", {"FR-PDL"}),
        ("taux versement mobilité lyon", {"FR-ARA"}),  # last among keywords
        ("urssaf lyon", {"FR-ARA"}),
        ("kbis paris", {"FR-IDF"}),
        ("soldes dates haut rhin 68 cette année", {"FR-GES"}),  # a name that nothing else bears
        ("horaire fermeture bar marseille", {"FR-PAC"}),
        ("le port du Havre", {"FR-NOR"}),
        ("à Pointe-à-Pitre", {"FR-971"}),
        ("a pointe a pitre", {"FR-971"}),
        ("à Saint-Denis", {"FR-IDF", "FR-974"}),
        ("à Saint-Denis de La Réunion", {"FR-974"}),
        # départements, compound names before the shorter ones that they hold
        ("dans l'Essonne", {"FR-IDF"}),
        ("dans le Val-d'Oise", {"FR-IDF"}),
        ("dans le Val-de-Marne", {"FR-IDF"}),
        ("en Seine-et-Marne", {"FR-IDF"}),
        ("dans la Marne", {"FR-GES"}),
        ("dans l'Oise", {"FR-HDF"}),
        ("en Seine-Saint-Denis", {"FR-IDF"}),
        ("en Loire-Atlantique", {"FR-PDL"}),
        ("dans la Loire", {"FR-ARA"}),
        ("dans le Lot", {"FR-OCC"}),
        ("dans le Lot-et-Garonne", {"FR-NAQ"}),
        ("en Haute-Corse", {"FR-20R"}),
        ("dans les Landes", {"FR-NAQ"}),
        ("dans le Territoire de Belfort", {"FR-BFC"}),
        # regions, and other names for them
        ("en Île-de-France", {"FR-IDF"}),
        ("en ile de france", {"FR-IDF"}),
        ("en IDF", {"FR-IDF"}),
        ("en Provence-Alpes-Côte d'Azur", {"FR-PAC"}),
        ("en PACA", {"FR-PAC"}),
        ("dans les Hauts-de-France", {"FR-HDF"}),
        ("dans les Pays de la Loire", {"FR-PDL"}),
        ("dans le Grand Est", {"FR-GES"}),
        ("en Alsace", {"FR-GES"}),
        ("in Brittany", {"FR-BRE"}),
        ("à La Réunion", {"FR-974"}),
        ("en Guadeloupe ou à Mayotte", {"FR-971", "FR-976"}),
        # common words that are places here
        ("à Tours", {"FR-CVL"}),
        ("À NICE", {"FR-PAC"}),
        ("a\u0300 Nice", {"FR-PAC"}),  # the accent as a sign of its own
        ("près de Nice", {"FR-PAC"}),
        ("in Nice", {"FR-PAC"}),
        ("en Champagne", {"FR-GES"}),
        ("dans la Somme", {"FR-HDF"}),
    ],
)
def test_places_are_known_by_their_region(text: str, regions: set[str]) -> None:
    assert BUILT_IN.regions_named(text) == regions


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Comment déposer une marque ?",
        "Combien de tours de table avant la levée ?",
        "trois tours par mois",
        "I would like a nice logo",
        "a nice shop",
        "I owe a lot to two banks",
        "un lot de vaisselle, vendu en lot",
        "le lot n° 3 du marché",
        "la somme due, en somme",
        "le plus cher et le moins cher",
        "importer du champagne et du calvados",
        "une caisse de bordeaux",
        "convoquer la réunion du CSE",
        "Gare du Nord",
        "au nord de la Loire",
        "Champigny-sur-Marne",  # no preposition; and the river is not the département
        "avant ou après avoir embauché mon maçon ?",
        "Lyon",  # behind nothing a name may be that of a person, a street, a football club
    ],
)
def test_words_that_only_look_like_places_do_not_count(text: str) -> None:
    assert BUILT_IN.regions_named(text) == frozenset()


def test_every_place_lies_in_a_region_that_exists() -> None:
    assert {region_of(place.code) for places in _KNOWN.values() for place in places} == REGIONS.keys()


def test_every_departement_has_its_name() -> None:
    assert {f"FR-{number}" for number in DEPARTEMENTS} == REGION_OF_DEPARTEMENT.keys() - {"FR-75C"}


@pytest.mark.parametrize(
    ("text", "entry_regions", "is_so"),
    [
        ("une licence IV à Lyon", ("FR-75",), True),
        ("une licence IV à Lyon", ("FR-75C",), True),
        ("une licence IV à Lyon", ("FR-IDF",), True),
        ("horaire fermeture bar marseille", ("FR-75",), True),
        ("une licence IV à Lyon", ("FR-IDF", "FR-ARA"), False),
        ("une licence IV à Lyon", ("FR-69",), False),
        ("une licence IV à Lyon", (), False),  # an entry without regions holds anywhere
        ("une licence IV à Paris", ("FR-75",), False),
        ("une licence IV à Versailles", ("FR-75",), False),  # places are known by region, no closer
        ("une licence IV à Meaux", ("FR-IDF",), False),
        ("une licence IV", ("FR-75",), False),  # no place named
        ("de Lyon à Paris", ("FR-IDF",), False),  # one of the two is enough
        ("en Corse-du-Sud", ("FR-2A",), False),
        ("à Fort-de-France", ("FR-971",), True),
    ],
)
def test_a_question_is_elsewhere_when_no_place_it_names_is_the_entry_s(
    text: str, entry_regions: tuple[str, ...], is_so: bool
) -> None:
    assert BUILT_IN.is_elsewhere(text, entry_regions) is is_so


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Quelles aides à Saint-Denis, à La Réunion ?", "Quelles aides ?"),
        ("les aides pour créer à 35000 Rennes", "les aides pour créer"),
        ("quelles aides dans le 69", "quelles aides"),
        ("le prix du lot", "le prix du lot"),
        ("TVA à Saint-Étienne (42)", "TVA"),
        ("soldes dates haut rhin 68 cette année", "soldes dates cette année"),
        ("embaucher à Lyon 42 salariés", "embaucher 42 salariés"),
        ("Je suis coiffeuse à Quimper, dois-je payer la CFE ?", "Je suis coiffeuse, dois-je payer la CFE ?"),
        ("A Lyon, quelles aides pour un food truck ?", "quelles aides pour un food truck ?"),
        ("aides région Bretagne", "aides région"),
        ("licence 4 à Paris 11e", "licence 4"),
        ("de Lyon à Paris", ""),
    ],
)
def test_a_text_without_its_places_keeps_everything_else(text: str, rest: str) -> None:
    assert BUILT_IN.without_places(text) == rest
