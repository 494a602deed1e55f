"""The bundled model behind the domain's port."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from noa_rag.domain.generation import Prompt
from noa_rag.rephrasing.clients.bundled.llama_cpp import LlamaCpp
from noa_rag.rephrasing.clients.bundled.parts import MODEL_NAME
from noa_rag.rephrasing.clients.streamed import StreamedModel, as_one_text


def open_bundled(model_path: Path, *, thread_count: int = 2, name: str = MODEL_NAME) -> StreamedModel:
    """Return the model over a prepared file; it is a base model, which goes on with a text."""
    return StreamedModel(
        BundledWriter(LlamaCpp(model_path, thread_count=thread_count)), name=name, is_chat=False, takes_grammar=True
    )


class BundledWriter:
    """Streams from llama.cpp, most likely token first, so that the same prompt gives the same text."""

    def __init__(self, llm: LlamaCpp) -> None:
        self._llm = llm

    async def write(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        options: dict[str, Any] = {"max_tokens": prompt.token_limit, "temperature": 0.0, "stop": list(prompt.stop)}
        if prompt.grammar:
            options["grammar"] = prompt.grammar
        async with aclosing(await self._llm.astream_complete(as_one_text(prompt), formatted=True, **options)) as stream:
            async for piece in stream:
                yield piece.delta or ""

    async def aclose(self) -> None:
        self._llm.close()
