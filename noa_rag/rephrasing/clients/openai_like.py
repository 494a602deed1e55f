"""Servers that speak OpenAI's protocol (vLLM, llama.cpp's, Albert API), through llama-index's class for them."""

import logging
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import openai
from llama_index.core.llms import ChatMessage, MessageRole
from llama_index.llms.openai_like import OpenAILike

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault, Prompt
from noa_rag.rephrasing.clients.one_host import OneHost, failed_over_http
from noa_rag.rephrasing.clients.streaming import StreamedModel, as_one_text

NO_KEY = "none"  # the class wants some key; the client sends the operator's, or none
DEADLINE_ELSEWHERE_SECONDS = 86_400.0


def open_openai_like(
    base_url: str, *, model: str, key: str = "", is_chat: bool = True, takes_grammar: bool = False
) -> StreamedModel:
    """Return the model that a server offers at an address such as http://127.0.0.1:8080/v1."""
    logging.getLogger("openai").setLevel(logging.WARNING)  # at DEBUG it writes down whole requests
    writer = OpenAiWriter(OneHost(base_url, key), base_url, model, is_chat=is_chat, takes_grammar=takes_grammar)
    return StreamedModel(writer, name=model, is_chat=is_chat, takes_grammar=takes_grammar)


class OpenAiWriter:
    """Streams from a chat or completion server."""

    def __init__(self, host: OneHost, base_url: str, model: str, *, is_chat: bool, takes_grammar: bool) -> None:
        self._host = host
        self._client = httpx.AsyncClient(base_url=base_url, **host.client_options())
        self._is_chat = is_chat
        self._takes_grammar = takes_grammar
        self._llm = OpenAILike(
            model=model,
            api_base=base_url,
            api_key=NO_KEY,
            is_chat_model=is_chat,
            temperature=0.0,
            max_retries=0,
            timeout=DEADLINE_ELSEWHERE_SECONDS,
            async_http_client=self._client,
        )

    async def write(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        options: dict[str, Any] = {"max_tokens": prompt.token_limit}
        if prompt.stop:
            options["stop"] = list(prompt.stop)
        if prompt.grammar and self._takes_grammar:
            options["extra_body"] = {"grammar": prompt.grammar}
        try:
            if self._is_chat:
                stream = await self._llm.astream_chat(as_messages(prompt), **options)
            else:
                stream = await self._llm.astream_complete(as_one_text(prompt), formatted=True, **options)
            async for piece in stream:
                yield piece.delta or ""
        except Exception as error:
            raise _failed(error) from error
        finally:
            await self._host.hang_up()

    async def aclose(self) -> None:
        await self._client.aclose()


def as_messages(prompt: Prompt) -> list[ChatMessage]:
    """Return a prompt as a chat model is sent it: the system's message if there is one, then the user's."""
    system = [ChatMessage(role=MessageRole.SYSTEM, content=prompt.system)] if prompt.system else []
    return [*system, ChatMessage(role=MessageRole.USER, content=prompt.text)]


def _failed(error: Exception) -> GenerationFailed:
    if isinstance(error, openai.APIStatusError):
        return GenerationFailed(GenerationFault.REFUSED, f"HTTP {error.status_code}")
    if isinstance(error, openai.APIConnectionError):
        return failed_over_http(error.__cause__ or error)
    if isinstance(error, openai.APIError):  # an error sent as an event
        return GenerationFailed(GenerationFault.REFUSED, "an error in the stream")
    return failed_over_http(error)
