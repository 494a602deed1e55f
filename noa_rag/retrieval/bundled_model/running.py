"""Runs the unpacked model with onnxruntime and tokenizers alone.

sentence-transformers loads the same folder and gives the same numbers; with torch, scikit-learn and transformers, which
it imports, a process takes 470 MB more, and six seconds of a processor before it answers.
"""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.errors import ModelUnavailable
from noa_rag.retrieval.bundled_model.sentence_folder import MAX_TOKENS, PROMPTS_NAME
from noa_rag.retrieval.bundled_model.unpacking import ONNX_NAME
from noa_rag.retrieval.model_loading import onnx_options

TINY = 1e-12
# In the middle of the encoder, "not", "must" and who does what are less blurred than at its end.
MIDDLE = "/encoder/layer.6/output/LayerNorm/LayerNormalization_output_0"


class BundledModel:
    """Reads one text at a time: dynamic quantisation takes its range from the whole batch.

    In a batch of 8 a text's vector moved to a cosine of .9956 with its own. Alone, a text always has the same vector.
    Several texts are read side by side, each alone: on two cores in three quarters of the time. Raises ModelUnavailable
    when the folder cannot be loaded.
    """

    texts_per_batch = 4  # whoever asks a question meanwhile waits for so many
    takes_the_mean = True

    def __init__(self, folder: Path) -> None:
        from onnxruntime import InferenceSession
        from tokenizers import Tokenizer

        options = onnx_options()
        options.add_session_config_entry(_WEIGHTS_FOLDER, str((folder / ONNX_NAME).parent))

        try:
            self.prompts: Mapping[str, str] = json.loads((folder / PROMPTS_NAME).read_text(encoding="utf-8"))["prompts"]
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            graph = with_output((folder / ONNX_NAME).read_bytes(), MIDDLE)
            self._session: Any = InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # both libraries raise whatever their parsers raise
            raise ModelUnavailable(
                f"The embedding model {folder.name} cannot be loaded: {error}. Delete its folder: it is unpacked anew."
            ) from error
        self._threads = ThreadPoolExecutor(options.intra_op_num_threads, thread_name_prefix="embedding")
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._output = next(output.name for output in self._session.get_outputs() if output.name != MIDDLE)

    def sentence_vectors(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        """Return one row of length one for each text: the mean of its tokens' vectors."""
        read = [self._threads.submit(self.token_vectors, text, prompt) for text in texts]
        means = np.stack([vectors.result().mean(axis=0) for vectors in read])
        unit: NDArray[np.float32] = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), TINY)
        return unit

    def token_vectors(self, text: str, prompt: str) -> NDArray[np.float32]:
        """Return one row for each token of prompt and text, with their beginning and end."""
        (vectors,) = self._read(text, prompt, (self._output,))
        return vectors

    def layered_vectors(self, text: str, prompt: str) -> NDArray[np.float32]:
        """Return one row a token: its vectors in the middle of the encoder and at its end, each of length one."""
        halves = self._read(text, prompt, (MIDDLE, self._output))
        unit = [half / np.maximum(np.linalg.norm(half, axis=1, keepdims=True), TINY) for half in halves]
        return np.concatenate(unit, axis=1)

    def _read(self, text: str, prompt: str, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        ids = np.array([self._tokenizer.encode(prompt + text).ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        return [output[0] for output in self._session.run(list(outputs), inputs)]


def with_output(graph: bytes, name: str) -> bytes:
    """Return an ONNX file that gives one more of its tensors, of single precision, beside what it gave.

    Protocol buffers that follow each other are merged, lists of theirs joined: nothing has to be parsed for it.
    """
    single = _field(_TENSOR_TYPE, _number(_ELEMENT_TYPE << 3) + _number(_SINGLE))
    output = _field(_NAME, name.encode()) + _field(_TYPE, single)
    return graph + _field(_GRAPH, _field(_OUTPUT, output))


_WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path"
# Numbers of the fields of ModelProto, GraphProto, ValueInfoProto, TypeProto and TypeProto.Tensor; onnx.proto has them.
_GRAPH, _OUTPUT, _NAME, _TYPE, _TENSOR_TYPE, _ELEMENT_TYPE, _SINGLE = 7, 12, 1, 2, 1, 1, 1


def _field(number: int, content: bytes) -> bytes:
    return _number(number << 3 | 2) + _number(len(content)) + content


def _number(value: int) -> bytes:
    """Return a number seven bits a byte, as protocol buffers write them."""
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])
