"""A desk for tests of the review."""

import pytest

from tests.review.desk_office import Office, an_office


@pytest.fixture
def office() -> Office:
    return an_office()
