"""Chroma killed under a running service; `make chroma-kills` does it twenty times."""

from pathlib import Path

import pytest

from evals.lab.benches.chroma_kills import killed_under_one_process, killed_under_two_workers
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
