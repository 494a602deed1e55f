"""The passage that answers is marked where it stands, and the first sentence leads; nothing is added to the text."""

import re

import pytest
from markupsafe import Markup

from noa_rag.domain.passages import passages_of
from noa_rag.knowledge.pack import read_pack
from noa_rag.web.marking import marked, split_lead
from noa_rag.web.rendering import render_markdown
from tests.conftest import BUNDLED_KNOWLEDGE


def rendered(text: str) -> Markup:
    return render_markdown(text, heading_level=4, table_label="Tableau")


def plain(html: str) -> str:
    return re.sub(r"<[^>]*>|\s|&nbsp;", "", html)


def test_a_sentence_is_marked_around_its_emphasis() -> None:
    text = rendered("Avant. Le dépôt coûte **190 €** & plus. Après.")

    html = marked(text, rendered("Le dépôt coûte **190 €** & plus.")).replace("&nbsp;", " ")

    assert html == (
        "<p>Avant. <mark>Le dépôt coûte </mark><strong><mark>190 €</mark></strong>"
        "<mark> &amp; plus.</mark> Après.</p>\n"
    )


def test_a_list_is_marked_with_the_line_that_leads_into_it() -> None:
    text = rendered("Il faut :\n\n- un nom ;\n- une classe.\n\nFin.")

    html = marked(text, rendered("Il faut :\n\n- un nom ;\n- une classe."))

    assert html.count("<mark>") == 3
    assert "<mark>une classe.</mark></li>" in html
    assert "<mark>Fin" not in html


def test_what_does_not_stand_in_the_text_marks_nothing() -> None:
    text = rendered("Le dépôt coûte 190 €.")

    assert marked(text, rendered("Il est gratuit.")) == text
    assert marked(text, Markup()) == text


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("Le dépôt coûte 190 € par classe. Il dure dix ans.", "<p>Le dépôt coûte 190&nbsp;€ par classe.</p>"),
        ("Oui. Le dépôt se fait en ligne. Il dure.", "<p>Oui. Le dépôt se fait en ligne.</p>"),
        ("**Oui. Le dépôt** se fait en ligne. Il dure.", "<p><strong>Oui. Le dépôt</strong> se fait en ligne.</p>"),
        (
            "Le code (art. L. 711-1) le dit en toutes lettres. Fin.",
            "<p>Le code (art. L. 711-1) le dit en toutes lettres.</p>",
        ),
        ("Vous devez remplir ces trois conditions :\n\n- a", ""),
        ("- une liste\n- sans phrase", ""),
        ("Le dépôt " * 40 + ".", ""),
    ],
)
def test_the_first_sentence_leads_where_there_is_one(text: str, lead: str) -> None:
    first, rest = split_lead(rendered(text))

    assert first == lead
    assert plain(first + rest) == plain(rendered(text))


def test_each_passage_of_the_bundled_entries_is_found_and_no_word_changes() -> None:
    for _, content in read_pack(BUNDLED_KNOWLEDGE).entries[::25]:
        text = rendered(content.answer)
        first, rest = split_lead(text)

        assert plain(first + rest) == plain(text)
        for passage in passages_of(content.answer):
            html = marked(text, rendered(passage.quote))
            assert "<mark>" in html
            assert plain(html) == plain(text)
