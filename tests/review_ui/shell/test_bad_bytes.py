"""Bytes that are no text, in every parameter of every public and review route: a clear 400 or no harm, never a 500."""

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from noa_rag.service.office import Office
from tests.review_ui.review_people import SignIn

PLACEHOLDER = re.compile(r"\{(\w+):\w+\}")
METHODS = ("GET", "POST")
# Of a query, a path or a form: no UTF-8, a lone surrogate, a byte of zero, and the same without percent signs.
BAD = (b"%ff", b"a%ffb", b"%ed%a0%80", b"%00", b"a%00b", b"\xff", b"%c3", b"%uffff")
FORM_FIELDS = ("q", "region", "audience", "conversation_id", "question_id", "useful", "reason", "comment", "number")
JSON_BODIES = (
    b'{"question": "\\ud800"}',
    b'{"question": "a\\u0000b"}',
    b'{"question": "\xff"}',
    b'{"question": "x", "lang": "\\u0000"}',
    b'{"question": "x", "region": "\\udfff"}',
    b'{"question": "x", "conversation_id": "\\u0000"}',
    b'{"question_id": "\\u0000", "is_useful": true}',
    b'{"question_id": "x", "is_useful": false, "comment": "\\u0000"}',
    b'{"question_id": "x", "is_useful": false, "comment": "\\ud800"}',
    b'{"question_id": "\xff", "is_useful": false}',
    b'{"\\u0000": 1}',
)
HEADERS = (
    "accept", "accept-language", "content-type", "cookie", "host", "hx-current-url", "hx-request", "if-modified-since",
    "if-none-match", "origin", "referer", "sec-fetch-dest", "traceparent", "x-csrf-token", "x-forwarded-for",
    "x-forwarded-proto", "x-request-id", "authorization", "range",
)  # fmt: skip
OTHER_HEADERS = tuple(sorted({*HEADERS} - {"cookie", "x-csrf-token", "origin", "host"}))
BAD_HEADERS = (b"\xff", b"a\x00b", b"\xc3\x28", b"http://[", b"[", b"=\xff;", b"noa_review=\xff\x00; noa_browser=\xff")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


async def call(
    app: Litestar,
    method: str,
    path: bytes,
    query: bytes = b"",
    body: bytes = b"",
    *,
    is_cut_off: bool = False,
    **headers: bytes,
) -> Reply:
    """Send a request byte by byte, as no client library would."""
    from urllib.parse import unquote

    given = {"host": b"127.0.0.1", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body:
        given["content-length"] = str(len(body)).encode()
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),  # as uvicorn does
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.encode(), value) for name, value in given.items()],
        "client": ("192.0.2.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    sent: list[Any] = []
    waiting = [{"type": "http.request", "body": body, "more_body": is_cut_off}]

    async def receive() -> Any:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]
    start = next(part for part in sent if part["type"] == "http.response.start")
    content = b"".join(part.get("body", b"") for part in sent if part["type"] == "http.response.body")
    return Reply(
        start["status"], {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}, content
    )


def routes(app: Litestar) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the method, the path and the names that the handler reads, of every route that answers."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            names = [*handler.parsed_fn_signature.parameters, "lang", "q", "question", "from", "fait", "agence", "page"]
            for method in METHODS:
                if method in {str(verb) for verb in handler.http_methods}:
                    yield method, route.path, sorted(set(names))


@pytest.fixture
def inside(sign_in: SignIn, office: Office) -> dict[str, bytes]:
    """The headers of an administrator who is at work."""
    token = sign_in("adele").cookies["noa_review"]
    return {"cookie": f"noa_review={token}".encode(), "x_csrf_token": office.sign_in.csrf_token(token).encode()}


def told(failures: list[str]) -> str:
    return "\n".join(failures[:40]) + f"\n{len(failures)} in all"


@pytest.mark.slow
def test_no_query_or_path_makes_an_error_of_ours(app: Litestar, inside: dict[str, bytes]) -> None:
    async def all_of_them() -> list[str]:
        failures = []
        for method, path, names in routes(app):
            places = [b"&".join(f"{name}=".encode() + bad for name in names) for bad in BAD]
            filled = PLACEHOLDER.sub("x", path).encode()
            sendings = [(filled, query) for query in [*places, *BAD]]
            if PLACEHOLDER.search(path):
                sendings += [(PLACEHOLDER.sub(bad.decode("latin-1"), path).encode("latin-1"), b"") for bad in BAD]
            for address, query in sendings:
                for given in ({}, inside):
                    reply = await call(app, method, address, query, **given)
                    if reply.status >= 500:
                        failures.append(f"{reply.status} {method} {address!r}?{query[:80]!r}")
        return failures

    failures = asyncio.run(all_of_them())

    assert not failures, told(failures)


@pytest.mark.slow
def test_no_body_makes_an_error_of_ours(app: Litestar, inside: dict[str, bytes]) -> None:
    multipart = (
        b'--x\r\ncontent-disposition: form-data; name="%b"\r\n\r\n%b\r\n--x--\r\n',
        b'--x\r\ncontent-disposition: form-data; name="q"; filename="%b"\r\n\r\n%b\r\n--x--\r\n',
    )
    fields = (*FORM_FIELDS, "user_name", "password", "next", "kept", "question", "answer", "note", "agency", "theme")

    async def all_of_them() -> list[str]:
        failures = []
        for method, path, _ in routes(app):
            if method != "POST":
                continue
            address = PLACEHOLDER.sub("x", path).encode()
            forms = [b"&".join(f"{name}=".encode() + bad for name in fields) for bad in BAD]
            forms += [bad + b"=" + bad for bad in BAD]
            bodies = [(b"application/x-www-form-urlencoded", form) for form in forms]
            bodies += [
                (b"multipart/form-data; boundary=x", shape % (bad, bad))
                for shape in multipart
                for bad in (b"\xff", b"\x00", b"q")
            ]
            bodies += [(b"multipart/form-data; boundary=x", b"\xff\x00"), (b"multipart/form-data", b"x")]
            bodies += [(b"application/json", body) for body in JSON_BODIES]
            for content_type, body in bodies:
                reply = await call(app, method, address, body=body, **{**inside, "content_type": content_type})
                if reply.status >= 500:
                    failures.append(f"{reply.status} {address!r} {content_type!r} {body[:90]!r}")
        return failures

    failures = asyncio.run(all_of_them())

    assert not failures, told(failures)


@pytest.mark.slow
def test_no_header_makes_an_error_of_ours(app: Litestar, inside: dict[str, bytes]) -> None:
    async def all_of_them() -> list[str]:
        failures = []
        for method, path, _ in routes(app):
            address = PLACEHOLDER.sub("x", path).encode()
            for bad in BAD_HEADERS:
                # Each alone where everybody comes by; elsewhere all at once, and those without which nobody is let in.
                alone = [{name: bad} for name in HEADERS if path in ("/", "/revue/connexion")]
                for changed in (*alone, dict.fromkeys(OTHER_HEADERS, bad), {"cookie": bad}, {"origin": bad}):
                    given = {name.replace("-", "_"): value for name, value in changed.items()}
                    reply = await call(app, method, address, **{**inside, **given})
                    if reply.status >= 500:
                        failures.append(f"{reply.status} {method} {address!r} {changed!r}")
        return failures

    failures = asyncio.run(all_of_them())

    assert not failures, told(failures)


@pytest.mark.parametrize("query", [b"lang=%ff", b"q=%00", b"q=caf%e9", b"next=\xff"])
@pytest.mark.parametrize("path", [b"/", b"/api/v1/themes", b"/revue/connexion", b"/rien", b"/entrees/a%ff"])
def test_an_address_that_is_no_text_is_a_clear_400(app: Litestar, path: bytes, query: bytes) -> None:
    reply = asyncio.run(call(app, "GET", path, query))

    is_api = path.startswith(b"/api/")
    assert reply.status == 400
    assert reply.headers["content-type"].startswith("application/problem+json" if is_api else "text/html")
    assert "L'adresse ne peut pas être lue" in reply.body.decode().replace("&#39;", "'")
    assert "x-request-id" in reply.headers
    assert "content-security-policy" in reply.headers


@pytest.mark.parametrize("body", [b"q=%ff", b"q=%00", b"q=\xff"])
def test_a_form_that_is_no_text_is_a_clear_400(app: Litestar, body: bytes) -> None:
    reply = asyncio.run(call(app, "POST", b"/", body=body, content_type=b"application/x-www-form-urlencoded"))

    assert reply.status == 400


@pytest.mark.parametrize("body", JSON_BODIES[:-1])
def test_a_json_body_that_is_no_text_is_a_clear_400(app: Litestar, body: bytes) -> None:
    path = b"/api/v1/feedback" if b"question_id" in body else b"/api/v1/ask"

    reply = asyncio.run(call(app, "POST", path, body=body, content_type=b"application/json"))

    assert (reply.status, reply.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        (b"/api/v1/ask", b"application/json"),
        (b"/", b"application/x-www-form-urlencoded"),
        (b"/revue/connexion", b"multipart/form-data; boundary=x"),
    ],
)
def test_a_visitor_who_leaves_in_the_middle_of_a_body_is_no_error(
    app: Litestar, caplog: pytest.LogCaptureFixture, path: bytes, content_type: bytes
) -> None:
    with caplog.at_level(logging.WARNING):
        reply = asyncio.run(call(app, "POST", path, body=b'{"quest', content_type=content_type, is_cut_off=True))

    assert reply.status == 400
    assert caplog.records == []


def test_a_host_that_is_not_ours_stands_in_no_answer(app: Litestar, inside: dict[str, bytes]) -> None:
    """Whoever reads a page from a cache, or a feed, would be sent there."""

    async def all_of_them() -> list[str]:
        failed = []
        for method, path, _ in routes(app):
            address = PLACEHOLDER.sub("x", path).encode()
            for given in ({}, inside):
                reply = await call(app, method, address, **{**given, "host": b"evil.example"})
                if b"evil.example" in reply.body or "evil.example" in str(reply.headers):
                    failed.append(f"{reply.status} {method} {address!r}")
        return failed

    problems = asyncio.run(all_of_them())

    assert not problems, told(problems)


def test_a_feed_asked_under_any_host_has_links_of_its_own(app: Litestar) -> None:
    for host, start in ((b"evil.example", 'href="/'), (b"localhost:8000", 'href="http://localhost:8000/')):
        feed = asyncio.run(call(app, "GET", b"/nouveautes.atom", host=host)).body.decode()
        assert feed.count("href=") == feed.count(start) > 1
