"""The wording of drafts by a language model: proposed from the evidence, and each sentence checked against it.

In strict mode nothing of the checks is imported.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from noa_rag.domain.draft import Draft, Evidence, ProposedBy
from noa_rag.domain.entry import EntryContent
from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.rephrasing import CheckedSentence, GenerationFailed
from noa_rag.french.words import stems

if TYPE_CHECKING:
    from noa_rag.service.assistant import Assistant

NEAREST = 4  # passages that a sentence is checked against, those that share most words with it: some 10 ms each


@dataclass(frozen=True, slots=True)
class HeldSentence:
    """A sentence of a draft with the quoted passage that bears it out; None where nothing does."""

    text: str
    passage: str = ""
    evidence: Evidence | None = None


def held_sentences(
    draft: Draft, content: EntryContent, assistant: "Assistant | None" = None
) -> tuple[HeldSentence, ...]:
    """Return the sentences of the answer, each with the evidence that bears it out; empty unless a model wrote it.

    The assistant's judge decides as for visitors; without one only what is quoted word for word is borne out.
    """
    if draft.proposed_by is not ProposedBy.MODEL:
        return ()
    from noa_rag.domain.passages import passages_of

    passages = [(passage.quote, evidence) for evidence in draft.evidence for passage in passages_of(evidence.quote)]

    def held(sentence: str) -> HeldSentence:
        for passage, evidence in _nearest(sentence, passages):
            is_held = " ".join(sentence.split()) in " ".join(evidence.quote.split())
            if not is_held and assistant is not None and assistant.may_speak():
                cited = [CheckedSentence(sentence, passage)]
                with suppress(GenerationFailed):  # what cannot be judged is for people to judge
                    (is_held,) = assistant.bears_out(
                        cited, evidence.quote, title=content.question, owner_id=content.agency_id
                    )
            if is_held:
                return HeldSentence(sentence, passage, evidence)
        return HeldSentence(sentence)

    return tuple(held(passage.quote) for passage in passages_of(content.answer))


def _nearest(sentence: str, passages: Sequence[tuple[str, Evidence]]) -> list[tuple[str, Evidence]]:
    own = set(stems(sentence))
    return sorted(passages, key=lambda passage: -len(own & set(stems(passage[0]))))[:NEAREST]


def propose_wording(assistant: "Assistant | None", draft: Draft) -> EntryContent:
    """Return the draft's content with an answer that the model writes from the evidence; nothing is checked yet.

    Raises NotAllowedNow `no_evidence` without evidence, `no_writer` where no model can write, and `model_failed` when
    it wrote nothing.
    """
    if not draft.evidence:
        raise NotAllowedNow("There is no evidence to write from.", reason="no_evidence")
    if assistant is None:
        raise NotAllowedNow("No language model that can write is set up.", reason="no_writer")
    text = "\n\n".join(evidence.quote for evidence in draft.evidence)
    try:
        sentences = assistant.write(draft.content.question, text)
    except GenerationFailed as failed:
        raise NotAllowedNow(f"The model gave nothing: {failed}.", reason="model_failed") from failed
    if not sentences:
        raise NotAllowedNow("The model wrote nothing that answers.", reason="model_failed")
    return replace(draft.content, answer="\n\n".join(sentences))
