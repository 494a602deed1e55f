"""oidc-provider-mock on loopback, made as strict as ProConnect, and made to say what it should not.

Strict: no parameter that ProConnect does not document, state and nonce of 32 signs, PKCE, userinfo as a signed JWT.
"""

import base64
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import User
from oidc_provider_mock import app as provider_app
from werkzeug.serving import make_server

INPI, URSSAF, ELSEWHERE = "13001653800014", "18003501800025", "55208131766522"
INES = User(
    sub="sub-ines",
    claims={"given_name": "Inès", "usual_name": "Martin", "email": "ines.martin@inpi.example", "siret": INPI},
)
DOCUMENTED = {
    *("response_type", "client_id", "redirect_uri", "scope", "claims", "state", "nonce", "prompt", "idp_hint"),
    *("acr_values", "login_hint", "response_mode", "code_challenge", "code_challenge_method"),
}
SCOPES = ("openid", "given_name", "usual_name", "email", "siret")
Claims = dict[str, Any]


def unchanged(claims: Claims) -> Claims:
    return claims


def signed(alg: str, claims: Claims, key: RSAKey) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])


@dataclass
class Said:
    """What the provider says from now on: claims before they are signed, and how they are signed."""

    id_token: Callable[[Claims], Claims] = unchanged
    userinfo: Callable[[Claims], Claims] = unchanged
    sign_id_token: Callable[[str, Claims, RSAKey], str] = signed
    sign_userinfo: Callable[[str, Claims, RSAKey], str] = signed
    userinfo_type: str = "application/jwt"
    configuration: Callable[[Claims], Claims] = unchanged
    acr: str = "eidas1"
    amr: tuple[str, ...] = ("pwd",)


@dataclass
class ProConnect:
    """Where it listens, what it knows Noa by, and what it says."""

    issuer: str
    client_id: str = ""
    client_secret: str = ""
    said: Said = field(default_factory=Said)
    asked: list[Claims] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    challenges: dict[str, str] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    def register(self, *return_addresses: str) -> None:
        """Register Noa with the addresses that it may be sent back to."""
        body = {"redirect_uris": list(return_addresses), "token_endpoint_auth_method": "client_secret_post"}
        body["scope"] = " ".join(SCOPES)
        answer = httpx.post(f"{self.issuer}/oauth2/clients", json=body).raise_for_status().json()
        self.client_id, self.client_secret = answer["client_id"], answer["client_secret"]

    def know(self, user: User) -> None:
        self.users[user.sub] = user
        httpx.put(f"{self.issuer}/users/{user.sub}", json=dict(user.claims)).raise_for_status()

    def approve(self, address: str, sub: str = INES.sub) -> str:
        """Sign in there as somebody, and return the address that the browser is sent back to."""
        answer = httpx.post(address, data={"sub": sub})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def deny(self, address: str) -> str:
        return httpx.post(address, data={"action": "deny"}).headers["location"]


def unsigned(_: str, claims: Claims, __: RSAKey) -> str:
    """Return a token of the algorithm `none`."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def signed_with(key: RSAKey) -> Callable[[str, Claims, RSAKey], str]:
    """Return a signature by another key, which claims to be the provider's."""
    return lambda alg, claims, theirs: jwt.encode({"alg": alg, "kid": theirs.kid}, claims, key, algorithms=[alg])


@contextmanager
def proconnect() -> Iterator[ProConnect]:
    """Yield the provider, listening."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = provider_app(require_client_registration=True, require_nonce=True)
    app.debug = False
    server = make_server("127.0.0.1", 0, app, threaded=True)
    provider = ProConnect(f"http://127.0.0.1:{server.server_port}")
    _make_strict(app, provider)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


def _make_strict(app: flask.Flask, provider: ProConnect) -> None:
    @app.before_request
    def refuse() -> flask.Response | None:
        request = flask.request
        provider.calls.append(request.path)
        if request.path == "/oauth2/authorize":
            provider.asked.append(request.args.to_dict())
            return _what_is_wrong(request.args.to_dict())
        if request.path == "/oauth2/token":
            verifier = request.form.get("code_verifier", "").encode()
            made = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
            code = request.form.get("code", "")
            if code in provider.challenges and provider.challenges[code] != made:
                return flask.Response('{"error": "invalid_grant"}', 400, mimetype="application/json")
        return None

    @app.after_request
    def say(response: flask.Response) -> flask.Response:
        path = flask.request.path
        if path == "/oauth2/authorize" and "location" in response.headers:
            answer = parse_qs(urlsplit(response.headers["location"]).query)
            if "code" in answer:
                provider.challenges[answer["code"][0]] = flask.request.args["code_challenge"]
        elif response.status_code == 200 and path in _SAYING:
            response.set_data(_SAYING[path](provider, response))
        return response


def _what_is_wrong(asked: Claims) -> flask.Response | None:
    unknown = sorted(set(asked) - DOCUMENTED)
    short = [name for name in ("state", "nonce") if len(asked.get(name, "")) < 32]
    if unknown or short or asked.get("code_challenge_method") != "S256":
        return flask.Response(f"Y000400 {unknown} {short}", 400)
    return None


def _key() -> RSAKey:
    return RSAKey.import_key(flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True))


def _token(provider: ProConnect, response: flask.Response) -> str:
    answer, said = json.loads(response.get_data()), provider.said
    part = answer["id_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    claims = {name: value for name, value in claims.items() if name not in INES.claims}
    claims = said.id_token({**claims, "acr": said.acr, "amr": list(said.amr)})
    return json.dumps({**answer, "id_token": said.sign_id_token("RS256", claims, _key())})


def _userinfo(provider: ProConnect, response: flask.Response) -> str:
    known = provider.users[json.loads(response.get_data())["sub"]]
    now, said = int(time.time()), provider.said
    claims = {"sub": known.sub, **known.claims, "iss": provider.issuer, "aud": provider.client_id}
    claims = said.userinfo({**claims, "iat": now, "exp": now + 60})
    response.headers["content-type"] = said.userinfo_type
    if said.userinfo_type == "application/json":
        return json.dumps(claims)
    return said.sign_userinfo("RS256", claims, _key())


def _configuration(provider: ProConnect, response: flask.Response) -> str:
    published = {**json.loads(response.get_data()), "scopes_supported": [*SCOPES, "uid", "siren", "phone"]}
    return json.dumps(provider.said.configuration(published))


_SAYING: dict[str, Callable[[ProConnect, flask.Response], str]] = {
    "/oauth2/token": _token,
    "/userinfo": _userinfo,
    "/.well-known/openid-configuration": _configuration,
}
