"""Commands of other packages: listed, loaded when they are called, and never in place of Noa's own."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

from noa_rag.cli import PLUG_INS

Command = Any
Install = Callable[..., None]
MODULE = "noa_test_plug_in"
SOURCE = """
import click

@click.command()
@click.argument("name")
def greet(name):
    \"\"\"Greet NAME.\"\"\"
    click.echo(f"Bonjour {name}")
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install the plug-in's command under the given names, in place of what is really installed."""
    (tmp_path / f"{MODULE}.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def under(*names: str) -> None:
        points = EntryPoints(EntryPoint(name, f"{MODULE}:greet", PLUG_INS) for name in names)
        monkeypatch.setattr("importlib.metadata.entry_points", points.select)

    yield under
    sys.modules.pop(MODULE, None)


def is_loaded() -> bool:
    return MODULE in sys.modules


def test_the_evaluations_are_listed_among_the_commands(noa: Command) -> None:
    outcome = noa("--help")

    listed = [line.split()[0] for line in outcome.out.partition("Commands:")[2].splitlines() if line.strip()]
    assert outcome.status == 0
    assert {"ask", "doctor", "eval", "index", "knowledge", "serve", "setup"} <= set(listed)


def test_a_plug_in_is_called_with_its_arguments(noa: Command, install: Install) -> None:
    install("greet")

    outcome = noa("greet", "Camille")

    assert (outcome.status, outcome.out) == (0, "Bonjour Camille\n")


def test_noa_s_own_command_is_called_whatever_else_has_its_name(noa: Command, install: Install) -> None:
    install("index", "greet")

    outcome = noa("index", "--help")

    assert "Check or rebuild the search index." in outcome.out
    assert not is_loaded()
