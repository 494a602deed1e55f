"""What visitors notice of slow connections; `make bench PART=slow-connections` measures it with 1,000."""

import asyncio
from pathlib import Path

import pytest

from evals.lab.benches.load import measure_beside_slow_ones
from evals.lab.benches.served import Served
from noa_rag.web.operations.connections import REQUEST_SECONDS

pytestmark = pytest.mark.model

ALONE_SECONDS = 12  # sixty questions; beside slow connections it takes until both kinds have been cut
ROOM = 4  # times the p95; the measure_beside_slow_ones asks for two, on cores that no other tests run on


def test_two_hundred_slow_connections_do_not_keep_visitors_waiting(variables: dict[str, str | Path]) -> None:
    seconds = int(REQUEST_SECONDS) + 5  # until both kinds have been cut

    with Served(variables | {"NOA_RATE_LIMIT": "0"}) as service:
        measured = asyncio.run(
            measure_beside_slow_ones(service.port, slow_count=200, seconds=seconds, alone_seconds=ALONE_SECONDS)
        )

    assert measured.is_within(ROOM), measured
    assert measured.slow.most_open == 200
    assert measured.slow.cut["header"] >= 100
    assert measured.slow.cut["body"] >= 100
