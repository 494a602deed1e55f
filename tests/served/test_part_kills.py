"""Chroma, PostgreSQL and the supervisor killed under a running service."""

from collections.abc import Callable
from pathlib import Path

import pytest

from noa_rag.settings import Settings
from tests.machines import MISSING, is_installed
from tests.served.part_kills import (
    KillsSurvived,
    killed_supervisor,
    killed_under_one_process,
    killed_under_postgresql,
)

pytestmark = pytest.mark.model


@pytest.mark.parametrize(
    ("kill", "approvals"),
    [
        pytest.param(killed_under_one_process, 4, id="the Chroma server of one process"),
        pytest.param(
            killed_under_postgresql,
            2,
            id="the PostgreSQL of two workers",
            marks=[pytest.mark.postgresql, pytest.mark.skipif(not is_installed(), reason=MISSING)],
        ),
        pytest.param(killed_supervisor, 4, id="the supervisor of two workers"),
    ],
)
def test_approvals_go_live_once_what_was_killed_is_back(
    kill: Callable[[Settings, int, Path], KillsSurvived],
    approvals: int,
    model_settings: Settings,
    variables: dict[str, str | Path],
    tmp_path: Path,
) -> None:
    outcome = kill(model_settings, 2, tmp_path / "log")

    assert not outcome.faults, outcome
    assert len(outcome.live_seconds) == approvals
