"""Journeys, and the operator's pages."""

from pathlib import Path

import pytest

from noa_rag.domain.entry import JourneyStep
from noa_rag.domain.question import Language
from noa_rag.service.browsing import journeys_among, operator_page, page_file
from tests.factories import a_theme, an_entry_version

THEMES = (a_theme("marques"), a_theme("impots"), a_theme("vide"), a_theme("aides"))


def test_journeys_are_the_entries_with_steps_by_theme() -> None:
    steps = (JourneyStep("D'abord."),)
    servable = [
        an_entry_version("a", theme="aides", steps=steps),
        an_entry_version("m", theme="marques", steps=steps),
        an_entry_version("i", theme="impots"),
    ]

    assert [entry.id for entry in journeys_among(THEMES, servable)] == ["m", "a"]


@pytest.mark.parametrize(
    ("written", "asked", "read"),
    [
        ({}, Language.FRENCH, None),
        ({"fr": "Texte"}, Language.FRENCH, ("Texte", Language.FRENCH)),
        ({"fr": "Texte"}, Language.ENGLISH, ("Texte", Language.FRENCH)),
        ({"fr": "Texte", "en": "Text"}, Language.ENGLISH, ("Text", Language.ENGLISH)),
        ({"fr": "Texte", "en": " \n"}, Language.ENGLISH, ("Texte", Language.FRENCH)),
        ({"en": "Text"}, Language.FRENCH, None),
    ],
)
def test_a_page_is_read_in_its_language_or_in_french(
    tmp_path: Path, written: dict[str, str], asked: Language, read: tuple[str, Language] | None
) -> None:
    for language, text in written.items():
        file = page_file(tmp_path, "legal", Language(language))
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    assert operator_page(tmp_path, "legal", asked) == read
