"""What `noa ask` prints for people."""

from dataclasses import replace

import pytest

from noa_rag.answering.payload import answer_as_json
from noa_rag.cli.ask import print_answer
from noa_rag.domain.agency import LocalOffice
from noa_rag.domain.answer import Answer
from noa_rag.domain.rephrasing import CheckedSentence, Rephrasing, RephrasingOutcome
from noa_rag.rephrasing.steps import rephrased
from tests.web.fake_service import INPI, THEMES, an_abstention, an_answer, an_entry


def show(answer: Answer) -> None:
    print_answer(answer_as_json(answer, {INPI.id: INPI}))


def test_a_refusal_is_printed_with_the_ways_on_that_it_leaves(capsys: pytest.CaptureFixture[str]) -> None:
    office = LocalOffice("La DREETS de votre région", "https://dreets.gouv.fr", phone="0 806 000 126")
    answer = an_abstention(an_entry(), contact=replace(INPI, elsewhere=office))

    show(replace(answer, themes=THEMES))

    said = capsys.readouterr().out
    for line in (
        "1. Comment déposer une marque ?",
        "- Thèmes : Marques, brevets et créations, Cotisations sociales",
        f"- {INPI.name} : https://www.inpi.fr 01 56 65 89 98",
        "- Dans une autre région : La DREETS de votre région, https://dreets.gouv.fr 0 806 000 126",
    ):
        assert f"{line}\n" in said


def test_a_rephrasing_is_labelled_first_and_the_agency_signs_the_official_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said_anew = CheckedSentence("Vous déposez en ligne.", "Le dépôt se fait **en ligne**")
    quoted = CheckedSentence("Il coûte 190 €.", "Il coûte 190 €.")
    attempt = Rephrasing("model", "answer-chat-2", RephrasingOutcome.SHOWN, (said_anew, quoted))
    show(rephrased(an_answer(an_entry()), attempt))

    said = capsys.readouterr().out
    order = (
        "Reformulé automatiquement à partir de la fiche validée.\n\nVous déposez en ligne. [1]\n",
        "\n\nIl coûte 190 €. [2]\n",
        "Passages cités :\n\n- [1] Le dépôt se fait **en ligne**\n- [2] Il coûte 190 €.\n",
        f"Texte officiel :\n\n{an_entry().content.answer}\n\n— {INPI.name}, validé le 24/11/2026",
    )
    assert [said.count(text) for text in order] == [1, 1, 1, 1]
    assert sorted(order, key=said.index) == list(order)


def test_a_terminal_shows_markdown_typeset_with_its_addresses(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)

    show(an_answer(an_entry()))

    said = capsys.readouterr().out
    assert "**" not in said
    assert "• " in said
    assert "https://www.inpi.fr/proteger/marque" in said
