"""What may be quoted of an official text."""

import pytest

from noa_rag.knowledge.vosdroits import VosdroitsReading
from noa_rag.review.evidence import QUOTE_LIMIT, quotables
from tests.factories import an_entry_content

SENTENCE = "Le dépôt se fait en ligne, sur le site de l'institut, par la personne qui veut protéger son signe."


def _texts(answer: str) -> list[str]:
    return [quotable.text for quotable in quotables(an_entry_content(answer=answer))]


def test_quotes_short_paragraphs_together_as_they_stand() -> None:
    assert _texts(f"{SENTENCE}\n\n{SENTENCE}") == [f"{SENTENCE}\n\n{SENTENCE}"]


def test_keeps_a_list_with_the_words_that_announce_it() -> None:
    items = "\n".join(f"- {number} : {SENTENCE}" for number in range(5))

    assert _texts(f"Il faut joindre :\n\n{items}") == [f"Il faut joindre :\n\n{items}"]


def test_names_the_headings_above_and_never_quotes_them() -> None:
    content = an_entry_content(answer=f"## Coût\n\n{SENTENCE}\n\n## Délai\n\n{SENTENCE}")

    assert [(quotable.heading, quotable.text) for quotable in quotables(content)] == [
        ("Coût", SENTENCE),
        ("Délai", SENTENCE),
    ]


def test_cuts_a_long_paragraph_between_sentences_and_says_that_it_goes_on() -> None:
    pieces = list(quotables(an_entry_content(answer=" ".join([SENTENCE] * 12))))

    assert len(pieces) == 2
    assert all(
        quotable.is_partial and quotable.text.startswith("Le dépôt") and quotable.text.endswith("signe.")
        for quotable in pieces
    )


def test_cuts_a_long_list_between_items() -> None:
    items = [f"- numéro {number} : {SENTENCE}" for number in range(20)]

    texts = _texts("\n".join(items))

    assert len(texts) > 1
    assert [line for text in texts for line in text.split("\n")] == items


def test_leaves_out_tables_that_would_lose_their_head_and_pointers_to_elsewhere() -> None:
    table = "| Cas | Prix |\n|---|---|\n" + "\n".join("| cas | prix en euros hors taxes |" for _ in range(60))

    assert _texts(f"{table}\n\n> **Où s'adresser :** [Mairie](https://lannuaire.service-public.fr) — {SENTENCE}") == []


def test_leaves_out_labels_too_short_to_state_anything() -> None:
    assert _texts("**Attention**") == []


@pytest.mark.slow
def test_every_quote_of_the_official_fiches_stands_there_word_for_word(official_fiches: VosdroitsReading) -> None:
    for entry_id, content in official_fiches.entries:
        whole = [content.answer, *(section.text for section in content.sections)]
        for quotable in quotables(content):
            assert len(quotable.text) <= QUOTE_LIMIT, entry_id
            assert any(quotable.text in text for text in whole), (entry_id, quotable.text)
