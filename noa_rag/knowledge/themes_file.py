"""`themes.yaml` of a pack: the themes, what each begins with, and the sub-themes that its entries are listed under."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from noa_rag.domain.agency import SubTheme, Theme
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import Complaint
from noa_rag.knowledge.fields import Fields, read_list, yaml_text

THEMES = "themes.yaml"
START_LIMIT = 6  # a phone shows six under the field; more would be the list of themes again
_LISTS = ("top", "start")


def read_themes(path: Path, complaints: list[Complaint]) -> list[tuple[int, Theme]]:
    """Return the themes of a pack with their lines, none where it has no such file."""
    return read_list(path, _theme, complaints, shown_as=THEMES)


def theme_complaints(
    themes: Iterable[tuple[int, Theme]], contents: Mapping[EntryId, EntryContent], known: Collection[EntryId]
) -> Iterable[Complaint]:
    """Yield the entries that a theme names and that do not exist, are another theme's, or are named twice."""
    start_count = 0
    for line, theme in themes:
        start_count += len(theme.start)
        listed = [entry_id for child in theme.children for entry_id in child.entries]
        for entry_id in dict.fromkeys((*theme.top, *theme.start, *listed)):
            content = contents.get(entry_id)
            if content is None and entry_id not in known:
                yield Complaint(THEMES, line, f"`{theme.id}` names an entry that does not exist: `{entry_id}`")
            elif content and content.theme != theme.id:
                yield Complaint(THEMES, line, f"`{entry_id}` is an entry of the theme `{content.theme}`")
        for entry_id in sorted({entry_id for entry_id in listed if listed.count(entry_id) > 1}):
            yield Complaint(THEMES, line, f"`{entry_id}` stands twice among the children of `{theme.id}`")
        if theme.start and start_count > START_LIMIT:
            yield Complaint(THEMES, line, f"the start page shows {START_LIMIT} entries; `start` names {start_count}")


def write_themes(themes: Iterable[Theme], contents: Mapping[EntryId, EntryContent]) -> str:
    """Return the YAML text of themes, which name those entries alone that are written with them."""
    return yaml_text([_filled(asdict(_with_entries(theme, contents))) for theme in themes])


def _with_entries(theme: Theme, contents: Mapping[EntryId, EntryContent]) -> Theme:
    def written(entry_ids: Iterable[EntryId]) -> tuple[EntryId, ...]:
        return tuple(name for name in entry_ids if name in contents and contents[name].theme == theme.id)

    children = tuple(replace(child, entries=written(child.entries)) for child in theme.children)
    return replace(theme, top=written(theme.top), start=written(theme.start), children=children)


def _filled(fields: Mapping[str, object]) -> dict[str, object]:
    shown = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items() if value}
    if children := fields.get("children"):
        assert isinstance(children, tuple)
        shown["children"] = [_filled(child) for child in children]
    return shown


def _theme(fields: Fields) -> Theme:
    fields.refuse_unknown(("id", "title", "title_en", "children", *_LISTS))
    children = fields.mappings("children", _child)
    ids = [child.id for child in children]
    for child_id in sorted({child_id for child_id in ids if ids.count(child_id) > 1}):
        fields.complain(f"the id `{child_id}` stands twice among the children", "children")
    top, start = (tuple(map(EntryId, fields.texts(name))) for name in _LISTS)
    return Theme(fields.slug("id"), fields.text("title"), fields.text("title_en"), top, start, children)


def _child(fields: Fields) -> SubTheme:
    fields.refuse_unknown(("id", "title", "title_en", "entries"))
    entries = tuple(map(EntryId, fields.texts("entries")))
    return SubTheme(fields.slug("id"), fields.text("title"), fields.text("title_en"), entries)
