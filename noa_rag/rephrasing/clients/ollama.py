"""Ollama, through llama-index's class for it."""

from collections.abc import AsyncGenerator
from typing import Any

import ollama
from llama_index.llms.ollama import Ollama

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault, Prompt
from noa_rag.rephrasing.clients.one_host import OneHost, failed_over_http
from noa_rag.rephrasing.clients.openai_like import as_messages
from noa_rag.rephrasing.clients.streaming import StreamedModel

CONTEXT_TOKENS = 4_096  # named, so that the class need not ask the server


def open_ollama(base_url: str, *, model: str, key: str = "") -> StreamedModel:
    """Return the model that an Ollama server has under this name; it takes no grammar, only JSON schemas."""
    return StreamedModel(
        OllamaWriter(OneHost(base_url, key), base_url, model), name=model, is_chat=True, takes_grammar=False
    )


class OllamaWriter:
    """Streams from an Ollama server, which knows the chat format of each of its models."""

    def __init__(self, host: OneHost, base_url: str, model: str) -> None:
        self._host = host
        self._client = ollama.AsyncClient(host=base_url, **host.client_options())
        self._base_url = base_url
        self._model = model

    async def write(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        options: dict[str, Any] = {"num_predict": prompt.token_limit, "stop": list(prompt.stop)}
        # Options are the class's, not the call's: it is a light object over the client that is kept.
        llm = Ollama(
            model=self._model,
            base_url=self._base_url,
            temperature=0.0,
            context_window=CONTEXT_TOKENS,
            additional_kwargs=options,
            async_client=self._client,
        )
        try:
            async for piece in await llm.astream_chat(as_messages(prompt)):
                yield piece.delta or ""
        except ollama.ResponseError as error:
            raise GenerationFailed(GenerationFault.REFUSED, f"HTTP {error.status_code}") from error
        except Exception as error:
            raise failed_over_http(error) from error
        finally:
            await self._host.hang_up()

    async def aclose(self) -> None:
        await self._client.close()
