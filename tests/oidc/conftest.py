"""A provider on loopback, for tests of the sign-in there."""

from collections.abc import Iterator

import pytest

from tests.oidc.proconnect import INES, ProConnect, Said, proconnect

RETURN_TO = "https://noa.example.fr/revue/connexion/oidc/retour"


@pytest.fixture(scope="module")
def listening() -> Iterator[ProConnect]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # of the provider's own library: it listens without TLS
        with proconnect() as provider:
            yield provider


@pytest.fixture
def there(listening: ProConnect) -> ProConnect:
    """The provider as it should be, which knows Noa and Ines."""
    listening.said = Said()
    listening.asked.clear()
    listening.calls.clear()
    listening.register(RETURN_TO)
    listening.know(INES)
    return listening
