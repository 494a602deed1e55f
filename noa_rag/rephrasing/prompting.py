"""Prompts, and what a model wrote, read into sentences with their quotes; prompt files are `task-style-version.txt`."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from noa_rag.domain.errors import NotFound
from noa_rag.domain.passages import Passage, with_links
from noa_rag.domain.rephrasing import CheckedSentence
from noa_rag.french.words import fold


class Task(StrEnum):
    """What a model is asked for; each sentence cites its passage, whatever the task."""

    ANSWER = "answer"
    """Two or three sentences that answer the question."""
    PLAIN = "plain"
    """The same in plain language: short sentences, everyday words."""
    ENGLISH = "english"
    """The same in English, from a French text that nobody translated."""


_PROMPTS = {Task.ANSWER: "answer-chat-2", Task.PLAIN: "plain-chat-1", Task.ENGLISH: "english-chat-2"}
JUDGE_PROMPT = "judge-1"

FOLDER = Path(__file__).parent / "prompts"
_SYSTEM, _TASK = "=== system ===\n", "=== task ===\n"


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A prompt's fixed part and its task, in which `{passages}`, `{question}` and `{sentence}` are filled."""

    name: str
    system: str
    task: str

    def filled(self, **fillings: str) -> str:
        """Return the task with its places filled; braces in the fillings mean nothing."""
        return "".join(fillings.get(part[1:-1], part) for part in re.split(r"(\{[a-z]+\})", self.task))

    @property
    def digest(self) -> str:
        """The first letters of the SHA-256 of the whole prompt, by which a certificate knows it."""
        return hashlib.sha256(f"{self.system}\n{self.task}".encode()).hexdigest()[:12]


def prompt_for(task: Task) -> PromptFile:
    """Return the prompt of a task."""
    return prompt_file(_PROMPTS[task])


@cache
def prompt_file(name: str) -> PromptFile:
    """Return a prompt by its name with its version, e.g. `answer-chat-2`. Raises NotFound."""
    path = FOLDER / f"{name}.txt"
    if not path.is_file():
        raise NotFound(f"There is no prompt `{name}` in {FOLDER.name}/.")
    system, _, task = path.read_text(encoding="utf-8").removeprefix(_SYSTEM).partition(_TASK)
    return PromptFile(name, system.strip(), task.strip("\n"))


NOTHING = "AUCUN"  # what the prompt asks for when the passages do not answer
SENTENCE_LIMIT = 6  # a rephrasing that needs more is no shorter than the text

_MARKED = re.compile(r"(.+?)((?:\s*\[\d{1,2}\])+)[.\s]*", re.DOTALL)
_MARK = re.compile(r"\[\d{1,2}\][.\s]*+(?!\[)")  # where a sentence ends; linear in a text that cites nothing
_CITED = re.compile(r"\[(\d{1,2})\]")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


def whole_part(text: str) -> str:
    """Return the finished part of a text that is being written: up to the last citation that more text follows."""
    ends = [match.end() for match in _MARK.finditer(text) if match.start() and match.end() < len(text)]
    return text[: max(ends, default=0)]


def read_sentences(text: str, passages: Sequence[Passage], links: Mapping[str, str]) -> tuple[CheckedSentence, ...]:
    """Return the sentences with their quotes; what follows the last citation cites nothing, and will be refused.

    Numbers in brackets count the passages as they were given, from 1; a sentence that cites none has the quote "".
    """
    if not text.strip() or text.strip().rstrip(".") == NOTHING:
        return ()
    sentences: list[CheckedSentence] = []
    end = 0
    for match in _MARKED.finditer(text):
        numbers = [int(number) for number in _CITED.findall(match[2])]
        cited = [passages[number - 1].quote for number in numbers if 1 <= number <= len(passages)]
        sentences.append(CheckedSentence(_cleaned(match[1], links), cited[0] if len(cited) == len(numbers) else ""))
        end = match.end()
    if rest := text[end:].strip():
        sentences.append(CheckedSentence(_cleaned(rest, links), ""))
    return tuple(sentences[: SENTENCE_LIMIT + 1])


def _cleaned(text: str, links: Mapping[str, str]) -> str:
    return with_links(_BULLET.sub("", text.strip()).strip(), links)


_HIDDEN = frozenset({"Cf", "Co", "Cn"})
_SOFT_HYPHEN = "\u00ad"
_MARKUP = re.compile(r"<[a-z/!?|]|&#?\w+;|!\[|\{\{|\{%|```|\"\"\"|<!\[|-->|\]\]>|###|\{ ?\"|\"\} ?,", re.IGNORECASE)
_BASE64 = re.compile(r"\b(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])[A-Za-z0-9+/]{24,}={0,2}")
_OTHER_ALPHABET = re.compile(r"[^\W\d_]+")
# Administrations say "vous": the familiar imperative is spoken to a machine, or to a friend. The second kind is the
# indicative as well ("la mairie affiche"): it counts at the beginning of a sentence.
_CLEAR = "(?:ecris|reponds|redis|dis|recopie|reproduis|repete|traduis|decode|reformule|insere|execute)"
_AT_START = (
    "(?:affiche|remplace|ignore|oublie|reprends|imagine|termine|cite|ajoute|envoie|place|donne|suis|commence|fais"
    r"|mets|sois|copie)"
)
_SPOKEN = re.compile(
    rf"(?:^|[.:;!?,«»\"()\n>\]}}-]|\b(?:et|puis|toi|assistant|ordre|consigne) )\s*{_CLEAR}\b(?![- ]moi\b|[- ]nous\b)"
    rf"|(?:^|[.:!?«\"\n>\]}}])\s*{_AT_START}\b(?!-)(?! moi\b)"
    r"|\btu (?:\w+ )?(?:reponds|ecris|ecrives|dis|dises|repetes|reformules|devais repondre|dois repondre)\b"
    r"|\btu es une? (?:ia|assistant)|\b(?:ta|bonne|meme) reponse\b|\breponses? ?:|\b(?:answer|reply) ?:"
    r"|\bl'assistant|\bassistant,|\b(?:dear|tout) assistant|\b(?:reformulation|prompt|base64|system|override)\b"
    r"|\b(?:tes|vos|system|previous|all) (?:consignes?|instructions?|regles?|rules)\b"
    r"|\bconsignes? (?:cachee|imperative|pour la reponse|precedente)|\bmot pour mot\b|\bhors du texte\b"
    r"|\bfin (?:du|des) (?:prompt|passages?|texte)"
    r"|(?:^|[.:;!?\n\"] ?)(?:write|say|reply|answer|ignore|disregard|output|print|repeat|forget|pretend)\b"
    r"|\b(?:and|must|to) (?:say|reply|output|write|answer) (?:that|with|exactly|only|:)"
    r"|\b(?:ignor(?:e|ez|er)|oubli(?:e|ez)|disregard|forget) (?:\w+ ){0,3}?"
    r"(?:instructions?|consignes?|precedente?s?|above)\b"
    r"|\b(?:modele de langage|language model|as an ai|you are now|tu es (?:maintenant|desormais))\b"
    r"|\ben tant qu'(?:ia|intelligence|assistant|modele)"
)


def instructs(text: str) -> bool:
    """Tell whether a text has words for a language model, markup, hidden characters, or letters of two alphabets."""
    if any(unicodedata.category(char) in _HIDDEN and char != _SOFT_HYPHEN for char in text):
        return True
    if _MARKUP.search(text) or _BASE64.search(text) or any(map(_is_mixed, _OTHER_ALPHABET.findall(text))):
        return True
    return bool(words_for_a_model(text))


def words_for_a_model(text: str) -> str:
    """Return the first words that instruct a model or speak as one; "" without any."""
    match = _SPOKEN.search(fold(text))
    return match[0].strip() if match else ""


def _is_mixed(word: str) -> bool:
    """Tell whether a word has letters of the Latin alphabet beside others, as in "lа" with a Cyrillic letter."""
    letters = [unicodedata.name(char, "") for char in word if char.isalpha()]
    latin = [letter.startswith(("LATIN", "FEMININE", "MASCULINE", "MICRO")) for letter in letters]
    return any(latin) and not all(latin)
