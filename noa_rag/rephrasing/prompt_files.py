"""Prompts are files with a version in their name; each recorded rephrasing names the one it was made from."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from noa_rag.domain.errors import NotFound

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


@cache
def prompt_file(name: str) -> PromptFile:
    """Return a prompt by its name with its version, e.g. `rephrase-chat-1`. Raises NotFound."""
    path = FOLDER / f"{name}.txt"
    if not path.is_file():
        raise NotFound(f"There is no prompt `{name}` in {FOLDER.name}/.")
    system, _, task = path.read_text(encoding="utf-8").removeprefix(_SYSTEM).partition(_TASK)
    return PromptFile(name, system.strip(), task.strip("\n"))
