"""The word embeddings in int8, kept beside the ONNX graph so that the system maps them into memory page by page.

Inside the graph they took 110 MB of resident memory more, of which a service touches a few.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.errors import ModelUnavailable
from noa_rag.retrieval.bundled_model.q4_file import Float32Array

TABLE_NAME = "embeddings.word_embeddings.weight"
DATA_SUFFIX = "_data"
EXTERNAL_FROM_BYTES = 1 << 20  # Only the table is as large.
INT8_LIMIT = 127
CHUNK_ROWS = 16_384  # 25 MB in single precision at a time


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
    found = {tensor.name for tensor in initializers}
    if not table.keys() <= found:
        raise ModelUnavailable(
            f"{quantised.name} has no {sorted(table.keys() - found)}: these versions of sentence-transformers and "
            "onnxruntime quantise differently. Install the pinned versions."
        )
    kept = [tensor for tensor in initializers if tensor.name not in table]
    del initializers[:]
    initializers.extend(kept)
    initializers.extend(numpy_helper.from_array(values, name) for name, values in table.items())
    onnx.save_model(
        model,
        str(target),
        save_as_external_data=True,
        location=target.name + DATA_SUFFIX,
        size_threshold=EXTERNAL_FROM_BYTES,
    )
