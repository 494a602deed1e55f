"""Seventh step, in assisted mode only: a language model proposes how to say the approved text for this question."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from noa_rag.answering.turn import Turn
from noa_rag.domain.generation import GenerationFailed, LanguageModel, Prompt
from noa_rag.domain.ports import Nearness
from noa_rag.domain.question import Mode
from noa_rag.domain.rephrasing import CheckedSentence, Rephrasing, RephrasingOutcome
from noa_rag.rephrasing.choosing import beginnings, choice_grammar, chosen
from noa_rag.rephrasing.passages import Passage, passages_of
from noa_rag.rephrasing.plain_passages import readable, visible
from noa_rag.rephrasing.pointing_out import pointed_out
from noa_rag.rephrasing.prompt_files import PromptFile, prompt_file
from noa_rag.rephrasing.written import read_sentences

CHAT_PROMPT = "rephrase-chat-1"
BASE_PROMPT = "choose-base-1"
SHORT = 280  # characters: a text this short answers as quickly as anything said anew
PASSAGES_READ = 40  # of a long fiche, the first ones; a vector each costs some 15 ms
PASSAGES_TOLD_CHAT = 8
SURE_LIMIT = 2  # passages that stand out whatever the model chooses: it is right less often than vectors are
# Standard deviations. Of 118 questions what stands out holds the fact for 87 with the nearest block alone (29 % of the
# text), for 100 with the second one where it is as near as this (35 %), for 102 with the second one always (42 %).
AS_NEAR = 1.0
PASSAGES_TOLD_BASE = 3  # what answers is among them for nine questions in ten
PASSAGE_LIMIT = 600  # characters of a passage that a model is told

CHAT_TOKENS = 220
BASE_TOKENS = 24  # the beginning of a sentence


@dataclass(frozen=True, slots=True)
class Rephrase:
    """`deadline_seconds` counts from the call of the model on; `is_cancelled` tells that the visitor has left."""

    model: LanguageModel
    nearness: Nearness
    deadline_seconds: float
    is_cancelled: Callable[[], bool] = lambda: False

    def __call__(self, turn: Turn) -> Turn:
        answer = turn.answer
        if turn.ask.mode is not Mode.ASSISTED or answer is None or answer.entry is None:
            return turn
        if not answer.official_text or answer.parts:  # several entries are shown each as it is
            return turn
        prompt = prompt_file(CHAT_PROMPT if self.model.is_chat else BASE_PROMPT)
        attempt = Rephrasing(self.model.name, prompt.name, RephrasingOutcome.SKIPPED)
        if answer.entry.content.language != answer.language.value:
            return replace(turn, rephrasing=replace(attempt, reason="language"))
        if len(answer.official_text) < SHORT:
            return replace(turn, rephrasing=replace(attempt, reason="short"))
        start = time.perf_counter()
        try:
            attempt = self._attempted(turn.understood.text, answer.official_text, prompt, attempt)
        except GenerationFailed as failed:
            attempt = replace(attempt, outcome=RephrasingOutcome.FAILED, reason=failed.fault.value)
        return replace(turn, rephrasing=replace(attempt, generation_seconds=time.perf_counter() - start))

    def _attempted(self, question: str, official_text: str, prompt: PromptFile, attempt: Rephrasing) -> Rephrasing:
        """Return what was proposed, refused until the gate has judged it; or why nothing is."""
        passages = passages_of(official_text)
        asked = " ".join(visible(question).replace("«", '"').replace("»", '"').split())
        proposed = replace(attempt, outcome=RephrasingOutcome.REFUSED, reason="nothing_said")
        if not passages:
            return proposed
        if self.model.is_chat:
            near = self._ranked(asked, passages[:PASSAGES_READ])[:PASSAGES_TOLD_CHAT]
            return replace(proposed, sentences=self._written(asked, [passage for _, passage in near], prompt))
        ranked = self._ranked(asked, passages[:PASSAGES_READ])
        nearest = [passage for _, passage in ranked]
        sure = [passage for score, passage in ranked[:SURE_LIMIT] if ranked[0][0] - score < AS_NEAR]
        whole = pointed_out(sure, official_text) or pointed_out(nearest[:1], official_text)
        if not whole:
            return replace(attempt, reason="nothing_to_point_out")
        chosen_one = self._chosen(asked, nearest[:PASSAGES_TOLD_BASE], prompt)
        return replace(proposed, sentences=pointed_out((*sure, *chosen_one), official_text) or whole)

    def _written(self, question: str, nearest: Sequence[Passage], prompt: PromptFile) -> tuple[CheckedSentence, ...]:
        told = _in_order(nearest)
        plain = readable(told)
        lines = "\n".join(f"[{number}] {text[:PASSAGE_LIMIT]}" for number, text in enumerate(plain.texts, start=1))
        filled = prompt.filled(passages=lines, question=question)
        text = self._complete(Prompt(prompt.name, filled, system=prompt.system, token_limit=CHAT_TOKENS))
        return tuple(CheckedSentence(one.text, one.quote) for one in read_sentences(text, told, plain.links))

    def _chosen(self, question: str, nearest: Sequence[Passage], prompt: PromptFile) -> tuple[Passage, ...]:
        """Return the passage that the model chose; nothing when it wrote something else."""
        told = _in_order(nearest)
        texts = [text[:PASSAGE_LIMIT] for text in readable(told).texts]
        starts = beginnings(texts)
        asked = Prompt(
            prompt.name,
            prompt.filled(passages="\n".join(texts), question=question),
            system=prompt.system,
            grammar=choice_grammar(starts) if self.model.takes_grammar else None,
            stop=("\n",),
            token_limit=BASE_TOKENS,
        )
        place = chosen(self._complete(asked), starts)
        return () if place is None else (told[place],)

    def _complete(self, prompt: Prompt) -> str:
        return self.model.complete(prompt, deadline_seconds=self.deadline_seconds, is_cancelled=self.is_cancelled).text

    def _ranked(self, question: str, passages: Sequence[Passage]) -> list[tuple[float, Passage]]:
        """Return the passages with their scores, the nearest to the question first."""
        scores = self.nearness.similarities(question, readable(passages).texts)
        return sorted(zip(scores, passages, strict=True), key=lambda pair: (-pair[0], pair[1].number))


def _in_order(passages: Iterable[Passage]) -> tuple[Passage, ...]:
    return tuple(sorted(passages, key=lambda passage: passage.number))
