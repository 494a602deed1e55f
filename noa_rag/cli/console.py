"""What commands share: progress, tables and errors at a terminal, the database, the running service, and who asks."""

import getpass
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import click

from noa_rag.domain.errors import InvalidKnowledge, InvalidQuestion, NoaError
from noa_rag.environment import read_settings
from noa_rag.service.data_folder import announced_address
from noa_rag.settings import Settings

if TYPE_CHECKING:
    from rich.progress import TaskID

    from noa_rag.domain.ports import Progress as Report
    from noa_rag.service.noa import Noa
    from noa_rag.service.records import Records

ASK_SECONDS = 30.0  # assisted mode takes some; a service that says nothing that long is not waited for


def logs_to_errors() -> None:
    """Let the log go to standard error: the output is for answers."""
    import structlog  # what it imports takes a tenth of a second

    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


@contextmanager
def reported_errors() -> Iterator[None]:
    """Tell a NoaError in words on standard error and leave with status 1; never a traceback."""
    try:
        yield
    except InvalidKnowledge as error:
        for complaint in error.complaints:
            click.echo(str(complaint), err=True)
        count = len(error.complaints)
        click.echo(f"noa: {count} mistake{'s' if count > 1 else ''}; nothing was changed.", err=True)
        sys.exit(1)
    except NoaError as error:
        click.echo(f"noa: {error}", err=True)
        sys.exit(1)


@contextmanager
def shown_progress() -> Iterator["Report"]:
    """Yield a progress report: a bar on a terminal, one line for each stage elsewhere."""
    if not sys.stderr.isatty():
        yield _plain_report()
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True, highlight=False), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(doing: str, done: int, total: int) -> None:
            if doing not in tasks:
                for other in tasks.values():
                    bars.update(other, visible=False)
                tasks[doing] = bars.add_task(escape(doing), total=total or None)
            bars.update(tasks[doing], completed=done, total=total or None)

        yield report


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return lines of columns as wide as they need to be, which scripts can cut as well."""
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in (titles, *rows))
    return "\n".join(" ".join(line.splitlines()) for line in lines)


def print_json(value: object) -> None:
    """Print a value as JSON, in lines."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def _plain_report() -> "Report":
    said: set[str] = set()

    def report(doing: str, done: int, total: int) -> None:
        if doing not in said:
            said.add(doing)
            click.echo(f"noa: {doing}{f' ({total})' if total else ''}…", err=True)

    return report


@contextmanager
def opened_records(*, is_filled: bool = True) -> Iterator["Records"]:
    """Yield the records; an empty base `is_filled` first where referents need agencies, or sites themes."""
    from noa_rag.service.records import fill_empty_base, open_records

    settings = read_settings()
    with closing(open_records(settings)) as records:
        if is_filled:
            with shown_progress() as progress:
                fill_empty_base(settings, records, progress)
        yield records


@contextmanager
def opened_noa() -> Iterator[tuple["Noa", "Report"]]:
    """Yield a Noa of this process, with the progress that it reports."""
    from noa_rag.service.noa import open_noa

    with shown_progress() as progress, closing(open_noa(read_settings(), progress)) as noa:
        yield noa, progress


def actor() -> str:
    """Return the actor for the audit: the login at this machine, in a form that no account can have."""
    try:
        return f"terminal:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may run under a number without a name
        return f"terminal:{os.getuid()}"


class NotServed(NoaError):
    """The running service does not take this: it is busy, switched off or gone, or the request is not for the API."""


@dataclass(frozen=True, slots=True)
class RunningService:
    """The JSON API at an address. Every call raises NotServed for anything but an answer.

    `authorization` is the header that bears the caller's key; without one the caller is counted by address.
    """

    address: str
    authorization: str = field(default="", repr=False)

    def ask(self, fields: Mapping[str, str | None]) -> Any:
        """Return an answer as JSON. Raises InvalidQuestion in the service's words for what is no question."""
        return self._called("POST", "/api/v1/ask", {name: value for name, value in fields.items() if value is not None})

    def search(self, typed: str, *, region: str | None, lang: str | None) -> Any:
        """Return what is found for a search, as JSON."""
        return self._called("POST", "/api/v1/search", {"question": typed, "region": region, "lang": lang})

    def entry(self, entry_id: str, *, on: str | None = None) -> Any:
        """Return an entry as JSON."""
        query = f"?{urlencode({'on': on})}" if on else ""
        return self._called("GET", f"/api/v1/entries/{quote(entry_id, safe='')}{query}")

    def _called(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"content-type": "application/json"} if body is not None else {}
        if self.authorization:
            headers["authorization"] = self.authorization
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=ASK_SECONDS)
        try:
            sent = None if body is None else json.dumps(body).encode()
            connection.request(method, path, sent, headers)
            reply = connection.getresponse()
            reply_body = json.loads(reply.read())
        except (OSError, HTTPException, ValueError) as error:
            raise NotServed(f"The service at {self.address} did not answer: {error}") from error
        finally:
            connection.close()
        if reply.status == 200:
            return reply_body
        if reply.status == 400 and reply_body.get("field") == "question":
            raise InvalidQuestion(reply_body["detail"])
        raise NotServed(f"{reply_body.get('title')}. {reply_body.get('detail')}")


def running_service(settings: Settings) -> RunningService | None:
    """Return the service that runs over the data folder of the settings on this machine, None where none does."""
    address = announced_address(settings.data_dir)
    return RunningService(address) if address else None
