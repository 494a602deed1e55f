"""The low-rank adapter that fits the model to what entrepreneurs ask, merged into its weights when it is unpacked.

LoRA (Hu et al. 2021): a layer's weights W become W + scale · B A, with B and A of a few rows and columns. The file is
peft's own, in half precision, made by `make encoder`; its metadata says from what, and with which figures.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from noa_rag.domain.errors import ModelUnavailable
from noa_rag.retrieval.bundled_model.sentence_folder import LAYER_TENSORS
from noa_rag.retrieval.bundled_model.weights_file import Q4Model

ADAPTER = Path(__file__).with_name("adapter.safetensors")
MODEL = "multilingual-e5-small"
PREFIX = "base_model.model.encoder.layer"  # of the names that peft gives


@cache
def model_name() -> str:
    """Return the name of the bundled model, with that of its adapter's weights where one lies beside the code."""
    if not ADAPTER.is_file():
        return MODEL
    with safe_open(ADAPTER, framework="numpy") as file:
        return f"{MODEL}-{file.metadata()['name']}"


def save_adapter(parts: Mapping[str, NDArray[np.float32]], path: Path, about: Mapping[str, str]) -> None:
    """Write an adapter in half precision under peft's names; `about` holds its scale and says what made it."""
    halves = {name: part.astype(np.float16) for name, part in sorted(parts.items())}
    digest = hashlib.sha256(b"".join(part.tobytes() for part in halves.values()))
    save_file(halves, path, metadata={**about, "name": digest.hexdigest()[:8]})


def with_adapter(model: Q4Model, path: Path = ADAPTER) -> Q4Model:
    """Return the model with an adapter merged into its layers, as it is where there is none.

    Raises ModelUnavailable when the adapter does not fit.
    """
    if not path.is_file():
        return model
    try:
        with safe_open(path, framework="numpy") as file:
            scale = float(file.metadata()["scale"])
            parts = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118 (no dictionary)
        merged = {
            name: model.tensors[name] + scale * _product(parts, layer, long).reshape(-1)
            for layer in range(model.dimensions.layer_count)
            for short, long in LAYER_TENSORS.items()
            if f"{PREFIX}.{layer}.{long}.lora_A.weight" in parts
            for name in (f"l{layer}.{short}.w",)
        }
    except Exception as error:  # safetensors raises its own tree, numpy ValueError
        raise ModelUnavailable(f"The adapter {path.name} cannot be merged ({error}). Install Noa again.") from error
    if 2 * len(merged) != len(parts):
        raise ModelUnavailable(f"The adapter {path.name} is of another model. Install Noa again.")
    return replace(model, tensors={**model.tensors, **merged})


def _product(parts: Mapping[str, NDArray[np.float32]], layer: int, long: str) -> NDArray[np.float32]:
    product: NDArray[np.float32] = (
        parts[f"{PREFIX}.{layer}.{long}.lora_B.weight"] @ parts[f"{PREFIX}.{layer}.{long}.lora_A.weight"]
    )
    return product
