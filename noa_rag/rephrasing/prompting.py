"""Prompts: which one a model is given for a task, and their files, `task-style-version.txt`."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from noa_rag.domain.errors import NotFound
from noa_rag.domain.rephrasing import LanguageModel


class Task(StrEnum):
    """What a model that can write is asked for; each sentence cites its passage, whatever the task."""

    ANSWER = "answer"
    """Two or three sentences that answer the question."""
    PLAIN = "plain"
    """The same in plain language: short sentences, everyday words."""
    ENGLISH = "english"
    """The same for English questions: each sentence in French, which is what is checked, and in English."""


CHOOSING_PROMPT = "choose-base-1"
_CHAT = {Task.ANSWER: "answer-chat-2", Task.PLAIN: "plain-chat-1", Task.ENGLISH: "english-chat-1"}
_COMPLETION = {
    Task.ANSWER: "answer-completion-1",
    Task.PLAIN: "plain-completion-1",
    Task.ENGLISH: "english-completion-1",
}

FOLDER = Path(__file__).parent / "prompts"
_SYSTEM, _TASK = "=== system ===\n", "=== task ===\n"


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A prompt's fixed part and its task, in which `{passages}` and `{question}` are filled."""

    name: str
    system: str
    task: str

    def filled(self, *, passages: str, question: str) -> str:
        """Return the task with its two places filled; braces in the fillings mean nothing."""
        fillings = {"{passages}": passages, "{question}": question}
        return "".join(fillings.get(part, part) for part in re.split(r"(\{passages\}|\{question\})", self.task))


def can_write(model: LanguageModel) -> bool:
    """Tell whether a model is asked to write; one that is held by a grammar only chooses a passage to point out."""
    return model.is_chat or not model.takes_grammar


def prompt_for(model: LanguageModel, task: Task) -> PromptFile:
    """Return the prompt in the style that the model is asked in: chat, completion, or choosing."""
    if not can_write(model):
        return prompt_file(CHOOSING_PROMPT)
    return prompt_file((_CHAT if model.is_chat else _COMPLETION)[task])


@cache
def prompt_file(name: str) -> PromptFile:
    """Return a prompt by its name with its version, e.g. `answer-chat-2`. Raises NotFound."""
    path = FOLDER / f"{name}.txt"
    if not path.is_file():
        raise NotFound(f"There is no prompt `{name}` in {FOLDER.name}/.")
    system, _, task = path.read_text(encoding="utf-8").removeprefix(_SYSTEM).partition(_TASK)
    return PromptFile(name, system.strip(), task.strip("\n"))
