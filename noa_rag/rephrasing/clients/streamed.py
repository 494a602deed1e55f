"""A language model from anything that streams text: its deadline, its cancellation, and how much it may write."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Protocol

from noa_rag.domain.generation import Completion, GenerationFailed, GenerationFault, Prompt
from noa_rag.rephrasing.clients.loop import LoopThread

CHARACTERS_PER_TOKEN = 32  # French has four or five; past this a server ignores the cap it was given


class Writer(Protocol):
    """Streams what one model writes; translates its library's exceptions into GenerationFailed."""

    def write(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Yield pieces of text; closing the generator stops the model."""

    async def aclose(self) -> None:
        """Let go of connections and memory."""


class StreamedModel:
    """Implements the domain's LanguageModel over a writer."""

    def __init__(self, writer: Writer, *, name: str, is_chat: bool, takes_grammar: bool) -> None:
        self.name = name
        self.is_chat = is_chat
        self.takes_grammar = takes_grammar
        self._writer = writer
        self._loop = LoopThread("language-model")

    def complete(
        self, prompt: Prompt, *, deadline_seconds: float, is_cancelled: Callable[[], bool] = lambda: False
    ) -> Completion:
        started_at = time.monotonic()
        text = self._loop.run(
            self._written(prompt), deadline_at=started_at + deadline_seconds, is_cancelled=is_cancelled
        )
        return Completion(text, time.monotonic() - started_at)

    def close(self) -> None:
        self._loop.close(self._writer.aclose)

    async def _written(self, prompt: Prompt) -> str:
        pieces: list[str] = []
        room = prompt.token_limit * CHARACTERS_PER_TOKEN
        async with aclosing(self._writer.write(prompt)) as stream:
            async for piece in stream:
                pieces.append(piece)
                room -= len(piece)
                if room < 0:
                    raise GenerationFailed(GenerationFault.UNREADABLE, "far more text than was asked for")
        text = "".join(pieces)
        if not text.strip():
            raise GenerationFailed(GenerationFault.EMPTY)
        return text


def as_one_text(prompt: Prompt) -> str:
    """Return a prompt as a base model is sent it: what it is to know, an empty line, the text to go on with."""
    return f"{prompt.system}\n\n{prompt.text}" if prompt.system else prompt.text
