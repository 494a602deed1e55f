"""Articles of law from a folder of JSON, as the npm package `@socialgouv/legi-data` and Légifrance's API give them.

A code is a tree of nodes `{type, data, children}`; of an article's `data` are read `id`, `cid`, `num`, `texteHtml` or
`texte`, `nota`, `etat`, `dateDebut`, `dateFin` and `articleVersions`. An article may also stand alone in a file.
Days are milliseconds since 1970 or `YYYY-MM-DD`; what has no end ends in 2999.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from noa_rag.domain.errors import NOT_A_FILE, Complaint, InvalidKnowledge, wrong
from noa_rag.domain.facts import SourceText
from noa_rag.knowledge.vosdroits.nodes import loaded_json

FILE_BYTES_LIMIT = 256 * 1024 * 1024  # the Code du travail of 2026 takes about 60 MB; files are read one at a time
FILE_COUNT_LIMIT = 200_000  # one file an article: the largest codes have some 10,000
ARTICLE_URL = "https://www.legifrance.gouv.fr/codes/article_lc/{}"
IN_FORCE = "VIGUEUR"

_BLOCK = re.compile(r"</?(?:p|br|div|li|ul|ol|tr|table|blockquote)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")
# « L1221-10 », « L. 1221-10 », « R*123-1 », « 1728 », « 1731 B », « 44 quindecies A ».
_NUMBER = re.compile(
    r"\b(?:(?:[LRDA]\*{0,2}\.?\s?)?\d+(?:-\d+)*(?:\s(?:bis|ter|quater|quinquies|sexies|septies|octies|nonies|decies"
    r"|[a-z]+decies))?(?:\s[A-Z]{1,3}\b)?)"
)
_RANGE = re.compile(r"\d[\w\s.*-]*?\sà\s(?:[LRDA]\*{0,2}\.?\s?)?\d")
_Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LegiArticles:
    """The articles of a folder: by every identifier they had, and the numbers of each section in reading order."""

    by_id: Mapping[str, SourceText]
    sections: Mapping[str, tuple[tuple[str, str], ...]]
    """For each section, number and identifier of its articles."""
    count: int

    def cited(self, legi_id: str, title: str) -> tuple[SourceText, ...]:
        """Return the articles that a citation means: one, or of a section those that its title names, else all."""
        if legi_id in self.by_id:
            return (self.by_id[legi_id],)
        listed = self.sections.get(legi_id, ())
        return tuple(self.by_id[article] for article in _named(listed, title))


def read_legi(folder: Path, *, today: date, progress: Callable[[int, int], None]) -> LegiArticles:
    """Return the articles beneath a folder; of several versions of one, that of `today`.

    Raises InvalidKnowledge with every file that cannot be read, and where there is no article at all.
    """
    if not folder.is_dir():
        raise wrong(folder, "Is not a folder. Give the folder that holds the codes as JSON (LEGITEXT….json).")
    paths = sorted(folder.rglob("*.json"))
    if len(paths) > FILE_COUNT_LIMIT:
        raise wrong(folder, f"Holds over {FILE_COUNT_LIMIT} files. Give the codes that entries cite.")
    reading = _Reading(today)
    complaints: list[Complaint] = []
    for done, path in enumerate(paths, start=1):
        try:
            reading.add(_loaded(path, str(path.relative_to(folder))))
        except InvalidKnowledge as error:
            complaints.extend(error.complaints)
        progress(done, len(paths))
    if complaints:
        raise InvalidKnowledge(complaints)
    if not reading.articles:
        raise wrong(folder, "Holds no article: no JSON file with `id` LEGIARTI… and `texte`. Check the path.")
    return reading.finished()


class _Reading:
    """What was read so far: the version to keep of each article, and where it stands."""

    def __init__(self, today: date) -> None:
        self._today = today
        self.articles: dict[str, tuple[tuple[bool, date], SourceText]] = {}
        self._aliases: dict[str, str] = {}
        self._sections: dict[str, dict[str, str]] = {}

    def add(self, tree: object) -> None:
        for data, sections in _articles(tree):
            key, rank = str(data.get("cid") or data["id"]), self._rank(data)
            if key not in self.articles or rank > self.articles[key][0]:
                self.articles[key] = rank, _text(key, data)
            self._aliases.update(dict.fromkeys(_ids(data), key))
            for section in sections:
                self._sections.setdefault(section, {})[key] = str(data.get("num") or "")

    def finished(self) -> LegiArticles:
        return LegiArticles(
            {alias: self.articles[key][1] for alias, key in self._aliases.items()},
            {section: tuple((num, key) for key, num in listed.items()) for section, listed in self._sections.items()},
            len(self.articles),
        )

    def _rank(self, data: _Node) -> tuple[bool, date]:
        """Return what makes of two versions of an article the one to keep: in force today, then begun last."""
        starts, ends = _day(data.get("dateDebut")), _day(data.get("dateFin"))
        holds = (starts is None or starts <= self._today) and (ends is None or self._today < ends)
        return holds, starts or date.min


def _articles(tree: object) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    """Yield the data of every article with the identifiers of the sections around it, in reading order."""
    waiting: list[tuple[object, tuple[str, ...]]] = [(tree, ())]
    while waiting:
        node, sections = waiting.pop()
        if isinstance(node, list):
            waiting.extend((child, sections) for child in reversed(node))
        if not isinstance(node, dict):
            continue
        data = node.get("data") if isinstance(node.get("data"), dict) else node.get("article", node)
        if not isinstance(data, dict):
            continue
        own = str(data.get("id") or "")
        if own.startswith("LEGIARTI") and isinstance(data.get("texte") or data.get("texteHtml"), str):
            yield data, sections
        inner = (*sections, own) if own.startswith("LEGISCTA") else sections
        children = node.get("children")
        waiting.extend((child, inner) for child in reversed(children if isinstance(children, list) else []))


def _ids(data: _Node) -> set[str]:
    versions = data.get("articleVersions")
    named = (
        [version.get("id") for version in versions if isinstance(version, dict)] if isinstance(versions, list) else []
    )
    return {str(identifier) for identifier in (data["id"], data.get("cid"), *named) if identifier}


def _text(key: str, data: _Node) -> SourceText:
    nota = _lines(str(data.get("notaHtml") or data.get("nota") or ""))
    return SourceText(
        id=key,
        title=f"Article {data.get('num') or data['id']}",
        url=ARTICLE_URL.format(data["id"]),
        lines=(
            *_lines(str(data.get("texteHtml") or data.get("texte") or "")),
            *(f"Nota : {note}" for note in nota),
        ),
        dated_on=_day(data.get("dateDebut")),
        state=str(data.get("etat") or ""),
    )


def _lines(text: str) -> tuple[str, ...]:
    pieces = (_TAG.sub("", piece) for piece in _BLOCK.split(text))
    lines = (" ".join(html.unescape(line).split()) for piece in pieces for line in piece.splitlines())
    return tuple(line for line in lines if line)


def _day(value: object) -> date | None:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _named(listed: tuple[tuple[str, str], ...], title: str) -> list[str]:
    keys = [key for _, key in listed]
    numbers = [_bare(num) for num, _ in listed]
    named = [number for number in map(_bare, _NUMBER.findall(title)) if number in numbers]
    if _RANGE.search(title) and len(named) > 1:
        places = [numbers.index(number) for number in named]
        return keys[min(places) : max(places) + 1]
    return [key for key, num in zip(keys, numbers, strict=True) if num in named] or keys


def _bare(number: str) -> str:
    return re.sub(r"[\s.*]", "", number).upper()


def _loaded(path: Path, name: str) -> object:
    try:
        if path.stat().st_size > FILE_BYTES_LIMIT:
            raise wrong(name, f"Is larger than {FILE_BYTES_LIMIT} bytes. Split it, or leave it out.")
        if not path.is_file():
            raise wrong(name, NOT_A_FILE)
        return loaded_json(path.read_bytes(), name, advice="This is no code of law: leave it out.")
    except OSError as error:
        raise wrong(name, f"Cannot be read ({error.strerror or error}). Check its permissions.") from error
