"""The service killed over PostgreSQL while drafts are approved, on a base where no other test approved anything."""

from pathlib import Path

import pytest

from noa_rag.settings import Settings
from tests.machines import MISSING, is_installed
from tests.served.service_kills import on_postgresql

pytestmark = pytest.mark.model


@pytest.mark.postgresql
@pytest.mark.skipif(not is_installed(), reason=MISSING)
def test_nothing_acknowledged_is_lost_on_postgresql(model_settings: Settings, tmp_path: Path) -> None:
    outcome = on_postgresql(model_settings, tmp_path / "shared", 1, tmp_path / "log")

    assert not outcome.faults, outcome
    assert outcome.acknowledged > 0
