"""`noa`: the service from a terminal."""

import click

from noa_rag.cli.ask import ask
from noa_rag.cli.console import reported_errors
from noa_rag.cli.index import index
from noa_rag.cli.knowledge import knowledge
from noa_rag.cli.operating import doctor, serve, setup


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="noa")
def cli() -> None:
    """Noa answers entrepreneurs with the entries that French agencies have vetted, word for word.

    Settings are environment variables NOA_…; the README lists them.
    """


for one in (ask, serve, setup, doctor, knowledge, index):
    cli.add_command(one)


def main() -> None:
    """Run the command line; an error of Noa's own is told in words, with exit status 1."""
    with reported_errors():
        cli()
