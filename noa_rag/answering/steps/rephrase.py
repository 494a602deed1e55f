"""Seventh step, in assisted mode only: a language model proposes how to say the approved text for this question."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from noa_rag.answering.rephrasing.choosing import beginnings, choice_grammar, chosen
from noa_rag.answering.rephrasing.passages import Passage, passages_of
from noa_rag.answering.rephrasing.plain_passages import readable, visible
from noa_rag.answering.rephrasing.prompt_files import PromptFile, prompt_file
from noa_rag.answering.rephrasing.standing import standing_together
from noa_rag.answering.rephrasing.written import read_sentences
from noa_rag.answering.turn import Turn
from noa_rag.domain.generation import GenerationFailed, LanguageModel, Prompt
from noa_rag.domain.ports import Nearness
from noa_rag.domain.question import Mode
from noa_rag.domain.rephrasing import CheckedSentence, Rephrasing, RephrasingOutcome

CHAT_PROMPT = "rephrase-chat-1"
BASE_PROMPT = "choose-base-1"
SHORT = 280  # characters: a text this short answers as quickly as anything said anew
PASSAGES_READ = 40  # of a long fiche, the first ones; a vector each costs some 15 ms
PASSAGES_TOLD_CHAT = 8
PASSAGES_TOLD_BASE = 3  # what answers is among them for nine questions in ten; the model says which comes first
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
            sentences = self._proposed(turn.understood.text, answer.official_text, prompt)
            attempt = replace(attempt, outcome=RephrasingOutcome.REFUSED, sentences=sentences, reason="nothing_said")
        except GenerationFailed as failed:
            attempt = replace(attempt, outcome=RephrasingOutcome.FAILED, reason=failed.fault.value)
        return replace(turn, rephrasing=replace(attempt, generation_seconds=time.perf_counter() - start))

    def _proposed(self, question: str, official_text: str, prompt: PromptFile) -> tuple[CheckedSentence, ...]:
        passages = passages_of(official_text)[:PASSAGES_READ]
        if not passages:
            return ()
        asked = " ".join(visible(question).replace("«", '"').replace("»", '"').split())
        if self.model.is_chat:
            return self._written(asked, self._nearest(asked, passages, PASSAGES_TOLD_CHAT), prompt)
        return self._chosen(asked, passages, prompt)

    def _written(self, question: str, told: Sequence[Passage], prompt: PromptFile) -> tuple[CheckedSentence, ...]:
        plain = readable(told)
        lines = "\n".join(f"[{number}] {text[:PASSAGE_LIMIT]}" for number, text in enumerate(plain.texts, start=1))
        filled = prompt.filled(passages=lines, question=question)
        text = self._complete(Prompt(prompt.name, filled, system=prompt.system, token_limit=CHAT_TOKENS))
        return tuple(CheckedSentence(one.text, one.quote) for one in read_sentences(text, told, plain.links))

    def _chosen(self, question: str, passages: Sequence[Passage], prompt: PromptFile) -> tuple[CheckedSentence, ...]:
        near = self._nearest(question, passages, PASSAGES_TOLD_BASE)
        texts = [text[:PASSAGE_LIMIT] for text in readable(near).texts]
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
        first = standing_together([near[place]], passages) if place is not None else ()
        rest = standing_together([one for one in near if one not in first], passages)
        ordered = dict.fromkeys([*first, *(one for one in rest if one not in first)])
        return tuple(CheckedSentence(one.quote, one.quote) for one in ordered)

    def _complete(self, prompt: Prompt) -> str:
        return self.model.complete(prompt, deadline_seconds=self.deadline_seconds, is_cancelled=self.is_cancelled).text

    def _nearest(self, question: str, passages: Sequence[Passage], limit: int) -> tuple[Passage, ...]:
        """Return the passages nearest to the question, in the order of the text."""
        scores = self.nearness.similarities(question, readable(passages).texts)
        best = sorted(zip(scores, passages, strict=True), key=lambda pair: (-pair[0], pair[1].number))[:limit]
        return tuple(sorted((passage for _, passage in best), key=lambda passage: passage.number))
