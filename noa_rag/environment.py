"""Reads the settings from the environment, and refuses those that do not fit together."""

import os
from collections.abc import Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from noa_rag.domain.errors import InvalidSetting
from noa_rag.domain.integrations import UnknownKey, key_in
from noa_rag.domain.limits import wrong_networks
from noa_rag.domain.people import Role, roles_in
from noa_rag.domain.rephrasing import OLLAMA_PREFIX
from noa_rag.domain.sign_in import email_in, organisations_in
from noa_rag.settings import NO_KNOWLEDGE, NO_PATH, SECRETS_KEY_LENGTH, WRITER, Settings

# Settings of earlier versions, each with what a person who still sets it does instead.
REMOVED = {
    "NOA_BUNDLED_WEIGHTS": "put the file e5-small-q4.bin into the folder `models` of the data folder",
    "NOA_WAITING_LIMIT": "it is always 64 now",
    "NOA_CONNECTIONS_PER_ADDRESS": "it is always 100 now, and name your proxies in NOA_TRUSTED_PROXIES",
    **dict.fromkeys(
        ("NOA_SMTP_HOST", "NOA_SMTP_PORT", "NOA_SMTP_SECURITY", "NOA_SMTP_USER", "NOA_SMTP_PASSWORD"),
        "give the mail server as NOA_SMTP_URL, such as smtps://name:password@smtp.exemple.fr",
    ),
    "NOA_SMTP_FROM": "end NOA_SMTP_URL with ?from= and the address, such as smtps://smtp.exemple.fr?from=noa@exemple.fr",
    "NOA_DIGEST_AT": "the digest is always sent on Mondays at 8:00; `noa digest` sends it at another time",
    "NOA_LOG_FORMAT": "a terminal gets lines to read, anything else JSON",
    "NOA_LLM_STYLE": "the server at NOA_LLM is always asked in the style of a chat",
    "NOA_LLM_ENGLISH": "the certificate says whether English is written over French texts (noa eval certify)",
    "NOA_LLM_GRAMMAR": "no grammar is sent to the server at NOA_LLM",
    "NOA_LLM_CONCURRENCY": "each process always asks for one rephrasing at a time",
    "NOA_LLM_WAITING": "four rephrasings may always wait for their turn",
    "NOA_LLM_THREADS": "no language model comes with Noa; its server has threads of its own",
    "NOA_SESSION_IDLE_MINUTES": "a session always ends after 30 minutes without a request",
    "NOA_OIDC_NAME": "pages say ProConnect where NOA_OIDC_ACR_VALUES names eidas levels, else the issuer's host",
    "NOA_OIDC_SCOPES": "Noa asks for those of its scopes that the provider publishes",
}


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings. Raises InvalidSetting for a value that cannot be understood, or an unknown name."""
    environment = os.environ if environment is None else environment
    by_variable = {variable_of(setting.name): setting for setting in fields(Settings)}
    given = {name: value for name, value in environment.items() if name.startswith("NOA_")}
    for name in given:
        if name in REMOVED:
            raise InvalidSetting(f"{name} is no setting any more: {REMOVED[name]}. Remove the variable.")
        if name not in by_variable:
            raise InvalidSetting(f"Unknown setting {name}. Known settings: {', '.join(sorted(by_variable))}.")
    values = {by_variable[name].name: _converted(name, value, by_variable[name]) for name, value in given.items()}
    settings = Settings(**values)
    if not settings.reranker.strip():
        raise InvalidSetting("NOA_RERANKER is empty; use bundled, none, or the name or folder of a CrossEncoder.")
    if settings.knowledge != NO_KNOWLEDGE and not os.path.isdir(settings.knowledge):
        raise InvalidSetting(f"NOA_KNOWLEDGE is {str(settings.knowledge)!r}, and there is no such folder; empty: none.")
    for name, such_as in (("base_url", "https://noa.example.fr"), ("chroma_url", "http://127.0.0.1:8001")):
        if (value := getattr(settings, name)) and _web_address(value) is None:
            raise InvalidSetting(f"{variable_of(name)} is {value!r}; give an address such as {such_as}, or none.")
    check_proxies(settings)
    check_sign_in(settings)
    check_language_model(settings)
    check_observing(settings)
    check_mcp(settings)
    check_mail(settings)
    return settings


def check_proxies(settings: Settings) -> None:
    """Raise InvalidSetting when a trusted proxy is neither an address nor a network."""
    if wrong := wrong_networks(settings.trusted_proxies):
        raise InvalidSetting(
            f"NOA_TRUSTED_PROXIES names {', '.join(map(repr, wrong))}; give the proxies' own addresses, or networks "
            "such as 10.0.0.0/8, with commas between them."
        )


def check_sign_in(settings: Settings) -> None:
    """Raise InvalidSetting for an unknown role, or a key that can be guessed; the key is never repeated."""
    try:
        roles_in(settings.second_factor_roles)
    except ValueError as error:
        raise InvalidSetting(
            f"NOA_SECOND_FACTOR_ROLES is {settings.second_factor_roles!r}; give {', '.join(Role)}, or all."
        ) from error
    if settings.secrets_key and len(settings.secrets_key) < SECRETS_KEY_LENGTH:
        raise InvalidSetting(
            f"NOA_SECRETS_KEY has {len(settings.secrets_key)} characters; take {SECRETS_KEY_LENGTH} at least, such as "
            "what `openssl rand -base64 32` prints."
        )
    check_provider(settings)


def check_provider(settings: Settings) -> None:
    """Raise InvalidSetting when the settings of OpenID Connect do not go together; the secret is never repeated."""
    if not settings.oidc_issuer:
        if settings.local_passwords == "off":
            raise InvalidSetting("NOA_LOCAL_PASSWORDS is off and NOA_OIDC_ISSUER is empty: nobody could sign in.")
        return
    for name in ("oidc_issuer", "base_url"):
        address = _web_address(getattr(settings, name))
        if address is None or (address.scheme == "http" and address.hostname not in ("127.0.0.1", "localhost")):
            raise InvalidSetting(
                f"{variable_of(name)} is {getattr(settings, name)!r}; with a provider it must be an address with https."
            )
    for name in ("oidc_client_id", "oidc_client_secret", "oidc_agencies"):
        if not getattr(settings, name):
            raise InvalidSetting(f"{variable_of(name)} is empty; NOA_OIDC_ISSUER needs it.")
    try:
        organisations_in(settings.oidc_agencies)
    except ValueError as error:
        raise InvalidSetting(
            f"NOA_OIDC_AGENCIES holds {str(error)!r}; give each SIRET (14 digits) once, with `=` and the id of its "
            "agency, or alone, with commas between them."
        ) from error


def check_observing(settings: Settings) -> None:
    """Raise InvalidSetting for a token or collector that cannot be used; the token is never repeated."""
    if not _fits_a_header(settings.metrics_token):
        raise InvalidSetting("NOA_METRICS_TOKEN holds a space or a character that no header can carry.")
    if not settings.otlp_endpoint:
        return
    address = _web_address(settings.otlp_endpoint)
    if address is None:
        raise InvalidSetting("NOA_OTLP_ENDPOINT is no address; use that of a collector, such as http://127.0.0.1:4318.")
    if address.username or address.password or address.query or address.fragment:
        raise InvalidSetting(
            "NOA_OTLP_ENDPOINT holds more than an address; headers go into OTEL_EXPORTER_OTLP_HEADERS."
        )


def check_mcp(settings: Settings) -> None:
    """Raise InvalidSetting for a key that is none of Noa's; the key is never repeated."""
    try:
        key = key_in(f"Bearer {settings.mcp_key}")
    except UnknownKey:
        key = None
    if settings.mcp_key and key is None:
        raise InvalidSetting("NOA_MCP_KEY is no key of Noa's; give one as `noa keys create` shows it: `noa_…`.")


def check_mail(settings: Settings) -> None:
    """Raise InvalidSetting when the digest could not be sent, would expose a password, or would have broken links."""
    if settings.mail_server is None:
        return
    try:
        email_in(settings.mail_server.sender)
    except ValueError as error:
        raise InvalidSetting(
            "NOA_SMTP_URL must end with the sender's address, such as ?from=noa@exemple.fr."
        ) from error
    if not settings.base_url:
        raise InvalidSetting("NOA_BASE_URL is empty; links in e-mails need the public address of the service.")


def check_language_model(settings: Settings) -> None:
    """Raise InvalidSetting when the settings of the language model do not go together; the key is never repeated."""
    if not settings.llm:
        return
    judge, judge_name = settings.judge
    for name, given in (("NOA_LLM", settings.llm), ("NOA_CHECKER", judge)):
        address = _web_address(given.removeprefix(OLLAMA_PREFIX))
        if address is None:
            raise InvalidSetting(
                f"{name} cannot be understood; use an address of OpenAI's protocol (http://127.0.0.1:8080/v1), or of "
                "Ollama's (ollama+http://127.0.0.1:11434), or leave it empty. No model comes with Noa."
            )
        if address.username or address.password or address.query or address.fragment:
            raise InvalidSetting(f"{name} holds more than an address; put a key into NOA_LLM_KEY.")
    if not judge_name and settings.checker != WRITER:
        raise InvalidSetting("NOA_CHECKER names no model; use `model`, or an address and a name: `<address>|<name>`.")
    if not settings.llm_model:
        raise InvalidSetting("NOA_LLM_MODEL is empty; give the name of the model that the server at NOA_LLM offers.")
    if not _fits_a_header(settings.llm_key):
        raise InvalidSetting("NOA_LLM_KEY holds a space or a character that no header can carry; give the bare key.")


def _fits_a_header(secret: str) -> bool:
    return secret.isascii() and all(char.isprintable() and char != " " for char in secret)


def _web_address(text: str) -> SplitResult | None:
    """Return an address of http or https with a host, in parts; None for anything else."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # parsed only now; raises ValueError for an invalid port
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def variable_of(field_name: str) -> str:
    """Return the environment variable of a field."""
    return f"NOA_{field_name.upper()}"


def _converted(name: str, value: str, of: Field[Any]) -> Any:
    wanted, least, choices = of.type, of.metadata["least"], of.metadata["choices"]
    if wanted is Path:
        return _path(name, value)
    if choices and not {value, value.upper()} & set(choices):
        raise InvalidSetting(f"{name} is {value!r}; use {', '.join(choices[:-1])} or {choices[-1]}.")
    if wanted is not int:
        return value
    if not value.isdecimal() or not least <= int(value) < 65_536:
        raise InvalidSetting(f"{name} is {value!r}; give a whole number from {least} to 65535.")
    return int(value)


def _path(name: str, value: str) -> Path:
    if not value:
        return NO_PATH
    try:
        return Path(value).expanduser().absolute()  # so that `.` stays apart from an empty value
    except RuntimeError as error:  # ~somebody, where there is no such user
        raise InvalidSetting(f"{name} is {value!r}, whose home folder is unknown; give the whole path.") from error
