"""The webhook: sends signed publications and withdrawals to one receiver, in order, each until it is accepted."""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from structlog import get_logger

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.errors import WebhookFailed
from noa_rag.domain.integrations import EntryEvent, signed, signing_keys
from noa_rag.domain.limits import is_public, is_written_out
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from noa_rag.storage.notices import WebhookStore

LOOK_SECONDS = 1.0  # between two looks for news: one short reading of the database
DEADLINE_SECONDS = 10.0  # for a whole attempt; Standard Webhooks advises 15 to 30, and the end of a service waits ten
HOLD_SECONDS = 3 * DEADLINE_SECONDS  # after which another process may take over from one that died
RETRY_SECONDS = (2.0, 300.0)  # doubled each time: an approval is told five minutes after the receiver is back, at most
ADVICE = "The receiver at NOA_WEBHOOK_URL does not take events; they wait in order, and none is lost. The log says why."
Now = Callable[[], datetime]
_log = get_logger()


class Webhook:
    """Sends events one after another; every process of a base may run one, and each event is sent by one of them."""

    def __init__(
        self, settings: Settings, records: Records, *, now: Now = lambda: datetime.now(UTC), stopping: threading.Event
    ) -> None:
        self._settings = settings
        self._records = records
        self._store = WebhookStore(records.database)
        self._keys = signing_keys(settings.webhook_secret)
        self._now = now
        self._stopping = stopping
        self._has_begun = False

    def tell(self) -> int:
        """Send all waiting events and return how many; raises WebhookFailed when the receiver does not accept one."""
        if not self._has_begun:
            self._store.begin()
            self._has_begun = True
        count = 0
        while not self._stopping.is_set():
            turn = self._store.take_turn(self._now(), hold_seconds=HOLD_SECONDS)
            if turn.event is None:
                if turn.is_waiting and turn.failure_count:
                    raise WebhookFailed("An earlier attempt failed, and the next one is not due yet.")
                break
            try:
                status = self._send(turn.event)
            except WebhookFailed:
                failures = turn.failure_count + 1
                wait = min(RETRY_SECONDS[1], RETRY_SECONDS[0] * 2.0 ** min(failures - 1, 30))
                self._store.failed(failures, not_before=self._now() + timedelta(seconds=wait))
                raise
            self._store.told(turn.event)
            _log.info("webhook_told", webhook_id=turn.event.id, type=turn.event.type.value, status=status)
            count += 1
        return count

    def _send(self, event: EntryEvent) -> int:
        (version,) = self._records.entries.numbered([(event.entry_id, event.version)])
        told = event_payload(event, version, self._records.agencies(), base_url=self._settings.base_url)
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        headers = signed(event.id, int(self._now().timestamp()), body, self._keys)
        status = post(self._settings.webhook_url, body, headers, may_be_private=self._settings.webhook_private == "on")
        if not 200 <= status < 300:
            raise WebhookFailed(f"The receiver answered {status} to the event {event.id}; it is told again.")
        return status


def event_payload(
    event: EntryEvent, version: EntryVersion, agencies: Mapping[AgencyId, Agency], *, base_url: str
) -> dict[str, object]:
    """Return the payload of an event: names, days and addresses, but no answer, which receivers might show for ever."""
    content, page = version.content, f"/entrees/{version.id}"
    agency = agencies.get(content.agency_id)
    window = content.window
    return {
        "type": event.type.value,
        "timestamp": event.at.isoformat(timespec="seconds"),
        "data": {
            "entry": version.id,
            "version": version.version,
            "question": content.question,
            "language": content.language,
            "agency": {"id": content.agency_id, "name": agency.name if agency else content.agency_id},
            "theme": content.theme,
            "regions": list(content.regions),
            "valid_from": window.valid_from.isoformat() if window.valid_from else None,
            "valid_until": window.valid_until.isoformat() if window.valid_until else None,
            "replaced_by": content.replaced_by,
            "api": f"{base_url.rstrip('/')}/api/v1/entries/{version.id}",
            "page": f"{base_url.rstrip('/')}{page}",
        },
    }


def post(url: str, body: bytes, headers: Mapping[str, str], *, may_be_private: bool) -> int:
    """Post a body and return the status of the response; its body is not read, and redirects are not followed.

    The whole call takes ten seconds at most. Raises WebhookFailed when the host cannot be reached, or its name leads to
    a private address although that is not allowed.
    """
    address = urlsplit(url)
    connected: list[socket.socket] = []
    timer = threading.Timer(DEADLINE_SECONDS, _end, [connected])
    timer.daemon = True
    timer.start()
    try:
        with _connected(address, connected, may_be_private=may_be_private) as open_socket:
            kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
            connection = kind(address.hostname or "", address.port)
            connection.sock = open_socket
            path = (address.path or "/") + (f"?{address.query}" if address.query else "")
            connection.request("POST", path, body, {"content-type": "application/json", "user-agent": "Noa", **headers})
            with connection.getresponse() as answer:
                return answer.status
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise WebhookFailed(f"The receiver cannot be reached, or did not answer in time ({error}).") from error
    finally:
        timer.cancel()


def _connected(address: SplitResult, connected: list[socket.socket], *, may_be_private: bool) -> socket.socket:
    """Return a connection to the first address of the host that may be called and accepts one."""
    host, port = address.hostname or "", address.port or (443 if address.scheme == "https" else 80)
    found = dict.fromkeys(one[4][0] for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    allowed = [str(one) for one in found if may_be_private or is_written_out(host) or is_public(str(one))]
    if not allowed:
        raise WebhookFailed(
            "The host of NOA_WEBHOOK_URL leads to a private address. If that is meant, set NOA_WEBHOOK_PRIVATE=on."
        )
    problem: OSError = OSError("no address")
    for one in allowed:
        try:
            plain = socket.create_connection((one, port), timeout=DEADLINE_SECONDS)
        except OSError as error:
            problem = error
            continue
        connected.append(plain)
        if address.scheme == "http":
            return plain
        context = ssl.create_default_context()
        secured = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        connected.append(secured)
        try:
            secured.do_handshake()
        except OSError:
            secured.close()
            raise
        return secured
    raise problem


def _end(connected: list[socket.socket]) -> None:
    """Cut connections off, so that whoever waits for them goes on at once."""
    for one in connected:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
