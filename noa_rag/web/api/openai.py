"""OpenAI's protocol over vetted answers, for chat clients that speak it: `/v1/chat/completions` and `/v1/models`."""

import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from typing import Any, NotRequired, TypedDict, cast

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from noa_rag.answering.answer_text import answer_text
from noa_rag.answering.conversation.remembered import REPLAYED
from noa_rag.answering.payload import AnswerPayload, answer_as_json
from noa_rag.answering.reading import read_question
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Ask, Language, Mode
from noa_rag.web.api.description import TOO_OFTEN_WORDS, UNKNOWN_KEY_WORDS
from noa_rag.web.api.handlers import answer_to, read_json_first
from noa_rag.web.ask.rephrasing import NOT_BUFFERED, as_verified
from noa_rag.web.errors import CHAT_KILOBYTES, OPENAI_PATH, UnknownModel
from noa_rag.web.limits import Saturated, count_further, last_text
from noa_rag.web.paths import own_address, page_path
from noa_rag.web.site import Site, api_is_on

# The models on offer: the approved text, and, where a language model is set up, its rephrasing that the gate lets pass.
MODES = {"noa": Mode.STRICT, "noa-assisted": Mode.ASSISTED}
NARROWING = ("region", "audience", "lang", "as_of", "conversation_id")  # what `metadata` may say
STARTED_AT = int(time.time())
MAX_CHAT_BYTES = CHAT_KILOBYTES * 1024


class ChatMessage(msgspec.Struct):
    """One message; those of `user` are questions, others are passed over: Noa takes no instructions."""

    role: str
    content: str | list[dict[str, Any]] | None = None


class StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class ChatRequest(msgspec.Struct):
    """A conversation whose last message is the question; what steers a language model is accepted and changes nothing.

    `metadata` may hold region, audience, lang, as_of and conversation_id, as `/api/v1/ask` takes them.
    """

    model: str
    messages: list[ChatMessage]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    metadata: dict[str, str] | None = None


class ChatAnswer(TypedDict):
    role: str
    content: str


class ChatChoice(TypedDict):
    index: int
    message: ChatAnswer
    finish_reason: str
    logprobs: None


class Usage(TypedDict):
    """Always zero: nothing is generated."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(TypedDict):
    """One answer or refusal as Markdown; `noa` is the same as `/api/v1/ask` returns it."""

    id: str
    object: str
    created: int
    model: str
    choices: list[ChatChoice]
    usage: Usage
    noa: AnswerPayload


class ModelPayload(TypedDict):
    id: str
    object: str
    created: int
    owned_by: str


class ModelsPayload(TypedDict):
    object: str
    data: list[ModelPayload]


class OpenAIError(TypedDict):
    message: str
    type: str
    param: str | None
    code: str


class OpenAIErrorPayload(TypedDict):
    error: OpenAIError


class ChatChunk(TypedDict):
    """A piece of a streamed answer; the last bears `noa`, and one after it the usage, where that was asked for."""

    id: str
    object: str
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: NotRequired[Usage]
    noa: NotRequired[AnswerPayload]


USAGE: Usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def _error(description: str) -> ResponseSpec:
    return ResponseSpec(OpenAIErrorPayload, description=description, generate_examples=False)


ERRORS = {
    401: _error(UNKNOWN_KEY_WORDS),
    429: _error(TOO_OFTEN_WORDS),
    503: _error("Too many questions at once, switched off, or storage is down: try again after `Retry-After` seconds."),
}
NO_SUCH_MODEL = _error("No such model.")
ASKED_WRONGLY = {400: _error("The request is wrong; `param` says where."), 404: NO_SUCH_MODEL}


@post("/chat/completions", status_code=200, summary="Ask as a chat client does", responses=ERRORS | ASKED_WRONGLY)
async def chat_completions(
    request: Request[Any, Any, Any], site: NamedDependency[Site], data: JSONBody[ChatRequest]
) -> Response[ChatCompletion]:
    """Answer the last message with an approved text and who vouches for it, or refuse as Noa does.

    Earlier messages of the user are what the question is understood with. `stream` sends the text in pieces: line by
    line, and each sentence of a rephrasing as soon as it is verified.
    """
    if data.model not in _offered(site):
        raise UnknownModel(data.model)
    ask = read_chat(data)
    await count_further(request, ask.text, len(ask.earlier))
    request.state.question, request.state.language = ask.text, (data.metadata or {}).get("lang")
    address = own_address(request, site.base_url)

    def text_of(answer: AnswerPayload) -> str:
        language = Language(answer["language"])
        return answer_text(
            answer, entry_url=lambda entry_id: f"{address}{page_path('entry', language, entry_id)}" if address else ""
        )

    made = {"id": "", "created": int(time.time()), "model": data.model}
    if data.stream:
        has_usage = data.stream_options is not None and bool(data.stream_options.include_usage)
        # A rephrasing comes once its question is recorded, as on the pages; none does of a text of another day.
        is_assisted = ask.mode is Mode.ASSISTED and site.service.has_assistant() and ask.as_of is None
        given = await site.run_for(ask.text, site.ask, replace(ask, mode=Mode.STRICT) if is_assisted else ask)
        made["id"] = f"chatcmpl-{given.question_id}"
        agencies = await site.line.run(site.service.agencies)
        rephrased = None
        if is_assisted and not given.is_unrecorded and given.reason is None and site.service.can_rephrase(given):
            rephrased = as_verified(site, given.question_id, threading.Event())
        text = _pieces(given, rephrased, agencies, text_of)
        events = _events(made, text, has_usage=has_usage)
        streamed = Stream(events, media_type="text/event-stream", headers=NOT_BUFFERED)
        return cast(Response[ChatCompletion], streamed)  # the description tells of the whole answer alone
    answer = await answer_to(site, ask)
    made["id"] = f"chatcmpl-{answer['question_id']}"
    message: ChatAnswer = {"role": "assistant", "content": text_of(answer)}
    choice: ChatChoice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    completion = {**made, "object": "chat.completion", "choices": [choice], "usage": USAGE, "noa": answer}
    return Response(msgspec.convert(completion, ChatCompletion), headers={"cache-control": "no-store"})


@get("/models", summary="List the models of the chat protocol", responses=ERRORS)
async def list_models(site: NamedDependency[Site]) -> ModelsPayload:
    """Return `noa`, the approved texts, and `noa-assisted` where a language model may rephrase them."""
    return {"object": "list", "data": [_model(name) for name in _offered(site)]}


@get("/models/{model:str}", summary="Look at a model of the chat protocol", responses={**ERRORS, 404: NO_SUCH_MODEL})
async def get_model(site: NamedDependency[Site], model: FromPath[str]) -> ModelPayload:
    """Return one of the models that are listed."""
    if model not in _offered(site):
        raise UnknownModel(model)
    return _model(model)


def openai_router() -> Router:
    """Return the routes under /v1, which obey the same limits and the same switch as the API."""
    return Router(
        OPENAI_PATH,
        route_handlers=[chat_completions, list_models, get_model],
        guards=[api_is_on],
        before_request=partial(read_json_first, limit=MAX_CHAT_BYTES),
        request_max_body_size=2 * MAX_CHAT_BYTES,
    )


def read_chat(request: ChatRequest) -> Ask:
    """Return the question at the end of a conversation, with those before it. Raises InvalidRequest."""
    if not request.messages or request.messages[-1].role != "user":
        raise InvalidRequest("The last message is not the user's.", field="messages")
    if request.n not in (None, 1):
        raise InvalidRequest("There is one answer to a question.", field="n")
    *earlier, text = [_text(message) for message in request.messages if message.role == "user"]
    given = request.metadata or {}
    narrowing = {name: given[name] for name in NARROWING if name in given}
    query = read_question(text, mode=MODES[request.model].value, **narrowing)
    return replace(query, earlier=tuple(text for text in earlier if text)[-REPLAYED:])


def _text(message: ChatMessage) -> str:
    try:
        return last_text([{"content": message.content}])
    except (TypeError, AttributeError) as error:
        raise InvalidRequest("A message has no text.", field="messages") from error


def _offered(site: Site) -> Sequence[str]:
    return [name for name, mode in MODES.items() if mode is Mode.STRICT or site.service.has_assistant()]


def _model(name: str) -> ModelPayload:
    return {"id": name, "object": "model", "created": STARTED_AT, "owned_by": "noa"}


async def _pieces(
    given: Answer,
    rephrased: AsyncGenerator[Answer | None, None] | None,
    agencies: Mapping[AgencyId, Agency],
    text_of: Callable[[AnswerPayload], str],
) -> AsyncIterator[str | AnswerPayload]:
    """Yield the text as its sentences are verified, then the rest, or all of it if it differs; last, the answer.

    What was sent cannot be taken back, but each sentence was verified by itself, and the official text follows.
    """
    sent, last = "", given
    if rephrased is not None:
        async with aclosing(rephrased):
            with suppress(Saturated):  # the official text is there without waiting
                async for answer in rephrased:
                    if answer is None or answer.mode is not Mode.ASSISTED:
                        last = given if answer is None else replace(given, rephrasing=answer.rephrasing)
                        continue
                    last = replace(
                        given,
                        mode=answer.mode,
                        text=answer.text,
                        citations=answer.citations,
                        rephrasing=answer.rephrasing,
                    )
                    before, text, _ = text_of(answer_as_json(last, agencies)).partition(answer.text)
                    so_far = before + text
                    if so_far.startswith(sent) and so_far != sent:
                        yield so_far.removeprefix(sent)
                        sent = so_far
    payload = answer_as_json(last, agencies)
    text = text_of(payload)
    for line in (text.removeprefix(sent) if text.startswith(sent) else f"\n\n{text}").splitlines(keepends=True):
        yield line
    yield payload


async def _events(
    made: dict[str, Any], pieces: AsyncIterator[str | AnswerPayload], *, has_usage: bool
) -> AsyncIterator[bytes]:
    """Yield an answer as the protocol streams it; its pieces make up the whole text again."""

    def event(delta: dict[str, str], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        chunk = msgspec.convert({**made, "object": "chat.completion.chunk", "choices": [choice]}, ChatChunk)
        return b"data: " + msgspec.json.encode({**chunk, **more}) + b"\n\n"

    yield event({"role": "assistant", "content": ""})
    async for piece in pieces:
        yield event({"content": piece}) if isinstance(piece, str) else event({}, "stop", noa=piece)
    if has_usage:
        yield event({}, choices=[], usage=USAGE)
    yield b"data: [DONE]\n\n"
