"""The regions and départements of France under their ISO 3166-2 codes."""

from dataclasses import dataclass

REGIONS: dict[str, str] = {
    "FR-ARA": "Auvergne-Rhône-Alpes",
    "FR-BFC": "Bourgogne-Franche-Comté",
    "FR-BRE": "Bretagne",
    "FR-CVL": "Centre-Val de Loire",
    "FR-20R": "Corse",
    "FR-GES": "Grand Est",
    "FR-HDF": "Hauts-de-France",
    "FR-IDF": "Île-de-France",
    "FR-NOR": "Normandie",
    "FR-NAQ": "Nouvelle-Aquitaine",
    "FR-OCC": "Occitanie",
    "FR-PDL": "Pays de la Loire",
    "FR-PAC": "Provence-Alpes-Côte d'Azur",
    "FR-971": "Guadeloupe",
    "FR-972": "Martinique",
    "FR-973": "Guyane",
    "FR-974": "La Réunion",
    "FR-976": "Mayotte",
}

_DEPARTEMENTS_OF = {
    "FR-ARA": "01 03 07 15 26 38 42 43 63 69 73 74",
    "FR-BFC": "21 25 39 58 70 71 89 90",
    "FR-BRE": "22 29 35 56",
    "FR-CVL": "18 28 36 37 41 45",
    "FR-20R": "2A 2B",
    "FR-GES": "08 10 51 52 54 55 57 67 68 88",
    "FR-HDF": "02 59 60 62 80",
    "FR-IDF": "75 77 78 91 92 93 94 95",
    "FR-NOR": "14 27 50 61 76",
    "FR-NAQ": "16 17 19 23 24 33 40 47 64 79 86 87",
    "FR-OCC": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "FR-PDL": "44 49 53 72 85",
    "FR-PAC": "04 05 06 13 83 84",
}

# ISO 3166-2 renamed Paris to FR-75C in 2021; people and files still write FR-75.
REGION_OF_DEPARTEMENT: dict[str, str] = {
    f"FR-{number}": region for region, numbers in _DEPARTEMENTS_OF.items() for number in numbers.split()
} | {"FR-75C": "FR-IDF"}


def region_of(code: str) -> str:
    """Return the region in which a région or département lies."""
    return REGION_OF_DEPARTEMENT.get(code, code)


def is_known_region(code: str) -> bool:
    """Whether a code names a French region or département."""
    return code in REGIONS or code in REGION_OF_DEPARTEMENT


def covers(entry_regions: tuple[str, ...], visitor_region: str | None) -> bool:
    """Whether an entry holds where the visitor is; an unknown place excludes nothing."""
    if not entry_regions or visitor_region is None:
        return True
    places = {visitor_region, REGION_OF_DEPARTEMENT.get(visitor_region)}
    return any(place in entry_regions for place in places if place)


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its name; `code` is the ISO 3166-2 one of its département, or of its region if we know no more."""

    name: str
    code: str
    population: int = 0

    @property
    def region(self) -> str:
        return region_of(self.code)
