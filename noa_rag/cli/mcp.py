"""`noa mcp`: vetted answers as tools of the Model Context Protocol, over standard input and output or over HTTP."""

from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import click

from noa_rag.cli.console import RunningService, running_service, shown_progress
from noa_rag.domain.errors import NoaError
from noa_rag.environment import read_settings
from noa_rag.settings import Settings

if TYPE_CHECKING:
    from mcp.server import MCPServer
    from mcp.types import CallToolResult

    from noa_rag.service.noa import Noa

INSTRUCTIONS = (
    "Noa answers people who create and run companies in France with entries that French agencies have vetted. Show the "
    "text word for word, with its agency, its date and its sources. When Noa refuses, say so and give the contact: "
    "do not answer in its place."
)


@click.command()
@click.option(
    "--http", "is_http", is_flag=True, help="Serve streamable HTTP at /mcp in place of standard input and output."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on with --http.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8765, show_default=True, help="Port with --http.")
def mcp(*, is_http: bool, host: str, port: int) -> None:
    """Offer the tools ask, search and entry to clients of the Model Context Protocol.

    The service that runs over the data folder answers, with its limits and switches; without one, a Noa opened here.
    """
    here = NoaHere(read_settings())
    server = tool_server(here.service)
    import anyio

    try:
        if is_http:
            anyio.run(
                partial(server.run_streamable_http_async, host=host, port=port, stateless_http=True, json_response=True)
            )
        else:
            anyio.run(server.run_stdio_async)
    finally:
        here.close()


class Answers(Protocol):
    """What the tools call; each returns JSON as the API does, and raises NoaError."""

    def ask(self, fields: Mapping[str, str | None]) -> Any: ...

    def search(self, typed: str, *, region: str | None, lang: str | None) -> Any: ...

    def entry(self, entry_id: str, *, on: str | None = None) -> Any: ...


class NoaHere:
    """A Noa of this process, opened when it is first needed, that goes by the same rules as the API."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: Noa | None = None
        self._turn = Lock()

    def service(self) -> Answers:
        """Return what answers at the moment: the running service, or this."""
        running: RunningService | None = running_service(self._settings)
        return running or self

    def ask(self, fields: Mapping[str, str | None]) -> Any:
        from noa_rag.answering.payload import answer_as_json
        from noa_rag.answering.reading import read_question

        asked = read_question(str(fields["question"]), **{k: v for k, v in fields.items() if k != "question"})
        noa = self._allowed(asked.text)
        noa.check_day(asked.as_of, field="as_of")
        return answer_as_json(noa.ask(asked), noa.agencies())

    def search(self, typed: str, *, region: str | None, lang: str | None) -> Any:
        from noa_rag.web.api.handlers import found_by
        from noa_rag.web.schemas import SearchRequest

        return found_by(self._allowed(typed), SearchRequest(typed, region=region, lang=lang))

    def entry(self, entry_id: str, *, on: str | None = None) -> Any:
        from noa_rag.web.api.handlers import entry_on

        return entry_on(self._allowed(""), entry_id, on)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def _allowed(self, message: str) -> "Noa":
        """Return the opened Noa. Raises SwitchedOff while the API is off, except for a message of distress."""
        from noa_rag.answering.distress.recognise import is_in_distress
        from noa_rag.domain.switches import SwitchName
        from noa_rag.service.noa import open_noa

        with self._turn:
            if self._opened is None:
                with shown_progress() as progress:
                    self._opened = open_noa(self._settings, progress)
                self._opened.follow()
        if not is_in_distress(message):
            self._opened.switched_off().require(SwitchName.API)
        return self._opened


def tool_server(service: Callable[[], Answers]) -> "MCPServer[Any]":
    """Return the server of the tools over whatever `service` returns at each call. Raises NoaError without the SDK."""
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
        from mcp.types import CallToolResult, TextContent, ToolAnnotations
    except ImportError as error:
        raise NoaError("`noa mcp` needs the package mcp: pip install 'noa[mcp]'.") from error
    import anyio.to_thread

    from noa_rag.answering.answer_text import answer_text

    server: MCPServer[Any] = MCPServer("noa", instructions=INSTRUCTIONS)
    reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)

    async def told(call: Callable[[], Any], as_text: Callable[[Any], str]) -> "CallToolResult":
        try:
            payload = await anyio.to_thread.run_sync(call)
        except NoaError as error:
            raise ToolError(str(error) or type(error).__name__) from error
        return CallToolResult(content=[TextContent(type="text", text=as_text(payload))], structured_content=payload)

    @server.tool(annotations=reads)
    async def ask(
        *,
        question: str,
        region: str | None = None,
        audience: str | None = None,
        lang: str | None = None,
        as_of: str | None = None,
        conversation_id: str | None = None,
    ) -> CallToolResult:
        """Answer a question on creating or running a company in France with a text that an agency has vetted.

        The answer may also be a choice between entries, or a refusal that says whom to ask. `region` is an ISO 3166-2
        code such as FR-IDF, `lang` is fr or en, `as_of` is a day (YYYY-MM-DD). To go on with a conversation, give the
        `conversation_id` of the answer before. Do not put personal data into the question.
        """
        fields = {"question": question, "region": region, "audience": audience, "lang": lang, "as_of": as_of}
        return await told(lambda: service().ask({**fields, "conversation_id": conversation_id}), answer_text)

    @server.tool(annotations=reads)
    async def search(words: str, region: str | None = None, lang: str | None = None) -> CallToolResult:
        """Find the vetted entries for a few words: their ids, questions, agencies, and the passage that matches."""
        return await told(lambda: service().search(words, region=region, lang=lang), _found_text)

    @server.tool(annotations=reads)
    async def entry(entry_id: str, on: str | None = None) -> CallToolResult:
        """Read a vetted entry whole, by its id, as it may be shown today or on another day (YYYY-MM-DD)."""
        return await told(lambda: service().entry(entry_id, on=on), _entry_text)

    return server


def _found_text(found: Any) -> str:
    lines = [
        f"- {one['entry']['id']}: {one['entry']['question']} ({one['entry']['agency']['name']})\n  {one['passage']}"
        for one in found["entries"]
    ]
    return "\n".join([*([found["notice"]] if "notice" in found else []), *(lines or ["No entry was found."])])


def _entry_text(entry: Any) -> str:
    sections = [f"## {one['heading']}\n\n{one['text']}" for one in entry["sections"]]
    vouched = f"— {entry['agency']['name']}, {entry['validated_on']}, {entry['id']}"
    sources = [f"- [{one['title']}]({one['url']})" for one in entry["sources"]]
    return "\n\n".join([f"**{entry['question']}**", entry["text"], *sections, vouched, "\n".join(sources)])
