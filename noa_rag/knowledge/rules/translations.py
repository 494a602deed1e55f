"""Translations that are not, or no longer, those of the French text beside them, and stamping those that are."""

import re
from collections.abc import Iterator
from pathlib import Path

from noa_rag.domain.entry import fingerprint
from noa_rag.knowledge.pack import Pack
from noa_rag.knowledge.rules.finding import Checked, Finding, found

STALE = "stale-translation"

_LANGUAGE = re.compile(r"^  (\w\w):\s*$")
_OF = re.compile(r"^    of:.*$")


def stale_translations(checked: Checked) -> Iterator[Finding]:
    for file in checked.files.values():
        right = fingerprint(file.content)
        for one in file.content.translations:
            if one.of != right:
                was = f"of another text ({one.of})" if one.of else "not stamped"
                said = f"the translation `{one.language}` is {was}, so it is not shown; read again: `of: '{right}'`"
                yield found(STALE, file, "translations", said)


def stamp(pack: Pack, folder: Path) -> list[Path]:
    """Write the fingerprint of the current text into every translation; return the files that changed."""
    changed: list[Path] = []
    for file in pack.files.values():
        right = fingerprint(file.content)
        if file.history or all(one.of == right for one in file.content.translations):
            continue
        path = folder if folder.is_file() else folder / file.path
        before = path.read_text(encoding="utf-8")
        after = _stamped(before, right)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def _stamped(text: str, right: str) -> str:
    """Return a file's text with `of` as the first line of each translation."""
    lines: list[str] = []
    is_inside = False
    for line in text.splitlines(keepends=True):
        if not line.startswith((" ", "\n")):
            is_inside = line.startswith("translations:")
        if is_inside and _OF.match(line.rstrip("\n")):
            continue
        lines.append(line)
        if is_inside and _LANGUAGE.match(line.rstrip("\n")):
            lines.append(f"    of: '{right}'\n")
    return "".join(lines)
