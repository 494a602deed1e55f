"""Signing in at a real provider on loopback: what is asked, what is verified, and everything that must be refused."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from noa_rag.domain.sign_in import Identity, IdentityRefused, Refusal
from noa_rag.oidc.provider import Provider, Registration, _scopes_of
from tests.oidc.conftest import RETURN_TO
from tests.oidc.proconnect import INES, INPI, Claims, ProConnect, signed_with, unsigned

STRANGERS_KEY = RSAKey.generate_key(2048)


def registration(there: ProConnect, **changes: Any) -> Registration:
    known = Registration(
        issuer=there.issuer,
        client_id=there.client_id,
        client_secret=there.client_secret,
        acr_values=("eidas1", "eidas2"),
    )
    return replace(known, **changes)


def answer_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


async def signed_in(provider: Provider, there: ProConnect, flow: str = "") -> Identity:
    flow = flow or provider.new_flow()
    address = await provider.address(flow, RETURN_TO)
    return await provider.identity(flow, answer_of(there.approve(address)), RETURN_TO)


def refusal_of(signing_in: Coroutine[Any, Any, Any]) -> Refusal:
    """Return why it was refused."""
    with pytest.raises(IdentityRefused) as caught:
        asyncio.run(signing_in)
    return caught.value.reason


def refused(there: ProConnect, **changes: Any) -> Refusal:
    """Sign in, and return why it was refused."""
    return refusal_of(signed_in(Provider(registration(there, **changes)), there))


def test_who_signs_in_there_is_known_by_what_the_provider_signed(there: ProConnect) -> None:
    identity = asyncio.run(signed_in(Provider(registration(there)), there))

    assert replace(identity, id_token="") == Identity(
        issuer=there.issuer,
        subject="sub-ines",
        email="ines.martin@inpi.example",
        name="Inès Martin",
        siret=INPI,
        is_strong=False,
        id_token="",
    )
    assert identity.id_token.count(".") == 2


def test_the_provider_is_asked_with_the_parameters_that_it_documents_and_no_other(there: ProConnect) -> None:
    asyncio.run(signed_in(Provider(registration(there)), there))

    request = there.asked[-1]
    assert {name: request[name] for name in ("response_type", "redirect_uri", "scope", "acr_values", "claims")} == {
        "response_type": "code",
        "redirect_uri": RETURN_TO,
        "scope": "openid given_name usual_name email siret",
        "acr_values": "eidas1 eidas2",
        "claims": '{"id_token":{"amr":{"essential":true}}}',
    }
    assert len({request["state"], request["nonce"], request["code_challenge"]}) == 3
    assert request["code_challenge_method"] == "S256"


def test_two_sign_ins_share_neither_state_nor_nonce_nor_challenge(there: ProConnect) -> None:
    provider = Provider(registration(there))
    asyncio.run(signed_in(provider, there))
    asyncio.run(signed_in(provider, there))

    first, second = there.asked[-2:]
    assert not {first[name] for name in ("state", "nonce", "code_challenge")} & {
        second[name] for name in ("state", "nonce", "code_challenge")
    }


def test_two_factors_at_the_provider_are_told(there: ProConnect) -> None:
    there.said.amr = ("pwd", "mfa")

    assert asyncio.run(signed_in(Provider(registration(there)), there)).is_strong


def test_the_access_token_goes_to_no_address_but_userinfo_and_nothing_is_followed(there: ProConnect) -> None:
    asyncio.run(signed_in(Provider(registration(there)), there))

    assert [
        call for call in there.calls if call not in ("/oauth2/clients", "/users/sub-ines", "/oauth2/authorize")
    ] == [
        "/.well-known/openid-configuration",
        "/jwks",
        "/oauth2/token",
        "/userinfo",
    ]


def test_an_answer_to_another_browsers_sign_in_is_refused_before_anything_is_called(there: ProConnect) -> None:
    provider = Provider(registration(there))

    async def crossed() -> None:
        address = await provider.address(provider.new_flow(), RETURN_TO)
        there.calls.clear()
        await provider.identity(provider.new_flow(), answer_of(there.approve(address)), RETURN_TO)

    assert refusal_of(crossed()) is Refusal.BEGUN_ELSEWHERE
    assert there.calls == ["/oauth2/authorize"]


@pytest.mark.parametrize("answer", [{}, {"state": ""}, {"code": "x"}, {"state": "é\udc80", "code": "x"}])
@pytest.mark.parametrize("flow", ["", "invented"])
def test_an_answer_without_its_state_is_refused(there: ProConnect, flow: str, answer: dict[str, str]) -> None:
    assert refusal_of(Provider(registration(there)).identity(flow, answer, RETURN_TO)) is Refusal.BEGUN_ELSEWHERE


def test_a_code_counts_once(there: ProConnect) -> None:
    provider, flow = Provider(registration(there)), Provider.new_flow()

    async def twice() -> None:
        answer = answer_of(there.approve(await provider.address(flow, RETURN_TO)))
        await provider.identity(flow, answer, RETURN_TO)
        await provider.identity(flow, answer, RETURN_TO)

    assert refusal_of(twice()) is Refusal.CODE


def test_a_stolen_code_is_worth_nothing_without_its_verifier(there: ProConnect) -> None:
    provider = Provider(registration(there))

    async def stolen() -> None:
        code = answer_of(there.approve(await provider.address(provider.new_flow(), RETURN_TO)))["code"]
        flow = provider.new_flow()
        state = answer_of(await provider.address(flow, RETURN_TO))["state"]
        await provider.identity(flow, {"code": code, "state": state}, RETURN_TO)

    assert refusal_of(stolen()) is Refusal.CODE


@pytest.mark.parametrize(("error", "reason"), [("access_denied", Refusal.DECLINED), ("server_error", Refusal.PROVIDER)])
def test_an_error_that_comes_back_with_the_state_is_told(there: ProConnect, error: str, reason: Refusal) -> None:
    provider, flow = Provider(registration(there)), Provider.new_flow()

    async def back() -> None:
        state = answer_of(await provider.address(flow, RETURN_TO))["state"]
        await provider.identity(flow, {"error": error, "state": state}, RETURN_TO)

    assert refusal_of(back()) is reason


def changed(**changes: Any) -> Callable[[Claims], Claims]:
    return lambda claims: {**claims, **changes}


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


HOUR_AGO = int(time.time()) - 3_600
WRONG_ID_TOKENS = [
    (changed(nonce="another"), Refusal.NONCE),
    (without("nonce"), Refusal.NONCE),
    (changed(iss="https://elsewhere.example"), Refusal.TOKEN),
    (without("iss"), Refusal.TOKEN),
    (changed(aud="another-service"), Refusal.TOKEN),
    (lambda claims: {**claims, "aud": [claims["aud"], "another-service"]}, Refusal.TOKEN),  # without azp
    (without("aud"), Refusal.TOKEN),
    (changed(exp=HOUR_AGO), Refusal.TOKEN),
    (without("exp"), Refusal.TOKEN),
    (changed(exp="tomorrow"), Refusal.TOKEN),
    (changed(nbf=int(time.time()) + 3_600), Refusal.TOKEN),
    (changed(azp="another-service"), Refusal.TOKEN),
    (changed(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), Refusal.TOKEN),
    (without("sub"), Refusal.TOKEN),
    (changed(sub=7), Refusal.TOKEN),
    (changed(acr="eidas0"), Refusal.LEVEL),
    (without("acr"), Refusal.LEVEL),
]


@pytest.mark.parametrize(("spoilt", "reason"), WRONG_ID_TOKENS)
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(
    there: ProConnect, spoilt: Callable[[Claims], Claims], reason: Refusal
) -> None:
    there.said.id_token = spoilt

    assert refused(there) is reason
    assert "/userinfo" not in there.calls


def secret_signed(there: ProConnect) -> Callable[[str, Claims, RSAKey], str]:
    """Return a signature with a secret that many know, in place of the private key: `alg` says HS256."""
    secret = OctKey.import_key(there.client_secret)
    return lambda _, claims, key: jwt.encode({"alg": "HS256", "kid": key.kid}, claims, secret, algorithms=["HS256"])


def garbled(alg: str, claims: Claims, key: RSAKey) -> str:
    head, _, tail = signed_with(key)(alg, claims, key).split(".")
    body = jwt.encode({"alg": alg}, {**claims, "sub": "sub-other"}, STRANGERS_KEY, algorithms=[alg]).split(".")[1]
    return f"{head}.{body}.{tail}"


def of_an_unknown_key(alg: str, claims: Claims, _: RSAKey) -> str:
    return jwt.encode({"alg": alg, "kid": "unknown"}, claims, STRANGERS_KEY, algorithms=[alg])


WRONG_SIGNATURES = [unsigned, signed_with(STRANGERS_KEY), garbled, of_an_unknown_key, lambda *_: "", lambda *_: "a.b"]


@pytest.mark.parametrize("sign", WRONG_SIGNATURES)
def test_an_id_token_that_the_provider_did_not_sign_is_refused(
    there: ProConnect, sign: Callable[[str, Claims, RSAKey], str]
) -> None:
    there.said.sign_id_token = sign

    assert refused(there) is Refusal.TOKEN


@pytest.mark.parametrize("sign", WRONG_SIGNATURES)
def test_userinfo_that_the_provider_did_not_sign_is_refused(
    there: ProConnect, sign: Callable[[str, Claims, RSAKey], str]
) -> None:
    there.said.sign_userinfo = sign

    assert refused(there) is Refusal.USERINFO


def test_a_secret_that_others_share_signs_nothing(there: ProConnect) -> None:
    there.said.sign_id_token = secret_signed(there)

    assert refused(there) is Refusal.TOKEN


@pytest.mark.parametrize("kind", ["application/json", "text/html", ""])
def test_userinfo_that_does_not_come_as_a_signed_token_is_refused(there: ProConnect, kind: str) -> None:
    there.said.userinfo_type = kind

    assert refused(there) is Refusal.USERINFO


WRONG_USERINFO = [
    (changed(sub="sub-other"), Refusal.USERINFO),
    (without("sub"), Refusal.USERINFO),
    (changed(iss="https://elsewhere.example"), Refusal.USERINFO),
    (changed(aud="another-service"), Refusal.USERINFO),
    (without("aud"), Refusal.USERINFO),
    (changed(exp=HOUR_AGO), Refusal.USERINFO),
    (without("siret"), Refusal.CLAIMS),
    (changed(siret=13001653800014), Refusal.CLAIMS),
    (without("email"), Refusal.CLAIMS),
    (changed(email_verified=False), Refusal.CLAIMS),
]


@pytest.mark.parametrize(("spoilt", "reason"), WRONG_USERINFO)
def test_userinfo_that_is_not_of_her_or_not_whole_is_refused(
    there: ProConnect, spoilt: Callable[[Claims], Claims], reason: Refusal
) -> None:
    there.said.userinfo = spoilt

    assert refused(there) is reason


@pytest.mark.parametrize(
    "spoilt",
    [
        changed(issuer="https://elsewhere.example"),
        changed(token_endpoint="http://169.254.169.254/latest"),
        changed(userinfo_endpoint="http://127.0.0.1:1/userinfo"),
        without("jwks_uri"),
        without("authorization_endpoint"),
    ],
)
def test_a_provider_that_has_noa_call_another_host_is_refused(
    there: ProConnect, spoilt: Callable[[Claims], Claims]
) -> None:
    there.said.configuration = spoilt

    assert refused(there) is Refusal.PROVIDER


def test_a_wrong_secret_is_the_administrators_affair(there: ProConnect) -> None:
    assert refused(there, client_secret="another") is Refusal.PROVIDER


def test_a_provider_that_is_not_there_is_said_to_be_unreachable(there: ProConnect) -> None:
    assert refused(there, issuer="http://127.0.0.1:9") is Refusal.UNREACHABLE


def test_addresses_and_keys_are_read_once_an_hour_and_keys_again_when_one_is_unknown(there: ProConnect) -> None:
    clock = [0.0]
    provider = Provider(registration(there), lambda: clock[0])

    def keys_read() -> int:
        return there.calls.count("/jwks")

    asyncio.run(signed_in(provider, there))
    asyncio.run(signed_in(provider, there))
    assert keys_read() == 1
    there.said.sign_id_token = of_an_unknown_key
    for moment, count in ((30.0, 1), (61.0, 2), (62.0, 2)):  # at most once a minute, whatever tokens say
        clock[0] = moment
        with pytest.raises(IdentityRefused):
            asyncio.run(signed_in(provider, there))
        assert keys_read() == count


def test_signing_out_there_names_who_was_signed_in_and_where_to_come_back(there: ProConnect) -> None:
    address = asyncio.run(Provider(registration(there)).end_address("the-id-token", "https://noa.example.fr/revue"))

    assert address is not None
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{there.issuer}/oauth2/end_session"
    assert query["id_token_hint"] == ["the-id-token"]
    assert query["post_logout_redirect_uri"] == ["https://noa.example.fr/revue"]
    assert len(query["state"][0]) >= 32


def test_a_provider_without_a_place_to_sign_out_has_none(there: ProConnect) -> None:
    there.said.configuration = without("end_session_endpoint")

    assert asyncio.run(Provider(registration(there)).end_address("x", "https://noa.example.fr/revue")) is None


@pytest.mark.parametrize(
    ("published", "asked"),
    [
        (None, "openid given_name usual_name email siret"),
        (["openid", "profile", "email", "siret", "phone"], "openid email siret profile"),
    ],
)
def test_only_scopes_that_the_provider_publishes_are_asked_for(published: list[str] | None, asked: str) -> None:
    assert _scopes_of({"scopes_supported": published}) == asked


def test_the_secret_is_never_written(there: ProConnect) -> None:
    assert there.client_secret not in repr(registration(there))
    assert INES.sub not in json.dumps(there.asked)
