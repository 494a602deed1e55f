"""Settings for tests: an empty data folder each, or one for the session where the embedded model is needed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from noa_rag.knowledge.pack import Pack, read_pack, write_pack
from noa_rag.knowledge.vosdroits import VosdroitsReading, read_vosdroits
from noa_rag.service.downloads import fetch_htmx
from noa_rag.service.noa import open_noa
from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings
from tests import databases
from tests.chromium import opened_chromium
from tests.shared_model import REPOSITORY, link_models, vectors_kept

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BUNDLED_KNOWLEDGE = REPOSITORY / "knowledge"
FICHES = REPOSITORY.parent / "shared" / "data" / "vosdroits-professionnels.tar.xz"
LONG = ("model", "browser")  # marks of tests that take their time
SLOW_FOLDERS = ("packaging/", "served/", "review_ui/hostile/", "evals/lab/")
# With the small embedded base, and in a browser: one way through each, and every seventh state of a page through axe.
QUICK_ALL_THE_SAME = (
    "cli/test_cli_with_model.py",
    "browser/test_journeys.py",
    "browser/test_accessibility.py",
    "browser/test_content_policy.py",
    "review_ui/drafts/test_draft_in_a_browser.py",
)
SMALL_PACK_AGENCIES = ("inpi", "douanes")


# Other work on the machine is no fault of what is tested: how long a draw takes fails nothing.
hypothesis.settings.register_profile(
    "noa", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("noa")


def pytest_sessionfinish() -> None:
    databases.stop_server()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how to run the tests in the same order, with the same chances."""
    if (seed := config.getoption("randomly_seed", None)) is not None:
        terminalreporter.write_line(f"The same order and chances again: pytest --randomly-seed={seed}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark as slow what `make test` leaves to `make test-slow`."""
    path = item.path.relative_to(REPOSITORY / "tests").as_posix()
    in_browser = path.startswith("browser/") or "in_a_browser" in path
    needs_much = any(item.get_closest_marker(mark) for mark in ("postgresql", "model")) or in_browser
    is_slow = path.startswith(SLOW_FOLDERS) or "bundled_noa" in getattr(item, "fixturenames", ())
    if is_slow or (needs_much and not path.startswith(QUICK_ALL_THE_SAME)):
        item.add_marker(pytest.mark.slow)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take a minute or more: begun last, one would keep a core busy while others are idle.

    Of these, the files over the whole pack come last. Where nothing is embedded yet, one process embeds it for minutes
    (the test of the wheel), and whoever wants the same waits.
    """
    for item in items:
        if item.get_closest_marker("sqlite") and _backend_of(item) == "postgresql":
            item.add_marker(pytest.mark.skip(reason="is about SQLite's file"))
    long = {item.path for item in items if any(item.get_closest_marker(mark) for mark in LONG)}
    whole = {item.path for item in items if "bundled_noa" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: (item.path not in long, item.path in whole))


def _backend_of(item: pytest.Item) -> str:
    call = getattr(item, "callspec", None)
    return str(call.params.get("backend", databases.ENGINE)) if call else databases.ENGINE


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have set up a service of their own."""
    for name in [name for name in os.environ if name.startswith("NOA_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")  # as long as it is open, no test can run an event loop of its own
def browser() -> "Iterator[Browser]":
    with opened_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def htmx_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with htmx: the one that was fetched at set-up, or one made now."""
    fetched = REPOSITORY / "noa-data" / "static"
    if (fetched / "htmx.min.js").is_file():
        return fetched
    return fetch_htmx(Settings(data_dir=tmp_path_factory.mktemp("htmx"))).parent


@pytest.fixture
def backend() -> str:
    """The engine of the records; folders whose tests run on both have a fixture of their own."""
    return databases.ENGINE


@pytest.fixture
def settings(tmp_path: Path, backend: str) -> Iterator[Settings]:
    """Settings over an empty data folder, with no pack to fill the base with."""
    settings = Settings(data_dir=tmp_path / "data", knowledge=Path())
    if backend == "sqlite":
        yield settings
        return
    with databases.a_base(backend, tmp_path) as url:
        yield replace(settings, database_url=url)


@pytest.fixture
def records(settings: Settings, backend: str) -> Iterator[Records]:
    """The stores over an empty base."""
    with ExitStack() as until_closed:
        if backend == "sqlite":
            until_closed.enter_context(databases.a_base(backend, settings.data_dir))
        records = open_records(settings)
        yield records
        records.close()


@pytest.fixture
def base_url(tmp_path: Path, backend: str) -> Iterator[str]:
    """The address of an empty base with its tables."""
    with databases.a_base(backend, tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def htmx_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of public files as set-up leaves it, with something small in place of htmx."""
    folder = tmp_path_factory.mktemp("static")
    (folder / "htmx.min.js").write_text("var htmx;")
    return folder


@pytest.fixture(scope="session")
def bundled_pack() -> Pack:
    """The pack that comes with Noa."""
    return read_pack(BUNDLED_KNOWLEDGE)


@pytest.fixture(scope="session")
def official_fiches() -> VosdroitsReading:
    """The shared archive of fiches for professionals, read once for all tests of a process."""
    if not FICHES.is_file():
        pytest.skip(f"the shared archive is absent ({FICHES.name})")
    return read_vosdroits(FICHES, progress=lambda done, total: None)


@pytest.fixture(scope="session")
def small_pack(bundled_pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundled entries of two agencies: embedded in seconds, and still real French."""
    own = [entry for entry in bundled_pack.entries if entry[1].agency_id in SMALL_PACK_AGENCIES]
    chosen = [item for item in own if not item[1].branches]  # those lead to entries of other agencies
    ids = {entry_id for entry_id, _ in chosen}
    entries = tuple(
        (
            entry_id,
            replace(
                content,
                related=tuple(related_id for related_id in content.related if related_id in ids),
                steps=tuple(step if step.entry in ids else replace(step, entry=None) for step in content.steps),
            ),
        )
        for entry_id, content in chosen
    )
    folder = tmp_path_factory.mktemp("small-pack")
    write_pack(Pack(bundled_pack.agencies, bundled_pack.themes, entries), folder)
    return folder


@pytest.fixture(scope="session")
def model_base(small_pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings over a base with the small pack, indexed and read ahead; to be copied and left as it is."""
    data_dir = tmp_path_factory.mktemp("model-base")
    link_models(data_dir)
    with databases.a_base(databases.ENGINE, data_dir) as url:
        settings = Settings(data_dir=data_dir, knowledge=small_pack, database_url=databases.beside(data_dir, url))
        with vectors_kept(data_dir, "small"):  # not around the tests: other processes wait until it ends
            noa = open_noa(settings)
            noa.read_ahead()  # or each service over a copy would, beside what is tested
            noa.close()
        yield settings


@pytest.fixture(scope="module")
def model_settings(model_base: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings over a base that a file of tests has to itself, with the small pack and the embedded model."""
    data_dir = tmp_path_factory.mktemp("model-data") / "data"
    shutil.copytree(model_base.data_dir, data_dir, symlinks=True)
    with databases.copied_base(model_base.effective_database_url, data_dir) as url:
        yield replace(model_base, data_dir=data_dir, database_url=databases.beside(data_dir, url))
