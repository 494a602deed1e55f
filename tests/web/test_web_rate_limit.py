"""One address may ask so often and no more; who is behind a proxy is known from proxies that are named."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.limits import TooOften, network_of
from noa_rag.service import limits
from noa_rag.service.limits import OwnBuckets
from noa_rag.settings import Settings
from noa_rag.web.app import create_app
from noa_rag.web.limits import PAGE_COST, RateLimit
from noa_rag.web.operations.server import _proxies
from tests.web.fake_service import FakeService

ASK = "/api/v1/ask"


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def limited(service: FakeService, static_dir: Path) -> Litestar:
    """The application with four questions a minute for each address, two of them at once."""
    return create_app(service, static_dir=static_dir, rate_limit=4)


def allowed(limit: RateLimit, address: str, times: int, cost: float = 1.0) -> int:
    """Return how many of so many requests go through."""
    count = 0
    for _ in range(times):
        try:
            limit.take(address, cost)
            count += 1
        except TooOften:
            continue
    return count


def test_half_a_minutes_questions_may_come_at_once_and_then_one_a_second() -> None:
    clock = Clock()
    limit = RateLimit(60, OwnBuckets(clock))

    assert allowed(limit, "192.0.2.1", 100) == 30
    clock.seconds += 1
    assert allowed(limit, "192.0.2.1", 100) == 1
    clock.seconds += 10
    assert allowed(limit, "192.0.2.1", 100) == 10
    clock.seconds += 3_600  # a bucket holds no more than half a minute's questions
    assert allowed(limit, "192.0.2.1", 100) == 30


def test_addresses_do_not_count_for_each_other_and_those_of_one_ipv6_network_do() -> None:
    limit = RateLimit(60, OwnBuckets(Clock()))
    allowed(limit, "192.0.2.1", 100)

    assert allowed(limit, "192.0.2.2", 100) == 30
    assert [allowed(limit, f"2001:db8::{number:x}", 20) for number in range(3)] == [20, 10, 0]


def test_a_page_costs_a_quarter_of_a_question() -> None:
    assert allowed(RateLimit(60, OwnBuckets(Clock())), "192.0.2.1", 1_000, PAGE_COST) == 120


def test_who_is_refused_is_told_when_to_come_back_and_may_then() -> None:
    clock = Clock()
    limit = RateLimit(2, OwnBuckets(clock))
    limit.take("192.0.2.1")

    with pytest.raises(TooOften) as caught:
        limit.take("192.0.2.1")
    clock.seconds += caught.value.retry_seconds

    assert caught.value.retry_seconds == 30
    limit.take("192.0.2.1")


def test_addresses_without_end_take_a_bounded_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEPT", 100)
    limit = RateLimit(60, OwnBuckets(Clock()))

    for number in range(1_000):
        limit.take(f"192.0.{number // 256}.{number % 256}")

    own = limit._buckets
    assert isinstance(own, OwnBuckets)
    assert len(own._full_at) == 100


def test_an_ipv4_address_is_the_same_in_ipv6() -> None:
    assert [network_of(address) for address in ("::ffff:192.0.2.1", "2001:db8::1", "testclient")] == [
        "192.0.2.1",
        "2001:db8::/64",
        "testclient",
    ]


@pytest.mark.parametrize(
    ("language", "title"),
    [("fr", "Trop de demandes viennent de votre réseau"), ("en", "Too many requests come from your network")],
)
def test_a_program_is_told_in_a_problem_document(limited: Litestar, language: str, title: str) -> None:
    with TestClient(limited) as client:
        replies = [client.post(ASK, json={"question": "marque"}, headers={"accept-language": language}) for _ in "123"]

    assert [reply.status_code for reply in replies] == [200, 200, 429]
    last = replies[-1]
    assert last.headers["content-type"] == "application/problem+json"
    assert 0 < int(last.headers["retry-after"]) <= 15
    problem = last.json()
    assert (problem["type"], problem["title"], problem["status"]) == ("/api/docs#too_often", title, 429)
    assert f"{last.headers['retry-after']} s" in problem["detail"]


def test_watching_over_the_service_is_never_refused(limited: Litestar) -> None:
    with TestClient(limited) as client:
        for _ in range(20):
            client.get("/a-propos")
        refused = client.get("/a-propos").status_code
        codes = {client.get(path).status_code for path in ("/health", "/widget.js", "/static/htmx.min.js") * 10}

    assert (refused, codes) == (429, {200})


def test_nobody_is_refused_where_the_limit_is_switched_off(client: TestClient[Litestar]) -> None:
    assert {client.post(ASK, json={"question": "marque"}).status_code for _ in range(100)} == {200}


def test_a_proxy_that_nobody_named_is_told_of_in_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    limit = RateLimit(60, OwnBuckets(Clock()))

    with caplog.at_level(logging.WARNING, logger="noa.web"):
        allowed(limit, "8.8.8.8", 100)
        assert caplog.messages == []
        allowed(limit, "127.0.0.1", 100)

    assert len(caplog.messages) == 1
    assert "NOA_TRUSTED_PROXIES" in caplog.messages[0]


def statuses(app: Litestar, trusted: str, peer: str, chains: list[str]) -> list[int]:
    """Return what becomes of questions that reach uvicorn from `peer` with these X-Forwarded-For headers."""
    return asyncio.run(_statuses(app, trusted, peer, chains))


async def _statuses(app: Litestar, trusted: str, peer: str, chains: list[str]) -> list[int]:
    config = uvicorn.Config(app, lifespan="off", **_proxies(Settings(trusted_proxies=trusted)))
    config.load()
    wrapped: Any = config.loaded_app
    transport = httpx.ASGITransport(wrapped, client=(peer, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://noa.example") as client:
        return [
            (
                await client.post(ASK, json={"question": "marque"}, headers={"x-forwarded-for": chain} if chain else {})
            ).status_code
            for chain in chains
        ]


@pytest.mark.parametrize("peer", ["127.0.0.1", "203.0.113.9"])
def test_invented_addresses_pass_no_limit_even_from_this_machine(
    limited: Litestar, monkeypatch: pytest.MonkeyPatch, peer: str
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # uvicorn's own variable

    assert statuses(limited, "", peer, [f"198.51.100.{number}" for number in range(4)]) == [200, 200, 429, 429]


def test_behind_a_named_proxy_the_last_address_that_is_no_proxys_counts(limited: Litestar) -> None:
    trusted = "127.0.0.1, 10.0.0.0/8"
    same = [f"198.51.100.{number}, 192.0.2.1, 10.0.0.7" for number in range(3)]
    others = [f"192.0.2.{number}, 10.0.0.7" for number in range(2, 5)]

    assert statuses(limited, trusted, "127.0.0.1", same + others) == [200, 200, 429, 200, 200, 200]
    assert statuses(limited, trusted, "203.0.113.9", others) == [200, 200, 429]  # not a proxy of ours
