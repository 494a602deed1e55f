"""What the packages of the bundled model say about its licence."""

from dataclasses import dataclass
from email import message_from_string
from pathlib import Path

from noa_rag.rephrasing.clients.bundled.parts import DISTRIBUTION, installed

TERMS_NAME = "Gemma Terms of Use"
TERMS_URL = "https://ai.google.dev/gemma/terms"
TERMS_FILE = "GEMMA_TERMS.html"
STATEMENT = "terms apply"  # the line of the package's description that speaks of them


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms that govern the model, and where its package states them."""

    name: str
    url: str
    copy: Path | None
    declared: str

    def __str__(self) -> str:
        copy = f", a copy in {self.copy}" if self.copy else ""
        return f"{self.name} ({self.url}{copy}); its package declares: {self.declared}"


def read_licence() -> Licence:
    """Return the licence as the installed package states it. Raises ModelUnavailable when it is not installed."""
    package = installed(DISTRIBUTION)
    metadata = message_from_string(package.read_text("METADATA") or "")
    field = metadata["License-Expression"] or metadata["License"]
    said = [line.strip(" -") for line in str(metadata.get_payload()).splitlines() if STATEMENT in line]
    copies = [Path(str(file.locate())) for file in package.files or [] if file.name == TERMS_FILE]
    declared = [*([field] if field else ["no licence field"]), *(f'"{line}"' for line in said)]
    return Licence(TERMS_NAME, TERMS_URL, copies[0] if copies else None, ", ".join(declared))
