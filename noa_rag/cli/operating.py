"""`noa setup`, `serve`, `doctor`, `index`, `banner`, `switch`, `backup`, `restore`, `migrate`: for whoever runs it."""

import dataclasses
import os
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from noa_rag.cli.console import actor, opened_noa, opened_records, shown_progress, table
from noa_rag.domain.days import PARIS
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.switches import SwitchName
from noa_rag.environment import read_settings

MEGABYTE = 1_000_000


@click.command()
@click.option("--offline", is_flag=True, help="Fetch nothing: htmx and the communes stay as they are here.")
def setup(*, offline: bool) -> None:
    """Prepare the data folder: database, bundled entries, model and index, and fetch htmx and the communes of France.

    Any other command prepares what it needs, but fetches nothing. Communes come with npm, where that is installed.
    """
    from noa_rag.knowledge.importing import missing_from
    from noa_rag.service.downloads import fetch_missing
    from noa_rag.service.noa import open_noa

    settings = read_settings()
    with shown_progress() as progress:
        noa = open_noa(settings, progress)
        count, missing = len(noa.index.snapshot.versions), missing_from(settings.knowledge, noa.records)
        noa.close()
    for problem in () if offline else fetch_missing(settings):
        click.echo(f"noa: {problem}", err=True)
    click.echo(f"Ready: {count} entries in {settings.data_dir.absolute()}.")
    if missing:
        click.echo(
            f"The bundled pack has {len(missing)} entries that this base lacks:"
            f" `noa knowledge import {settings.knowledge}` brings them, and keeps what somebody changed here."
        )


@click.command()
@click.option("--host", help="Address to listen on; NOA_HOST by default.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on; NOA_PORT by default.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer; NOA_WORKERS by default.")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the pages and the API until interrupted."""
    from noa_rag.web.operations.server import serve as serve_web

    settings = read_settings()
    settings = dataclasses.replace(
        settings, host=host or settings.host, port=port or settings.port, workers=workers or settings.workers
    )
    with shown_progress() as progress:
        serve_web(settings, progress)


@click.command()
@click.option(
    "--whole", is_flag=True, help="Take all the time it needs; without it, the command ends within ten seconds."
)
def doctor(*, whole: bool) -> None:
    """Look at every part and say what is well, what is not, and what to do."""
    settings, began = read_settings(), _process_began()
    is_well = True
    with shown_progress() as progress:
        progress("looking at every part", 0, 0)
        from noa_rag.cli.doctor import examine

        for finding in examine(settings, whole=whole, began=began):
            click.echo(f"{_MARKS[finding.is_well]:>8}  {finding.part}: {finding.words}")
            is_well = is_well and finding.is_well is not False
    if not is_well:
        sys.exit(1)


def _process_began() -> float:
    """Return the moment of the monotonic clock at which this process began, or now where the system does not say."""
    now = time.monotonic()
    try:
        # The twentieth field after the name, in parentheses, is that moment in ticks after the system's start.
        ticks = int(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
        return now - (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError, AttributeError):
        return now


_MARKS = {
    True: click.style("ok", fg="green"),
    False: click.style("NOT WELL", fg="red"),
    None: click.style("unknown", fg="yellow"),
}


@click.group()
def index() -> None:
    """Check or rebuild the search index."""


@index.command()
def check() -> None:
    """Search every text and list those that are not found: an index can lose texts without an error."""
    with opened_noa() as (noa, _):
        missing, count = noa.index.missing(), len(noa.index.snapshot.texts)
    click.echo(f"{count - len(missing)} of {count} texts find themselves.")
    for text_id in missing[:20]:
        click.echo(f"missing: {text_id}")
    if missing:
        click.echo("Run `noa index rebuild`.")
        sys.exit(1)


@index.command()
def rebuild() -> None:
    """Build the index anew from the database; texts already embedded are not embedded again."""
    with opened_noa() as (noa, progress):
        noa.index.rebuild(progress)
        count = len(noa.index.snapshot.texts)
    click.echo(f"{count} texts indexed.")


@click.group()
def banner() -> None:
    """Show the banner above the public pages, and switch it off."""


@banner.command()
def show() -> None:
    """Print the banner as it stands."""
    with opened_records() as records:
        shown = records.banners.newest()
    now = datetime.now(UTC)
    if shown is None or not (shown.is_shown_at(now) or shown.is_to_come_at(now)):
        click.echo("No banner is shown.")
        return
    start, end = (moment.astimezone(PARIS).strftime("%Y-%m-%d %H:%M") for moment in (shown.starts_at, shown.ends_at))
    click.echo(f"{shown.level.value}, from {start} until {end}, time in Paris")
    for text in (shown.text_fr, shown.text_en, shown.url, shown.theme_id):
        if text:
            click.echo(text)


@banner.command()
def off() -> None:
    """Take the banner away; workers follow within two seconds."""
    with opened_records() as records:
        records.banners.switch_off(actor=actor())
    click.echo("No banner is shown.")


@click.group()
def switch() -> None:
    """Switch the chat, the API, the widget or the language model off and on; workers follow within two seconds."""


@switch.command("list")
def list_switches() -> None:
    """Print how each part stands, and who last switched it, when and why."""
    with opened_records() as records:
        stand = records.switches.all()
    rows = [
        (
            switched.name.value,
            "on" if switched.is_on else "OFF",
            _when(switched.at) if switched.at else "",
            switched.actor,
            switched.reason,
        )
        for switched in stand
    ]
    click.echo(table(("part", "state", "since", "by", "reason"), rows))


def _turning(name: SwitchName) -> click.Command:
    @click.command(name.value, help=f"Switch {_PARTS[name]} on or off.")
    @click.argument("state", type=click.Choice(["on", "off"]))
    @click.option("--reason", required=True, help="Why: it stands in the audit.")
    def turn(state: str, reason: str) -> None:
        with opened_records() as records:
            has_changed = records.switches.turn(name, on=state == "on", reason=reason, actor=actor())
        click.echo(f"{name.value} is {state}{'' if has_changed else ' already'}.")

    return turn


def _when(moment: datetime) -> str:
    return moment.astimezone(PARIS).strftime("%Y-%m-%d %H:%M")


_PARTS = {
    SwitchName.CHAT: "questions on the site and in widgets",
    SwitchName.API: "the API",
    SwitchName.WIDGET: "the widget on the pages of host sites",
    SwitchName.MODEL: "the language model",
}
for part in SwitchName:
    switch.add_command(_turning(part))


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Write a backup to TARGET, a new file or a folder that exists; the service may run meanwhile.

    It holds the database, the vectors, the places, your calibration, evaluations, and a manifest with checksums. Keep
    it as you keep the database: it holds what visitors asked, and the hashes of passwords.
    """
    from noa_rag.service.backup import make_backup

    with shown_progress() as progress:
        made = make_backup(read_settings(), target, progress)
    state = made.manifest.state
    click.echo(
        f"{made.path}: {made.size / MEGABYTE:.1f} MB, {state.entry_count} entries, revision {state.revision};"
        f" copied in {made.copying_seconds:.1f} s, written in {made.writing_seconds:.1f} s."
    )
    click.echo(f"head of the audit: {state.head or 'none'}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Put a backup in the place of what the data folder holds; stop the service first.

    Every checksum is verified, the audit too, and the restored base is asked a question, before anything is replaced.
    What was there stays aside. With PostgreSQL, NOA_DATABASE_URL must name an empty database.
    """
    from noa_rag.service.restore import restore_backup

    settings = read_settings()
    with shown_progress() as progress:
        done = restore_backup(settings, file, progress)
    manifest = done.manifest
    click.echo(
        f"Restored: {manifest.state.entry_count} entries, as of {manifest.made_at}, by Noa {manifest.noa}."
        f" Verified in {done.verifying_seconds:.1f} s, proven in {done.proving_seconds:.1f} s,"
        f" in place in {done.placing_seconds:.1f} s."
    )
    click.echo(f"Asked and found: {done.asked}" if done.asked else "No entry may be shown today: nothing was asked.")
    if done.aside is not None:
        click.echo(f"What was there is in {done.aside.absolute()}: delete it once you need it no more.")


@click.command()
@click.argument("source")
@click.argument("target")
def migrate(source: str, target: str) -> None:
    """Move a base: SOURCE and TARGET are SQLite files, or addresses as NOA_DATABASE_URL takes them.

    Stop the service first. The base is read as it is at one moment; rows are counted and compared afterwards, and the
    audit is verified. TARGET must be empty, and stays so when anything fails. A password may stay out of the address:
    PGPASSWORD and ~/.pgpass are read.
    """
    from noa_rag.storage.copies import move_base
    from noa_rag.storage.database import Database

    with (
        closing(Database(_address(source, is_there=True))) as given,
        closing(Database(_address(target, is_there=False))) as wanted,
        shown_progress() as progress,
    ):
        moved = move_base(given, wanted, progress)
    rows = [(moved_table.name, str(moved_table.count), moved_table.checksum[:16]) for moved_table in moved.tables]
    click.echo(table(("table", "rows", "checksum"), rows))
    for finding in moved.audit_findings:
        click.echo(f"audit: {finding}")
    if moved.changed_meanwhile:
        click.echo(
            f"The source has changed since: {', '.join(moved.changed_meanwhile)}. Stop the service, and move it again"
            " into an empty database.",
            err=True,
        )
    if moved.audit_findings:
        click.echo("All rows are the same on both sides, but the audit does not hold; nor did it before.", err=True)
    if moved.audit_findings or moved.changed_meanwhile:
        sys.exit(1)
    click.echo("All rows are the same on both sides, and the audit holds. Set NOA_DATABASE_URL to the target.")


def _address(given: str, *, is_there: bool) -> str:
    """Return the address of a database; a path is that of an SQLite file. Raises StorageUnavailable."""
    if "://" in given and not given.startswith("sqlite:///"):
        return given
    path = Path(given.removeprefix("sqlite:///")).expanduser().absolute()
    if is_there and not path.is_file():
        raise StorageUnavailable(f"There is no database at {path}. Give the path of a file such as noa-data/noa.db.")
    return f"sqlite:///{path}"
