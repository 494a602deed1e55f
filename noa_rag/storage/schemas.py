"""The revisions of the tables, as Alembic has them in `migrations/`, and those from before there was a release."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@cache  # finding it runs every migration's file
def newest_schema() -> str | None:
    return ScriptDirectory.from_config(migrations()).get_current_head()


@cache
def known_schemas() -> frozenset[str]:
    """Return every revision of the tables that this version can open, older ones included."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(migrations()).walk_revisions())


def is_before_first_release(schema: str) -> bool:
    """Return whether a schema is one of those numbered 0001 to 0030, which no release had."""
    return len(schema) == 4 and "0001" <= schema <= "0030"


BEFORE_FIRST_RELEASE = (
    "a development version of Noa made it, and no release opens it. Run `noa knowledge export DIR` with that version;"
    " then name an empty data folder in NOA_DATA_DIR (on PostgreSQL an empty database in NOA_DATABASE_URL), and run"
    " `noa setup` and `noa knowledge import DIR`. Accounts, drafts and recorded questions do not come along."
)
