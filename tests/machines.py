"""Servers for tests, on loopback: Debian's PostgreSQL, Chroma, and the folders of nodes over both."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from evals.lab.benches.served import free_port, wait_until
from noa_rag.domain.errors import NoaError
from noa_rag.settings import Settings
from noa_rag.storage.copies import move_base
from noa_rag.storage.database import Database

BINARIES = "/usr/lib/postgresql"  # where Debian puts each version
MISSING = "needs Debian's postgresql (apt-get install postgresql)"
ACCOUNTS = ("postgres", "nobody")  # the server refuses to run as root
START_SECONDS = 60
WITH_PARENT = ("setpriv", "--pdeathsig", "QUIT", "--")  # it ends when whoever started it is killed
IN_MEMORY = Path("/dev/shm")
ROOM_BYTES = 2_000_000_000  # containers have 64 MB there by default
# Collation and time zone of a server in a French overseas territory, to reveal code that relies on byte order or UTC.
# Without ICU the collation would depend on the machine's locales.
CLUSTER = ("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=fr-FR")
SETTINGS = {"timezone": "America/Cayenne", "max_connections": "200", "listen_addresses": "127.0.0.1"}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # no data needs to survive a crash
CHROMA_SECONDS = 180  # other work may occupy the cores
Variables = dict[str, str | Path]


class PostgresqlServer:
    """The server of one folder, always at the same port; `kill` and `start` may follow each other."""

    def __init__(self, folder: Path, *, settings: dict[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self._settings = SETTINGS | settings
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Make the cluster. Raises NoaError."""
        command = ["initdb", "--auth=trust", "--username=noa", "--no-sync", *CLUSTER, "-D", str(self.folder / "data")]
        made = subprocess.run(
            [_binary(command[0]), *command[1:]], capture_output=True, check=False, cwd=self.folder, user=_account()
        )
        if made.returncode:
            raise NoaError(f"initdb failed: {made.stderr.decode(errors='replace')}")

    def start(self) -> None:
        """Start the server and wait until it answers. Raises NoaError."""
        options = {**self._settings, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *WITH_PARENT,
                    _binary("postgres"),
                    "-D",
                    str(self.folder / "data"),
                    *(f"--{k}={v}" for k, v in options.items()),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                user=_account(),
            )
        if not wait_until(self._answers, START_SECONDS):
            self.kill()
            raise NoaError(f"PostgreSQL did not start: {(self.folder / 'log').read_text(errors='replace')[-2_000:]}")

    def stop(self) -> None:
        """End the server, and the connections to it."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End the server and its processes at once, as a crash does; it recovers at the next start."""
        self._end(signal.SIGQUIT)

    def url(self, database: str) -> str:
        """Return the address of a database as `NOA_DATABASE_URL` takes it."""
        return f"postgresql+psycopg://noa@127.0.0.1:{self.port}/{database}"

    def new_database(self, *, like: str = "template0") -> str:
        """Return the address of a new database, empty or a copy of one that nobody has open."""
        name, template = f"noa_{uuid4().hex}", make_url(like).database if "/" in like else like
        self._order(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")  # a third of the default's time
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, even if somebody still has it open."""
        self._order(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    @cached_property
    def _engine(self) -> Engine:
        return create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", pool_pre_ping=True)

    def _order(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            return False
        try:
            self._order("SELECT 1")
        except OperationalError:
            return False
        return True

    def _end(self, how: signal.Signals) -> None:
        self._engine.dispose()
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None


@contextmanager
def postgresql_server(**settings: str) -> Iterator[PostgresqlServer]:
    """Yield a new server that runs; it keeps nothing through a crash unless `settings` say otherwise.

    Raises NoaError where PostgreSQL is not installed, or does not start.
    """
    if not is_installed():
        raise NoaError(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="noa-pg-", dir=_roomy()))
    if (account := _account()) is not None:
        os.chown(folder, pwd.getpwnam(account).pw_uid, -1)
    server = PostgresqlServer(folder, settings=FAST | settings)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _roomy() -> Path | None:
    """Return the in-memory file system if it has room: a new database there takes a tenth of the time."""
    try:
        return IN_MEMORY if shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES else None
    except OSError:
        return None


def is_installed() -> bool:
    return bool(_versions())


def _versions() -> Sequence[Path]:
    """Return the folders of programs, the newest version first."""
    paths = (path.parent for path in Path(BINARIES).glob("*/bin/postgres"))
    return sorted(paths, key=lambda path: float(path.parent.name), reverse=True)


def _binary(name: str) -> str:
    return str(_versions()[0] / name)


def _account() -> str | None:
    """Return the account to run the server under, None for the current one."""
    if os.geteuid() != 0:
        return None
    known = {account.pw_name for account in pwd.getpwall()}
    return next(name for name in ACCOUNTS if name in known)


@contextmanager
def shared_servers(settings: Settings, folder: Path) -> Iterator[Variables]:
    """Yield the settings that every node has, over a PostgreSQL that the base of `settings` was moved to.

    Nobody may have that base open. Raises NoaError where PostgreSQL is not installed or a server does not start.
    """
    with ExitStack() as running:
        server = running.enter_context(postgresql_server())
        url = server.new_database()
        given, wanted = Database(settings.effective_database_url), Database(url)
        move_base(given, wanted)
        given.close()
        wanted.close()
        chroma = running.enter_context(chroma_server(folder / "chroma"))
        yield {"NOA_DATABASE_URL": url, "NOA_CHROMA_URL": chroma.url, "NOA_KNOWLEDGE": settings.knowledge}


def a_node(settings: Settings, folder: Path) -> Path:
    """Return the data folder of a new node: the models and vectors of `settings`, and no database."""
    left_out = shutil.ignore_patterns("noa.db*", "chroma*")
    shutil.copytree(settings.data_dir, folder, symlinks=True, ignore=left_out)
    return folder


class ChromaServer:
    """A Chroma server over one folder, always at the same port; `kill` and `start` may follow each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises NoaError."""
        chroma, port = Path(sys.executable).with_name("chroma"), self.url.rpartition(":")[2]
        command = [str(chroma), "run", "--path", str(self.folder), "--host", "127.0.0.1", "--port", port]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not wait_until(lambda: chroma_answers(self.url), CHROMA_SECONDS):
            self.kill()
            raise NoaError(f"Chroma did not start within {CHROMA_SECONDS} seconds")

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it keep its connections and answer nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)


@contextmanager
def chroma_server(folder: Path) -> Iterator[ChromaServer]:
    """Yield a server that runs."""
    server = ChromaServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def chroma_answers(url: str) -> bool:
    """Return whether a Chroma server answers at an address."""
    try:
        return httpx.get(f"{url}/api/v2/heartbeat", timeout=5).is_success
    except httpx.HTTPError:
        return False
