"""Empty databases for tests that hold on SQLite and on PostgreSQL alike."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

# The address of a server where databases may be made, such as postgresql+psycopg://noa@localhost/postgres.
SERVER = os.environ.get("TEST_POSTGRESQL_URL", "")
without_server = pytest.mark.skipif(not SERVER, reason="TEST_POSTGRESQL_URL names no PostgreSQL server")
BACKENDS = ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgresql, without_server])]


@contextmanager
def empty_database(backend: str, folder: Path) -> Iterator[str]:
    """Yield the address of a database without tables; one of the server is dropped afterwards."""
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'noa.db'}"
        return
    name = f"noa_test_{uuid4().hex}"
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()
