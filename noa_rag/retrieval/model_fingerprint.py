"""A name for a model's content, so that vectors of another content are never mistaken for its own."""

import hashlib
from pathlib import Path

from noa_rag.derived import sha256_of
from noa_rag.retrieval.bundled_model.manifest import checksum_in_manifest
from noa_rag.retrieval.bundled_model.unpacking import FINGERPRINTED_NAMES

CONTENT_SUFFIXES = (".onnx", ".onnx_data", ".safetensors", ".bin", ".json", ".model", ".txt")
KEPT_CHARACTERS = 16


def model_of(fingerprint: str) -> str:
    """Return the model that a fingerprint names, with its adapter, whatever the processor it was unpacked for.

    What is learned from vectors goes with it: variants of one model differ by rounding only.
    """
    return fingerprint.partition("-int8")[0]


def fingerprint_of(folder: Path) -> str:
    """The folder's name and a checksum of what decides its vectors; 0.4 s for each gigabyte without a manifest."""
    try:
        checksum = checksum_in_manifest(folder, FINGERPRINTED_NAMES)
    except (FileNotFoundError, KeyError):
        checksum = _checksum_of(folder)
    return f"{folder.resolve().name}#{checksum}"


def _checksum_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in CONTENT_SUFFIXES:
            digest.update(f"{path.relative_to(folder).as_posix()} {sha256_of(path)}\n".encode())
    return digest.hexdigest()[:KEPT_CHARACTERS]
