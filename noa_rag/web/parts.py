"""Parts of the site that packages above this one add, such as the referents' pages: found here, never imported."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litestar.types import ControllerRouterHandler

if TYPE_CHECKING:
    from noa_rag.service.noa import Noa

PLUG_INS = "noa.web"


@dataclass(frozen=True, slots=True)
class Part:
    """Routes with their folders of templates and static files.

    `state` is added to the application's; `close` is called when the application stops.
    """

    handlers: Sequence[ControllerRouterHandler]
    templates: Path
    static: Path
    state: Mapping[str, Any] = field(default_factory=dict)
    close: Callable[[], None] = lambda: None


def installed_parts(noa: "Noa") -> list[Part]:
    """Return every part that is installed, opened over this Noa."""
    return [
        plug_in.load()(noa) for plug_in in sorted(entry_points(group=PLUG_INS), key=lambda one: (one.name, one.value))
    ]
