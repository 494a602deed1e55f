"""Translations: what a translator returns, and that the catalogues hold the English of every message of the code."""

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import DictLoader

from noa_rag.domain.question import Language
from noa_rag.translation import NP_, translator_of
from noa_rag.web.rendering import template_config
from tests.shared_model import REPOSITORY

SOURCES = sorted((REPOSITORY / "noa_rag" / "locale").rglob("*.po"))
FRENCH, ENGLISH = translator_of(Language.FRENCH), translator_of(Language.ENGLISH)


def read_catalogue(source: Path) -> Catalog:
    with source.open("rb") as file:
        return read_po(file)


def committed() -> Catalog:
    return read_catalogue(REPOSITORY / "noa_rag" / "locale" / "en" / "LC_MESSAGES" / "messages.po")


def identity(message: Message) -> tuple[str | None, object]:
    return message.context, message.id


def test_the_catalogue_holds_the_messages_of_the_code_and_no_others(tmp_path: Path) -> None:
    catalogue_file = tmp_path / "found.pot"
    mapping, source = REPOSITORY / "pyproject.toml", REPOSITORY / "noa_rag"
    CommandLineInterface().run(["", "-q", "extract", "-F", str(mapping), "-o", str(catalogue_file), str(source)])  # type: ignore[no-untyped-call]
    with catalogue_file.open("rb") as file:
        in_code = {identity(message) for message in read_po(file)}

    catalogue = committed()

    assert {identity(message) for message in catalogue} ^ in_code == set(), "Run `make messages`, then translate."
    assert not catalogue.obsolete


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_message_is_translated_with_the_same_places(source: Path) -> None:
    catalogue = read_catalogue(source)

    for message in catalogue:
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        assert all(forms), message.id
        assert not message.id or not message.fuzzy, message.id
    assert [(message.id, errors) for message, errors in catalogue.check()] == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_the_compiled_catalogue_is_that_of_its_source(source: Path) -> None:
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(source))

    assert source.with_suffix(".mo").read_bytes() == compiled.getvalue(), "Run `make messages`."


def test_every_message_and_translation_can_be_filled_in() -> None:
    class Anything(dict[str, int]):
        def __missing__(self, name: str) -> int:
            return 1

    for message in committed():
        for forms in (message.id, message.string) if message.id else ():
            for text in forms if isinstance(forms, tuple | list) else (forms,):
                assert text % Anything() is not None


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_no_message_holds_what_html_reads_as_markup(source: Path) -> None:
    """Templates show messages as they are, in attributes too; only the values in them are escaped."""
    for message in read_catalogue(source):
        for forms in (message.id, message.string) if message.id else ():
            for text in forms if isinstance(forms, tuple | list) else (forms,):
                assert not set(text) & set('<>&"'), text


def test_french_is_what_the_code_says_and_english_what_the_catalogue_says() -> None:
    assert FRENCH.gettext("Poser la question") == "Poser la question"
    assert ENGLISH.gettext("%(first)s et %(second)s", first="a", second="b") == "a and b"
    assert ENGLISH.gettext("100 %%") == "100 %"


def test_a_number_picks_the_form() -> None:
    def said(count: int) -> list[str]:
        return [translator.ngettext("%(num)s fiche", "%(num)s fiches", count) for translator in (FRENCH, ENGLISH)]

    assert said(0) == ["0 fiche", "0 entries"]
    assert said(1) == ["1 fiche", "1 entry"]
    assert said(2) == ["2 fiches", "2 entries"]


def test_a_context_is_never_shown() -> None:
    assert FRENCH.gettext(NP_("nobody's", "Un mot")) == "Un mot"
    assert ENGLISH.gettext(NP_("nobody's", "Un mot")) == "Un mot"
    assert ENGLISH.pgettext("nobody's", "Un mot") == "Un mot"


def test_a_template_translates_by_the_translator_that_it_is_given_and_escapes_values() -> None:
    environment = template_config().engine_instance.engine
    environment.loader = DictLoader({"page": '{{ _("%(first)s et %(second)s", first=one, second="b") }}'})
    page = environment.get_template("page")

    assert page.render(translator=ENGLISH, one="<a>") == "&lt;a&gt; and b"
    assert page.render(translator=FRENCH, one="a") == "a et b"
