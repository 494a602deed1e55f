"""`noa setup`, `noa serve` and `noa doctor`: for whoever runs the service."""

import dataclasses
import sys

import click

from noa_rag.cli.console import shown_progress
from noa_rag.settings import read_settings


@click.command()
def setup() -> None:
    """Prepare the data folder: database, bundled entries, model and index. Any other command does it too."""
    from noa_rag.service.importing import missing_from
    from noa_rag.service.language_model import open_language_model
    from noa_rag.service.noa import open_noa

    settings = read_settings()
    with shown_progress() as progress:
        noa = open_noa(settings, progress)
        count, missing = len(noa.index.snapshot.versions), missing_from(settings, noa.records)
        noa.close()
        if model := open_language_model(settings, progress):
            model.close()
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
    from noa_rag.web.server import serve as serve_web

    settings = read_settings()
    settings = dataclasses.replace(
        settings, host=host or settings.host, port=port or settings.port, workers=workers or settings.workers
    )
    with shown_progress() as progress:
        serve_web(settings, progress)


@click.command()
def doctor() -> None:
    """Look at every part and say what is well, what is not, and what to do."""
    from noa_rag.cli.doctor import examine

    findings = examine(read_settings())
    for finding in findings:
        mark = click.style("ok", fg="green") if finding.is_well else click.style("NOT WELL", fg="red")
        click.echo(f"{mark:>8}  {finding.part}: {finding.words}")
    if not all(finding.is_well for finding in findings):
        sys.exit(1)
