"""A referent sees which sentences of a proposed wording the evidence bears out: by the visitors' judge."""

from collections.abc import Sequence

import pytest

from noa_rag.domain.draft import Draft, Evidence, ProposedBy
from noa_rag.domain.entry import EntryId
from noa_rag.rephrasing.prompting import Task
from noa_rag.service.assistant import Assistant
from noa_rag.service.wording import HeldSentence, held_sentences
from tests.answering.answering_helpers import EntriesInMemory, a_version
from tests.factories import a_draft, an_entry_content
from tests.fakes import FakeLanguageModel, FakeMeaningJudge, FakeNearness
from tests.rephrasing.certificates import a_certificate

QUOTE = "Le dépôt d'une marque coûte 190 €. La marque est protégée pendant dix ans."
TO_THE_LETTER = "La marque est protégée pendant dix ans."


def an_assistant(judge: FakeMeaningJudge) -> Assistant:
    version = a_version(answer=QUOTE)
    assistant = Assistant(
        FakeLanguageModel(),  # type: ignore[arg-type]
        judge,
        FakeNearness(),
        EntriesInMemory(version),  # type: ignore[arg-type]
        5.0,
        task=Task.ANSWER,
        certificate=a_certificate(),
    )
    assistant.silence = ""
    return assistant


@pytest.mark.parametrize(("probability", "is_borne_out"), [(0.9, True), (0.1, False)])
def test_the_judge_decides_about_what_agrees_to_the_letter(probability: float, is_borne_out: bool) -> None:
    judge = FakeMeaningJudge(probability)

    (held,) = _held("Pendant dix ans, la marque est protégée.", an_assistant(judge))

    assert (held.evidence is not None) is is_borne_out
    assert QUOTE in {claim.passage for claim in judge.asked}


def test_what_is_quoted_to_the_letter_needs_no_judge() -> None:
    judge = FakeMeaningJudge(0.0)

    (held,) = _held(TO_THE_LETTER, an_assistant(judge))

    assert held.evidence is not None
    assert QUOTE not in {claim.passage for claim in judge.asked}


@pytest.mark.parametrize("silence", [None, "the prompts changed since the models were certified"])
def test_without_certified_models_only_what_is_quoted_to_the_letter_is_borne_out(silence: str | None) -> None:
    assistant = None
    if silence:
        assistant = an_assistant(FakeMeaningJudge())
        assistant.silence = silence
    (quoted,) = _held(TO_THE_LETTER, assistant)
    (said_anew,) = _held("Pendant dix ans, la marque est protégée.", assistant)

    assert quoted.evidence is not None
    assert said_anew.evidence is None


def _held(answer: str, assistant: Assistant | None) -> Sequence[HeldSentence]:
    evidence = Evidence(EntryId("F1"), "Marque", "https://exemple.fr", "", QUOTE, 0.9)
    content = an_entry_content(answer=answer)
    draft: Draft = a_draft(content=content, evidence=(evidence,), proposed_by=ProposedBy.MODEL)
    return held_sentences(draft, content, assistant)
