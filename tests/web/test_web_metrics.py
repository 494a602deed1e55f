"""Metrics: off unless a token is set, shown to its bearer alone, and without a word of a question."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families

from noa_rag.domain.errors import InvalidSetting
from noa_rag.environment import read_settings
from noa_rag.settings import Settings
from noa_rag.web.app import create_app
from noa_rag.web.operations.observing import observing
from tests.web.fake_service import FakeService, an_abstention, an_entry

Client = TestClient[Litestar]
TOKEN = "c4f1e2"
BEARER = {"authorization": f"Bearer {TOKEN}"}
QUESTION = "Je m'appelle Zénobie, comment déposer une marque ?"


@pytest.fixture
def watched(service: FakeService, static_dir: Path) -> Iterator[Client]:
    watching = observing(Settings(metrics_token=TOKEN), lambda: 41)
    with TestClient(create_app(service, static_dir=static_dir, observing=watching)) as client:
        client.follow_redirects = False
        yield client


def samples(client: Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return what /metrics says, by name and sorted labels."""
    text = client.get("/metrics", headers=BEARER).text
    families = text_string_to_metric_families(text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_there_are_no_metrics_unless_a_token_is_set(client: Client) -> None:
    assert client.get("/metrics", headers=BEARER).status_code == 404


def test_failed_sign_ins_are_counted_by_their_step(watched: Client) -> None:
    failed = ("noa_failed_sign_ins_total", (("step", "password"),))
    before = samples(watched).get(failed, 0)

    watched.app.state.observing.on_failed_sign_in("password")

    assert samples(watched)[failed] == before + 1


@pytest.mark.parametrize("given", [{}, {"authorization": "Bearer c4f1e"}, {"authorization": TOKEN}])
def test_nobody_reads_metrics_without_the_token(watched: Client, given: dict[str, str]) -> None:
    answer = watched.get("/metrics", headers=given)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "noa_answers" not in answer.text


def test_answers_are_counted_by_what_came_of_them(watched: Client, service: FakeService) -> None:
    answered = ("noa_answers_total", (("reason", "none"), ("status", "answered")))
    abstained = ("noa_answers_total", (("reason", "nothing_close"), ("status", "abstained")))
    before = samples(watched)

    watched.post("/api/v1/ask", json={"question": QUESTION})
    watched.post("/", data={"q": QUESTION})
    service.answer = an_abstention(an_entry())
    watched.post("/api/v1/ask", json={"question": QUESTION})

    after = samples(watched)
    assert after[answered] - before.get(answered, 0) == 2
    assert after[abstained] - before.get(abstained, 0) == 1
    assert after[("noa_answer_seconds_count", ())] - before[("noa_answer_seconds_count", ())] == 3


def test_the_line_is_empty_after_a_call_and_the_revision_is_that_of_the_index(watched: Client) -> None:
    watched.post("/api/v1/ask", json={"question": QUESTION})

    shown = samples(watched)

    assert shown[("noa_line_calls", (("line", "answers"),))] == 0
    assert shown[("noa_index_revision", ())] == 41


def test_requests_are_grouped_by_route_and_no_label_holds_what_was_asked(watched: Client) -> None:
    watched.get("/", params={"q": QUESTION})
    watched.post("/api/v1/ask", json={"question": QUESTION})
    watched.get("/fiches/zenobie")

    labels = {value for _, pairs in samples(watched) for _, value in pairs}

    assert "/api/v1/ask" in labels
    assert not [value for value in labels if "nobie" in value or "marque" in value]


def test_workers_add_up_what_they_count_and_the_dead_are_forgotten(tmp_path: Path) -> None:
    count = (
        "from noa_rag.web.operations.metrics import ANSWERS, CALLS;"
        "ANSWERS.labels('answered', 'none').inc(); CALLS.labels('answers').set(3)"
    )
    show = (
        "import os; from litestar import Litestar; from litestar.testing import TestClient\n"
        "from noa_rag.web.operations.metrics import metrics_handler\n"
        "with TestClient(Litestar([metrics_handler('t')])) as client:\n"
        "    print(client.get('/metrics', headers={'authorization': 'Bearer t'}).text)"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], env=environment, check=True)
    run = subprocess.run([sys.executable, "-c", show], env=environment, check=True, capture_output=True, text=True)

    lines = run.stdout.splitlines()

    assert 'noa_answers_total{reason="none",status="answered"} 2.0' in lines
    assert not [line for line in lines if line.startswith("noa_line_calls{")]


def test_a_token_is_never_shown_and_must_fit_a_header() -> None:
    assert "s3cret" not in repr(read_settings({"NOA_METRICS_TOKEN": "s3cret"}))
    with pytest.raises(InvalidSetting) as raised:
        read_settings({"NOA_METRICS_TOKEN": "s3cret token"})
    assert "s3cret" not in str(raised.value)
