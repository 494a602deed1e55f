"""A desk, and a door to it, for tests of the review."""

from collections.abc import Iterator

import pytest

from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from tests.factories import an_agency
from tests.review.desk_office import Office, an_office
from tests.review.door import INES, PASSWORD, Door


@pytest.fixture
def office() -> Office:
    return an_office()


@pytest.fixture
def door(base_url: str) -> Iterator[Door]:
    """A sign-in over a base of its own with one referent."""
    database = Database(base_url)
    Directory(database).save([an_agency()], [])
    door = Door(database)
    door.people.add(INES, PASSWORD, actor="test")
    yield door
    database.close()
