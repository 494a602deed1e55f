"""The list of communes: made of open data once, read in a moment, never half-read."""

import json
from pathlib import Path

import pytest

from noa_rag.domain.errors import NoaError
from noa_rag.service.downloads import is_made_of, read_gazetteer, write_places

COMMUNES = [
    {"nom": "Bonne", "type": "commune-actuelle", "departement": "74", "population": 3_400},
    {"nom": "Neuf-Marché", "type": "commune-actuelle", "departement": "76", "population": 600},
    {"nom": "Cherbourg-Octeville", "type": "commune-deleguee", "departement": "50"},
    {"nom": "Saint-Paul", "type": "commune-actuelle", "departement": "974", "population": 103_000},
    {"nom": "Saint-Paul", "type": "commune-actuelle", "departement": "60", "population": 1_600},
    {"nom": "Paris 1er Arrondissement", "type": "arrondissement-municipal", "departement": "75"},
    {"nom": "Nouméa", "type": "commune-actuelle", "population": 94_000},
]
WORDS = ["bonne", "neuf", "marché"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "places.tsv"
    write_places(path, json.dumps(COMMUNES).encode(), json.dumps(WORDS).encode(), source="a b")
    return path


def test_communes_of_today_and_former_ones_are_kept_by_name(path: Path) -> None:
    gazetteer = read_gazetteer(path)

    assert gazetteer.commune_count == 4
    assert gazetteer.where("à Cherbourg-Octeville").code == "FR-50"
    assert gazetteer.where("à Saint-Paul").code == "FR-974"


def test_names_made_of_ordinary_words_want_their_capital(path: Path) -> None:
    gazetteer = read_gazetteer(path)

    assert gazetteer.where("à Bonne").code == "FR-74"
    assert gazetteer.named("à bonne allure, sur neuf marchés, à neuf marché") == []


def test_the_file_says_what_it_was_made_of(path: Path) -> None:
    assert is_made_of(path, "a b")
    assert not is_made_of(path, "a c")
    assert not is_made_of(path.with_name("absent"), "a b")


def test_another_file_is_refused_with_what_to_do(path: Path) -> None:
    path.write_text("anything\n", encoding="utf-8")

    with pytest.raises(NoaError, match="noa setup"):
        read_gazetteer(path)
