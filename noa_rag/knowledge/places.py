"""The communes of France: from the open data of Etalab to one compact file, and from that to a gazetteer."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from noa_rag.domain.errors import NoaError
from noa_rag.domain.regions import REGION_OF_DEPARTEMENT, REGIONS, Place
from noa_rag.french.known_places import fold_name
from noa_rag.french.places import Gazetteer, commune_line

FORMAT = "places 1"
# Former communes, whose names people go on using; the districts of Paris, Lyon and Marseille bear no name of their own.
KINDS = ("commune-actuelle", "commune-deleguee", "commune-associee")
_SMALL_WORDS = frozenset(["l", "le", "la", "les", "d", "de", "du", "des", "en", "et", "sur", "sous", "aux", "au", "a"])


def write_places(path: Path, communes: bytes, words: bytes, *, source: str) -> int:
    """Write the communes by folded name, one line a name, and return how many names there are.

    `communes` and `words` are JSON lists, of communes as Etalab publishes them and of ordinary French words; `source`
    says in the first line what the file was made of.
    """
    ordinary = {fold_name(word) for word in json.loads(words)}
    by_name: dict[str, list[Place]] = defaultdict(list)
    for row in json.loads(communes):
        code = f"FR-{row['departement']}" if "departement" in row else ""
        if row["type"] in KINDS and (code in REGION_OF_DEPARTEMENT or code in REGIONS):
            by_name[fold_name(row["nom"])].append(Place(row["nom"], code, _population(row)))
    lines = [
        f"{name}\t{commune_line(_distinct(places), is_ordinary=_is_ordinary(name, ordinary))}"
        for name, places in sorted(by_name.items())
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_text("\n".join([f"{FORMAT} {source}", *lines]) + "\n", encoding="utf-8")
    partial.replace(path)
    return len(lines)


def is_made_of(path: Path, source: str) -> bool:
    """Whether the file is there, in today's form and made of that source."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline().strip() == f"{FORMAT} {source}"
    except (OSError, UnicodeDecodeError):
        return False


def read_gazetteer(path: Path) -> Gazetteer:
    """Return a gazetteer with the communes of a file; where there is none, it knows the larger towns alone.

    Raises NoaError for a file that is not one of ours.
    """
    try:
        first, *lines = path.read_text(encoding="utf-8").splitlines()
        if not first.startswith(f"{FORMAT} "):
            raise ValueError(f"its first line is {first[:60]!r}")
        return Gazetteer(dict(line.split("\t", 1) for line in lines))
    except FileNotFoundError:
        return Gazetteer()
    except (OSError, ValueError) as error:
        raise NoaError(
            f"{path} cannot be read as a list of places: {error}. Delete it and run `make install`."
        ) from error


def _population(row: Mapping[str, Any]) -> int:
    return int(row.get("population", 0))


def _distinct(places: Collection[Place]) -> list[Place]:
    """Return one place for each name and département, the most populous."""
    largest: dict[str, Place] = {}
    for place in sorted(places, key=lambda one: (-one.population, one.code)):
        largest.setdefault(place.code, place)
    return list(largest.values())


def _is_ordinary(name: str, ordinary: Collection[str]) -> bool:
    """Whether a name could be a phrase: all its words are of the language, as in "Neuf-Marché" or "Le Port"."""
    words = [word for word in name.split() if word not in _SMALL_WORDS]
    return all(word in ordinary for word in words)
