"""Entries are read ahead while visitors are answered; whoever watches the service is told when that is over."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.fake_noa import a_noa

LONG = 10  # seconds, for what comes at once


class SlowReader:
    """Reads text upon text until it is told to end, as `Verifier.warm` does over a base without end."""

    fingerprint = "slow"

    def __init__(self) -> None:
        self.reads = threading.Event()

    def warm(self, pause: Callable[[float], bool]) -> None:
        while not pause(0.001):
            self.reads.set()

    def close(self) -> None:
        """Nothing is open."""


def test_health_tells_whether_entries_are_still_read_ahead(
    settings: Settings, records: Records, tmp_path: Path
) -> None:
    noa = a_noa(settings, records, tmp_path)
    reader = SlowReader()
    noa.verifier = cast("Any", reader)
    assert noa.health()["reading_ahead"] == "over"

    noa.follow()

    assert reader.reads.wait(LONG)
    assert noa.health()["reranker"] == "slow"
    assert noa.health()["reading_ahead"] == "under way"
    noa.close()
    assert noa.health()["reading_ahead"] == "over"
