"""The database as commands open it, and the name under which what they do is written down."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from noa_rag.cli.console import shown_progress
from noa_rag.settings import read_settings

if TYPE_CHECKING:
    from noa_rag.service.records import Records


@contextmanager
def opened_records() -> Iterator["Records"]:
    """Yield the records; an empty base is filled first, because referents need agencies and sites themes."""
    from noa_rag.service.importing import fill_empty_base
    from noa_rag.service.records import open_records

    settings = read_settings()
    records = open_records(settings)
    try:
        with shown_progress() as progress:
            fill_empty_base(settings, records, progress)
        yield records
    finally:
        records.close()


def actor() -> str:
    """Return who the audit notes: the login at this machine, which no account can be called."""
    try:
        return f"terminal:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may run under a number without a name
        return f"terminal:{os.getuid()}"
