"""The service killed over PostgreSQL while drafts are approved, on a base where no other test approved anything."""

from pathlib import Path

import pytest

from evals.lab.benches.machines import MISSING, is_installed
from evals.lab.benches.service_kills import on_postgresql
from noa_rag.domain.ports import no_progress
from noa_rag.settings import Settings

pytestmark = pytest.mark.model


@pytest.mark.postgresql
@pytest.mark.skipif(not is_installed(), reason=MISSING)
def test_nothing_acknowledged_is_lost_on_postgresql(model_settings: Settings, tmp_path: Path) -> None:
    outcome = on_postgresql(model_settings, tmp_path / "shared", 1, no_progress, tmp_path / "log")

    assert not outcome.faults, outcome
    assert outcome.acknowledged > 0
