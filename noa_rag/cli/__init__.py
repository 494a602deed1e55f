"""`noa`: the service from a terminal."""

import os
from contextlib import suppress
from importlib import import_module

import click

from noa_rag.cli.console import logs_to_errors, reported_errors
from noa_rag.domain.errors import InvalidSetting
from noa_rag.environment import read_settings
from noa_rag.service.data_folder import left_to_owner

PLUG_INS = "noa.commands"  # entry points of packages that sit on top of this one, such as the evaluations
# Each command with the module that holds it, which is imported when it is called: `noa ask` beside a running service
# takes a fraction of a second, and the other commands' modules would double it.
COMMANDS = {
    **dict.fromkeys(
        ("backup", "banner", "doctor", "index", "migrate", "restore", "serve", "setup", "switch"), "operating"
    ),
    **dict.fromkeys(("audit", "records", "retention"), "records"),
    **dict.fromkeys(("drafts", "sources"), "drafts"),
    **dict.fromkeys(("keys", "sites"), "integrations"),
    **dict.fromkeys(("digest", "report"), "report"),
    **{name: name for name in ("ask", "knowledge", "mcp", "users")},
}


class WithPlugIns(click.Group):
    """A group of commands that are imported when they are called: Noa's own, and those of installed packages."""

    def list_commands(self, context: click.Context) -> list[str]:
        from importlib.metadata import entry_points

        return sorted({*COMMANDS, *entry_points(group=PLUG_INS).names})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS:
            command: click.Command = getattr(import_module(f"{__name__}.{COMMANDS[name]}"), name)
            return command
        from importlib.metadata import entry_points

        plugged: list[click.Command] = [plug_in.load() for plug_in in entry_points(group=PLUG_INS, name=name)]
        return plugged[0] if plugged else None


@click.group(cls=WithPlugIns, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="noa")
@click.pass_context
def cli(context: click.Context) -> None:
    """Noa answers entrepreneurs with the entries that French agencies have vetted, word for word.

    Settings are environment variables NOA_…; docs/settings.md lists them.
    """
    with suppress(InvalidSetting):  # which the command itself reports
        context.with_resource(left_to_owner(read_settings().data_dir))
    if context.invoked_subcommand != "ask":  # which does so once it has to load anything
        logs_to_errors()


def main() -> None:
    """Run the command line; an error of Noa's own is told in words, with exit status 1.

    Whatever it writes, this account alone can read.
    """
    before = os.umask(0o077)
    try:
        with reported_errors():
            cli(prog_name="noa")  # however it was started
    finally:
        os.umask(before)
