"""The sections that close a fiche: commented links, forms explained, people to ask, further reading, definitions."""

from collections.abc import Iterator, Sequence

from noa_rag.knowledge.vosdroits.addresses import web_url
from noa_rag.knowledge.vosdroits.blocks import render_blocks, render_markdown
from noa_rag.knowledge.vosdroits.inline import escape, render_link
from noa_rag.knowledge.vosdroits.nodes import Node, text_of

LINKS = "Démarches et informations en ligne"
SERVICES = "Services en ligne et formulaires"
CONTACTS = "Où s'adresser ?"
READING = "Pour en savoir plus"
DEFINITIONS = "Définitions"

EXPLAINS_A_SERVICE = ("Introduction", "Texte", "NoticeLiee", "ServiceEnLigneAnnexe")


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
