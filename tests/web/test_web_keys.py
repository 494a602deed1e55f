"""A program with a key is counted by that, by its own limit; without one all is as it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.integrations import ClientKey, KeyId, UnknownKey, key_in
from noa_rag.web.app import create_app
from tests.web.fake_service import FakeService

ASK = "/api/v1/ask"
TOKEN = "noa_" + "a" * 43
NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def limited(service: FakeService, static_dir: Path) -> Litestar:
    """The application with two questions at once for each address, and three for the key."""
    service.client_keys.known[TOKEN] = ClientKey(KeyId("k1"), "Portail", 6, NOW)
    return create_app(service, static_dir=static_dir, rate_limit=4)


def asked(client: TestClient[Litestar], times: int, authorization: str | None = None) -> list[int]:
    headers = {"authorization": authorization} if authorization else {}
    return [client.post(ASK, json={"question": "marque"}, headers=headers).status_code for _ in range(times)]


def test_a_key_has_its_own_limit_beside_that_of_the_address(limited: Litestar, service: FakeService) -> None:
    with TestClient(limited) as client:
        with_key = asked(client, 4, f"Bearer {TOKEN}")
        without = asked(client, 3)

    assert (with_key, without) == ([200, 200, 200, 429], [200, 200, 429])
    assert service.client_keys.counted == [*[("k1", False)] * 3, ("k1", True)]


def test_who_used_up_a_key_is_told_so(limited: Litestar) -> None:
    with TestClient(limited) as client:
        asked(client, 3, f"Bearer {TOKEN}")
        refused = client.post(ASK, json={"question": "marque"}, headers={"authorization": f"bearer {TOKEN}"})

    assert (refused.status_code, refused.json()["type"]) == (429, "/api/docs#key_too_often")
    assert 0 < int(refused.headers["retry-after"]) <= 10
    assert f"{refused.headers['retry-after']} s" in refused.json()["detail"]


@pytest.mark.parametrize("token", ["noa_" + "b" * 43, "noa_short", "noa_"])
def test_a_key_that_was_never_given_opens_nothing_and_is_not_repeated(limited: Litestar, token: str) -> None:
    with TestClient(limited) as client:
        refused = client.post(ASK, json={"question": "marque"}, headers={"authorization": f"Bearer {token}"})
        chat = client.post(
            "/v1/chat/completions",
            json={"model": "noa", "messages": [{"role": "user", "content": "marque"}]},
            headers={"authorization": f"Bearer {token}"},
        )

    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.json()["type"] == "/api/docs#unknown_key"
    assert token not in refused.text
    assert (chat.status_code, chat.json()["error"]["code"]) == (401, "unknown_key")


@pytest.mark.parametrize("authorization", ["Bearer none", "Bearer sk-123", "Basic bm9hXw==", "noa_", "Bearer"])
def test_what_is_no_key_of_ours_is_passed_over(limited: Litestar, authorization: str) -> None:
    with TestClient(limited) as client:
        assert asked(client, 3, authorization) == [200, 200, 429]


def test_somebody_in_distress_is_answered_whatever_key_is_sent(limited: Litestar) -> None:
    with TestClient(limited) as client:
        asked(client, 3, f"Bearer {TOKEN}")
        for token in (TOKEN, "noa_" + "b" * 43):
            reply = client.post(ASK, json={"question": "je veux mourir"}, headers={"authorization": f"Bearer {token}"})
            assert reply.status_code == 200


def test_only_whole_keys_are_read() -> None:
    assert key_in(f"Bearer {TOKEN}") == key_in(f"bearer  {TOKEN} ") == TOKEN
    assert [key_in(header) for header in ("", "Bearer none", f"Basic {TOKEN}", TOKEN)] == [None] * 4
    with pytest.raises(UnknownKey):
        key_in(f"Bearer {TOKEN}x")
