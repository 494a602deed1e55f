"""What checks find, in French: the chain's verification and the gate before a publication write it in English."""

from noa_rag.domain.question import Language
from noa_rag.domain.worded import Worded

FRENCH: dict[str, str] = {
    "« {question} » would be answered by {entry}, though {owner} has that question.": (
        "« {question} » recevrait la fiche {entry}, alors que cette question est celle de la fiche {owner}."
    ),
    "« {question} » is answered by {before} today, and would be answered by {after}.": (
        "« {question} » reçoit aujourd'hui la fiche {before}, et recevrait la fiche {after}."
    ),
    "« {question} » is answered by {before} today, and would be answered no more.": (
        "« {question} » reçoit aujourd'hui la fiche {before}, et ne recevrait plus de réponse."
    ),
    "« {question} » would be answered by {entry}, which does not answer it.": (
        "« {question} » recevrait la fiche {entry}, qui n'y répond pas."
    ),
    "no entry has the hash {hash}: the end of the chain was cut off or written anew": (
        "aucune ligne n'a l'empreinte {hash} : la fin du journal a été coupée ou réécrite"
    ),
    "entry {number} follows {before}: those between are missing": (
        "la ligne {number} suit la ligne {before} : celles qui étaient entre les deux manquent"
    ),
    "entry {number} does not follow from the hash of the entry before": (
        "la ligne {number} ne porte pas l'empreinte de la ligne précédente"
    ),
    "entry {number} was changed: its hash is not that of what it says": (
        "la ligne {number} a été modifiée : son empreinte n'est pas celle de ce qu'elle dit"
    ),
    "entry {number} says again what entry {earlier} said of version {version} of `{entry}`": (
        "la ligne {number} redit ce que la ligne {earlier} disait de la version {version} de la fiche « {entry} »"
    ),
    "the text of version {version} of `{entry}` is not the one that was approved": (
        "le texte de la version {version} de la fiche « {entry} » n'est pas celui qui a été approuvé"
    ),
    "version {version} of `{entry}` is not in the chain": (
        "la version {version} de la fiche « {entry} » n'est pas dans le journal"
    ),
    "version {version} of `{entry}`: {what} is not what entry {number} says": (
        "version {version} de la fiche « {entry} » : {what} diffère de ce que dit la ligne {number}"
    ),
    "version {version} of `{entry}` is in the chain, as entry {number}, but not in the base": (
        "la version {version} de la fiche « {entry} » est dans le journal, à la ligne {number}, mais pas dans la base"
    ),
    "`{entry}` is served at version {served}, its newest is {newest}": (
        "la fiche « {entry} » est affichée dans sa version {served}, la plus récente est la version {newest}"
    ),
    "what follows was not looked at, because of something that cannot be read: {error}": (
        "la suite n'a pas été vérifiée, car quelque chose est illisible ({error})"
    ),
}


def in_words(language: Language, finding: str, **renamed: str) -> str:
    """Return a finding in a language; `renamed` are values to show in other words."""
    if language is not Language.FRENCH or not isinstance(finding, Worded):
        return finding
    return FRENCH[finding.template].format(**{**finding.values, **renamed})
