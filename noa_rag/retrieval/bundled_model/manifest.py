"""What a prepared folder must contain; a folder without its manifest was never finished."""

import json
from pathlib import Path
from typing import Any

from noa_rag.derived import sha256_of

MANIFEST_NAME = "manifest.json"
MANIFEST_VERSION = 2  # Raise it when unpacking changes: older folders are then unpacked again.


def write_manifest(folder: Path) -> None:
    """Record the size and checksum of every file; written last, through a rename."""
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST_NAME
    }
    temporary = folder / f".{MANIFEST_NAME}"
    temporary.write_text(json.dumps({"version": MANIFEST_VERSION, "files": files}, indent=2), encoding="utf-8")
    temporary.replace(folder / MANIFEST_NAME)


def find_damage(folder: Path, *, thorough: bool = False) -> list[str]:
    """What is wrong with a prepared folder, one sentence each; sizes only, unless thorough."""
    manifest = _read_manifest(folder)
    if manifest is None:
        return [f"{folder} has no readable {MANIFEST_NAME} of version {MANIFEST_VERSION}"]
    complaints = []
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            complaints.append(f"{name} is missing")
        elif path.stat().st_size != expected["bytes"]:
            complaints.append(f"{name} has {path.stat().st_size} bytes, expected {expected['bytes']}")
        elif thorough and sha256_of(path) != expected["sha256"]:
            complaints.append(f"{name} has another checksum than when it was written")
    return complaints


def checksum_in_manifest(folder: Path, names: tuple[str, ...]) -> str:
    """One checksum over several files, from what the manifest recorded."""
    manifest = _read_manifest(folder)
    if manifest is None:
        raise FileNotFoundError(folder / MANIFEST_NAME)
    return "+".join(str(manifest["files"][name]["sha256"])[:12] for name in names)


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or manifest.get("version") != MANIFEST_VERSION:
        return None
    return manifest if isinstance(manifest.get("files"), dict) else None
