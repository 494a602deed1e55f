"""The provider: sends browsers there to sign in, and verifies who comes back (authorisation code with PKCE)."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from noa_rag.domain.sign_in import Identity, IdentityRefused, Refusal

DEADLINE_SECONDS = 10.0  # for all calls of one sign-in; ProConnect's codes live for 30
KEPT_SECONDS = 3_600.0  # of the provider's addresses and keys; an unknown key makes them be read again
READ_AGAIN_SECONDS = 60.0  # at least, between two such readings: tokens with invented keys must not cause one each
AT_ONCE = 8  # sign-ins that talk to the provider at a time, per process
DISCOVERY = "/.well-known/openid-configuration"
CALLED_BY_US = ("token_endpoint", "userinfo_endpoint", "jwks_uri")
# ProConnect takes no other parameter than those it documents; the claim `amr` must be asked for.
CLAIMS = json.dumps({"id_token": {"amr": {"essential": True}}}, separators=(",", ":"))

SCOPES = ("openid", "given_name", "usual_name", "email", "siret")

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Registration:
    """What the provider knows this service by, and what is asked of it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    acr_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """The configuration and keys that the provider publishes, and when they were read."""

    configuration: Mapping[str, Any]
    keys: KeySet
    at: float


class Provider:
    """Signs people in at one provider, and calls no other host.

    Nothing is kept of a sign-in that is under way: state, nonce and PKCE verifier are derived from a token in the
    browser's cookie, without which nobody can derive them.
    """

    def __init__(self, registration: Registration, clock: Callable[[], float] = time.monotonic) -> None:
        self.registration = registration
        self._clock = clock
        self._read: _Read | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)

    @staticmethod
    def new_flow() -> str:
        """Return the token of a new sign-in, for a cookie of the browser that begins it."""
        return secrets.token_urlsafe(32)

    async def address(self, flow: str, return_to: str) -> str:
        """Return the address to which the browser is sent to sign in. Raises IdentityRefused."""
        async with self._calling(return_to) as client:
            configuration = (await self._published(client)).configuration
            endpoint, client.scope = configuration["authorization_endpoint"], _scopes_of(configuration)
            request = {"nonce": _made_of(flow, "nonce"), "claims": CLAIMS}
            if self.registration.acr_values:
                request["acr_values"] = " ".join(self.registration.acr_values)
            state, verifier = _made_of(flow, "state"), _made_of(flow, "verifier")
            address, _ = client.create_authorization_url(endpoint, state=state, code_verifier=verifier, **request)
            return str(address)

    async def identity(self, flow: str, answer: Mapping[str, str], return_to: str) -> Identity:
        """Return the verified identity of the person who comes back with the provider's answer.

        Raises IdentityRefused.
        """
        if not flow or not hmac.compare_digest(_in_bytes(answer.get("state", "")), _in_bytes(_made_of(flow, "state"))):
            raise IdentityRefused("The state is not this browser's.", reason=Refusal.BEGUN_ELSEWHERE)
        if error := answer.get("error"):
            reason = Refusal.DECLINED if error == "access_denied" else Refusal.PROVIDER
            raise IdentityRefused(f"The provider answers {error[:80]!r}.", reason=reason)
        if answer.get("iss", self.registration.issuer) != self.registration.issuer:  # RFC 9207, where it is sent
            raise IdentityRefused("The answer is another provider's.", reason=Refusal.PROVIDER)
        async with self._calling(return_to) as client:
            published = await self._published(client)
            token = await self._token(client, published, answer.get("code", ""), _made_of(flow, "verifier"))
            id_token, access_token = str(token.get("id_token", "")), str(token.get("access_token", ""))
            claims, header = await self._verified(client, id_token, Refusal.TOKEN)
            known = {"issuer": self.registration.issuer, "client_id": self.registration.client_id}
            nonce = _made_of(flow, "nonce")
            checked_id_token(claims, header, nonce=nonce, access_token=access_token, **known)
            check_level(claims, self.registration.acr_values)
            said, _ = await self._verified(client, await self._userinfo(client, published), Refusal.USERINFO)
        return self._identity(claims, checked_userinfo(said, subject=claims["sub"], **known), id_token)

    async def end_address(self, id_token: str, return_to: str) -> str | None:
        """Return the address that ends the provider's session too; None when the provider publishes none."""
        async with self._calling(return_to) as client:
            endpoint = (await self._published(client)).configuration.get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return None
        request = {"id_token_hint": id_token, "state": self.new_flow(), "post_logout_redirect_uri": return_to}
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(request)}"

    @asynccontextmanager
    async def _calling(self, return_to: str) -> AsyncIterator[AsyncOAuth2Client]:
        """Yield a client of one sign-in, with one deadline for all that it does."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS), self._turns, self._client(return_to) as client:
                yield client
        except (TimeoutError, httpx2.HTTPError, OSError) as error:
            raise IdentityRefused(
                f"The provider cannot be reached: {type(error).__name__}.", reason=Refusal.UNREACHABLE
            ) from error

    def _client(self, return_to: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self.registration.client_id,
            client_secret=self.registration.client_secret,
            token_endpoint_auth_method="client_secret_post",
            redirect_uri=return_to,
            code_challenge_method="S256",
            timeout=DEADLINE_SECONDS,
            trust_env=False,  # no proxy of the environment
            follow_redirects=False,
        )

    async def _published(self, client: AsyncOAuth2Client, *, anew: bool = False) -> _Read:
        now = self._clock()
        kept_for = READ_AGAIN_SECONDS if anew else KEPT_SECONDS
        if self._read is None or now - self._read.at > kept_for:
            configuration = await self._json(client, self.registration.issuer.rstrip("/") + DISCOVERY)
            self._check(configuration)
            published = await self._json(client, configuration["jwks_uri"])
            try:
                keys = KeySet.import_key_set(published)  # type: ignore[arg-type]
            except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
                raise IdentityRefused("The provider's keys cannot be read.", reason=Refusal.PROVIDER) from error
            self._read = _Read(configuration, keys, now)
        return self._read

    async def _json(self, client: AsyncOAuth2Client, address: str) -> dict[str, Any]:
        response = await client.request("GET", address, withhold_token=True)
        try:
            published = response.json() if response.status_code == 200 else None
        except ValueError:
            published = None
        if not isinstance(published, dict):
            raise IdentityRefused(
                f"The provider answers {response.status_code} where it publishes itself.", reason=Refusal.PROVIDER
            )
        return published

    def _check(self, configuration: Mapping[str, Any]) -> None:
        """Raise IdentityRefused unless this is the configured provider, and every address that we call is its own."""
        issuer = self.registration.issuer
        if configuration.get("issuer") != issuer:
            raise IdentityRefused(
                f"NOA_OIDC_ISSUER is {issuer}, and the provider there calls itself {configuration.get('issuer')!r}.",
                reason=Refusal.PROVIDER,
            )
        for name in (*CALLED_BY_US, "authorization_endpoint"):
            address = configuration.get(name)
            if not isinstance(address, str) or (name in CALLED_BY_US and _origin(address) != _origin(issuer)):
                raise IdentityRefused(f"The provider's {name} is {address!r}: not its own.", reason=Refusal.PROVIDER)

    async def _token(self, client: AsyncOAuth2Client, published: _Read, code: str, verifier: str) -> Mapping[str, Any]:
        endpoint = published.configuration["token_endpoint"]
        try:
            token: Mapping[str, Any] = await client.fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except OAuthError as error:
            reason = Refusal.CODE if error.error == "invalid_grant" else Refusal.PROVIDER
            raise IdentityRefused(f"The provider refuses the code: {error.error!r}.", reason=reason) from error
        except ValueError as error:
            raise IdentityRefused("The provider's answer for a code is no JSON.", reason=Refusal.PROVIDER) from error
        return token

    async def _userinfo(self, client: AsyncOAuth2Client, published: _Read) -> str:
        response = await client.get(published.configuration["userinfo_endpoint"])
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code != 200:
            raise IdentityRefused(f"Userinfo is answered {response.status_code}.", reason=Refusal.PROVIDER)
        if kind != "application/jwt":
            raise IdentityRefused(f"Userinfo comes as {kind!r}, unsigned.", reason=Refusal.USERINFO)
        return str(response.text)

    async def _verified(self, client: AsyncOAuth2Client, token: str, reason: Refusal) -> tuple[Claims, dict[str, Any]]:
        """Return a token's claims and header; the keys are read again when it names an unknown one."""
        try:
            return signed_claims(token, (await self._published(client)).keys, reason=reason)
        except UnknownSigningKey:
            published = await self._published(client, anew=True)
        try:
            return signed_claims(token, published.keys, reason=reason)
        except UnknownSigningKey as error:
            raise IdentityRefused("A token names a key that the provider does not publish.", reason=reason) from error

    def _identity(self, claims: Claims, said: Claims, id_token: str) -> Identity:
        email, siret = said.get("email"), said.get("siret")
        if not isinstance(email, str) or not isinstance(siret, str) or said.get("email_verified", True) is not True:
            raise IdentityRefused("The address or the SIRET is missing.", reason=Refusal.CLAIMS)
        names = [said.get("given_name"), said.get("usual_name") or said.get("family_name")]
        return Identity(
            issuer=self.registration.issuer,
            subject=claims["sub"],
            email=email.strip().lower(),
            name=" ".join(name.strip() for name in names if isinstance(name, str)).strip() or email,
            siret=siret.strip(),
            is_strong=is_strong(claims),
            id_token=id_token,
        )


def _scopes_of(configuration: Mapping[str, Any]) -> str:
    """Return the scopes to ask for: those of ours that the provider publishes, all where it publishes none."""
    published = configuration.get("scopes_supported")
    if not isinstance(published, list):
        return " ".join(SCOPES)
    names = () if "usual_name" in published else ("profile",)
    return " ".join(scope for scope in (*SCOPES, *names) if scope in published)


def _made_of(flow: str, what: str) -> str:
    """Return 64 characters derived from the token of the sign-in; nobody can derive them without it."""
    return hmac.new(_in_bytes(flow), what.encode(), hashlib.sha256).hexdigest()


def _origin(address: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port
    except ValueError:
        return "", None, None


def _in_bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


# What a public key verifies. `none` and HS256 are not among them: nobody but the provider can have signed.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY_SECONDS = 30  # between the provider's clock and ours
TWO_FACTORS = frozenset({"mfa", "totp", "pop"})  # values of `amr`, RFC 8176 and ProConnect's


class UnknownSigningKey(Exception):
    """A token names a key that is not among those known: the provider may have a new one."""


def signed_claims(token: str, keys: KeySet, *, reason: Refusal) -> tuple[Claims, dict[str, Any]]:
    """Return claims and header of a token that one of the keys signed. Raises IdentityRefused and UnknownSigningKey."""
    try:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except InvalidKeyIdError as error:
        raise UnknownSigningKey(str(error)) from error
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
    """Raise IdentityRefused unless she signed in at one of the levels asked for (`acr`)."""
    if wanted and claims.get("acr") not in wanted:
        raise IdentityRefused("The level of authentication is not one that was asked for.", reason=Refusal.LEVEL)


def checked_userinfo(claims: Claims, *, issuer: str, client_id: str, subject: str) -> Claims:
    """Return the claims if they are about this person and meant for this service. Raises IdentityRefused."""
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
    return isinstance(methods, list) and any(isinstance(method, str) and method in TWO_FACTORS for method in methods)


def _validate(check: Callable[[], None], reason: Refusal) -> None:
    try:
        check()
    except ClaimError as error:
        reason = Refusal.NONCE if error.claim == "nonce" else reason
        raise IdentityRefused(f"A signed claim does not hold: {error.claim}.", reason=reason) from error
    except (JoseError, ValueError, TypeError) as error:
        raise IdentityRefused(f"Signed claims do not hold: {type(error).__name__}.", reason=reason) from error
