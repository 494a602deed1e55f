"""The service killed while drafts are approved; `make service-kills` does it 200 times on each engine."""

from pathlib import Path

import pytest

from evals.lab.benches.service_kills import on_sqlite
from noa_rag.settings import Settings

pytestmark = pytest.mark.model


def untold(_: str, done: int, total: int) -> None:
    """Nobody watches."""


def test_nothing_acknowledged_is_lost_on_sqlite(model_settings: Settings, tmp_path: Path) -> None:
    outcome = on_sqlite(model_settings, 2, untold, tmp_path / "log")

    assert not outcome.faults, outcome
    assert outcome.acknowledged > 0
    assert len(outcome.ready_seconds) == 2
