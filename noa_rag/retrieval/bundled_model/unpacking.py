"""Turns the weights file into a folder that sentence-transformers loads, in a process of its own.

Exporting takes a gigabyte and libraries that the service never needs again; both go away with the process. The low-rank
adapter that fits the model to what entrepreneurs ask is merged into its weights first: LoRA (Hu et al. 2021), a layer's
weights W become W + scale · B A, with B and A of a few rows and columns. Its file is peft's own, in half precision,
made by `make encoder`; its metadata says from what, and with which figures.
"""

import hashlib
import platform
import shutil
import sys
import traceback
from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from noa_rag.domain.errors import ModelUnavailable, NoaError
from noa_rag.retrieval.bundled_model.sentence_folder import LAYER_TENSORS, write_configuration, write_sentence_folder
from noa_rag.retrieval.bundled_model.weights_file import Float32Array, Q4Model, read_q4_file, with_latin_pieces

ONNX_NAME = "onnx/model.onnx"
DATA_SUFFIX = "_data"
FINGERPRINTED_NAMES = (ONNX_NAME, f"{ONNX_NAME}{DATA_SUFFIX}", "tokenizer.json")
PROGRESS_MARK = "progress: "
# What goes through these has outliers that one scale for all cannot hold: with them in whole numbers a vector's cosine
# with its own in single precision is .984, without .996, at a tenth more time.
LEFT_EXACT = "/encoder/layer.{layer}/output/dense/MatMul"
EXPORTED_PIECES = 8  # With all 250,002 of the original the export took 4.1 GB and 36 s; the table is put in afterwards.
TABLE_NAME = "embeddings.word_embeddings.weight"
EXTERNAL_FROM_BYTES = 1 << 20  # Only the table is as large.
INT8_LIMIT = 127
CHUNK_ROWS = 16_384  # 25 MB in single precision at a time
ARM_MACHINES = frozenset({"aarch64", "arm64"})
ADAPTER = Path(__file__).with_name("adapter.safetensors")
MODEL = "multilingual-e5-small"
PREFIX = "base_model.model.encoder.layer"  # of the names that peft gives


class Variant(StrEnum):
    """The quantisations that sentence-transformers offers, named as it names them."""

    AVX512_VNNI = "avx512_vnni"
    AVX2 = "avx2"
    ARM64 = "arm64"


def unpack(
    weights: Path, folder: Path, variant: Variant, *, progress: Callable[[str], None], is_adapted: bool = True
) -> None:
    """Fill the empty folder: configuration, tokeniser and an int8 ONNX model, with the adapter or as it came."""
    progress("reading the weights")
    model = with_latin_pieces(read_q4_file(weights))
    if is_adapted:
        model = with_adapter(model)
    write_configuration(folder, model)
    table = quantise_table(model.tensors["emb.word"].reshape(model.dimensions.vocabulary_size, -1))
    small = folder / "small"
    small.mkdir()
    write_sentence_folder(small, _with_first_pieces(model, EXPORTED_PIECES))
    del model
    progress("exporting the encoder to ONNX and quantising it")
    quantised = _export_quantised(small, variant)
    progress("adding the word embeddings")
    (folder / ONNX_NAME).parent.mkdir()
    insert_table(quantised, folder / ONNX_NAME, table)
    shutil.rmtree(small)


def _with_first_pieces(model: Q4Model, piece_count: int) -> Q4Model:
    sizes = replace(model.dimensions, vocabulary_size=piece_count)
    rows = model.tensors["emb.word"][: piece_count * sizes.hidden_size].copy()
    pieces, scores = model.vocabulary.pieces[:piece_count], model.vocabulary.scores[:piece_count]
    return Q4Model(
        dimensions=sizes,
        vocabulary=replace(model.vocabulary, pieces=pieces, scores=scores),
        tensors={**model.tensors, "emb.word": rows},
    )


def _export_quantised(folder: Path, variant: Variant) -> Path:
    from optimum.onnxruntime import AutoQuantizationConfig
    from sentence_transformers import SentenceTransformer, export_dynamic_quantized_onnx_model

    exported = SentenceTransformer(
        str(folder),
        backend="onnx",
        local_files_only=True,
        model_kwargs={"export": True, "provider": "CPUExecutionProvider"},
    )
    options = {"reduce_range": True} if variant is Variant.AVX2 else {}  # its products of 8 by 8 bits saturate
    config = getattr(AutoQuantizationConfig, variant.value)(is_static=False, **options)
    layer_count = exported[0].auto_model.config.num_hidden_layers
    config.nodes_to_exclude = [LEFT_EXACT.format(layer=layer) for layer in range(layer_count)]
    export_dynamic_quantized_onnx_model(exported, config, str(folder))
    (quantised,) = (folder / "onnx").glob("*.onnx")
    return quantised


def main(arguments: list[str]) -> int:
    """Unpack as the command line says; progress goes to stdout, the reason of a failure to the end of stderr."""
    weights, folder, variant = arguments
    try:
        unpack(Path(weights), Path(folder), Variant(variant), progress=_print_progress)
    except NoaError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _print_progress(message: str) -> None:
    sys.stdout.write(f"{PROGRESS_MARK}{message}\n")
    sys.stdout.flush()


def quantise_table(table: Float32Array) -> dict[str, NDArray[np.generic]]:
    """The table in int8 with its scale and zero point, under the names that the quantised graph reads.

    One scale does for all rows: with one a row, the sentences came no closer to single precision (.9964 both).
    """
    scale = np.float32(max(float(table.max()), -float(table.min())) / INT8_LIMIT)
    rows = np.empty(table.shape, np.int8)
    for start in range(0, len(table), CHUNK_ROWS):
        rows[start : start + CHUNK_ROWS] = np.rint(table[start : start + CHUNK_ROWS] / scale)
    return {
        f"{TABLE_NAME}_quantized": rows,
        f"{TABLE_NAME}_scale": np.array(scale),
        f"{TABLE_NAME}_zero_point": np.array(0, np.int8),
    }


def insert_table(quantised: Path, target: Path, table: dict[str, NDArray[np.generic]]) -> None:
    """Write to `target` the quantised graph with this table in place of the small one it was exported with."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(quantised)
    initializers = model.graph.initializer
    names = {tensor.name for tensor in initializers}
    if not table.keys() <= names:
        raise ModelUnavailable(
            f"{quantised.name} has no {sorted(table.keys() - names)}: these versions of sentence-transformers and "
            "onnxruntime quantise differently. Install the pinned versions."
        )
    others = [tensor for tensor in initializers if tensor.name not in table]
    del initializers[:]
    initializers.extend(others)
    initializers.extend(numpy_helper.from_array(values, name) for name, values in table.items())
    onnx.save_model(
        model,
        str(target),
        save_as_external_data=True,
        location=target.name + DATA_SUFFIX,
        size_threshold=EXTERNAL_FROM_BYTES,
    )


def variant_for_this_processor() -> Variant:
    """The variant for the machine that runs this."""
    return choose_variant(platform.machine(), read_cpu_flags())


def choose_variant(machine: str, flags: Set[str]) -> Variant:
    """The variant for a machine name and the flags of its processor.

    Without VNNI, multiplying unsigned by signed bytes saturates in 16 bits; the AVX2 variant keeps both unsigned.
    Older x86 processors get it too: onnxruntime brings slower code for them.
    """
    if machine.lower() in ARM_MACHINES:
        return Variant.ARM64
    return Variant.AVX512_VNNI if {"avx512_vnni", "avx512vl"} <= flags else Variant.AVX2


def read_cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The flags that Linux lists for the first processor; none where there is no such list."""
    try:
        with cpuinfo.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name.strip() == "flags":
                    return frozenset(value.split())
    except OSError:
        pass
    return frozenset()


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
