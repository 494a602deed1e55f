"""One frozen object read once from the environment; every field has a default that works on a laptop."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from noa_rag.domain.errors import InvalidSetting
from noa_rag.domain.limits import is_written_out
from noa_rag.domain.people import TwoPeople

BUNDLED = "bundled"
NO_RERANKER = "none"
WRITER = "model"  # the model that writes judges too
SECRETS_KEY_LENGTH = 32
SMTP_PORTS = {
    "smtps": 465,
    "smtp": 587,
    "smtp+plain": 25,
}  # by how the connection is secured: TLS, STARTTLS, not at all
ON_OR_OFF = ("on", "off")
NO_PATH = Path()  # what an empty variable becomes
NO_KNOWLEDGE = NO_PATH
_KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"


def _setting(
    default: Any,
    help_text: str,
    shown: str | None = None,
    *,
    is_secret: bool = False,
    least: int = 1,
    choices: tuple[str, ...] = (),
) -> Any:
    shown = str(default) if shown is None else shown
    metadata = {"help": help_text, "shown": shown, "least": least, "choices": choices}
    return field(default=default, metadata=metadata, repr=not is_secret)


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
        BUNDLED,
        "`bundled`, or a sentence-transformers name or folder (a name may be downloaded by that library); what was "
        "learned for the bundled one (reader, piles) is then not used",
    )
    reranker: str = _setting(
        BUNDLED,
        "what reads the first candidates: `bundled`, `none`, or a CrossEncoder's name or folder (docs/operating.md)",
    )
    chroma_url: str = _setting(
        "", "a Chroma server for several machines, e.g. http://127.0.0.1:8001", "none: vectors are compared in memory"
    )
    host: str = _setting("127.0.0.1", "address that `noa serve` listens on")
    port: int = _setting(8000, "port that `noa serve` listens on")
    workers: int = _setting(1, "processes that answer; each holds the whole index")
    base_url: str = _setting(
        "",
        "public address of the service, used in copied links and feeds, and what security keys are bound to",
        "none: links are relative",
    )
    accessibility: str = _setting(
        "none",
        "what your declaration of accessibility says of conformity: `none`, `partial` or `full` (docs/operating.md)",
        choices=("none", "partial", "full"),
    )
    theme: str = _setting(
        "neutral",
        "look of the public pages: `neutral`, or `dsfr`, the State's design system, for State bodies alone "
        "(docs/operating.md)",
        choices=("neutral", "dsfr"),
    )
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
        choices=tuple(TwoPeople),
    )
    smtp_url: str = _setting(
        "",
        "mail server of the weekly digest and the address that it comes from: "
        "`smtps://name:password@host?from=noa@exemple.fr` (TLS) or `smtp://…` (STARTTLS), with `:port` unless it is "
        "465 or 587; `smtp+plain://` to this machine or an IP address, without a password; never shown",
        "none: nothing is sent by e-mail",
        is_secret=True,
    )
    mcp_key: str = _setting(
        "",
        "key of `noa keys create` that `noa mcp` asks the running service with, where its client brings none; never "
        "shown",
        "none: counted by address",
        is_secret=True,
    )
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    metrics_token: str = _setting(
        "", "bearer token that Prometheus brings to `/metrics`; never shown", "none: no `/metrics`", is_secret=True
    )
    otlp_endpoint: str = _setting(
        "", "OpenTelemetry collector that traces go to (OTLP over HTTP), e.g. http://127.0.0.1:4318", "none: no traces"
    )
    llm: str = _setting(
        "",
        "server of a language model that may rephrase: http(s)://…/v1 (OpenAI's protocol) or ollama+http(s)://…",
        "none",
    )
    llm_model: str = _setting("", "name of the model that the server is asked for", "none; needed with an address")
    checker: str = _setting(
        WRITER,
        "model that judges whether a passage bears a sentence out: `model` (the one that writes), or another: "
        "its address, a vertical bar, its name",
    )
    llm_key: str = _setting(
        "", "key that the server wants, sent as a bearer token; never shown", "none", is_secret=True
    )
    llm_task: str = _setting(
        "answer",
        "`answer`: two or three sentences to the question; `plain`: in plain language",
        choices=("answer", "plain"),
    )
    llm_deadline_seconds: int = _setting(6, "seconds after which a rephrasing is given up, waiting included")
    llm_tokens_per_minute: int = _setting(
        20_000, "tokens a minute that one client's rephrasings may take, read and written; 0: no limit", least=0
    )
    # Signing in: these stand in docs/signing-in.md, the others in docs/settings.md.
    second_factor_roles: str = _setting(
        "", "roles that must sign in with a second factor, with commas (`administrator,coordinator`), or `all`", "none"
    )
    secrets_key: str = _setting(
        "",
        "key of 32 characters or more that seals the secrets of second factors in the database; never shown",
        "none: they are not sealed",
        is_secret=True,
    )
    local_passwords: str = _setting(
        "on", "`on`, or `off` where everybody signs in by OpenID Connect", choices=ON_OR_OFF
    )
    oidc_issuer: str = _setting(
        "", "OpenID Connect provider that people may sign in at, e.g. https://proconnect.example/api/v2", "none"
    )
    oidc_client_id: str = _setting("", "what the provider knows Noa by", "none; needed with a provider")
    oidc_client_secret: str = _setting(
        "", "secret that goes with it; never shown", "none; needed with a provider", is_secret=True
    )
    oidc_acr_values: str = _setting(
        "eidas1", "levels of authentication that are asked for and required, with spaces; empty: any"
    )
    oidc_agencies: str = _setting(
        "",
        "SIRET of each organisation whose people may sign in, with its agency: `13001653800014=inpi,13002526500013`",
        "none; needed with a provider",
    )
    oidc_new_accounts: str = _setting(
        "off",
        "`on`: who signs in first there gets an account without a role; `off`: accounts are opened beforehand",
        choices=ON_OR_OFF,
    )

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'noa.db'}"

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def judge(self) -> tuple[str, str]:
        """The address and the name of the model that judges."""
        address, _, name = self.checker.partition("|")
        return (self.llm, self.llm_model) if self.checker == WRITER else (address, name)

    @property
    def mail_server(self) -> "MailServer | None":
        """Return the mail server, None where nothing is sent by e-mail. Raises InvalidSetting."""
        return _read_mail_server(self.smtp_url) if self.smtp_url else None

    @property
    def provider_name(self) -> str:
        """Return what pages call the provider: ProConnect, known by its levels, or the host; empty for none."""
        host = urlsplit(self.oidc_issuer).hostname or ""
        return "ProConnect" if host and "eidas" in self.oidc_acr_values else host


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server as NOA_SMTP_URL names it; `scheme` is `smtps`, `smtp` or `smtp+plain`."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    """The address that messages come from."""


def _read_mail_server(url: str) -> MailServer:
    """Return the server of an address; the address is never repeated, since it may hold a password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or SMTP_PORTS[parts.scheme]
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        is_understood = bool(host) and " " not in host and not (parts.path.strip("/") or parts.fragment)
        is_understood = is_understood and list(query) in ([], ["from"])
    except (ValueError, KeyError):
        is_understood = False
    if not is_understood:
        raise InvalidSetting(
            "NOA_SMTP_URL cannot be understood; give smtps://name:password@host?from=noa@exemple.fr (TLS) or smtp://… "
            "(STARTTLS), with :port unless it is 465 or 587. In name and password, @ is written %40, / is %2F and % is "
            "%25."
        )
    if parts.scheme == "smtp+plain" and (parts.password or not is_written_out(host)):
        raise InvalidSetting(
            "NOA_SMTP_URL with smtp+plain goes to localhost or an IP address, and without a password; use smtps."
        )
    sender = query.get("from", [""])[0]
    return MailServer(parts.scheme, host, port, unquote(parts.username or ""), unquote(parts.password or ""), sender)
