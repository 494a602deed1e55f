"""Makes an entry's content from the tree of a fiche: its answer first, the sections that follow, agencies and theme.

The answer is the introduction. A fiche without one (81 of 706) answers with its first text: what stands before any
chapter, up to about 1,500 characters or to the first set of cases or table, which need the room of a section. Where the
text opens with a chapter, the answer is the published description; and where that only repeats the title, the first
section.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, takewhile
from pathlib import Path

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.entry import EntryContent, EntryId, Section, Source
from noa_rag.domain.errors import wrong
from noa_rag.french.words import distinct_slugs, slug
from noa_rag.knowledge.vosdroits.blocks import render_blocks, render_markdown
from noa_rag.knowledge.vosdroits.inline import (
    contacts,
    escape,
    fiche_url,
    legal_references,
    online_services,
    render_link,
    web_url,
)
from noa_rag.knowledge.vosdroits.nodes import Node, text_of

ORIGIN = "vosdroits"
ROOT = "Publication"
FICHE_ID = re.compile(r"^F[0-9]{1,9}$")
DAY = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")

ANSWER_LENGTH_WANTED = 1_500  # Characters; three times the longest introduction. More is read section by section.
NEEDS_ROOM = frozenset({"BlocCas", "Tableau", "ListeSituations"})

LINKS = "Démarches et informations en ligne"
SERVICES = "Services en ligne et formulaires"
CONTACTS = "Où s'adresser ?"
READING = "Pour en savoir plus"
DEFINITIONS = "Définitions"

EXPLAINS_A_SERVICE = ("Introduction", "Texte", "NoticeLiee", "ServiceEnLigneAnnexe")
PUBLISHER = Agency(
    id=AgencyId("dila"),
    name="Direction de l'information légale et administrative (DILA)",
    url="https://www.dila.premier-ministre.gouv.fr",
    short_name="DILA",
    remit="Publie les fiches officielles « Vos droits et démarches » de Service-Public.fr.",
)
PUBLISHER_NAME = "Direction de l'information légale et administrative"

TABLES: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "tables.toml").read_text(encoding="utf-8"))
DIRECTORY = "https://lannuaire.service-public.fr"  # For a body whose home page the tables do not know.

# Names hold commas too: "Direction générale de la concurrence, de la consommation…". A new name starts with a capital.
NAME_BOUNDARY = re.compile(r",\s+(?=[A-ZÀ-Ý])")
ACRONYM = re.compile(r"\(([A-Z][A-Za-zÀ-ÿ]{1,11})\)$")

DEFAULT_THEME = "formalites"  # What concerns every enterprise at some time, and the first place people look.


def entry_id_of(fiche: Node, *, path: str) -> EntryId:
    """The fiche's id, once it is certain that this is a fiche."""
    if fiche.name != ROOT:
        raise wrong(path, f"The root element is `{fiche.name}`, not `{ROOT}`. This is no fiche: leave the file out.")
    fiche_id = fiche.get("ID")
    if not FICHE_ID.match(fiche_id):
        raise wrong(path, f"The id is `{fiche_id}`, expected F and a number, such as F35211. Fetch the file again.")
    return EntryId(fiche_id)


def content_of(fiche: Node, *, path: str) -> EntryContent:
    """The entry's content; `related` holds every fiche that it names, imported or not."""
    question, body = text_of(fiche.first("dc:title")), body_of(fiche)
    if not question or not body.answer:
        missing = "title (`dc:title`)" if not question else "text"
        raise wrong(path, f"The fiche has no {missing}. Fetch the file again.")
    return EntryContent(
        agency_id=PUBLISHER.id,
        question=question,
        answer=body.answer,
        sections=body.sections,
        theme=theme_of(fiche) or DEFAULT_THEME,
        sources=(Source(question, fiche_url(fiche)),),
        contributors=tuple(agency.id for agency in agencies_of(fiche) if agency.id != PUBLISHER.id),
        validated_on=modified_on(fiche),
        related=_related(fiche),
        legal_references=legal_references(fiche),
        online_services=online_services(fiche),
        contacts=contacts(fiche),
        origin=ORIGIN,
    )


def modified_on(fiche: Node) -> date | None:
    """The day of `dc:date` ("modified 2020-11-05"), or None where it cannot be read."""
    match = DAY.search(text_of(fiche.first("dc:date")))
    try:
        return date.fromisoformat(match.group(1)) if match else None
    except ValueError:
        return None


def _related(fiche: Node) -> tuple[EntryId, ...]:
    questions = fiche.named("QuestionReponse", "CommentFaireSi")
    fiches = (node for also in fiche.named("VoirAussi") for node in also.named("Fiche"))
    named = (node.get("ID") for node in (*questions, *fiches))
    return tuple(dict.fromkeys(EntryId(other) for other in named if FICHE_ID.match(other) and other != fiche.get("ID")))


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


def agencies_of(fiche: Node) -> tuple[Agency, ...]:
    """The publisher first, then the other contributors in the order of the fiche.

    Only the publisher has a remit: a remit also routes questions, and nobody is sent to a ministry for one fiche of it.
    """
    names = [
        name.strip()
        for node in fiche.named("dc:creator", "dc:contributor")
        for name in NAME_BOUNDARY.split(text_of(node))
        if name.strip()
    ]
    return tuple(dict.fromkeys([PUBLISHER, *(_agency(name) for name in names)]))


def _agency(name: str) -> Agency:
    if name.startswith(PUBLISHER_NAME):
        return PUBLISHER
    acronym = ACRONYM.search(name)
    short_name = acronym.group(1) if acronym else ""
    return Agency(AgencyId(slug(short_name or name)), name, TABLES["home_pages"].get(name, DIRECTORY), short_name)


def theme_of(fiche: Node) -> str | None:
    """The theme's id, or None where the tables don't know the dossier."""
    dossiers = [node.get("ID") for node in fiche.named("DossierPere")]
    subjects = [node.get("ID") for node in fiche.named("SousThemePere", "Theme")]
    candidates = [
        TABLES["theme_of_fiche"].get(fiche.get("ID")),
        *(TABLES["theme_of_dossier"].get(dossier) for dossier in dossiers),
        *(TABLES["theme_of_subject"].get(subject) for subject in subjects),
    ]
    return next((theme for theme in candidates if theme), None)
