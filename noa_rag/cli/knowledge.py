"""`noa knowledge`: entries into the base, out of it, and checked."""

from pathlib import Path

import click

from noa_rag.cli.console import shown_progress
from noa_rag.settings import NO_KNOWLEDGE, read_settings


@click.group()
def knowledge() -> None:
    """Import, export and check entries."""


@knowledge.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["pack", "vosdroits"]), default="pack", show_default=True)
@click.option(
    "--as",
    "purpose",
    type=click.Choice(["entries", "library"]),
    default="entries",
    show_default=True,
    help="Serve the texts as entries, or keep them as evidence for drafts, never served.",
)
@click.option("--replace", is_flag=True, help="Also replace entries that somebody changed in the base since.")
def import_(path: Path, form: str, purpose: str, replace: bool) -> None:
    """Bring a pack, or official fiches, into the base; the same files twice change nothing."""
    from noa_rag.assembly.importing import fill_empty_base, import_pack, import_vosdroits
    from noa_rag.assembly.records import open_records
    from noa_rag.assembly.service import open_noa

    if form == "pack" and purpose == "library":
        raise click.UsageError("--as library goes with --format vosdroits.")
    settings = read_settings()
    with shown_progress() as progress:
        records = open_records(settings)
        fill_empty_base(settings, records, progress)
        if form == "pack":
            outcome = import_pack(records, path, replace=replace, progress=progress)
        else:
            outcome = import_vosdroits(
                records, path, as_library=purpose == "library", replace=replace, progress=progress
            )
        if purpose == "entries":
            open_noa(settings, progress, records=records).close()  # so that the next start finds its vectors ready
    if purpose == "library":
        click.echo(f"{outcome.library_count} texts new or changed in the library; none of them is served.")
        return
    click.echo(
        f"{outcome.new_count} new, {outcome.changed_count} changed, {outcome.unchanged_count} unchanged entries."
    )
    for entry_id in outcome.kept:
        click.echo(f"kept as somebody changed it in the base: {entry_id} (use --replace to overwrite)")


@knowledge.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--history", is_flag=True, help="Write every version of every entry, with the moment of its approval.")
def export(folder: Path, history: bool) -> None:
    """Write the approved entries as a pack beneath FOLDER."""
    from noa_rag.assembly.importing import export_pack, fill_empty_base
    from noa_rag.assembly.records import open_records

    settings = read_settings()
    with shown_progress() as progress:
        records = open_records(settings)
        fill_empty_base(settings, records, progress)
    try:
        count = export_pack(records, folder, with_history=history)
    except OSError as error:
        raise click.FileError(str(folder), hint=error.strerror) from error
    click.echo(f"{count} entries written beneath {folder}")


@knowledge.command()
@click.argument("path", type=click.Path(path_type=Path))
def check(path: Path) -> None:
    """Look for mistakes in a pack, a folder of entries or one entry; each is told with its line."""
    from noa_rag.importing.check import summary
    from noa_rag.importing.pack import read_pack

    folder = read_settings().knowledge
    is_other = folder != NO_KNOWLEDGE and folder.is_dir() and path.resolve() != folder.resolve()
    bundled = read_pack(folder) if is_other else None
    pack = read_pack(
        path,
        known_agencies=[agency.id for agency in bundled.agencies] if bundled else (),
        known_themes=[theme.id for theme in bundled.themes] if bundled else (),
        known_entries=[entry_id for entry_id, _ in bundled.entries] if bundled else (),
    )
    click.echo(summary(pack))
