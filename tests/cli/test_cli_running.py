"""`noa ask` and `noa mcp` beside a running service, found by the address in its data folder."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from litestar import Litestar
from mcp import Client

from noa_rag.cli.mcp import NoaHere, allowed_callers, tool_server
from noa_rag.domain.errors import InvalidQuestion, StorageUnavailable
from noa_rag.domain.integrations import ClientKey, KeyId
from noa_rag.domain.switches import SwitchesOff, SwitchName
from noa_rag.service.data_folder import ADDRESS, AnnouncedAddress, announced_address
from noa_rag.settings import Settings
from noa_rag.web.app import create_app, state_over
from tests.web.fake_service import INPI, FakeService, an_abstention, an_entry

Command = Any
HEAVY = ("numpy", "sqlalchemy", "litestar", "chromadb", "torch", "rich", "structlog", "uvicorn", "jinja2", "msgspec")


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture(scope="module")
def served(htmx_alone: Path) -> Iterator[tuple[Litestar, int]]:
    app = create_app(FakeService(), static_dir=htmx_alone)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until = time.monotonic() + 30
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        yield app, listener.getsockname()[1]
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def running(
    served: tuple[Litestar, int], service: FakeService, settings: Settings, htmx_alone: Path
) -> Iterator[AnnouncedAddress]:
    """The service over the data folder of the settings, answering from memory."""
    app, port = served
    app.state.update(state_over(service, static_dir=htmx_alone))
    settings.data_dir.mkdir(exist_ok=True)
    announced = AnnouncedAddress(settings.data_dir, host="0.0.0.0", port=port)
    yield announced
    announced.close()


@pytest.fixture
def variables(settings: Settings) -> dict[str, str]:
    return {**os.environ, "NOA_DATA_DIR": str(settings.data_dir), "NOA_KNOWLEDGE": ""}


def test_an_address_is_believed_while_its_service_runs(settings: Settings) -> None:
    settings.data_dir.mkdir()
    assert announced_address(settings.data_dir) is None

    first = AnnouncedAddress(settings.data_dir, host="::", port=8000)
    second = AnnouncedAddress(settings.data_dir, host="127.0.0.1", port=8001)
    assert announced_address(settings.data_dir) == "http://[::1]:8000"
    second.close()
    assert announced_address(settings.data_dir) == "http://[::1]:8000"
    first.close()

    assert announced_address(settings.data_dir) is None
    assert (settings.data_dir / ADDRESS).exists()


@pytest.mark.usefixtures("running")
def test_the_running_service_answers_and_nothing_heavy_is_imported(
    variables: dict[str, str], service: FakeService, settings: Settings
) -> None:
    script = (
        "import sys; sys.argv = ['noa', 'ask', 'comment déposer une marque ?', '--region', 'FR-75']\n"
        "from noa_rag.cli import main\n"
        "try: main()\n"
        f"finally: print([one for one in {HEAVY} if one in sys.modules], file=sys.stderr)"
    )

    child = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=variables, timeout=60, check=False
    )

    assert (child.returncode, child.stderr.splitlines()[-1]) == (0, "[]")
    assert an_entry().content.answer in child.stdout
    assert [(question.text, question.region) for question in service.asked] == [
        ("comment déposer une marque ?", "FR-75")
    ]
    assert not (settings.data_dir / "noa.db").exists()


@pytest.mark.usefixtures("running", "fake_model")
def test_what_the_service_does_not_take_is_answered_without_it(noa: Command, service: FakeService) -> None:
    service.off = SwitchesOff(frozenset({SwitchName.API}), INPI)

    outcome = noa("ask", "comment déposer une marque ?", "--json")

    assert outcome.status == 0
    assert "L'API est suspendue" in outcome.err
    assert "Answering without the running service." in outcome.err
    assert service.asked == []


@pytest.mark.usefixtures("running")
def test_the_doctor_asks_the_running_service_how_its_index_is(noa: Command, service: FakeService) -> None:
    well = noa("doctor", "--whole")
    service.error = StorageUnavailable("/secret/path")
    unwell = noa("doctor", "--whole")

    assert re.search(r"\bok  index: .* looks after it: 1 entries, all is well", well.out)
    assert re.search(r"NOT WELL  index: .* does not say how it is; look at its log", unwell.out)
    assert unwell.status == 1


@pytest.mark.usefixtures("running")
def test_the_official_client_calls_the_tools_over_streamable_http(variables: dict[str, str]) -> None:
    with mcp_over_http({**variables, "NOA_BASE_URL": "https://noa.example.fr"}) as address:
        names, results = asyncio.run(called(address))
        let_in = [
            called_with(address, host=host).status_code
            for host in ("noa.example.fr", "noa.example.fr:443", "localhost:1")
        ]
        refused = called_with(address, host="elsewhere.example").status_code
        from_its_page = called_with(address, origin="https://noa.example.fr").status_code
        from_another = called_with(address, origin="https://elsewhere.example").status_code

    assert names == {"ask", "search", "entry"}
    assert an_entry().content.answer in results["ask"].content[0].text
    assert (let_in, refused) == ([200, 200, 200], 421)
    assert (from_its_page, from_another) == (200, 403)


@pytest.mark.usefixtures("running")
def test_over_streamable_http_a_caller_is_known_by_the_key_that_it_brings(
    variables: dict[str, str], service: FakeService
) -> None:
    key, unknown = "noa_" + "a" * 43, "noa_" + "b" * 43
    service.client_keys.known[key] = ClientKey(KeyId("k1"), "Portail", 60, datetime(2026, 11, 28, tzinfo=UTC))

    with mcp_over_http(variables) as address:
        reply = called_with(address, authorization=f"Bearer {key}").json()["result"]["content"][0]["text"]
        refused = called_with(address, authorization=f"Bearer {unknown}").text

    assert an_entry().content.answer in reply
    assert "Cette clé n'ouvre rien" in refused
    assert service.client_keys.counted == [("k1", False)]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "127.0.0.1"])
def test_listening_everywhere_lets_in_no_more_hosts(host: str) -> None:
    hosts, origins = allowed_callers(host, "https://noa.example.fr/aide")

    assert {"127.0.0.1:*", "localhost:*", "[::1]:*", "noa.example.fr"} <= set(hosts)
    assert set(hosts) == set(allowed_callers("127.0.0.1", "https://noa.example.fr")[0])
    assert "https://noa.example.fr" in origins
    assert "10.0.0.5:*" in allowed_callers("10.0.0.5", "")[0]


def test_a_refusal_comes_with_whom_to_ask_and_an_error_in_words(service: FakeService) -> None:
    service.answer = an_abstention()
    server = tool_server(lambda _: Direct(service))

    async def call() -> Any:
        async with Client(server) as client:
            refused = await client.call_tool("ask", {"question": "dragon"})
            return refused, await client.call_tool("ask", {"question": ""})

    refused, wrong = asyncio.run(call())

    assert "Je n'ai pas de réponse validée" in refused.content[0].text
    assert "01 56 65 89 98" in refused.content[0].text
    assert (wrong.is_error, "empty" in wrong.content[0].text) == (True, True)


@pytest.mark.usefixtures("fake_model")
def test_without_a_service_it_answers_by_itself_and_goes_by_the_switch(noa: Command, settings: Settings) -> None:
    assert noa("switch", "api", "off", "--reason", "test").status == 0
    here = NoaHere(settings)
    try:

        async def call() -> Any:
            async with Client(tool_server(here.service)) as client:
                off = await client.call_tool("ask", {"question": "comment déposer une marque ?"})
                crying = await client.call_tool("ask", {"question": "je veux mourir"})
                return off, crying

        off, crying = asyncio.run(call())
    finally:
        here.close()

    assert (off.is_error, crying.is_error) == (True, False)


def test_without_the_sdk_the_extra_is_named(noa: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server", None)

    outcome = noa("mcp")

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "noa: `noa mcp` needs the package mcp: pip install 'noa[mcp]'.\n"


MAIN = "from noa_rag.cli import main; main()"
CALL = {"name": "ask", "arguments": {"question": "comment déposer une marque ?"}}


@contextmanager
def mcp_over_http(variables: dict[str, str]) -> Iterator[str]:
    """Run `noa mcp --http` and yield the address of its tools."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", MAIN, "mcp", "--http", "--port", str(port)]
    child = subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until and child.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        child.terminate()
        child.wait(30)


def called_with(address: str, **headers: str) -> httpx.Response:
    """Return what a caller gets who asks with these headers."""
    called = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": CALL}
    return httpx.post(address, json=called, headers={"accept": "application/json", **headers}, timeout=30)


class Direct:
    """The API's answers without HTTP."""

    def __init__(self, service: FakeService) -> None:
        self._service = service

    def ask(self, fields: Any) -> Any:
        from noa_rag.answering.payload import answer_as_json
        from noa_rag.answering.reading import read_question

        if not fields["question"]:
            raise InvalidQuestion("The question is empty.")
        return answer_as_json(self._service.ask(read_question(fields["question"])), self._service.agencies())

    def search(self, typed: str, *, region: str | None, lang: str | None) -> Any:
        raise NotImplementedError

    def entry(self, entry_id: str, *, on: str | None = None) -> Any:
        raise NotImplementedError


async def called(server: Any) -> tuple[set[str], dict[str, Any]]:
    async with Client(server) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        return names, {
            "ask": await client.call_tool("ask", {"question": "comment déposer une marque ?"}),
            "search": await client.call_tool("search", {"words": "marque"}),
            "entry": await client.call_tool("entry", {"entry_id": "deposer-une-marque"}),
            "absent": await client.call_tool("entry", {"entry_id": "absent"}),
            "empty": await client.call_tool("entry", {"entry_id": " "}),
        }
