"""`noa`: the service from a terminal."""

import sys
from importlib.metadata import entry_points

import click
import structlog

from noa_rag.cli.ask import ask
from noa_rag.cli.audit import audit
from noa_rag.cli.backups import backup, migrate, restore
from noa_rag.cli.console import reported_errors
from noa_rag.cli.drafts import drafts
from noa_rag.cli.knowledge import knowledge
from noa_rag.cli.operating import banner, doctor, index, serve, setup, switch
from noa_rag.cli.report import report
from noa_rag.cli.retention import records, retention
from noa_rag.cli.sites import sites
from noa_rag.cli.users import users

PLUG_INS = "noa.commands"  # entry points of packages that sit on top of this one, such as the evaluations


class WithPlugIns(click.Group):
    """A group that also knows the commands of installed packages; they are imported when they are called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*super().list_commands(context), *entry_points(group=PLUG_INS).names})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        own = super().get_command(context, name)
        if own is not None:
            return own
        plugged: list[click.Command] = [one.load() for one in entry_points(group=PLUG_INS, name=name)]
        return plugged[0] if plugged else None


@click.group(cls=WithPlugIns, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="noa")
def cli() -> None:
    """Noa answers entrepreneurs with the entries that French agencies have vetted, word for word.

    Settings are environment variables NOA_…; the README lists them.
    """
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))  # the output is for answers


for one in (
    ask,
    serve,
    setup,
    doctor,
    knowledge,
    index,
    drafts,
    users,
    sites,
    audit,
    banner,
    switch,
    report,
    migrate,
    backup,
    restore,
    retention,
    records,
):
    cli.add_command(one)


def main() -> None:
    """Run the command line; an error of Noa's own is told in words, with exit status 1."""
    with reported_errors():
        cli(prog_name="noa")  # however it was started
