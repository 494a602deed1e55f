"""Every address of the application, and every name that a form or an address of it has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from litestar import Litestar

from tests.shared_model import REPOSITORY

NEVER = (
    "/deconnexion",
    "/api/openapi",
    "/static",
    "/arret",
    "/executions",
    "/preparation",
)  # ends the session; long work
NAME = re.compile(r"""\bname=["']([a-z][a-z_0-9-]*)["']""")
PARAMETER = re.compile(r"\{[a-z_]+(?::[a-z]+)?\}")


@dataclass(frozen=True, slots=True)
class Address:
    """A method with a path, whose parameters stand in braces."""

    method: str
    path: str

    def filled(self, text: str) -> str:
        """Return the path with the text in the place of each parameter."""
        written = quote(text.encode("utf-8", "surrogatepass"), safe="") or "x"
        return PARAMETER.sub(written.replace("\\", "%5C"), self.path)


def addresses(app: Litestar) -> list[Address]:
    """Return what the application answers, in the order of paths."""
    all_addresses = {
        Address(method, route.path_format)
        for route in app.routes
        for method in getattr(route, "methods", ())
        if method in ("GET", "POST") and not any(address in route.path for address in NEVER)
    }
    return sorted(all_addresses, key=lambda address: (address.path, address.method))


def field_names() -> list[str]:
    """Return the names of the fields of every template, the token against forged requests left out."""
    return sorted({*_names()} - {"_csrf"})


def _names() -> Iterator[str]:
    for package in ("noa_rag", "review_ui"):
        for path in (REPOSITORY / package).rglob("*.html"):
            yield from NAME.findall(path.read_text(encoding="utf-8"))
    yield from (
        "q",
        "reference",
        "objet",
        "acteur",
        "empreinte",
        "avant",
        "page",
        "theme",
        "region",
        "groupe",
        "agence",
        "jour",
        "fait",
    )
