"""The places that a question names are no words that it is searched by: entries hold their regions in a field."""

import pytest

from noa_rag.service.noa import Noa
from tests.factories import a_new_version


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("Quelles aides pour un restaurant à Nantes ?", "quelles aides pour un restaurant ?"),
        ("quelles aides en Loire-Atlantique", "quelles aides"),
        ("et à Lyon ?", "et à lyon ?"),  # nothing else is asked about
        ("Comment obtenir une licence de taxi à Paris ?", "comment obtenir une licence de taxi à Paris ?"),
    ],
)
def test_a_question_is_searched_without_its_places_unless_it_is_the_base_s_own(
    noa: Noa, asked: str, searched: str
) -> None:
    noa.records.entries.add_versions([a_new_version("taxi", question="Comment obtenir une licence de taxi à Paris ?")])
    noa.refresh()

    assert noa.written(asked, is_french=True) == searched
