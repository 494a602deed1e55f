"""The bundled model behind the domain's port: llama.cpp inside the process, as a llama-index language model."""

import asyncio
import os
import queue
import secrets
import tempfile
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from pydantic import PrivateAttr

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault, Prompt, Tokens
from noa_rag.rephrasing.clients.bundled.files import MODEL_NAME
from noa_rag.rephrasing.clients.streaming import StreamedModel, as_one_text, tokens_told

CONTEXT_TOKENS = 2_048
BATCH_TOKENS = 128  # of a prompt, read in one go: a quarter of a second on two cores, after which decoding can stop
QUIET = 0  # llama.cpp says nothing, so that no log holds a question

Said: TypeAlias = CompletionResponse | GenerationFailed | None  # what is written so far, what went wrong, or the end


class LlamaCpp(CustomLLM):  # type: ignore[misc]
    """A GGUF file run by llama.cpp; loaded at its first use, one text at a time, stopped between two tokens.

    It raises no llama-index events: nobody listens, and their wrapping keeps a stream open that was left.
    """

    model_path: str
    thread_count: int = 2
    _threads: ThreadPoolExecutor = PrivateAttr()
    _server: Any = PrivateAttr(default=None)

    def __init__(self, model_path: Path, *, thread_count: int = 2) -> None:
        super().__init__(model_path=str(model_path), thread_count=thread_count)
        # One thread: the next text starts when the one before has really stopped.
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="llama-cpp")

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=CONTEXT_TOKENS, model_name=Path(self.model_path).stem, is_chat_model=False)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(
            text="".join(chunk.delta or "" for chunk in self.stream_complete(prompt, formatted, **kwargs))
        )

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> Generator[CompletionResponse, None, None]:
        said: queue.SimpleQueue[Said] = queue.SimpleQueue()
        stopped = self._start(prompt, said.put, kwargs)
        try:
            while (message := said.get()) is not None:
                yield _response(message)
        finally:
            stopped.set()

    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> AsyncGenerator[CompletionResponse, None]:
        said: asyncio.Queue[Said] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def put(message: Said) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(said.put_nowait, message)

        async def stream() -> AsyncGenerator[CompletionResponse, None]:
            stopped = self._start(prompt, put, kwargs)
            try:
                while (message := await said.get()) is not None:
                    yield _response(message)
            finally:
                stopped.set()

        return stream()

    def close(self) -> None:
        """Wait until decoding has stopped and give the memory back."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._server = None

    def _start(self, prompt: str, put: Callable[[Said], None], options: dict[str, Any]) -> threading.Event:
        stopped = threading.Event()
        self._threads.submit(self._decode, {"prompt": prompt, **options}, put, stopped)
        return stopped

    def _decode(self, body: dict[str, Any], put: Callable[[Said], None], stopped: threading.Event) -> None:
        written = ""

        def heard(chunk: dict[str, Any]) -> bool:
            nonlocal written
            if "error" in chunk:
                put(_refused(chunk["error"]))
            else:
                piece = chunk["choices"][0]["text"]
                written += piece
                put(CompletionResponse(text=written, delta=piece, raw=chunk))
            return stopped.is_set()

        try:
            if self._server is None:
                self._server = _load(self.model_path, self.thread_count)
            if not stopped.is_set():
                # Progress is reported after each batch of the prompt: decoding can be stopped there too.
                self._server.handle_completions({**body, "stream": True, "return_progress": True}, heard)
        except GenerationFailed as failed:
            put(failed)
        except Exception as error:
            put(GenerationFailed(GenerationFault.UNREADABLE, f"llama.cpp: {error}"))
        finally:
            put(None)


def _response(said: CompletionResponse | GenerationFailed) -> CompletionResponse:
    if isinstance(said, GenerationFailed):
        raise said
    return said


def _refused(error: dict[str, Any]) -> GenerationFailed:
    return GenerationFailed(GenerationFault.REFUSED, str(error.get("message", "llama.cpp gave no reason"))[:200])


def _load(model_path: str, thread_count: int) -> Any:
    """Return llama.cpp's own server, which serves this process alone.

    The server must listen somewhere: here on a socket in a private folder, behind a random key; the folder is deleted
    as soon as the server is up.
    """
    try:
        with _patient_threads():
            import xllamacpp
    except ImportError as error:
        raise GenerationFailed(GenerationFault.UNREACHABLE, f"xllamacpp cannot be loaded: {error}") from error

    params = xllamacpp.CommonParams()
    params.model.path = model_path
    params.n_ctx = CONTEXT_TOKENS
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = thread_count
    params.n_parallel = params.n_threads_http = 1
    params.cache_ram_mib = 0
    params.verbosity = QUIET
    params.warmup = params.fit_params = params.ui = params.endpoint_slots = False
    params.offline = True
    params.api_keys = [secrets.token_hex(32)]
    with tempfile.TemporaryDirectory(prefix="noa-llama-") as folder:
        params.hostnames = [f"{folder}/socket.sock"]
        try:
            server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise GenerationFailed(GenerationFault.UNREACHABLE, f"llama.cpp cannot load {model_path}") from error
    # A server told to stop before its loop runs never hears it, and waiting for its end holds the GIL: the process
    # would hang. The loop runs once it has given a token.
    server.handle_completions({"prompt": " ", "max_tokens": 1, "stream": True}, lambda _: True)
    return server


@contextmanager
def _patient_threads() -> Generator[None, None, None]:
    """While OpenMP is loaded, tell its threads to sleep when they wait for each other.

    By default they spin: with other work on the two cores, 25 tokens took over 20 s instead of 3.
    """
    before = os.environ.get("OMP_WAIT_POLICY")
    os.environ["OMP_WAIT_POLICY"] = before or "passive"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("OMP_WAIT_POLICY", None)


def open_bundled(model_path: Path, *, thread_count: int = 2, name: str = MODEL_NAME) -> StreamedModel:
    """Return the model over a prepared file; it is a base model, which goes on with a text."""
    return StreamedModel(
        BundledWriter(LlamaCpp(model_path, thread_count=thread_count)), name=name, is_chat=False, takes_grammar=True
    )


class BundledWriter:
    """Streams from llama.cpp, most likely token first, so that the same prompt gives the same text."""

    def __init__(self, llm: LlamaCpp) -> None:
        self._llm = llm

    async def write(self, prompt: Prompt) -> AsyncGenerator[str | Tokens, None]:
        options: dict[str, Any] = {"max_tokens": prompt.token_limit, "temperature": 0.0, "stop": list(prompt.stop)}
        if prompt.grammar:
            options["grammar"] = prompt.grammar
        async with aclosing(await self._llm.astream_complete(as_one_text(prompt), formatted=True, **options)) as stream:
            async for piece in stream:
                yield piece.delta or ""
                if tokens := tokens_told(piece.raw):
                    yield tokens

    async def aclose(self) -> None:
        self._llm.close()
