"""The bundled model for tests that need it, put together once and shared like the embedding model."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.shared_model import SHARED_MODELS


@pytest.fixture(scope="session")
def bundled_file() -> Path:
    """The bundled model's file; the test is skipped where the extra `assistant` is not installed."""
    if find_spec("xllamacpp") is None:
        pytest.skip("the extra `assistant` is not installed")
    from noa_rag.rephrasing.clients.bundled.files import prepare_bundled

    return prepare_bundled(SHARED_MODELS)
