"""Somebody of each role, for tests that sign in."""

from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import Person, PersonId, Role

Client = TestClient[Litestar]
PASSWORD = "cheval-agrafe-batterie"
PEOPLE = (
    Person(PersonId("ines"), "Inès Martin", frozenset({Role.REFERENT}), frozenset({AgencyId("inpi")})),
    Person(PersonId("ugo"), "Ugo Bernard", frozenset({Role.REFERENT}), frozenset({AgencyId("urssaf")})),
    Person(PersonId("carla"), "Carla Petit", frozenset({Role.COORDINATOR})),
    Person(PersonId("quentin"), "Quentin Roy", frozenset({Role.QA})),
    Person(PersonId("adele"), "Adèle Faure", frozenset({Role.ADMINISTRATOR})),
)
