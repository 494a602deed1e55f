"""Settings: read from the environment, refused in words, and listed in the documentation as they are."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from noa_rag.domain.errors import InvalidSetting
from noa_rag.domain.sign_in import organisations_in
from noa_rag.environment import REMOVED, read_settings, variable_of
from noa_rag.settings import NO_KNOWLEDGE, MailServer, Settings

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = (REPOSITORY / "docs" / "settings.md", REPOSITORY / "docs" / "signing-in.md")
ROW = re.compile(r"^\| *`(NOA_[A-Z_]+)` *\| *(.*?) *\| *(.*?) *\| *$", re.MULTILINE)


def unquoted(cell: str) -> str:
    return cell.replace("`", "").strip()


def rows_of_the_pages() -> list[tuple[str, str, str]]:
    return [row for page in PAGES for row in ROW.findall(page.read_text(encoding="utf-8"))]


def test_both_pages_list_exactly_the_settings_with_their_defaults() -> None:
    rows = rows_of_the_pages()

    listed = [(name, unquoted(default)) for name, default, _ in rows]

    assert listed == [(variable_of(field.name), unquoted(field.metadata["shown"])) for field in fields(Settings)]


def test_they_say_what_each_setting_is_for() -> None:
    rows = rows_of_the_pages()

    assert [unquoted(help_text) for *_, help_text in rows] == [
        unquoted(field.metadata["help"]) for field in fields(Settings)
    ]


def test_defaults_hold_without_any_variable() -> None:
    assert read_settings({"PATH": "/usr/bin"}) == Settings()


def test_every_setting_can_be_given() -> None:
    given = read_settings(
        {
            "NOA_DATA_DIR": "/srv/noa",
            "NOA_DATABASE_URL": "postgresql+psycopg://noa@localhost/noa",
            "NOA_PORT": "8080",
            "NOA_WORKERS": "2",
            "NOA_LOG_LEVEL": "debug",
        }
    )

    assert given == Settings(
        data_dir=Path("/srv/noa"),
        database_url="postgresql+psycopg://noa@localhost/noa",
        port=8080,
        workers=2,
        log_level="debug",
    )


def test_the_database_lies_in_the_data_folder_unless_named() -> None:
    assert Settings(data_dir=Path("/srv/noa")).effective_database_url == "sqlite:////srv/noa/noa.db"
    assert Settings(database_url="sqlite:///other.db").effective_database_url == "sqlite:///other.db"
    assert Settings(data_dir=Path("/srv/noa")).models_dir == Path("/srv/noa/models")


def test_a_misspelt_variable_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InvalidSetting, match=r"Unknown setting NOA_PROT\. Known settings: .*NOA_PORT"):
        read_settings({"NOA_PROT": "8080"})


def test_no_limit_is_a_limit_of_nought_and_no_other_number_may_be_nought() -> None:
    assert read_settings({"NOA_RATE_LIMIT": "0"}).rate_limit == 0
    with pytest.raises(InvalidSetting, match="NOA_RATE_LIMIT is '-1'; give a whole number from 0"):
        read_settings({"NOA_RATE_LIMIT": "-1"})
    with pytest.raises(InvalidSetting, match="from 1"):
        read_settings({"NOA_WORKERS": "0"})


def test_an_empty_reranker_is_refused_with_what_may_be_set() -> None:
    assert read_settings({"NOA_RERANKER": "BAAI/bge-reranker-v2-m3"}).reranker == "BAAI/bge-reranker-v2-m3"
    with pytest.raises(InvalidSetting, match="NOA_RERANKER is empty; use bundled, none, or the name or folder"):
        read_settings({"NOA_RERANKER": ""})


def test_proxies_are_named_by_address_or_network() -> None:
    read_settings({"NOA_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8,2001:db8::/32"})

    for wrong in ("*", "proxy.example.fr", "10.0.0.1/8", "127.0.0.1;10.0.0.1"):
        with pytest.raises(InvalidSetting, match="give the proxies' own addresses"):
            read_settings({"NOA_TRUSTED_PROXIES": f"127.0.0.1,{wrong}"})


@pytest.mark.parametrize("value", ["", "0", "65536", "-1", "80.5", "http", "1e3", "99999999999999999999", " 80"])
@pytest.mark.parametrize("name", ["NOA_PORT", "NOA_WORKERS"])
def test_a_number_out_of_range_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=rf"{name} is .*; give a whole number from 1 to 65535"):
        read_settings({name: value})


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("NOA_ACCESSIBILITY", "oui", "NOA_ACCESSIBILITY is 'oui'; use none, partial or full"),
        ("NOA_LOG_LEVEL", "LOUD", "NOA_LOG_LEVEL is 'LOUD'; use DEBUG, INFO, WARNING or ERROR"),
        ("NOA_TWO_PEOPLE", "never", "NOA_TWO_PEOPLE is 'never'; use where-possible, always or on-request"),
    ],
)
def test_a_value_that_is_none_of_the_choices_is_refused(variable: str, value: str, told: str) -> None:
    with pytest.raises(InvalidSetting, match=told):
        read_settings({variable: value})


@pytest.mark.parametrize("variable", REMOVED)
def test_a_setting_that_is_gone_is_refused_with_what_takes_its_place(variable: str) -> None:
    with pytest.raises(InvalidSetting, match=f"{variable} is no setting any more: .*{re.escape(REMOVED[variable])}"):
        read_settings({variable: "x"})


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://mail.exemple.fr", MailServer("smtps", "mail.exemple.fr", 465)),
        ("smtp://noa:p%40ss@mail.exemple.fr:2525", MailServer("smtp", "mail.exemple.fr", 2525, "noa", "p@ss")),
        ("smtp+plain://[::1]", MailServer("smtp+plain", "::1", 25)),
    ],
)
def test_the_mail_server_is_one_address(url: str, server: MailServer) -> None:
    given = {"NOA_SMTP_URL": f"{url}?from=noa@exemple.fr", "NOA_BASE_URL": "https://noa.exemple.fr"}

    settings = read_settings(given)

    assert settings.mail_server == replace(server, sender="noa@exemple.fr")
    assert "p%40ss" not in repr(settings)
    assert "p@ss" not in repr(settings.mail_server)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"NOA_SMTP_URL": "mail.exemple.fr"}, "cannot be understood"),
        ({"NOA_SMTP_URL": "smtps://noa:facteur@mail.exemple.fr:port"}, "cannot be understood"),
        ({"NOA_SMTP_URL": "smtps://noa:facteur/@mail.exemple.fr"}, "cannot be understood"),
        ({"NOA_SMTP_URL": "http://noa:facteur@mail.exemple.fr"}, "cannot be understood"),
        ({"NOA_SMTP_URL": "smtp+plain://mail.exemple.fr"}, "localhost or an IP address"),
        ({"NOA_SMTP_URL": "smtp+plain://noa:facteur@127.0.0.1"}, "without a password"),
        ({"NOA_SMTP_URL": "smtps://mail.exemple.fr"}, "must end with the sender's address"),
        ({"NOA_SMTP_URL": "smtps://mail.exemple.fr?from=noa"}, "must end with the sender's address"),
        ({"NOA_SMTP_URL": "smtps://noa:facteur@mail.exemple.fr?to=noa@exemple.fr"}, "cannot be understood"),
        ({"NOA_SMTP_URL": "smtps://noa:facteur@mail.exemple.fr?noa"}, "cannot be understood"),
        ({"NOA_BASE_URL": ""}, "NOA_BASE_URL"),
    ],
)
def test_a_mail_server_that_cannot_be_used_is_refused(changes: dict[str, str], told: str) -> None:
    given = {"NOA_SMTP_URL": "smtps://mail.exemple.fr?from=noa@exemple.fr"}

    with pytest.raises(InvalidSetting, match=told) as refused:
        read_settings(given | {"NOA_BASE_URL": "https://noa.exemple.fr"} | changes)

    assert "facteur" not in str(refused.value)


def test_pages_say_proconnect_or_the_host_of_another_provider() -> None:
    issuer = "https://sso.example.fr/realms/noa"

    assert Settings(oidc_issuer=issuer).provider_name == "ProConnect"
    assert Settings(oidc_issuer=issuer, oidc_acr_values="").provider_name == "sso.example.fr"
    assert Settings().provider_name == ""


def test_an_empty_knowledge_means_none_and_a_dot_means_this_folder() -> None:
    assert read_settings({"NOA_KNOWLEDGE": ""}).knowledge == NO_KNOWLEDGE
    assert read_settings({"NOA_KNOWLEDGE": "."}).knowledge == Path.cwd()


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("NOA_KNOWLEDGE", "/no/such/pack", "NOA_KNOWLEDGE is '/no/such/pack', and there is no such folder"),
        ("NOA_BASE_URL", "noa.example.fr", "NOA_BASE_URL is 'noa.example.fr'; give an address such as https://"),
        ("NOA_BASE_URL", "ftp://noa.example.fr", "NOA_BASE_URL is 'ftp://noa.example.fr'"),
        ("NOA_BASE_URL", "https://", "NOA_BASE_URL is 'https://'"),
        ("NOA_CHROMA_URL", "127.0.0.1:8001", "NOA_CHROMA_URL is '127.0.0.1:8001'; give an address such as http://"),
        ("NOA_CHROMA_URL", "chroma", "NOA_CHROMA_URL is 'chroma'"),
        ("NOA_CHROMA_URL", "http://127.0.0.1:port", "NOA_CHROMA_URL is 'http://127.0.0.1:port'"),
    ],
)
def test_a_pack_that_is_missing_and_an_address_that_is_none_are_refused(variable: str, value: str, told: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        read_settings({variable: value})

    assert told in str(refused.value)


def test_a_home_folder_is_found_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/camille")

    assert read_settings({"NOA_DATA_DIR": "~/noa"}).data_dir == Path("/home/camille/noa")
    with pytest.raises(InvalidSetting, match="NOA_DATA_DIR is '~nobody-by-that-name/noa'"):
        read_settings({"NOA_DATA_DIR": "~nobody-by-that-name/noa"})


@pytest.mark.parametrize(
    "llm",
    [
        "",
        "http://127.0.0.1:8080/v1",
        "https://albert.example.fr/v1",
        "ollama+http://127.0.0.1:11434",
        "ollama+https://ollama.example.fr",
    ],
)
def test_a_language_model_is_at_an_address(llm: str) -> None:
    assert read_settings({"NOA_LLM": llm, "NOA_LLM_MODEL": "m"}).llm == llm


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"NOA_LLM": "gpt"}, r"NOA_LLM cannot be understood; use an address of OpenAI's protocol"),
        ({"NOA_LLM": "bundled"}, "No model comes with Noa"),
        ({"NOA_LLM": "http://127.0.0.1/v1", "NOA_CHECKER": "judge"}, "NOA_CHECKER cannot be understood"),
        ({"NOA_LLM": "http://127.0.0.1/v1", "NOA_CHECKER": "http://127.0.0.1/v1"}, "NOA_CHECKER names no model"),
        ({"NOA_LLM": "http://"}, "NOA_LLM cannot be understood"),
        ({"NOA_LLM": "http://127.0.0.1:port/v1"}, "NOA_LLM cannot be understood"),
        ({"NOA_LLM": "ollama+ftp://127.0.0.1"}, "NOA_LLM cannot be understood"),
        ({"NOA_LLM": "file:///etc/passwd"}, "NOA_LLM cannot be understood"),
        ({"NOA_LLM": "http://127.0.0.1:8080/v1", "NOA_LLM_MODEL": ""}, "NOA_LLM_MODEL is empty; give the name"),
        ({"NOA_LLM": "http://noa:secret@127.0.0.1/v1"}, "put a key into NOA_LLM_KEY"),
        ({"NOA_LLM": "http://127.0.0.1/v1?key=secret"}, "put a key into NOA_LLM_KEY"),
        ({"NOA_LLM": "http://127.0.0.1/v1", "NOA_LLM_KEY": "secret\r\nX: y"}, "NOA_LLM_KEY holds a space"),
        ({"NOA_LLM_TASK": "instruct"}, r"NOA_LLM_TASK is 'instruct'; use answer or plain"),
        ({"NOA_LLM_DEADLINE_SECONDS": "1.5"}, "NOA_LLM_DEADLINE_SECONDS is '1.5'; give a whole number"),
    ],
)
def test_a_language_model_that_cannot_be_understood_is_refused(variables: dict[str, str], told: str) -> None:
    with pytest.raises(InvalidSetting, match=told) as refused:
        read_settings({"NOA_LLM_MODEL": "m"} | variables)

    assert "secret" not in str(refused.value)


def test_the_key_of_a_language_model_is_not_shown() -> None:
    settings = read_settings({"NOA_LLM_KEY": "a-secret"})

    assert settings.llm_key == "a-secret"
    assert "a-secret" not in repr(settings)


def test_a_role_that_demands_a_second_factor_must_exist() -> None:
    with pytest.raises(InvalidSetting, match="referent, coordinator, qa, administrator, or all"):
        read_settings({"NOA_SECOND_FACTOR_ROLES": "administrator, boss"})


def test_a_key_that_seals_secrets_is_long_and_never_repeated() -> None:
    with pytest.raises(InvalidSetting, match="has 9 characters") as caught:
        read_settings({"NOA_SECRETS_KEY": "too-short"})

    assert "too-short" not in str(caught.value)
    assert "x" * 32 not in repr(read_settings({"NOA_SECRETS_KEY": "x" * 32}))


PROVIDER = {
    "NOA_BASE_URL": "https://noa.example.gouv.fr",
    "NOA_OIDC_ISSUER": "https://proconnect.example/api/v2",
    "NOA_OIDC_CLIENT_ID": "noa",
    "NOA_OIDC_CLIENT_SECRET": "a secret of the provider",
    "NOA_OIDC_AGENCIES": "13001653800014=inpi, 13002526500013",
}


def test_a_provider_is_given_with_what_it_needs() -> None:
    given = read_settings(PROVIDER)

    assert given.oidc_issuer == "https://proconnect.example/api/v2"
    assert "a secret" not in repr(given)
    assert organisations_in(given.oidc_agencies) == {"13001653800014": "inpi", "13002526500013": ""}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"NOA_OIDC_ISSUER": "http://proconnect.example/api/v2"}, "an address with https"),
        ({"NOA_BASE_URL": ""}, "NOA_BASE_URL is ''"),
        ({"NOA_OIDC_CLIENT_ID": ""}, "NOA_OIDC_CLIENT_ID is empty"),
        ({"NOA_OIDC_CLIENT_SECRET": ""}, "NOA_OIDC_CLIENT_SECRET is empty"),
        ({"NOA_OIDC_AGENCIES": ""}, "NOA_OIDC_AGENCIES is empty"),
        ({"NOA_OIDC_AGENCIES": "1300165380001=inpi"}, "'1300165380001=inpi'"),
        ({"NOA_OIDC_AGENCIES": "13001653800014="}, "'13001653800014='"),
        ({"NOA_OIDC_AGENCIES": "13001653800014=inpi,13001653800014=urssaf"}, "'13001653800014=urssaf'"),
        ({"NOA_OIDC_NEW_ACCOUNTS": "yes"}, "use on or off"),
        ({"NOA_LOCAL_PASSWORDS": "non"}, "use on or off"),
        ({"NOA_LOCAL_PASSWORDS": "off", "NOA_OIDC_ISSUER": ""}, "nobody could sign in"),
    ],
)
def test_settings_of_a_provider_that_do_not_go_together_are_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        read_settings({**PROVIDER, **changes})

    assert said in str(caught.value)
    assert "a secret" not in str(caught.value)


def test_a_key_for_mcp_that_is_none_of_noas_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidSetting, match="NOA_MCP_KEY is no key of Noa's") as refused:
        read_settings({"NOA_MCP_KEY": "sk-secret"})

    assert "sk-secret" not in str(refused.value)
    assert read_settings({"NOA_MCP_KEY": "noa_" + "a" * 43}).mcp_key == "noa_" + "a" * 43
