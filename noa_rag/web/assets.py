"""Static files, with a piece of their content's hash in the address so that they may be cached for a year."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from litestar import Router
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router

OWN_FILES = Path(__file__).parent / "static"
YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Assets:
    """Addresses of the static files; `htmx` is None when it was not fetched, and pages do without."""

    css: str
    js: str
    logo: str
    htmx: str | None
    frame_css: str
    frame_js: str


def find_assets(static_dir: Path) -> Assets:
    """Return the addresses of our own files, and of htmx if `static_dir` has it."""
    htmx = static_dir / "htmx.min.js"
    return Assets(
        css=file_address(OWN_FILES / "noa.css"),
        js=file_address(OWN_FILES / "noa.js"),
        logo=file_address(OWN_FILES / "noa.svg"),
        htmx=file_address(htmx) if htmx.is_file() else None,
        frame_css=file_address(OWN_FILES / "frame.css"),
        frame_js=file_address(OWN_FILES / "frame.js"),
    )


def static_router(static_dir: Path, *more: Path) -> Router:
    """Return the router that serves these folders, and our own, under /static."""
    directories: Sequence[Path] = [OWN_FILES, *(folder for folder in (static_dir, *more) if folder.is_dir())]
    return create_static_files_router(
        path="/static",
        directories=list(directories),
        cache_control=CacheControlHeader(public=True, max_age=YEAR_SECONDS, immutable=True),
    )


def file_address(file: Path) -> str:
    """Return the address of a static file, which changes with its content."""
    return f"/static/{file.name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
