"""Language models on servers, OpenAI-compatible and Ollama, by llama-index's classes, each held to its one host."""

import asyncio
import logging
import math
import ssl
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any

import httpx
import ollama
import openai
from llama_index.core.llms import ChatMessage, MessageRole
from llama_index.llms.ollama import Ollama
from llama_index.llms.openai_like import OpenAILike

from noa_rag.domain.rephrasing import OLLAMA_PREFIX, GenerationFailed, GenerationFault, Prompt, Tokens
from noa_rag.rephrasing.clients.streaming import tokens_told

NO_KEY = "none"  # the class wants some key; the client sends the operator's, or none
DEADLINE_ELSEWHERE_SECONDS = 86_400.0
ANSWER_BYTES_LIMIT = 1 << 20  # 200 tokens are 60 to 80 KB as events of llama.cpp's server
SENT_HEADERS = ("host", "content-length", "content-type", "accept")
BROKEN_OFF = ("disconnected", "closed connection", "incomplete")
TOP_TOKENS = 10  # alternatives of a first token that a judge is asked for
VOTES, VOTED_AT = 3, 0.7  # where a server tells no log probabilities; the temperature at which opinions differ
AT_ONCE = 4  # sentences asked about at the same time
CONTEXT_TOKENS = 4_096  # named, so that the class need not ask the server


def open_server(address: str, *, model: str, key: str = "") -> "OpenAiServer | OllamaServer":
    """Return the server at an address such as http://127.0.0.1:8080/v1 or ollama+http://127.0.0.1:11434."""
    logging.getLogger("openai").setLevel(logging.WARNING)  # at DEBUG it writes down whole requests
    is_ollama = address.startswith(OLLAMA_PREFIX)
    base_url = address.removeprefix(OLLAMA_PREFIX)
    return (OllamaServer if is_ollama else OpenAiServer)(OneHost(base_url, key), base_url, model)


class OneHost(httpx.AsyncBaseTransport):
    """Refuses every other host, sends only the headers that are needed, and cuts answers that are too long.

    `key` is sent as a bearer token. Deadlines are the event loop's business. The libraries above add headers of their
    own, some read from variables that are not Noa's (OPENAI_ORG_ID, OLLAMA_API_KEY): none of them is sent.
    """

    def __init__(self, base_url: str, key: str = "") -> None:
        address = httpx.URL(base_url)
        self._origin = (address.scheme, address.host, address.port)
        self._key = key
        # The system's certificates, or those in SSL_CERT_FILE: an agency's server may have an authority of its own.
        verify = ssl.create_default_context() if address.scheme == "https" else False
        # A connection a call: one that was kept may be closed by the server just as it is used again.
        self._inner = httpx.AsyncHTTPTransport(
            verify=verify, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )
        self._open: dict[asyncio.Task[object] | None, list[httpx.AsyncByteStream]] = defaultdict(list)

    def client_options(self) -> dict[str, Any]:
        """Return what a client over this transport is made with: no proxies, no redirects, no variables read."""
        return {"transport": self, "timeout": None, "trust_env": False, "follow_redirects": False}

    async def hang_up(self) -> None:
        """Close what the current task has opened; generators of libraries do so only when they are collected."""
        for stream in self._open.pop(asyncio.current_task(), ()):
            await stream.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        origin = (request.url.scheme, request.url.host, request.url.port)
        if origin != self._origin:
            raise GenerationFailed(GenerationFault.UNREACHABLE, f"refused to call {request.url.host}")
        request.headers = httpx.Headers(
            {name: request.headers[name] for name in SENT_HEADERS if name in request.headers}
            | {"user-agent": "noa", "accept-encoding": "identity"}
            | ({"authorization": f"Bearer {self._key}"} if self._key else {})
        )
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        self._open[asyncio.current_task()].append(response.stream)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise GenerationFailed(GenerationFault.UNREADABLE, "a compressed answer, which was not asked for")
        response.stream = _Bounded(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class OpenAiServer:
    """Writes and judges over OpenAI's chat protocol."""

    def __init__(self, host: OneHost, base_url: str, model: str) -> None:
        self._host = host
        self._client = httpx.AsyncClient(base_url=base_url, **host.client_options())
        self._tells_odds = True
        self._llm = OpenAILike(
            model=model,
            api_base=base_url,
            api_key=NO_KEY,
            is_chat_model=True,
            temperature=0.0,
            max_retries=0,
            timeout=DEADLINE_ELSEWHERE_SECONDS,
            async_http_client=self._client,
        )

    async def write(self, prompt: Prompt) -> AsyncGenerator[str | Tokens, None]:
        options: dict[str, Any] = {"max_tokens": prompt.token_limit, "stream_options": {"include_usage": True}}
        try:
            async for piece in await self._llm.astream_chat(as_messages(prompt), **options):
                yield piece.delta or ""
                if tokens := tokens_told(piece.raw.model_dump(include={"usage"})):
                    yield tokens
        except Exception as error:
            raise _failed(error) from error
        finally:
            await self._host.hang_up()

    async def first_words(self, prompts: Sequence[Prompt]) -> Sequence[Mapping[str, float]]:
        return await asked_together(prompts, self._first_word)

    async def _first_word(self, prompt: Prompt, temperature: float) -> Mapping[str, float]:
        options: dict[str, Any] = {"max_tokens": 1, "temperature": temperature}
        if self._tells_odds:
            options |= {"logprobs": True, "top_logprobs": TOP_TOKENS}
        try:
            answer = await self._llm.achat(as_messages(prompt), **options)
        except openai.BadRequestError as error:
            if not self._tells_odds:
                raise _failed(error) from error
            self._tells_odds = False  # a server may refuse what it does not know
            return await self._first_word(prompt, temperature)
        except Exception as error:
            raise _failed(error) from error
        finally:
            await self._host.hang_up()
        told = answer.raw.choices[0].logprobs
        return odds(told.content if told else (), answer.message.content or "")

    async def digest(self) -> str:
        """Return "": the protocol tells no digest of a model's weights."""
        return ""

    async def aclose(self) -> None:
        await self._client.aclose()


AsksOne = Callable[[Prompt, float], Coroutine[Any, Any, Mapping[str, float]]]


async def asked_together(prompts: Sequence[Prompt], ask: AsksOne) -> Sequence[Mapping[str, float]]:
    """Return the first words of each prompt; where a word comes without its odds, the shares of a few votes."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def asked(prompt: Prompt) -> Mapping[str, float]:
        async with turn:
            words = await ask(prompt, 0.0)
            if sum(words.values()) > 0.0:
                return words
            votes = Counter([word for _ in range(VOTES) for word in await ask(prompt, VOTED_AT)])
            return {word: count / VOTES for word, count in votes.items()}

    return await asyncio.gather(*map(asked, prompts))


def odds(tokens: Sequence[Any], text: str) -> dict[str, float]:
    """Return the probabilities of a first token's alternatives, or the word that was written with none (0.0)."""
    if not tokens:
        return {text: 0.0}
    return {token.token: math.exp(token.logprob) for token in (tokens[0].top_logprobs or tokens[:1])}


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


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = ANSWER_BYTES_LIMIT
        async for chunk in self._inner:
            left -= len(chunk)
            if left < 0:
                raise GenerationFailed(GenerationFault.UNREADABLE, f"an answer of over {ANSWER_BYTES_LIMIT:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def failed_over_http(error: BaseException) -> GenerationFailed:
    """Translate an error from below the libraries; any that is not of the connection counts as unreadable."""
    if isinstance(error, GenerationFailed):
        return error
    seen = type(error).__name__
    if isinstance(error, httpx.RemoteProtocolError):
        is_broken = any(words in str(error) for words in BROKEN_OFF)
        return GenerationFailed(GenerationFault.UNREACHABLE if is_broken else GenerationFault.UNREADABLE, seen)
    if isinstance(error, httpx.TimeoutException):
        return GenerationFailed(GenerationFault.TIMED_OUT, seen)
    if isinstance(error, httpx.TransportError | ConnectionError):
        return GenerationFailed(GenerationFault.UNREACHABLE, seen)
    return GenerationFailed(GenerationFault.UNREADABLE, seen)


class OllamaServer:
    """Writes and judges over Ollama's protocol, whose server knows the chat format of each of its models."""

    def __init__(self, host: OneHost, base_url: str, model: str) -> None:
        self._host = host
        self._client = ollama.AsyncClient(host=base_url, **host.client_options())
        self._base_url = base_url
        self._model = model

    async def write(self, prompt: Prompt) -> AsyncGenerator[str | Tokens, None]:
        options: dict[str, Any] = {"num_predict": prompt.token_limit}
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
                if tokens := tokens_told(piece.raw):
                    yield tokens
        except ollama.ResponseError as error:
            raise GenerationFailed(GenerationFault.REFUSED, f"HTTP {error.status_code}") from error
        except Exception as error:
            raise failed_over_http(error) from error
        finally:
            await self._host.hang_up()

    async def first_words(self, prompts: Sequence[Prompt]) -> Sequence[Mapping[str, float]]:
        return await asked_together(prompts, self._first_word)

    async def _first_word(self, prompt: Prompt, temperature: float) -> Mapping[str, float]:
        messages = [{"role": message.role.value, "content": message.content} for message in as_messages(prompt)]
        options = {"num_predict": 1, "temperature": temperature, "num_ctx": CONTEXT_TOKENS}
        try:
            answer = await self._client.chat(
                self._model, messages, logprobs=True, top_logprobs=TOP_TOKENS, options=options
            )
        except ollama.ResponseError as error:
            raise GenerationFailed(GenerationFault.REFUSED, f"HTTP {error.status_code}") from error
        except Exception as error:
            raise failed_over_http(error) from error
        finally:
            await self._host.hang_up()
        return odds(answer.logprobs or (), answer.message.content or "")

    async def digest(self) -> str:
        """Return the digest of the model's weights; "" where the server does not tell it."""
        try:
            listed = await self._client.list()
        except Exception as error:
            raise failed_over_http(error) from error
        finally:
            await self._host.hang_up()
        names = (self._model, f"{self._model}:latest")
        return next((model.digest or "" for model in listed.models if model.model in names), "")

    async def aclose(self) -> None:
        await self._client.close()
