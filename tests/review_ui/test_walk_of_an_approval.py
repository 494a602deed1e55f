"""An approval goes the way that docs/architecture.md tells, down and never back up."""

from collections.abc import Iterator

import pytest

from noa_rag.service.office import Office
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group, form_of, page_of
from tests.review_ui.review_people import SignIn
from tests.walked import in_order_of_first_stay, told_walk, walked

MOST_FILES = 12


@pytest.fixture
def stays() -> Iterator[list[str]]:
    with walked() as stays:
        yield stays


def test_an_approval_goes_the_way_that_the_architecture_tells(
    stays: list[str], sign_in: SignIn, office: Office
) -> None:
    draft = a_kept_draft(office, group_id=a_kept_group(office, ["comment renouveler une marque"]).id)
    client = sign_in("ines")
    form = form_of(draft, answer="Tous les dix ans, auprès de l'INPI.")
    stays.clear()

    client.post(page_of(draft) + "/approuver", data=form, follow_redirects=False)

    steps = told_walk("An approval")
    walk = stays[stays.index("review_ui/drafts/verdicts.py") :]
    assert in_order_of_first_stay(walk, steps) == steps
    assert len(steps) <= MOST_FILES
    decided = walk.index("noa_rag/review/verdicts.py")
    written = len(walk) - 1 - walk[::-1].index("noa_rag/storage/audit.py")
    climbs = [path for path in walk[decided:written] if path.startswith(("review_ui/", "noa_rag/web/"))]
    assert climbs == []
