"""`noa index`: the search index, which is derived from the database."""

import sys

import click

from noa_rag.cli.console import shown_progress
from noa_rag.settings import read_settings


@click.group()
def index() -> None:
    """Check or rebuild the search index."""


@index.command()
def check() -> None:
    """Let every searched text look for itself: an index can lose texts without an error."""
    from noa_rag.service.noa import open_noa

    with shown_progress() as progress:
        noa = open_noa(read_settings(), progress)
        try:
            missing, count = noa.index.missing(), len(noa.index.snapshot.texts)
        finally:
            noa.close()
    click.echo(f"{count - len(missing)} of {count} texts find themselves.")
    for text_id in missing[:20]:
        click.echo(f"missing: {text_id}")
    if missing:
        click.echo("Run `noa index rebuild`.")
        sys.exit(1)


@index.command()
def rebuild() -> None:
    """Build the index anew from the database; texts already embedded are not embedded again."""
    from noa_rag.service.noa import open_noa

    with shown_progress() as progress:
        noa = open_noa(read_settings(), progress)
        try:
            noa.index.rebuild(progress)
            count = len(noa.index.snapshot.texts)
        finally:
            noa.close()
    click.echo(f"{count} texts indexed.")
