"""Loading models with sentence-transformers, and the fingerprint that tells one model's content from another's."""

import contextlib
import hashlib
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, TypeVar

from noa_rag.derived import sha256_of
from noa_rag.domain.errors import ModelUnavailable
from noa_rag.retrieval.bundled_model import checksum_in_manifest
from noa_rag.retrieval.bundled_model.unpacking import FINGERPRINTED_NAMES

if TYPE_CHECKING:
    from onnxruntime import SessionOptions

MAX_THREADS = 8  # A sentence is too little work for more.
ERROR_LIMIT = 400  # characters; one of the library's lists every kind of model that it knows
NOISY_LOGGERS = ("sentence_transformers", "transformers", "optimum")
Model = TypeVar("Model")
CONTENT_SUFFIXES = (".onnx", ".onnx_data", ".safetensors", ".bin", ".json", ".model", ".txt")
KEPT_CHARACTERS = 16


def load_quietly(
    load: Callable[..., Model], name: str, *, device: str | None, is_local: bool, what: str, advice: str
) -> Model:
    """Return a model of a folder, which never uses the network, or of a name on the Hugging Face hub.

    Without a device the library chooses: a GPU where there is one, except for ONNX. Raises ModelUnavailable, with the
    advice, when it cannot be loaded.
    """
    has_onnx = is_local and any(Path(name).rglob("*.onnx"))
    options = {"provider": "CPUExecutionProvider", "session_options": onnx_options()} if has_onnx else {}
    with _quiet():
        try:
            return load(
                name,
                device="cpu" if has_onnx else device,
                backend="onnx" if has_onnx else "torch",
                local_files_only=is_local,
                model_kwargs=options,
            )
        except Exception as error:  # The libraries raise whatever their parsers and their HTTP clients raise.
            seen = shorten(str(error), ERROR_LIMIT, placeholder="…")
            raise ModelUnavailable(f"The {what} {name} cannot be loaded: {seen}. {advice}") from error


def fingerprint_of_loaded(model: Any, name: str, *, is_local: bool) -> str:
    """Return the fingerprint of a folder, or the name on the hub with the revision that was loaded."""
    if is_local:
        return fingerprint_of(Path(name))
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    return f"{name}@{getattr(config, '_commit_hash', None) or 'unknown'}"


def onnx_options() -> "SessionOptions":
    """Return how onnxruntime runs a model that embeds."""
    from onnxruntime import SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = min(available_cores(), MAX_THREADS)
    # Spinning threads answer in 2.3 ms instead of 3.2 on idle cores, but in 7.4 instead of 3.9 when a core is busy.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False  # The arena kept 250 MB after a batch of long texts, and was no quicker.
    options.log_severity_level = 3  # errors; at 2 it warns about nodes it moved
    return options


def available_cores() -> int:
    """The cores this process may use; a container may have fewer than its machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' advice to their developers out of the log while a model loads."""
    levels = {name: logging.getLogger(name).level for name in NOISY_LOGGERS}
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def model_of(fingerprint: str) -> str:
    """Return the model that a fingerprint names, with its adapter; the processor it was unpacked for is left out.

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
