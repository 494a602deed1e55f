"""Noa over the whole bundled pack, with the embedded model, opened once for all evaluations of a session."""

from collections.abc import Iterator

import pytest

from noa_rag.service.noa import Noa, open_noa
from noa_rag.settings import Settings
from tests import databases
from tests.conftest import BUNDLED_KNOWLEDGE
from tests.shared_model import link_models, share_tokens, vectors_kept


@pytest.fixture(scope="session")
def bundled_noa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noa]:
    """Noa over a base of its own with the bundled pack; whoever changes it puts it back."""
    data_dir = tmp_path_factory.mktemp("bundled-data")
    link_models(data_dir)
    with databases.a_base(databases.ENGINE, data_dir) as url:
        with vectors_kept(data_dir, "bundled"):
            noa = open_noa(Settings(data_dir=data_dir, knowledge=BUNDLED_KNOWLEDGE, database_url=url))
        yield noa
        noa.close()
    share_tokens(data_dir, "bundled")
