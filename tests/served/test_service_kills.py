"""The service killed while drafts are approved."""

from pathlib import Path

import pytest

from noa_rag.settings import Settings
from tests.served.service_kills import on_sqlite

pytestmark = pytest.mark.model


def test_nothing_acknowledged_is_lost_on_sqlite(model_settings: Settings, tmp_path: Path) -> None:
    outcome = on_sqlite(model_settings, 2, tmp_path / "log")

    assert not outcome.faults, outcome
    assert outcome.acknowledged > 0
    assert outcome.restarts == 2
