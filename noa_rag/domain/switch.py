"""What can be switched off at once while the service runs, and what visitors are told then."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from noa_rag.domain.agency import Agency
from noa_rag.domain.errors import NoaError


class SwitchName(StrEnum):
    """The parts that can be switched off; entries, the workspace and `/health` never are."""

    CHAT = "chat"
    """Questions, on the site and in widgets."""
    API = "api"
    WIDGET = "widget"
    MODEL = "model"
    """The language model: answers are the approved texts then, those rephrased earlier too."""


@dataclass(frozen=True, slots=True)
class Switch:
    """How a part stands, with who last switched it, when and why; nobody has where it was never switched."""

    name: SwitchName
    is_on: bool = True
    reason: str = ""
    actor: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SwitchesOff:
    """The parts that are off, and the agency to ask meanwhile, None where none is known."""

    names: frozenset[SwitchName] = frozenset()
    contact: Agency | None = None

    def require(self, name: SwitchName) -> None:
        """Do nothing where a part is on. Raises SwitchedOff."""
        if name in self.names:
            raise SwitchedOff(name, self.contact)


class SwitchedOff(NoaError):
    """A part was switched off by a person; `contact` is whom to ask meanwhile."""

    def __init__(self, name: SwitchName, contact: Agency | None) -> None:
        super().__init__(f"`{name.value}` is switched off.")
        self.name = name
        self.kind = f"{name.value}_off"
        self.contact = contact
