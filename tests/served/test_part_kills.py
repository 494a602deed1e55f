"""Chroma, PostgreSQL and the supervisor killed under a running service; `make part-kills` does it twenty times."""

from pathlib import Path

import pytest

from evals.lab.benches.machines import MISSING, is_installed
from evals.lab.benches.part_kills import (
    killed_supervisor,
    killed_under_one_process,
    killed_under_postgresql,
    killed_under_two_workers,
)
from noa_rag.settings import Settings

pytestmark = pytest.mark.model


def test_approvals_go_live_in_one_process_whose_chroma_server_is_killed(
    model_settings: Settings, variables: dict[str, str | Path], tmp_path: Path
) -> None:
    outcome = killed_under_one_process(model_settings, 2, tmp_path / "log")

    assert not outcome.faults, outcome
    assert len(outcome.live_seconds) == 4


def test_approvals_go_live_in_two_workers_whose_chroma_is_killed(
    model_settings: Settings, variables: dict[str, str | Path], tmp_path: Path
) -> None:
    outcome = killed_under_two_workers(model_settings, 2, tmp_path / "log")

    assert not outcome.faults, outcome
    assert len(outcome.live_seconds) == 4


@pytest.mark.postgresql
@pytest.mark.skipif(not is_installed(), reason=MISSING)
def test_approvals_go_live_in_two_workers_whose_postgresql_is_killed(
    model_settings: Settings, variables: dict[str, str | Path], tmp_path: Path
) -> None:
    outcome = killed_under_postgresql(model_settings, 2, tmp_path / "log")

    assert not outcome.faults, outcome
    assert len(outcome.live_seconds) == 2


def test_what_is_approved_while_the_supervisor_is_down_is_live_once_it_is_back(
    model_settings: Settings, variables: dict[str, str | Path], tmp_path: Path
) -> None:
    outcome = killed_supervisor(model_settings, 2, tmp_path / "log")

    assert not outcome.faults, outcome
    assert len(outcome.live_seconds) == 4
