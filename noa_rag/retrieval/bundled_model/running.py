"""Runs the unpacked model with onnxruntime and tokenizers alone.

sentence-transformers loads the same folder and gives the same numbers; with torch, scikit-learn and transformers, which
it imports, a process takes 470 MB more, and six seconds of a processor before it answers.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.errors import ModelUnavailable
from noa_rag.retrieval.bundled_model.sentence_folder import MAX_TOKENS, PROMPTS_NAME
from noa_rag.retrieval.bundled_model.unpacking import ONNX_NAME
from noa_rag.retrieval.model_loading import onnx_options

TINY = 1e-12


class BundledModel:
    """Reads one text at a time: dynamic quantisation takes its range from the whole batch.

    In a batch of 8 a text's vector moved to a cosine of .9956 with its own. Alone, a text always has the same vector,
    as quickly on two cores. Raises ModelUnavailable when the folder cannot be loaded.
    """

    texts_per_batch = 1
    takes_the_mean = True

    def __init__(self, folder: Path) -> None:
        from onnxruntime import InferenceSession
        from tokenizers import Tokenizer

        try:
            self.prompts: Mapping[str, str] = json.loads((folder / PROMPTS_NAME).read_text(encoding="utf-8"))["prompts"]
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session: Any = InferenceSession(
                str(folder / ONNX_NAME), onnx_options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise whatever their parsers raise
            raise ModelUnavailable(
                f"The embedding model {folder.name} cannot be loaded: {error}. Delete its folder: it is unpacked anew."
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        (self._output,) = (one.name for one in self._session.get_outputs())

    def sentence_vectors(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        """Return one row of length one for each text: the mean of its tokens' vectors."""
        means = np.stack([self.token_vectors(text, prompt).mean(axis=0) for text in texts])
        unit: NDArray[np.float32] = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), TINY)
        return unit

    def token_vectors(self, text: str, prompt: str) -> NDArray[np.float32]:
        """Return one row for each token of prompt and text, with their beginning and end."""
        ids = np.array([self._tokenizer.encode(prompt + text).ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (found,) = self._session.run([self._output], inputs)
        vectors: NDArray[np.float32] = found[0]
        return vectors
