"""The webhook, told to a real receiver on loopback: signed, in order, until it is taken, and across restarts."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidSetting, WebhookFailed
from noa_rag.domain.integrations import signed, signing_keys
from noa_rag.environment import read_settings
from noa_rag.service import webhooks
from noa_rag.service.background import Background
from noa_rag.service.records import Records
from noa_rag.service.webhooks import Webhook, post
from noa_rag.settings import Settings
from tests.factories import a_new_version, a_theme, an_agency

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@dataclass
class Receiver:
    """What came, and what is answered: the statuses in turn, then 204 for ever."""

    url: str
    statuses: list[int] = field(default_factory=list)
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def told(self) -> list[tuple[str, str, int]]:
        events = [json.loads(body) for _, body in self.came]
        return [(one["type"], one["data"]["entry"], one["data"]["version"]) for one in events]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(told.statuses.pop(0) if told.statuses else 204)
            self.send_header("location", f"{told.url}/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Receiver(f"http://127.0.0.1:{server.server_port}/noa?portal=1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def base(records: Records) -> Records:
    records.save([an_agency()], [a_theme()], [])
    records.entries.add_versions([a_new_version("ancienne")])
    return records


@pytest.fixture
def a_webhook(settings: Settings, base: Records, receiver: Receiver, clock: Clock) -> Callable[[], Webhook]:
    """Return what makes the webhook of another process, or of this one after a restart."""
    chosen = replace(settings, webhook_url=receiver.url, webhook_secret=SECRET, base_url="https://noa.example.fr/")
    return lambda: Webhook(chosen, base, now=clock, stopping=threading.Event())


def approve(records: Records, entry_id: str, expected_version: int = 0) -> None:
    records.entries.add_versions([a_new_version(entry_id, expected_version=expected_version)])


def test_publications_and_withdrawals_are_told_in_order_from_the_first_look_on(
    base: Records, a_webhook: Callable[[], Webhook], receiver: Receiver
) -> None:
    webhook = a_webhook()
    assert webhook.tell() == 0
    approve(base, "neuve")
    approve(base, "ancienne", 1)
    base.entries.withdraw(EntryId("neuve"), author="camille", note="", at=NOW)

    assert webhook.tell() == 3
    assert webhook.tell() == 0

    assert receiver.told() == [
        ("entry.published", "neuve", 1),
        ("entry.published", "ancienne", 2),
        ("entry.withdrawn", "neuve", 2),
    ]
    data = json.loads(receiver.came[0][1])["data"]
    assert data["page"] == "https://noa.example.fr/entrees/neuve"
    assert data["agency"] == {"id": "inpi", "name": "Agence inpi"}
    assert b"INPI](https://www.inpi.fr)" not in receiver.came[0][1]  # the answer


def test_what_is_told_is_signed_over_id_moment_and_body(
    base: Records, a_webhook: Callable[[], Webhook], receiver: Receiver
) -> None:
    webhook = a_webhook()
    webhook.tell()
    approve(base, "neuve")
    webhook.tell()

    ((headers, body),) = receiver.came
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(KEY, said, "sha256")).decode()
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["webhook-id"] == f"msg_{base.audit.entries(actions=['version_added'])[0].hash[:32]}"
    assert headers["content-type"] == "application/json"


def test_a_signature_is_that_of_the_published_example() -> None:
    """The vector of the tests of https://github.com/standard-webhooks/standard-webhooks."""
    keys = signing_keys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', keys)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_sign_while_one_takes_over() -> None:
    other = "whsec_" + base64.b64encode(b"o" * 24).decode()

    signatures = signed("msg_1", 1, b"{}", signing_keys(f"{SECRET}, {other}"))["webhook-signature"].split(" ")

    assert [one[:3] for one in signatures] == ["v1,", "v1,"]
    assert signatures[1] == "v1," + base64.b64encode(hmac.digest(b"o" * 24, b"msg_1.1.{}", hashlib.sha256)).decode()


def test_what_is_not_taken_is_told_again_with_longer_waits_and_the_same_number(
    base: Records, a_webhook: Callable[[], Webhook], receiver: Receiver, clock: Clock
) -> None:
    webhook = a_webhook()
    webhook.tell()
    approve(base, "neuve")
    approve(base, "seconde")
    receiver.statuses = [500, 302]

    for waits in (2, 4):
        with pytest.raises(WebhookFailed, match="answered"):
            webhook.tell()
        clock.now += timedelta(seconds=waits - 0.1)
        with pytest.raises(WebhookFailed, match="not due yet"):
            webhook.tell()
        clock.now += timedelta(seconds=0.1)

    assert webhook.tell() == 2
    assert [one[1] for one in receiver.told()] == ["neuve", "neuve", "neuve", "seconde"]
    assert len({headers["webhook-id"] for headers, _ in receiver.came[:3]}) == 1
    assert receiver.came[0][0]["webhook-timestamp"] != receiver.came[2][0]["webhook-timestamp"]


def test_nothing_is_lost_over_a_restart(
    base: Records, a_webhook: Callable[[], Webhook], receiver: Receiver, clock: Clock
) -> None:
    first = a_webhook()
    first.tell()
    approve(base, "neuve")
    receiver.statuses = [503]
    with pytest.raises(WebhookFailed):
        first.tell()
    approve(base, "pendant-l-arret")
    clock.now += timedelta(seconds=2)

    assert a_webhook().tell() == 2

    assert [one[1] for one in receiver.told()] == ["neuve", "neuve", "pendant-l-arret"]


def test_several_processes_tell_each_event_once(
    base: Records, a_webhook: Callable[[], Webhook], receiver: Receiver
) -> None:
    several = [a_webhook() for _ in range(4)]
    several[0].tell()
    for number in range(12):
        approve(base, f"fiche-{number}")

    def tell(webhook: Webhook) -> None:
        while len(receiver.came) < 12:
            webhook.tell()
            time.sleep(0.01)

    threads = [threading.Thread(target=tell, args=(one,)) for one in several]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)

    assert [one[1] for one in receiver.told()] == [f"fiche-{number}" for number in range(12)]


def test_an_event_that_a_process_died_with_is_told_by_another_later(
    base: Records, a_webhook: Callable[[], Webhook], receiver: Receiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = a_webhook()
    dying.tell()
    approve(base, "neuve")
    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "post", lambda *arguments, **options: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            dying.tell()

    assert a_webhook().tell() == 0
    clock.now += timedelta(seconds=webhooks.HOLD_SECONDS)
    assert a_webhook().tell() == 1


def test_the_supervised_task_tells_by_itself_and_says_while_it_fails(
    base: Records, a_webhook: Callable[[], Webhook], receiver: Receiver, clock: Clock
) -> None:
    background, webhook = Background(), a_webhook()
    webhook.tell()
    receiver.statuses = [500]
    try:
        approve(base, "neuve")
        background.every(0.02, "webhook", webhook.tell, retry_seconds=(0.02, 0.05), advice=webhooks.ADVICE)
        wait_until(background.failing)
        (failing,) = background.failing()
        assert (failing.name, failing.error, failing.advice) == ("webhook", "WebhookFailed", webhooks.ADVICE)
        clock.now += timedelta(seconds=2)
        wait_until(lambda: not background.failing() and len(receiver.came) == 2)
    finally:
        background.stop()


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("host", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"])
def test_a_name_that_leads_to_a_private_address_is_refused_unless_it_may(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver, host: str
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: found)

    with pytest.raises(WebhookFailed, match="leads to a private address"):
        post("https://portail.example.fr/noa", b"{}", {}, may_be_private=False)


def test_a_private_name_is_called_where_it_may_be(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]
    with monkeypatch.context() as patch:
        real = socket.getaddrinfo
        patch.setattr(
            socket, "getaddrinfo", lambda host, *rest, **more: found if host == "n8n" else real(host, *rest, **more)
        )
        assert post(f"http://n8n:{port}/noa", b"{}", {}, may_be_private=True) == 204

    assert receiver.came[0][0]["host"] == f"n8n:{port}"


def test_a_receiver_that_never_ends_its_answer_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "DEADLINE_SECONDS", 0.5)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                while not over.wait(0.1):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(WebhookFailed):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {}, may_be_private=False)
        assert time.monotonic() - began < 5
        over.set()
        thread.join(10)


def test_a_receiver_that_is_away_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(WebhookFailed, match="cannot be reached"):
        post(f"http://localhost:{port}/", b"{}", {}, may_be_private=False)


URL = "https://portail.example.fr/noa?x=1"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"NOA_WEBHOOK_URL": "portail.example.fr", "NOA_WEBHOOK_SECRET": SECRET}, "is no address"),
        ({"NOA_WEBHOOK_URL": "ftp://portail.example.fr", "NOA_WEBHOOK_SECRET": SECRET}, "is no address"),
        ({"NOA_WEBHOOK_URL": "https://a:b@portail.example.fr/", "NOA_WEBHOOK_SECRET": SECRET}, "more than an address"),
        ({"NOA_WEBHOOK_URL": "https://portail.example.fr/a b", "NOA_WEBHOOK_SECRET": SECRET}, "more than an address"),
        ({"NOA_WEBHOOK_URL": "http://portail.example.fr/", "NOA_WEBHOOK_SECRET": SECRET}, "has no https"),
        ({"NOA_WEBHOOK_URL": URL}, "NOA_WEBHOOK_SECRET is missing"),
        ({"NOA_WEBHOOK_URL": URL, "NOA_WEBHOOK_SECRET": "whsec_c2hvcnQ="}, "24 to 64 bytes"),
        ({"NOA_WEBHOOK_URL": URL, "NOA_WEBHOOK_SECRET": SECRET[6:]}, "24 to 64 bytes"),
        ({"NOA_WEBHOOK_URL": URL, "NOA_WEBHOOK_SECRET": "whsec_*"}, "24 to 64 bytes"),
        ({"NOA_WEBHOOK_PRIVATE": "yes"}, "use on or off"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_without_telling_the_secret(
    given: dict[str, str], said: str
) -> None:
    with pytest.raises(InvalidSetting, match=said) as refused:
        read_settings(given)

    assert SECRET not in str(refused.value)
    assert SECRET not in repr(Settings(webhook_secret=SECRET))


@pytest.mark.parametrize(
    "given",
    [
        {"NOA_WEBHOOK_URL": URL},
        {"NOA_WEBHOOK_URL": "http://127.0.0.1:5678/webhook"},
        {"NOA_WEBHOOK_URL": "http://localhost:5678/webhook"},
        {"NOA_WEBHOOK_URL": "http://n8n:5678/webhook", "NOA_WEBHOOK_PRIVATE": "on"},
    ],
)
def test_settings_that_go_together_are_taken(given: dict[str, str]) -> None:
    assert read_settings({**given, "NOA_WEBHOOK_SECRET": SECRET}).webhook_url == given["NOA_WEBHOOK_URL"]
