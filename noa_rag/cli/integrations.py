"""`noa sites` and `noa keys`: the sites whose pages carry the widget, and programs that ask the API."""

from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import click

from noa_rag.cli.console import actor, opened_records, table
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import Audience
from noa_rag.domain.integrations import HostSite, KeyId, KeyUse, Origin, SiteKey, read_origin
from noa_rag.environment import read_settings

if TYPE_CHECKING:
    from noa_rag.storage.integrations import SiteStore

DEMONSTRATION = "Site d'exemple"
DEMONSTRATION_PAGE = Path(__file__).parent / "demo_site"
PER_MINUTE = 300  # five times what an address without a key may ask
DAYS = 30


@click.group()
def sites() -> None:
    """Add, list, close and open the sites whose pages carry the widget."""


@sites.command()
@click.option("--name", required=True, help="The site's name, as colleagues read it.")
@click.option(
    "--origin", "origins", multiple=True, required=True, help="Such as https://www.example.fr; may be repeated."
)
@click.option("--greeting-fr", default="", help="What visitors read first, in French.")
@click.option("--greeting-en", default="", help="The same in English.")
@click.option("--theme", "themes", multiple=True, help="Id of a theme that is shown; may be repeated. All by default.")
@click.option("--region", help="Region of the site's visitors, e.g. FR-BRE, until they choose another one.")
@click.option(
    "--audience", type=click.Choice([audience.value for audience in Audience]), help="Who the site's visitors are."
)
def add(
    *,
    name: str,
    origins: tuple[str, ...],
    greeting_fr: str,
    greeting_en: str,
    themes: tuple[str, ...],
    region: str | None,
    audience: str | None,
) -> None:
    """Register a site and print the line that its pages need."""
    site = HostSite(
        key=SiteKey(""),
        name=name,
        origins=tuple(map(read_origin, origins)),
        greeting_fr=greeting_fr,
        greeting_en=greeting_en,
        themes=themes,
        region=region,
        audience=Audience(audience) if audience else None,
    )
    with opened_records() as records:
        added = records.sites.add(site, actor=actor())
    click.echo(f"{added.name} may show the widget on {', '.join(added.origins)}. Its pages need this line:")
    noa = read_settings().base_url.rstrip("/") or "https://ADDRESS-OF-NOA"
    click.echo(f'<script src="{noa}/widget.js" data-site="{added.key}" defer></script>')


@sites.command("list")
def list_sites() -> None:
    """Print every site with its key, origins and state."""
    with opened_records() as records:
        rows = [
            (site.key, site.name, " ".join(site.origins), "open" if site.is_active else "closed")
            for site in records.sites.everyone()
        ]
    if not rows:
        click.echo("No site carries the widget yet; `noa sites add` registers one.")
        return
    click.echo(table(("key", "name", "origins", "state"), rows))


@sites.command()
@click.argument("key")
def disable(key: str) -> None:
    """Close the widget on the pages of the site KEY, from the next request on."""
    with opened_records() as records:
        records.sites.disable(SiteKey(key), actor=actor())
    click.echo(f"The widget of {key} is closed.")


@sites.command()
@click.argument("key")
def enable(key: str) -> None:
    """Open a closed widget again."""
    with opened_records() as records:
        records.sites.enable(SiteKey(key), actor=actor())
    click.echo(f"The widget of {key} is open again.")


@sites.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=8010, show_default=True, help="Where to serve it.")
@click.option("--noa", help="Address of the running Noa; NOA_BASE_URL, or this machine, by default.")
def demo(port: int, noa: str | None) -> None:
    """Serve a page of somebody else's site that carries the widget, until interrupted."""
    settings = read_settings()
    noa = (noa or settings.base_url or f"http://127.0.0.1:{settings.port}").rstrip("/")
    with opened_records() as records:
        site = _demonstration(records.sites, (Origin(f"http://127.0.0.1:{port}"), Origin(f"http://localhost:{port}")))
    server = demo_server(port, noa=noa, key=site.key)
    click.echo(f"A page with the widget of {noa} is at http://localhost:{port} (Ctrl+C to stop).")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


def _demonstration(store: "SiteStore", origins: tuple[Origin, ...]) -> HostSite:
    """Return the open site of the demonstration at these origins, registered on first use."""
    known = [site for site in store.everyone() if site.is_active and site.origins == origins]
    greeting = "Artisans, une question sur votre entreprise\N{NO-BREAK SPACE}?"
    new = HostSite(SiteKey(""), DEMONSTRATION, origins, greeting, "Craftspeople, welcome: a question?")
    return known[0] if known else store.add(new, actor=actor())


def demo_server(port: int, *, noa: str, key: str) -> ThreadingHTTPServer:
    """Return a server on 127.0.0.1, not started yet, of one page whose widget is that of the Noa at `noa`."""
    page = Template((DEMONSTRATION_PAGE / "page.html").read_text(encoding="utf-8")).substitute(noa=noa, key=key)
    contents = {
        "/": ("text/html; charset=utf-8", page.encode()),
        "/page.css": ("text/css; charset=utf-8", (DEMONSTRATION_PAGE / "page.css").read_bytes()),
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


@click.group()
def keys() -> None:
    """Give, list and revoke keys of programs that ask the API."""


@keys.command()
@click.argument("name")
@click.option("--per-minute", type=int, default=PER_MINUTE, show_default=True, help="Questions a minute it may ask.")
def create(name: str, per_minute: int) -> None:
    """Give a key to NAME and print it once: only its hash is kept."""
    with opened_records() as records:
        key, token = records.client_keys.create(name, per_minute=per_minute, actor=actor())
    click.echo(f"The key {key.id} of {key.name} may ask {key.per_minute} questions a minute. It is shown once:")
    click.echo(token)


@keys.command("list")
def list_keys() -> None:
    """Print every key with its limit, and what it did today and in the last thirty days."""
    today = today_in_paris()
    with opened_records() as records:
        known = records.client_keys.all()
        now = records.client_keys.uses(first=today, last=today)
        lately = records.client_keys.uses(first=today - timedelta(days=DAYS - 1), last=today)
    if not known:
        click.echo("No key was given yet; `noa keys create NAME` gives one. Without a key anybody may ask.")
        return
    rows = []
    for key in known:
        today_s, last = now.get(key.id, KeyUse()), lately.get(key.id, KeyUse())
        state = "active" if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d}"
        counts = (str(key.per_minute), str(today_s.let_through), str(last.let_through), str(last.refused))
        rows.append((key.id, key.name, *counts, f"{key.created_at:%Y-%m-%d}", state))
    titles = ("id", "name", "a minute", "today", f"{DAYS} days", "refused", "given", "state")
    click.echo(table(titles, rows))


@keys.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Revoke the key ID, on every worker within two seconds."""
    with opened_records() as records:
        key = records.client_keys.revoke(KeyId(key_id), actor=actor())
    click.echo(f"The key {key.id} of {key.name} is revoked.")
