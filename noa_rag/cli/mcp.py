"""`noa mcp`: vetted answers as tools of the Model Context Protocol, over standard input and output or over HTTP."""

from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import click

from noa_rag.cli.console import running_service, shown_progress
from noa_rag.domain.errors import NoaError
from noa_rag.environment import read_settings
from noa_rag.service.data_folder import EVERYWHERE
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
    settings = read_settings()
    here = NoaHere(settings)
    server = tool_server(here.service)
    try:
        if is_http:
            _serve_http(server, settings, host=host, port=port)
        else:
            import anyio

            anyio.run(server.run_stdio_async)
    finally:
        here.close()


def _serve_http(server: "MCPServer[Any]", settings: Settings, *, host: str, port: int) -> None:
    """Serve streamable HTTP until interrupted. Raises NoaError when the address is taken."""
    from mcp.server.transport_security import TransportSecuritySettings

    from noa_rag.web.operations.connections import bound

    with closing(bound(host, port)) as listener:
        import uvicorn

        hosts, origins = allowed_callers(host, settings.base_url)
        app = server.streamable_http_app(
            stateless_http=True,
            json_response=True,
            transport_security=TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins),
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(uvicorn.Config(app)).run(sockets=[listener])


def allowed_callers(host: str, base_url: str) -> tuple[list[str], list[str]]:
    """Return the headers `Host` and `Origin` that are let in: another may come from a page that was led here by DNS.

    They are those of this machine, of the address that is listened on, and of the service's public address.
    """
    hosts = ["127.0.0.1", "localhost", "[::1]"]
    if host not in EVERYWHERE:
        hosts.append(f"[{host}]" if ":" in host else host)
    origins = [f"http://{name}" for name in hosts]
    public = urlsplit(base_url)
    if public.hostname:
        hosts.append(f"[{public.hostname}]" if ":" in public.hostname else public.hostname)
        origins.append(f"{public.scheme}://{hosts[-1]}")
    return [*hosts, *(f"{name}:*" for name in hosts)], [*origins, *(f"{name}:*" for name in origins)]


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

    def service(self, authorization: str) -> Answers:
        """Return what answers at the moment: the running service, or this.

        The service counts the caller by the key in its header `authorization`, else by that of the settings.
        """
        running = running_service(self._settings)
        if running is None:
            return self
        own = f"Bearer {self._settings.mcp_key}" if self._settings.mcp_key else ""
        return replace(running, authorization=authorization or own)

    def ask(self, fields: Mapping[str, str | None]) -> Any:
        from noa_rag.answering.payload import answer_as_json
        from noa_rag.answering.reading import read_question

        request = read_question(str(fields["question"]), **{k: v for k, v in fields.items() if k != "question"})
        noa = self._allowed(request.text)
        noa.check_day(request.as_of, field="as_of")
        return answer_as_json(noa.ask(request), noa.agencies())

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


def tool_server(service: Callable[[str], Answers]) -> "MCPServer[Any]":
    """Return the server of the tools over what `service` returns at each call, given the caller's `Authorization`.

    Raises NoaError without the SDK.
    """
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver import Context
        from mcp.server.mcpserver.exceptions import ToolError
        from mcp.types import CallToolResult, TextContent, ToolAnnotations
    except ImportError as error:
        raise NoaError("`noa mcp` needs the package mcp: pip install 'noa[mcp]'.") from error
    import anyio.to_thread

    from noa_rag.answering.answer_text import answer_text

    server: MCPServer[Any] = MCPServer("noa", instructions=INSTRUCTIONS)
    reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)

    async def told(
        context: "Context[Any, Any]", call: Callable[[Answers], Any], as_text: Callable[[Any], str]
    ) -> "CallToolResult":
        authorization = (context.headers or {}).get("authorization", "")  # none over standard input and output
        try:
            payload = await anyio.to_thread.run_sync(lambda: call(service(authorization)))
        except NoaError as error:
            raise ToolError(str(error) or type(error).__name__) from error
        return CallToolResult(content=[TextContent(type="text", text=as_text(payload))], structured_content=payload)

    @server.tool(annotations=reads)
    async def ask(
        context: Context[Any, Any],
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
        fields["conversation_id"] = conversation_id
        return await told(context, lambda noa: noa.ask(fields), answer_text)

    @server.tool(annotations=reads)
    async def search(
        context: Context[Any, Any], words: str, region: str | None = None, lang: str | None = None
    ) -> CallToolResult:
        """Find the vetted entries for a few words: their ids, questions, agencies, and the passage that matches."""
        return await told(context, lambda noa: noa.search(words, region=region, lang=lang), _found_text)

    @server.tool(annotations=reads)
    async def entry(context: Context[Any, Any], entry_id: str, on: str | None = None) -> CallToolResult:
        """Read a vetted entry whole, by its id, as it may be shown today or on another day (YYYY-MM-DD)."""
        if not entry_id.strip():
            raise ToolError("`entry_id` is empty: give the id of an entry, as `search` finds them.")
        return await told(context, lambda noa: noa.entry(entry_id, on=on), _entry_text)

    return server


def _found_text(found: Any) -> str:
    lines = [
        f"- {hit['entry']['id']}: {hit['entry']['question']} ({hit['entry']['agency']['name']})\n  {hit['passage']}"
        for hit in found["entries"]
    ]
    return "\n".join([*([found["notice"]] if "notice" in found else []), *(lines or ["No entry was found."])])


def _entry_text(entry: Any) -> str:
    sections = [f"## {section['heading']}\n\n{section['text']}" for section in entry["sections"]]
    vouched = f"— {entry['agency']['name']}, {entry['validated_on']}, {entry['id']}"
    sources = [f"- [{source['title']}]({source['url']})" for source in entry["sources"]]
    return "\n\n".join([f"**{entry['question']}**", entry["text"], *sections, vouched, "\n".join(sources)])
