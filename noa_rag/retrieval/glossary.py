"""Words that mean the same to people who ask, read from `knowledge/glossary.yaml`."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from noa_rag.domain.errors import Complaint, InvalidKnowledge
from noa_rag.french.words import fold, stems

_WORD = re.compile(r"[a-z0-9]+")


class Glossary:
    """Groups of terms; a question that holds one is also searched with the others."""

    def __init__(self, groups: Iterable[Sequence[str]] = ()) -> None:
        self._groups = tuple(tuple(dict.fromkeys(_spaced(term) for term in group)) for group in groups)
        self.words = frozenset(word for group in self._groups for term in group for word in term.split())

    def expansion(self, text: str) -> list[str]:
        """Return the stems to search beside those of the text itself, sorted."""
        spaced = f" {_spaced(text)} "
        own = set(stems(text))
        added: set[str] = set()
        for group in self._groups:
            if any(f" {term} " in spaced or f" {term}s " in spaced for term in group):
                added.update(found for term in group for found in stems(term))
        return sorted(added - own)


def read_glossary(path: Path) -> Glossary:
    """Return the glossary of a file, empty where there is none. Raises InvalidKnowledge when it is malformed."""
    if not path.is_file():
        return Glossary()
    try:
        groups = YAML(typ="safe").load(path)
    except (YAMLError, UnicodeDecodeError) as error:
        raise InvalidKnowledge([Complaint(path.name, 0, f"not valid YAML: {error}")]) from error
    wrong = not isinstance(groups, list) or any(
        not isinstance(group, list) or not all(isinstance(term, str) for term in group) for group in groups
    )
    if wrong:
        raise InvalidKnowledge([Complaint(path.name, 0, "must be a list of groups, each a list of terms")])
    return Glossary(groups)


def _spaced(text: str) -> str:
    return " ".join(_WORD.findall(fold(text)))
