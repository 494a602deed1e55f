"""YAML read with the line of every key, so that complaints can point at it."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from noa_rag.domain.errors import Complaint

# Far above any entry (the longest fiche is 95,000 characters); keeps a wrong file from filling memory.
MAX_FILE_BYTES = 2_000_000


def load_yaml(path: Path, *, shown_as: str) -> Any | Complaint:
    """Return the parsed document, or the one complaint that kept it from being read."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return Complaint(shown_as, 0, f"the file is larger than {MAX_FILE_BYTES:,} bytes")
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return Complaint(shown_as, line, "not UTF-8 text; save the file as UTF-8")
    except OSError as error:
        return Complaint(shown_as, 0, f"cannot be read: {error.strerror}")
    return _parsed(text, shown_as)


def line_of(document: Any, key: str | int | None = None) -> int:
    """Return the line, from 1, of a mapping, of one of its keys, or of an item of a sequence."""
    if isinstance(document, CommentedMap):
        if key is not None and key in document:
            return int(document.lc.key(key)[0]) + 1
        return int(document.lc.line) + 1
    if isinstance(document, CommentedSeq):
        if isinstance(key, int) and key < len(document):
            return int(document.lc.item(key)[0]) + 1
        return int(document.lc.line) + 1
    return 0


def _parsed(text: str, shown_as: str) -> Any | Complaint:
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return Complaint(shown_as, line, f"not valid YAML: {error.problem or error.context}")
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return Complaint(shown_as, line, f"not valid YAML: the character U+{error.character:04X} is not text")
    except RecursionError:
        return Complaint(shown_as, 0, "not valid YAML: brackets or mappings are nested too deeply")
    except (YAMLError, ValueError) as error:
        return Complaint(shown_as, 0, f"not valid YAML: {str(error).splitlines()[0]}")
