"""Asking suites: what is timed has not been asked before."""

from pathlib import Path

import pytest

from evals.runner.generate import generate
from evals.suites.suite_list import LATENCY, Suite
from noa_rag.domain.ports import no_progress
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.evals.run_factory import a_case
from tests.fake_noa import a_noa


def test_questions_are_timed_in_wordings_that_are_new(
    settings: Settings, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noa = a_noa(settings, records, tmp_path)
    monkeypatch.setattr("evals.runner.generate.run_settings", lambda noa, cases: {})
    embedded: list[str] = []
    embed = noa.index.embedder.embed_queries
    monkeypatch.setattr(noa.index.embedder, "embed_queries", lambda texts: (embedded.extend(texts), embed(texts))[1])
    suites = [Suite(name, "", lambda _: [a_case("1", question="déposer une marque")]) for name in ("a", "b", LATENCY)]

    generate(noa, suites, tmp_path / "run", progress=no_progress)

    assert embedded == ["deposer une marque"] * 2  # once for the first two, and once more to be timed
