"""A referent sees which sentences of a proposed wording the evidence bears out: by the visitors' checker."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from noa_rag.domain.draft import Draft, Evidence, ProposedBy
from noa_rag.domain.entry import EntryId
from noa_rag.rephrasing.gate.gate import Gate
from noa_rag.service.wording import held_sentences
from tests.factories import a_draft, an_agency, an_entry_content

QUOTE = "Le dépôt d'une marque coûte 190 €. La marque est protégée pendant dix ans."
TO_THE_LETTER = "La marque est protégée pendant dix ans."


class OneAnswer:
    """A checker that finds every sentence as likely; what it was asked over is kept."""

    def __init__(self, probability: float) -> None:
        self._probability = probability
        self.asked_over: list[str] = []

    def behind(self, gate: Gate, official_text: str, *, title: str) -> Gate:
        self.asked_over.append(official_text)
        return replace(gate, entails=lambda quote, sentence: self._probability, least_entailment=0.5)


@pytest.mark.parametrize(("probability", "is_borne_out"), [(0.9, True), (0.1, False)])
def test_the_checker_decides_what_the_rules_let_through(probability: float, is_borne_out: bool) -> None:
    checker = OneAnswer(probability)

    (held,) = _held("Pendant dix ans, la marque est protégée.", checker)

    assert (held.evidence is not None) is is_borne_out
    assert set(checker.asked_over) == {QUOTE}


def test_what_is_quoted_to_the_letter_needs_no_checker() -> None:
    (held,) = _held(TO_THE_LETTER, OneAnswer(0.0))

    assert held.evidence is not None


def test_without_a_checker_only_what_is_quoted_to_the_letter_is_borne_out() -> None:
    (quoted,) = _held(TO_THE_LETTER, None)
    (said_anew,) = _held("Pendant dix ans, la marque est protégée.", None)

    assert quoted.evidence is not None
    assert said_anew.evidence is None


def _held(answer: str, checker: OneAnswer | None) -> Sequence[Any]:
    evidence = Evidence(EntryId("F1"), "Marque", "https://exemple.fr", "", QUOTE, 0.9)
    content = an_entry_content(answer=answer)
    draft: Draft = a_draft(content=content, evidence=(evidence,), proposed_by=ProposedBy.MODEL)
    assistant: Any = SimpleNamespace(checker=checker) if checker else None
    agency = an_agency()
    return held_sentences(draft, content, {agency.id: agency}, assistant)
