"""A question goes the way that docs/architecture.md tells, down and never back up before it is answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from noa_rag.service.noa import Noa
from noa_rag.web.app import create_app
from tests.factories import a_new_version
from tests.walked import in_order_of_first_stay, told_walk, walked

ASKED = "Comment déposer une marque en France ?"
MOST_FILES = 12


@pytest.fixture
def stays() -> Iterator[list[str]]:
    with walked() as stays:
        yield stays


def test_a_question_goes_the_way_that_the_architecture_tells(stays: list[str], noa: Noa, tmp_path: Path) -> None:
    noa.records.entries.add_versions([a_new_version("marque", question=ASKED), a_new_version("brevet")])
    noa.refresh()
    with TestClient(create_app(noa, static_dir=tmp_path)) as client:
        stays.clear()
        client.post("/", data={"q": "déposer ma marque, comment faire ?"}, follow_redirects=False)

    steps = told_walk("A question")
    walk = stays[stays.index("noa_rag/web/ask/handlers.py") :]
    assert in_order_of_first_stay(walk, steps) == steps
    assert len(steps) <= MOST_FILES
    begun = walk.index("noa_rag/answering/pipeline.py")
    answered = walk.index("noa_rag/answering/recorder.py")
    climbs = [path for path in walk[begun:answered] if path.startswith("noa_rag/web/")]
    assert climbs == []
