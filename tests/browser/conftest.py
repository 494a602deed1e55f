"""Debian's chromium, and services that it can reach: each in a thread of this process, on a port of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from litestar import Litestar

from noa_rag.cli.integrations import demo_server
from tests.chromium import CHROMIUM, NO_CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

START_SECONDS = 20
# Run before a page's own scripts: what goes against its content policy is kept in `window.violations`.
NOTING_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  const { violatedDirective, blockedURI, sourceFile, lineNumber, sample } = event;
  window.violations.push([violatedDirective, blockedURI, sourceFile, lineNumber, sample].join(" "));
});
"""
# The panel grows to the height that its page tells; a click before that lands beside what it was meant for.
HAS_SETTLED = """() => new Promise((settled) => {
  const frame = document.querySelector("#noa-widget").shadowRoot.querySelector("iframe");
  let last = "", same = 0;
  const look = () => {
    const { top, height } = frame.getBoundingClientRect();
    same = last === `${top} ${height}` ? same + 1 : 0;
    last = `${top} ${height}`;
    if (same < 12) requestAnimationFrame(look);
    else settled();
  };
  look();
})"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, and skip it where there is no browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


@contextmanager
def served(app: Litestar) -> Iterator[str]:
    """Yield the address at which the application answers."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the server stopped before it answered"
        assert time.monotonic() < deadline, f"the server did not start within {START_SECONDS} seconds"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def page_with_widget(noa: str, key: str) -> Iterator[str]:
    """Yield the address of a page of another origin, with the widget of the Noa at `noa`."""
    server = demo_server(0, noa=noa, key=key)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


def widget_frame(page: "Page") -> "Frame":
    """Return the frame of a widget that was just opened, once it has taken the focus and no longer changes its size."""
    page.locator("#noa-widget iframe").wait_for()
    frame = next(widget for widget in page.frames if widget != page.main_frame)
    frame.locator("#question:focus, #content:focus").wait_for()
    page.evaluate(HAS_SETTLED)
    return frame
