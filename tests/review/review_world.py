"""The review as it is deployed, small: a real base, the real store, and the real answer path over it."""

from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from noa_rag.answering.pipeline import answer_path, run
from noa_rag.domain.answer import Answer
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.domain.question import Ask
from noa_rag.retrieval.calibration import read_calibration
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.retrieval.spelling import Glossary
from noa_rag.review.desk import ReviewDesk
from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.review_store import SqlReviewStore
from noa_rag.storage.tables import audit
from tests.databases import copied_base
from tests.factories import a_person, a_theme, an_agency
from tests.fakes import FakeEmbedder, FakeJudge

AGENCIES = ("inpi", "urssaf", "douanes")
PEOPLE = (
    a_person("camille", "inpi"),
    a_person("dominique", "inpi", "urssaf"),
    a_person("ulysse", "urssaf"),
    a_person("both", "inpi", "douanes"),
    a_person("cora", roles=[Role.COORDINATOR]),
    a_person("quentin", roles=[Role.QA]),
    a_person("ada", roles=[Role.ADMINISTRATOR]),
)
ADA = PersonId("ada")
START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
_CALIBRATION = read_calibration()


class OneHash:
    """Stands for Argon2id, which takes its time on purpose: nobody signs in here."""

    def hash(self, password: str) -> str:
        return "-"


def settle(url: str) -> None:
    """Put the agencies and people into an empty base; each world starts from a copy."""
    database = Database(url)
    Directory(database).save([an_agency(agency) for agency in AGENCIES], [a_theme()])
    accounts = PeopleStore(database, OneHash())  # type: ignore[arg-type]
    accounts.add_all([(person, "-") for person in PEOPLE], actor="tests")
    database.close()


class World:
    """One base with a desk, an index that follows when told to, and a clock."""

    def __init__(self, base: str, folder: Path, kept_vectors: Path) -> None:
        """`base` is the address of a settled base; vectors are kept in a file that worlds share."""
        self._until_closed = ExitStack()
        url = self._until_closed.enter_context(copied_base(base, folder))
        self.moment = START
        self.records: Records = open_records(Settings(data_dir=folder, knowledge=Path(), database_url=url))
        self.store = SqlReviewStore(self.records.database, lambda: self.moment)
        self.desk = ReviewDesk(self.store, lambda: self.moment)
        self.accounts = PeopleStore(self.records.database, OneHash(), lambda: self.moment)  # type: ignore[arg-type]
        embedder = FakeEmbedder()
        self.index = SearchIndex(embedder, VectorCache(kept_vectors, embedder.dimension), Glossary())
        self._path = answer_path(
            entries=self.records,
            retriever=HybridRetriever(self.index, _CALIBRATION.ranking, _CALIBRATION.subject),
            judge=FakeJudge(),
            today=self.today,
        )

    def today(self) -> date:
        return self.moment.astimezone(PARIS).date()

    def later(self, passed: timedelta) -> None:
        self.moment += passed

    def ask(self, question: str) -> Answer:
        answer = run(self._path, Ask(question)).answer
        assert answer is not None
        return answer

    def is_index_behind(self) -> bool:
        return (self.index.snapshot.revision, self.index.snapshot.day) != (self.records.revision(), self.today())

    def follow(self) -> None:
        """Bring the index in step with the base, as the service does twice a second."""
        day = self.today()
        self.index.refresh(lambda known: self.records.entries.standing_since(known, day), day=day)

    def person(self, person_id: PersonId) -> Person:
        person = self.records.people.person(person_id)
        assert person is not None
        return person

    def deed_count(self, action: str | None = None) -> int:
        """Return how many entries the audit has, of one kind or of all."""
        query = select(func.count()).select_from(audit)
        if action is not None:
            query = query.where(audit.c.action == action)
        with self.records.database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def close(self) -> None:
        self.index.close()
        self.records.close()
        self._until_closed.close()
