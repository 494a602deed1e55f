"""Divides a fiche into the answer given first, the sections that follow, and those that close it.

The answer is the introduction. A fiche without one (81 of 706) answers with its first text: what stands before any
chapter, up to about 1,500 characters or to the first set of cases or table, which need the room of a section. Where the
text opens with a chapter, the answer is the published description; and where that only repeats the title, the first
section.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from noa_rag.domain.entry import Section
from noa_rag.knowledge.vosdroits.addresses import web_url
from noa_rag.knowledge.vosdroits.blocks import render_blocks, render_markdown
from noa_rag.knowledge.vosdroits.inline import escape, render_link
from noa_rag.knowledge.vosdroits.nodes import Node, text_of
from noa_rag.knowledge.vosdroits.slugs import distinct_slugs

ANSWER_LENGTH_WANTED = 1_500  # Characters; three times the longest introduction. More is read section by section.
NEEDS_ROOM = frozenset({"BlocCas", "Tableau", "ListeSituations"})

LINKS = "Démarches et informations en ligne"
SERVICES = "Services en ligne et formulaires"
CONTACTS = "Où s'adresser ?"
READING = "Pour en savoir plus"
DEFINITIONS = "Définitions"

EXPLAINS_A_SERVICE = ("Introduction", "Texte", "NoticeLiee", "ServiceEnLigneAnnexe")


@dataclass(frozen=True, slots=True)
class Body:
    """The answer of an entry and its sections."""

    answer: str
    sections: tuple[Section, ...]


def body_of(fiche: Node) -> Body:
    """The whole content of a fiche, in reading order."""
    opening, rest = _opening(fiche)
    question = text_of(fiche.first("dc:title"))
    parts = [(question, rest), *_chapters(fiche), *appendix(fiche)]
    written = [(heading, text) for heading, text in parts if text]
    keys = distinct_slugs(heading for heading, _ in written)
    sections = tuple(Section(key, heading, text) for key, (heading, text) in zip(keys, written, strict=True))
    warnings = render_markdown(fiche.named("Avertissement"))
    answer = opening or _description(fiche) or (sections[0].text if sections else "")
    return Body("\n\n".join(text for text in (answer, warnings) if text), sections)


def _opening(fiche: Node) -> tuple[str, str]:
    """The introduction and the text that stands before any chapter."""
    introduction = render_markdown(fiche.named("Introduction"))
    lead = [node for text in fiche.named("Texte") for node in _lead(text)]
    if introduction:
        return introduction, render_markdown(lead)
    first = _first_text(lead)
    return render_markdown(first), render_markdown(lead[len(first) :])


def _first_text(lead: list[Node]) -> list[Node]:
    """As much of the lead as makes an answer; a sentence that announces a list stays with its list."""
    plain = list(takewhile(lambda node: node.name not in NEEDS_ROOM, lead))
    lengths = accumulate(len(text_of(node)) for node in plain)
    first = plain[: max(1, sum(length <= ANSWER_LENGTH_WANTED for length in lengths))]
    while len(first) > 1 and len(first) < len(lead) and text_of(first[-1]).endswith(":"):
        first.pop()
    return first


def _description(fiche: Node) -> str:
    description = text_of(fiche.first("dc:description"))
    is_question = description.endswith("?") or description.casefold() == text_of(fiche.first("dc:title")).casefold()
    return "" if is_question else escape(description)


def _chapters(fiche: Node) -> Iterator[tuple[str, str]]:
    for node in fiche.named("Texte", "ListeSituations"):
        if node.name == "Texte":
            yield from _chapters_of_text(node, text_of(fiche.first("dc:title")))
        for situation in node.named("Situation"):
            yield from _chapters_of_situation(situation)


def _chapters_of_text(text: Node, untitled: str) -> Iterator[tuple[str, str]]:
    for chapter in text.named("Chapitre"):
        yield _heading(chapter) or untitled, render_markdown(chapter.elements)


def _chapters_of_situation(situation: Node) -> Iterator[tuple[str, str]]:
    """Each chapter under a heading that says whom it concerns."""
    concerned = _heading(situation)
    texts = situation.named("Texte")
    lead = [*situation.named("Introduction"), *(node for text in texts for node in _lead(text))]
    yield concerned, render_markdown(lead)
    for text in texts:
        for heading, content in _chapters_of_text(text, ""):
            yield " — ".join(part for part in (concerned, heading) if part), content


def _lead(text: Node) -> tuple[Node, ...]:
    """All but the chapters; no official fiche has anything between or after them."""
    return tuple(node for node in text.elements if node.name != "Chapitre")


def _heading(node: Node) -> str:
    return text_of(node.first("Titre"))


def appendix(fiche: Node) -> Iterator[tuple[str, str]]:
    """Headings with their Markdown; the text is empty where the fiche has nothing of the kind.

    Services and contacts also stand in lists of their own in the entry: here are those with something to explain.
    """
    explained = [node for node in fiche.named("ServiceEnLigne") if node.named(*EXPLAINS_A_SERVICE)]
    described = [node for node in fiche.named("OuSAdresser") if node.named("Complement", "Texte")]
    yield LINKS, "\n\n".join(_commented_link(node) for node in fiche.named("LienExterneCommente"))
    yield SERVICES, _once_each(explained)
    yield CONTACTS, _once_each(described)
    yield READING, "\n".join(_reading(node) for node in fiche.named("PourEnSavoirPlus"))
    yield DEFINITIONS, "\n\n".join(_definition(node) for node in fiche.named("Definition", "Abreviation"))


def _once_each(nodes: Sequence[Node]) -> str:
    return "\n\n".join(dict.fromkeys(render_markdown([node]) for node in nodes))


def _commented_link(node: Node) -> str:
    links = [render_link(text_of(link), web_url(link.get("URL"))) for link in node.named("LienExterne")]
    publisher = f" — {escape(name)}" if (name := text_of(node.first("Source"))) else ""
    return "\n\n".join([f"**{' '.join(links)}**{publisher}", *render_blocks(node.named("Commentaire"))])


def _reading(node: Node) -> str:
    publisher = f" — {escape(name)}" if (name := text_of(node.first("Source"))) else ""
    return f"- {render_link(text_of(node.first('Titre')), web_url(node.get('URL')))}{publisher}"


def _definition(node: Node) -> str:
    first, *others = render_blocks(node.named("Texte", "Reference")) or [""]
    return "\n\n".join([f"**{escape(text_of(node.first('Titre')))}** : {first}", *others])
