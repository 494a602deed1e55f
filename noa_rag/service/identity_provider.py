"""The identity provider that the settings name; its libraries are loaded with one alone."""

from typing import TYPE_CHECKING

from noa_rag.domain.errors import InvalidSetting
from noa_rag.settings import Settings

if TYPE_CHECKING:
    from noa_rag.oidc.provider import Provider


def open_provider(settings: Settings) -> "Provider | None":
    """Return the provider, None where none is set. Raises InvalidSetting where its libraries are not installed."""
    if not settings.oidc_issuer:
        return None
    try:
        from noa_rag.oidc.provider import Provider, Registration
    except ImportError as error:
        raise InvalidSetting(
            f"NOA_OIDC_ISSUER is set, and {error.name} is not installed: pip install 'noa[oidc]'."
        ) from error
    registration = Registration(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        scopes=settings.oidc_scopes,
        acr_values=tuple(settings.oidc_acr_values.split()),
    )
    return Provider(registration)
