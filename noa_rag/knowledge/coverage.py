"""How far a pack covers its themes and agencies: figures for docs/knowledge.md, made from the entries themselves."""

from collections.abc import Callable, Iterable
from pathlib import Path

from noa_rag.domain.entry import EntryContent, translation_of
from noa_rag.domain.errors import InvalidRequest
from noa_rag.knowledge.pack import Pack

BEGIN, END = "<!-- coverage: `noa knowledge coverage --write` -->", "<!-- end of coverage -->"
_COLUMNS: dict[str, Callable[[EntryContent], bool]] = {
    "entries": lambda content: True,
    "variants": lambda content: content.variant_of is not None,
    "procedures in steps": lambda content: bool(content.steps),
    "question in English": lambda content: bool(content.question_en) or translation_of(content, "en") is not None,
    "answer in English": lambda content: translation_of(content, "en") is not None,
}


def coverage(pack: Pack) -> str:
    """Return two tables in Markdown: by theme in the order of the pages, by agency by name."""
    contents = [content for _, content in pack.entries]
    themes = [(theme.title, [one for one in contents if one.theme == theme.id]) for theme in pack.themes]
    agencies = [
        (agency.short_name, [one for one in contents if one.agency_id == agency.id])
        for agency in sorted(pack.agencies, key=lambda one: one.short_name)
    ]
    facts = f"{len(pack.facts)} facts, {sum(one.ends_on is not None for one in pack.facts)} of which have an end."
    return "\n".join([*_table("theme", themes, contents), "", *_table("agency", agencies, contents), "", facts])


def write_coverage(text: str, path: Path) -> bool:
    """Put the figures between the marks of a document; return whether they changed. Raises InvalidRequest."""
    before = path.read_text(encoding="utf-8")
    if BEGIN not in before or END not in before:
        raise InvalidRequest(f"{path} has no lines `{BEGIN}` and `{END}` to write between.", field="write")
    head, _, rest = before.partition(BEGIN)
    _, _, tail = rest.partition(END)
    after = f"{head}{BEGIN}\n{text}\n{END}{tail}"
    path.write_text(after, encoding="utf-8")
    return after != before


def _table(
    title: str, groups: Iterable[tuple[str, list[EntryContent]]], everything: list[EntryContent]
) -> Iterable[str]:
    yield f"| {title} | " + " | ".join(_COLUMNS) + " |"
    yield "|---|" + "---:|" * len(_COLUMNS)
    for name, contents in (*((name, some) for name, some in groups if some), ("**all**", everything)):
        counts = (sum(map(counted, contents)) for counted in _COLUMNS.values())
        yield f"| {name} | " + " | ".join(map(str, counts)) + " |"
