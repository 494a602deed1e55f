"""Somebody of each role, for tests that sign in."""

from collections.abc import Callable
from typing import Any

from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import Person, PersonId, Role


class Client(TestClient[Litestar]):
    """A browser that sends the token of its session with every form, as the pages' own forms do."""

    csrf_token: Callable[[str], str]

    def post(self, url: Any, *, data: Any = None, **options: Any) -> Response:
        """Send a form; `request` sends one as it is."""
        if "noa_review" in self.cookies and not options.keys() & {"content", "json", "files"}:
            data = {"_csrf": self.csrf, **(data or {})}
        return super().post(url, data=data, **options)

    @property
    def csrf(self) -> str:
        """The token of the forms of whoever is signed in."""
        return self.csrf_token(self.cookies["noa_review"])


SignIn = Callable[[str], Client]
PASSWORD = "cheval-agrafe-batterie"
PEOPLE = (
    Person(PersonId("ines"), "Inès Martin", frozenset({Role.REFERENT}), frozenset({AgencyId("inpi")})),
    Person(PersonId("ugo"), "Ugo Bernard", frozenset({Role.REFERENT}), frozenset({AgencyId("urssaf")})),
    Person(PersonId("carla"), "Carla Petit", frozenset({Role.COORDINATOR})),
    Person(PersonId("quentin"), "Quentin Roy", frozenset({Role.QA})),
    Person(PersonId("adele"), "Adèle Faure", frozenset({Role.ADMINISTRATOR})),
)
