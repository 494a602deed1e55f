"""What may be left out of an approved text for a question, and what never is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noa_rag.answering.rephrasing.leaving_out import has_headings, kept_passages
from noa_rag.answering.rephrasing.passages import passages_of

INTRODUCTION = "L'aide est versée aux commerces."
ASKED = "**Montant** : 500 € par mois."
ASIDE = "**Démarche** : un formulaire en ligne, chaque mois."


def shown(*blocks: str, wanted: str = ASKED) -> str:
    text = "\n\n".join(blocks)
    passages = passages_of(text)
    kept = kept_passages(passages, [one for one in passages if wanted in one.quote], text)
    return "\n\n".join(passage.quote for passage in kept)


def test_a_block_on_something_else_is_left_out_and_the_order_stays() -> None:
    assert shown(INTRODUCTION, ASIDE, ASKED) == f"{INTRODUCTION}\n\n{ASKED}"


@pytest.mark.parametrize(
    "block",
    [
        "Sauf en Corse.",
        "Vous n'avez rien à payer en Corse.",
        "Au plus deux fois par an.",
        "Certains secteurs ont leur propre règle.",
        "Si vous avez fermé, écrivez au service.",
        "**Qui ?** Les commerces de détail.",
        "L'aide est réservée aux commerces, sous réserve de leur âge.",
        "**Un autre cas** : la vente en ligne.",
    ],
)
def test_what_limits_excepts_or_names_a_case_is_never_left_out(block: str) -> None:
    assert block in shown(INTRODUCTION, ASKED, ASIDE, block)


def test_a_list_keeps_the_line_that_leads_into_it_and_the_line_keeps_its_list() -> None:
    pieces = "- un extrait ;\n- un relevé."

    assert "**Les pièces** :" in shown(INTRODUCTION, ASKED, "**Les pièces** :", pieces, wanted="un relevé")
    assert pieces in shown(INTRODUCTION, ASKED, "**Les pièces à joindre**", pieces, wanted="Les pièces")


def test_what_leans_on_the_block_before_brings_it_along_and_is_brought_along() -> None:
    leaning = "Elle répond en un mois."

    assert ASIDE in shown(INTRODUCTION, ASKED, ASIDE, leaning, wanted=leaning)
    assert leaning in shown(INTRODUCTION, ASIDE, ASKED, leaning)


def test_headings_are_seen() -> None:
    assert has_headings("Un avis.\n\n## Montant\n\n500 €")
    assert not has_headings("Un avis n° 3.\n\nIl vaut #1.")


@given(st.lists(st.sampled_from([INTRODUCTION, ASKED, ASIDE, "Elle est rapide.", "Pas de frais."]), unique=True))
def test_what_is_kept_is_in_the_order_of_the_text_and_begins_as_it_does(blocks: list[str]) -> None:
    text = "\n\n".join(blocks)
    passages = passages_of(text)

    kept = [passage.number for passage in kept_passages(passages, [], text)]

    assert kept == sorted(kept)
    assert kept[:1] == [passage.number for passage in passages[:1]]
