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
_WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path"


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
            graph = (folder / ONNX_NAME).read_bytes()
            self._session: Any = InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # both libraries raise whatever their parsers raise
            raise ModelUnavailable(
                f"The embedding model {folder.name} cannot be loaded: {error}. Delete its folder: it is unpacked anew."
            ) from error
        self._threads = ThreadPoolExecutor(options.intra_op_num_threads, thread_name_prefix="embedding")
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._output = self._session.get_outputs()[0].name

    def sentence_vectors(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        """Return one row of length one for each text: the mean of its tokens' vectors."""
        read = [self._threads.submit(self.token_vectors, text, prompt) for text in texts]
        means = np.stack([vectors.result().mean(axis=0) for vectors in read])
        unit: NDArray[np.float32] = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), TINY)
        return unit

    def token_vectors(self, text: str, prompt: str) -> NDArray[np.float32]:
        """Return one row for each token of prompt and text, with their beginning and end."""
        ids = np.array([self._tokenizer.encode(prompt + text).ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (vectors,) = self._session.run([self._output], inputs)
        rows: NDArray[np.float32] = vectors[0]
        return rows
