"""Turning the weights file into a folder that sentence-transformers loads, in a process of its own.

Exporting takes a gigabyte and libraries that the service never needs again; both go away with the process.
"""

import shutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from noa_rag.domain.errors import NoaError
from noa_rag.retrieval.bundled_model.adapter import with_adapter
from noa_rag.retrieval.bundled_model.embedding_table import DATA_SUFFIX, insert_table, quantise_table
from noa_rag.retrieval.bundled_model.latin_pieces import with_latin_pieces
from noa_rag.retrieval.bundled_model.processor import Variant
from noa_rag.retrieval.bundled_model.q4_file import Q4Model, read_q4_file
from noa_rag.retrieval.bundled_model.sentence_folder import write_configuration, write_sentence_folder

ONNX_NAME = "onnx/model.onnx"
FINGERPRINTED_NAMES = (ONNX_NAME, f"{ONNX_NAME}{DATA_SUFFIX}", "tokenizer.json")
PROGRESS_MARK = "progress: "
# What goes through these has outliers that one scale for all cannot hold: with them in whole numbers a vector's cosine
# with its own in single precision is .984, without .996, at a tenth more time.
LEFT_EXACT = "/encoder/layer.{layer}/output/dense/MatMul"
EXPORTED_PIECES = 8  # With all 250,002 of the original the export took 4.1 GB and 36 s; the table is put in afterwards.


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
