"""The communes of France, fetched by name and pinned version at set-up and kept as one compact file."""

import sys
from pathlib import Path

from noa_rag.domain.errors import NoaError
from noa_rag.french.places import Gazetteer
from noa_rag.knowledge.places import is_made_of, read_gazetteer, write_places
from noa_rag.service.fetched import PackageFile, from_npm
from noa_rag.settings import Settings, read_settings

# Code officiel géographique of 2026 with postal codes and populations, published by Etalab under the Licence Ouverte.
COMMUNES = PackageFile(
    "@etalab/decoupage-administratif@6.0.0",
    "package/data/communes.json",
    "6cafec09b4e127d08edc47f366b28261bee70cca323fbfcb957dd169fcad9284",
)
# 336,000 words in all their forms, no proper names (MIT): "Bonne" and "Le Port" are words too, "Annecy" is not.
ORDINARY_WORDS = PackageFile(
    "an-array-of-french-words@2.0.0",
    "package/index.json",
    "75e81515ed0714c8d98d6aa0cc71ba3094834653de005f9bdbb874257639e92d",
)
SOURCE = f"{COMMUNES.sha256[:16]} {ORDINARY_WORDS.sha256[:16]}"


def places_path(settings: Settings) -> Path:
    """Return where the list of places lies."""
    return settings.data_dir / "places.tsv"


def fetch_places(settings: Settings) -> Path:
    """Download the pinned packages with npm and write the list of places. Raises NoaError when they cannot be had."""
    path = places_path(settings)
    if not is_made_of(path, SOURCE):
        write_places(path, from_npm(COMMUNES), from_npm(ORDINARY_WORDS), source=SOURCE)
    return path


def open_gazetteer(settings: Settings) -> Gazetteer:
    """Return the places that a question may name; without the list, the larger towns."""
    return read_gazetteer(places_path(settings))


if __name__ == "__main__":
    try:
        fetch_places(read_settings())
    except NoaError as error:  # Noa answers without it, and `noa doctor` goes on saying so
        sys.stderr.write(f"{error} Noa knows the larger towns only.\n")
