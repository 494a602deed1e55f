"""Services as an operator runs them, over a small base with the embedded model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.lab.benches.served import Served
from noa_rag.settings import Settings


@pytest.fixture(scope="module")
def variables(model_settings: Settings) -> dict[str, str | Path]:
    """The environment of a service over a base that is ready."""
    return {
        "NOA_DATA_DIR": model_settings.data_dir,
        "NOA_DATABASE_URL": model_settings.database_url,
        "NOA_KNOWLEDGE": model_settings.knowledge,
    }


@pytest.fixture(scope="module")
def started(variables: dict[str, str | Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service of two workers; starting one takes longer than most tests of it."""
    with Served(variables, workers=2, log=tmp_path_factory.mktemp("two-workers") / "log") as service:
        yield service


@pytest.fixture
def two_workers(started: Served) -> Served:
    """The service of two workers, running."""
    if started.has_ended():
        started.start()
    return started
