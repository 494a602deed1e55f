"""A language-model server on loopback that does what it is told to do wrong; one thread, whatever it is asked."""

import asyncio
import json
import math
import threading
from collections.abc import Awaitable, Callable
from enum import StrEnum
from types import TracebackType

HUGE_BYTES = 100_000_000
BLOCK = b"x" * 65_536
DRIP_SECONDS = 1.0
JUNK = bytes(range(128, 256)) * 8 + b"\r\n\r\n"


class Fault(StrEnum):
    """What the server does; the first is what a well one does."""

    NONE = "none"
    HANGS_BEFORE_HEADERS = "hangs before headers"
    HANGS_MID_STREAM = "hangs mid-stream"
    DRIPS = "drips a line a second"
    ERROR_500 = "HTTP 500"
    ERROR_429 = "HTTP 429"
    GARBAGE = "garbage bytes"
    GARBAGE_EVENTS = "garbage bytes under good headers"
    TRUNCATED_JSON = "truncated JSON"
    BROKEN_OFF = "breaks off in the middle of an event"
    HUGE = "100 MB in one line"
    HUGE_TEXT = "a text without end, in good events"
    HUGE_ERROR = "100 MB behind HTTP 500"
    COMPRESSED = "a compressed answer that swells"
    REDIRECT = "redirects to another host"
    ERROR_EVENT = "an error in the stream"
    WRONG_LANGUAGE = "wrong language"
    EMPTY = "empty"
    NO_EVENT = "nothing at all under good headers"
    REPEATS_PROMPT = "repeats the prompt"
    SCRIPTS = "HTML and scripts"


ENGLISH = "You must register with the trade register within fifteen days."
FRENCH = "La marque se dépose en ligne, pour 190 euros."
SCRIPT = '<script>alert(1)</script><img src=x onerror="alert(1)"><!-- oui -->'


class StubServer:
    """Speaks OpenAI's chat and completion protocols and Ollama's; remembers what it was asked."""

    def __init__(self) -> None:
        self.fault = Fault.NONE
        self.tokens: tuple[int, int] | None = None  # read and written, where the server tells them
        self.says: dict[str, float] = {"OUI": 1.0}  # the first token of a whole answer, with its alternatives
        self.tells_odds = True
        self.refuses_odds = False
        self.digest = "sha256:1"
        self.headers: list[dict[str, str]] = []
        self.bodies: list[dict[str, object]] = []
        self.open_connections = 0
        self.sent_bytes = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stub-server", daemon=True)

    def __enter__(self) -> "StubServer":
        self._thread.start()
        opened = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self._server = opened.result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def openai_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def ollama_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _stop(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_connections += 1
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # whoever asked has hung up, or the test is over
        finally:
            self.open_connections -= 1
            writer.transport.abort() if writer.transport.is_closing() else writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
        self.headers.append(headers)
        self.bodies.append(body)

        async def send(data: bytes) -> None:
            writer.write(data)
            self.sent_bytes += len(data)
            await writer.drain()

        path = head[0].split(" ")[1]
        if not body.get("stream") and self.fault is Fault.NONE:
            await send(self._whole(path, body))
            return
        answer = asyncio.ensure_future(_misbehave(self.fault, _protocol(path), body, self._telling(path, send)))
        hung_up = asyncio.ensure_future(reader.read())  # returns when the other side is gone
        await asyncio.wait([answer, hung_up], return_when=asyncio.FIRST_COMPLETED)
        answer.cancel()
        hung_up.cancel()
        for ended in await asyncio.gather(answer, hung_up, return_exceptions=True):
            if isinstance(ended, Exception) and not isinstance(ended, OSError):
                raise ended

    def _whole(self, path: str, body: dict[str, object]) -> bytes:
        """Return an answer in one piece: one token with its odds, or the list of models."""
        wants = bool(body.get("logprobs"))
        if wants and self.refuses_odds:
            return b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        word = max(self.says, key=self.says.__getitem__, default="")
        odds = [{"token": token, "logprob": math.log(share), "bytes": None} for token, share in self.says.items()]
        told = [{**odds[0], "top_logprobs": odds}] if odds and wants and self.tells_odds else None
        message = {"role": "assistant", "content": word}
        fields: dict[str, object]
        if path.endswith("/tags"):
            fields = {"models": [{"model": "m", "digest": self.digest}]}
        elif path.endswith("/completions"):
            choice = {"index": 0, "message": message, "finish_reason": "length", "logprobs": told and {"content": told}}
            fields = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        else:
            fields = {"model": "m", "message": message, "done": True, "logprobs": told}
        content = json.dumps(fields).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
        return head.encode() + b"Connection: close\r\n\r\n" + content

    def _telling(self, path: str, send: "Send") -> "Send":
        """Return what sends the tokens before the end of a whole answer, as each protocol does."""

        async def with_tokens(data: bytes) -> None:
            end = b"data: [DONE]\n\n"
            if self.tokens is not None and path.endswith("/completions"):
                usage = {"prompt_tokens": self.tokens[0], "completion_tokens": self.tokens[1], "total_tokens": 0}
                data = data.replace(end, _event({"choices": [], "usage": usage}) + end)
            elif self.tokens is not None:
                counts = {"prompt_eval_count": self.tokens[0], "eval_count": self.tokens[1]}
                data += _line({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True} | counts)
            await send(data)

        return with_tokens


Send = Callable[[bytes], Awaitable[None]]
Wrap = Callable[[str], bytes]


def _protocol(path: str) -> Wrap:
    """How one piece of text is framed on that path."""
    if path.endswith("/chat/completions"):
        return lambda text: _event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})
    if path.endswith("/completions"):
        return lambda text: _event({"choices": [{"index": 0, "text": text, "finish_reason": None}]})
    return lambda text: _line({"model": "m", "message": {"role": "assistant", "content": text}, "done": False})


def _event(fields: dict[str, object]) -> bytes:
    usual = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return b"data: " + json.dumps(usual | fields).encode() + b"\n\n"


def _line(fields: dict[str, object]) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def _asked(body: dict[str, object]) -> str:
    messages = body.get("messages")
    if isinstance(messages, list):
        return "\n".join(str(message["content"]) for message in messages)
    return str(body.get("prompt", ""))


async def _misbehave(fault: Fault, wrap: Wrap, body: dict[str, object], send: Send) -> None:  # noqa: PLR0912
    is_ollama = wrap("").startswith(b"{")
    good = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: " + (
        b"application/x-ndjson\r\n\r\n" if is_ollama else b"text/event-stream\r\n\r\n"
    )
    end = b"" if is_ollama else b"data: [DONE]\n\n"
    match fault:
        case Fault.HANGS_BEFORE_HEADERS:
            await asyncio.sleep(3_600)
        case Fault.HANGS_MID_STREAM:
            await send(good + wrap("La marque"))
            await asyncio.sleep(3_600)
        case Fault.DRIPS:
            await send(good)
            while True:
                await send(wrap("La "))
                await asyncio.sleep(DRIP_SECONDS)
        case Fault.ERROR_500:
            await send(b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops")
        case Fault.ERROR_429:
            await send(b"HTTP/1.1 429 Slow down\r\nRetry-After: 60\r\nContent-Length: 2\r\n\r\n{}")
        case Fault.GARBAGE:
            await send(JUNK)
        case Fault.GARBAGE_EVENTS:
            await send(good + b"data: " + JUNK + b"\n\n" + end)
        case Fault.TRUNCATED_JSON:
            whole = wrap("La marque se dépose")
            await send(good + whole[: len(whole) // 2] + b"\n\n" + end)
        case Fault.BROKEN_OFF:
            whole = wrap("La marque se dépose")
            await send(good.replace(b"Connection: close", b"Content-Length: 5000") + whole[: len(whole) // 2])
        case Fault.HUGE | Fault.HUGE_ERROR:
            status = b"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n"
            await send(good + b"data: " if fault is Fault.HUGE else status)
            for _ in range(HUGE_BYTES // len(BLOCK)):
                await send(BLOCK)
        case Fault.HUGE_TEXT:
            await send(good)
            for _ in range(HUGE_BYTES // len(BLOCK)):
                await send(wrap("La marque se dépose. " * 50))
        case Fault.COMPRESSED:
            await send(good.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + JUNK)
        case Fault.REDIRECT:
            await send(
                b"HTTP/1.1 307 There\r\nLocation: http://192.0.2.1/v1/chat/completions\r\nContent-Length: 0\r\n\r\n"
            )
        case Fault.ERROR_EVENT:
            error = _line({"error": "out of memory"}) if is_ollama else _event({"error": {"message": "out of memory"}})
            await send(good + error + end)
        case Fault.EMPTY:
            await send(good + wrap("") + end)
        case Fault.NO_EVENT:
            await send(good + end)
        case _:
            texts = {
                Fault.WRONG_LANGUAGE: ENGLISH,
                Fault.REPEATS_PROMPT: _asked(body),
                Fault.SCRIPTS: SCRIPT,
            }
            await send(good + b"".join(wrap(word) for word in texts.get(fault, FRENCH).splitlines(keepends=True)) + end)
