"""The command line as it is run, in this process: arguments in; exit status, output and errors out."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from noa_rag.cli import main
from noa_rag.settings import Settings
from tests.fakes import FakeEmbedder


@dataclass(frozen=True)
class Outcome:
    """What a terminal would have shown."""

    status: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def noa(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `noa` over an empty data folder, without a pack; a traceback would fail the test."""
    return command_over(settings, monkeypatch, capsys)


@pytest.fixture
def fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bags of stems in place of the embedded model: wrong answers, right behaviour, at once."""
    for module in ("noa", "models"):
        monkeypatch.setattr(f"noa_rag.service.{module}.open_embedder", lambda *arguments, **options: FakeEmbedder())


def command_over(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setattr("noa_rag.service.downloads.fetch_missing", lambda _: [])  # tests of their own fetch
    monkeypatch.setenv("NOA_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("NOA_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("NOA_KNOWLEDGE", "" if str(settings.knowledge) == "." else str(settings.knowledge))

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["noa", *(str(argument) for argument in arguments)])
        capsys.readouterr()
        try:
            main()
            status = 0
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        shown = capsys.readouterr()
        return Outcome(status, shown.out, shown.err)

    return run
