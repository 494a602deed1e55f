"""`noa sites`: host sites from a terminal."""

import re
import sys
from typing import Any

import pytest

from noa_rag.cli.integrations import demo_server
from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from tests.factories import a_theme, an_agency

Command = Any


@pytest.fixture
def sites(noa: Command, settings: Settings) -> Command:
    """`noa sites` over a base with one theme."""
    records = open_records(settings)
    records.directory.save([an_agency()], [a_theme()])
    records.close()
    return lambda *arguments: noa("sites", *arguments)


def added(sites: Command) -> str:
    """Register a site and return its key, read off the line for its pages."""
    said = sites("add", "--name", "Portail PME", "--origin", "https://www.pme.example/", "--region", "FR-BRE")
    assert said.status == 0, said.err
    match = re.search(r'<script src="https://ADDRESS-OF-NOA/widget\.js" data-site="([^"]+)" defer></script>', said.out)
    assert match is not None, said.out
    return match[1]


def test_a_site_is_registered_listed_closed_and_opened(sites: Command) -> None:
    assert "`noa sites add` registers one" in sites("list").out
    key = added(sites)

    assert re.search(rf"^{key} +Portail PME +https://www.pme.example +open$", sites("list").out, re.MULTILINE)
    assert sites("disable", key).status == 0
    assert "closed" in sites("list").out
    assert sites("enable", key).status == 0
    assert "closed" not in sites("list").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--origin", "www.pme.example"), "begin it with https://"),
        (("--origin", "https://*.pme.example"), "name each site by itself, without *"),
        (("--origin", "https://pme.example/page"), "leave out all that follows the host and its port"),
        (("--origin", "https://pme.example", "--theme", "nulle"), "known: propriete-intellectuelle"),
        (("--origin", "https://pme.example", "--region", "FR-XX"), "`FR-XX` is not the code of a French region"),
    ],
)
def test_what_cannot_be_a_site_is_told_and_nothing_is_kept(sites: Command, arguments: Any, words: str) -> None:
    outcome = sites("add", "--name", "Portail", *arguments)

    assert outcome.status == 1
    assert words in outcome.err
    assert "No site carries the widget yet" in sites("list").out


def test_the_demonstration_is_registered_once(
    sites: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = []

    def serve_nothing(port: int, *, noa: str, key: str) -> Any:
        served.append((port, noa, key))
        server = demo_server(0, noa=noa, key=key)
        monkeypatch.setattr(server, "serve_forever", server.server_close)
        return server

    # As an attribute of the package, `sites` is the command.
    monkeypatch.setattr(sys.modules["noa_rag.cli.integrations"], "demo_server", serve_nothing)
    for _ in range(2):
        assert sites("demo", "--port", "8011", "--noa", "http://127.0.0.1:9999/").status == 0

    records = open_records(settings)
    (site,) = records.sites.everyone()
    records.close()
    assert served == [(8011, "http://127.0.0.1:9999", site.key)] * 2
    assert site.origins == ("http://127.0.0.1:8011", "http://localhost:8011")
