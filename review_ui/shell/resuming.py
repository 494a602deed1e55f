"""Taking up a form that was sent when its session was over: everything in it is shown, and sent again on purpose."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.response import Template

from noa_rag.web.paths import language_of
from review_ui.shell.rendering import is_fragment, render
from review_ui.texts import WORDS, ReviewTexts

TECHNICAL = {"revision", "base_version", "version", "to_version", "entry", "next"}
LONG = 60  # characters that still fit one line
# What the last part of an address does, in the words of the button that does it.
BUTTONS = {
    "approuver": "approve_button",
    "enregistrer": "save_button",
    "refuser": "decline_button",
    "demander": "ask_changes_button",
    "transmettre": "hand_over_button",
    "rattacher": "attach_button",
}
LABELS = {"note": "approve_note", "reason": "decline_reason", "wanted": "ask_changes_wanted"}


@dataclass(frozen=True, slots=True)
class KeptField:
    """One field of the form; `rows` is 0 for what fits one line, and `is_hidden` for what nobody reads."""

    name: str
    label: str
    value: str
    rows: int
    is_hidden: bool


def resume(
    request: Request[Any, Any, Any], *, next_path: str, fields: Sequence[tuple[str, str]], status: int = 200
) -> Template:
    """Return the page on which somebody who is signed in reads what she had written, and sends it."""
    texts = ReviewTexts(language_of(request.url.path))
    act = next_path.rsplit("/", 1)[-1]
    return render(
        request,
        "review_ui/shell/resume.html",
        status=status,
        headers={"hx-retarget": "body", "hx-reswap": "innerHTML"} if is_fragment(request) else {},
        next_path=next_path,
        fields=[_kept(name, value, texts) for name, value in fields],
        button=texts.or_key(BUTTONS.get(act, ""), texts("resume_button")),
        publishes=act == "approuver",
    )


def _kept(name: str, value: str, texts: ReviewTexts) -> KeptField:
    key = LABELS.get(name, f"field_{name}" if f"field_{name}" in WORDS else name)
    is_long = len(value) > LONG or "\n" in value
    return KeptField(
        name=name,
        label=texts.or_key(key, name),
        value=value,
        rows=min(20, max(3, len(value) // 70)) if is_long else 0,
        is_hidden=name in TECHNICAL or not value.strip(),
    )
