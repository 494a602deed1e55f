"""Every route of the workspace names its right, stands in the table of docs/review.md, and holds to it by role."""

import re

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from noa_rag.review.rights import Action, may
from noa_rag.service.office import Office
from tests.review_ui.review_people import PEOPLE, Client, SignIn
from tests.shared_model import REPOSITORY

ROW = re.compile(r"^\| `(GET|POST) (/\S*)` \| (?:`(\w+)`|everybody) \|$", re.MULTILINE)
PLACEHOLDER = re.compile(r"\{\w+:\w+\}")


def filled(path: str) -> str:
    """Return a path with something in each placeholder that the route takes."""
    return PLACEHOLDER.sub(lambda found: "1" if found[0].endswith(":int}") else "x", path).rstrip("/")


def rights_of_routes(app: Litestar) -> dict[tuple[str, str], Action | None]:
    """Return the right of each method and path beneath the French prefix, read off the guards."""
    rights: dict[tuple[str, str], Action | None] = {}
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not f"{route.path}/".startswith("/revue/"):
            continue
        for handler in route.route_handlers:
            if not methods(handler):
                continue  # the OPTIONS that Litestar answers by itself
            guards = [guard for guard in handler.guards or () if hasattr(guard, "action")]
            assert len(guards) == 1, f"{route.path} names {len(guards)} rights"
            for method in methods(handler):
                rights[method, route.path.removeprefix("/revue") or "/"] = guards[0].action
    return rights


def methods(handler: HTTPRouteHandler) -> list[str]:
    return sorted(
        str(method) for method in handler.http_methods if str(method) in ("GET", "POST", "PUT", "DELETE", "PATCH")
    )


def documented() -> dict[tuple[str, str], Action | None]:
    text = (REPOSITORY / "docs" / "review.md").read_text(encoding="utf-8")
    return {(method, path): Action(right) if right else None for method, path, right in ROW.findall(text)}


def test_every_route_has_its_row_in_the_table_and_every_row_its_route(app: Litestar) -> None:
    there = {(method, PLACEHOLDER.sub("{}", path)): right for (method, path), right in rights_of_routes(app).items()}

    assert there == documented()


def test_a_stranger_reaches_no_route_but_the_sign_in(app: Litestar, client: Client) -> None:
    for (method, path), right in rights_of_routes(app).items():
        if right is None:
            continue
        answer = client.request(method, "/revue" + filled(path))
        assert answer.status_code == 401, (method, path)


def test_no_form_is_taken_without_the_token_of_the_session(app: Litestar, sign_in: SignIn, office: Office) -> None:
    for (method, path), right in rights_of_routes(app).items():
        if right is None or method == "GET":
            continue
        person = next(person for person in PEOPLE if may(person, right))
        client = sign_in(person.id)
        audited = office.audit.head()
        for form in ({}, {"_csrf": "forged"}):
            assert client.request(method, "/revue" + filled(path), data=form).status_code == 403, path
        assert office.audit.head() == audited


def test_the_former_english_addresses_lead_to_the_french_ones(client: Client) -> None:
    answers = [client.get(f"/en/revue{path}") for path in ("", "/flux.atom?cle=x&y=z", "//evil.example")]

    assert [answer.status_code for answer in answers] == [301, 301, 301]
    assert [answer.headers["location"] for answer in answers] == [
        "/revue",
        "/revue/flux.atom?cle=x&y=z",
        "/revue/evil.example",
    ]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.id)
def test_each_role_is_refused_what_the_table_does_not_give_it(app: Litestar, sign_in: SignIn, person: object) -> None:
    who = next(colleague for colleague in PEOPLE if colleague is person)
    client = sign_in(who.id)
    refused = 0
    for (method, path), right in rights_of_routes(app).items():
        if right is None or may(who, right):
            continue
        answer = client.request(
            method, "/revue" + filled(path), data={"_csrf": client.csrf} if method == "POST" else None
        )
        assert answer.status_code == 403, (method, path)
        refused += 1

    assert refused > 0
