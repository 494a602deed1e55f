"""The service that runs over this data folder, asked over HTTP; nothing of it is loaded here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from noa_rag.domain.errors import InvalidQuestion, NoaError
from noa_rag.service.in_use import announced_address
from noa_rag.settings import Settings

ASK_SECONDS = 30.0  # assisted mode takes some; a service that says nothing that long is not waited for


class NotServed(NoaError):
    """The running service does not take this: it is busy, switched off or gone, or the request is not for the API."""


@dataclass(frozen=True, slots=True)
class RunningService:
    """The JSON API at an address. Every call raises NotServed for anything but an answer."""

    address: str

    def ask(self, fields: Mapping[str, str | None]) -> Any:
        """Return an answer as JSON. Raises InvalidQuestion in the service's words for what is no question."""
        return self._called("POST", "/api/v1/ask", {name: value for name, value in fields.items() if value is not None})

    def search(self, typed: str, *, region: str | None, lang: str | None) -> Any:
        """Return what is found for a search, as JSON."""
        return self._called("POST", "/api/v1/search", {"question": typed, "region": region, "lang": lang})

    def entry(self, entry_id: str, *, on: str | None = None) -> Any:
        """Return an entry as JSON."""
        query = f"?{urlencode({'on': on})}" if on else ""
        return self._called("GET", f"/api/v1/entries/{quote(entry_id, safe='')}{query}")

    def _called(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        headers = {"content-type": "application/json"} if body is not None else {}
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=ASK_SECONDS)
        try:
            sent = None if body is None else json.dumps(body).encode()
            connection.request(method, path, sent, headers)
            reply = connection.getresponse()
            told = json.loads(reply.read())
        except (OSError, HTTPException, ValueError) as error:
            raise NotServed(f"The service at {self.address} did not answer: {error}") from error
        finally:
            connection.close()
        if reply.status == 200:
            return told
        if reply.status == 400 and told.get("field") == "question":
            raise InvalidQuestion(told["detail"])
        raise NotServed(f"{told.get('title')}. {told.get('detail')}")


def running_service(settings: Settings) -> RunningService | None:
    """Return the service that runs over the data folder of the settings on this machine, None where none does."""
    address = announced_address(settings.data_dir)
    return RunningService(address) if address else None
