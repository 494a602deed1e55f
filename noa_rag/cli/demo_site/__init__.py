"""A page of somebody else's site that carries the widget, served from an origin of its own."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template

FILES = Path(__file__).parent


def demo_server(port: int, *, noa: str, key: str) -> ThreadingHTTPServer:
    """Return a server on 127.0.0.1, not started yet, of one page whose widget is that of the Noa at `noa`."""
    page = Template((FILES / "page.html").read_text(encoding="utf-8")).substitute(noa=noa, key=key)
    contents = {
        "/": ("text/html; charset=utf-8", page.encode()),
        "/page.css": ("text/css; charset=utf-8", (FILES / "page.css").read_bytes()),
    }
    policy = f"default-src 'none'; style-src 'self'; script-src {noa}; frame-src {noa}"

    class Handler(BaseHTTPRequestHandler):
        """Answers with the page or its look, under as strict a policy as a host page can have."""

        def do_GET(self) -> None:
            kind, content = contents.get(self.path.partition("?")[0], ("", b""))
            self.send_response(200 if kind else 404)
            if kind:
                self.send_header("content-type", kind)
                self.send_header("content-security-policy", policy)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing of each request."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
