"""What the provider signs: the ID token and what it says of somebody, both verified before anything in them is read."""

from collections.abc import Callable, Sequence
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from noa_rag.domain.sign_in import IdentityRefused, Refusal

# What a public key verifies. `none` and HS256 are not among them: nobody but the provider can have signed.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY_SECONDS = 30  # between the provider's clock and ours
TWO_FACTORS = frozenset({"mfa", "totp", "pop"})  # values of `amr`, RFC 8176 and ProConnect's

Claims = dict[str, Any]


class UnknownKey(Exception):
    """A token names a key that is not among those known: the provider may have a new one."""


def signed_claims(token: str, keys: KeySet, *, reason: Refusal) -> tuple[Claims, dict[str, Any]]:
    """Return claims and header of a token that one of the keys signed. Raises IdentityRefused and UnknownKey."""
    try:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except InvalidKeyIdError as error:
        raise UnknownKey(str(error)) from error
    except (JoseError, ValueError, TypeError) as error:
        raise IdentityRefused(f"A token cannot be verified: {type(error).__name__}.", reason=reason) from error
    return decoded.claims, decoded.header


def checked_id_token(
    claims: Claims, header: dict[str, Any], *, issuer: str, client_id: str, nonce: str, access_token: str
) -> Claims:
    """Return the claims of an ID token that is for this sign-in. Raises IdentityRefused."""
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
    params = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
    token = CodeIDToken(claims, header, options, params)
    _validate(lambda: token.validate(leeway=LEEWAY_SECONDS), Refusal.TOKEN)
    return claims


def check_level(claims: Claims, wanted: Sequence[str]) -> None:
    """Do nothing when she signed in at one of the levels asked for (`acr`), else raise IdentityRefused."""
    if wanted and claims.get("acr") not in wanted:
        raise IdentityRefused("The level of authentication is not one that was asked for.", reason=Refusal.LEVEL)


def checked_userinfo(claims: Claims, *, issuer: str, client_id: str, subject: str) -> Claims:
    """Return what is said of this very person to this very service. Raises IdentityRefused."""
    options: dict[str, Any] = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client_id},
        "sub": {"essential": True, "value": subject},
    }
    registry = jwt.JWTClaimsRegistry(leeway=LEEWAY_SECONDS, **options)
    _validate(lambda: registry.validate(claims), Refusal.USERINFO)
    return claims


def is_strong(claims: Claims) -> bool:
    """Return whether the ID token says that two factors were given."""
    methods = claims.get("amr")
    return isinstance(methods, list) and any(isinstance(one, str) and one in TWO_FACTORS for one in methods)


def _validate(check: Callable[[], None], reason: Refusal) -> None:
    try:
        check()
    except ClaimError as error:
        reason = Refusal.NONCE if error.claim == "nonce" else reason
        raise IdentityRefused(f"A signed claim does not hold: {error.claim}.", reason=reason) from error
    except (JoseError, ValueError, TypeError) as error:
        raise IdentityRefused(f"Signed claims do not hold: {type(error).__name__}.", reason=reason) from error
