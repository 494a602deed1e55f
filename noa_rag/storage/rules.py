"""The agencies' rules, as pages show them; they are changed at the desk."""

from sqlalchemy import select

from noa_rag.domain.agency import AgencyId
from noa_rag.storage.database import Database
from noa_rag.storage.tables import agency_rules


class RuleStore:
    """Reads the rules of all agencies at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def two_people_agencies(self) -> frozenset[AgencyId]:
        """Return the agencies where author and approver must differ."""
        query = select(agency_rules.c.agency_id).where(agency_rules.c.needs_two_people)
        with self._database.reading() as connection:
            return frozenset(AgencyId(one) for one in connection.execute(query).scalars())
