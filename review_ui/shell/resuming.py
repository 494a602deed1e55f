"""Sending a form again that was sent when its session was over, or when something else had to come first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.response import Template

from noa_rag.translation import N_, Translator
from review_ui.shell.labels import FIELDS, VERDICT_FIELDS, named
from review_ui.shell.rendering import is_fragment, redirect, render, translator_of
from review_ui.shell.session import SessionOver

WHOLE_PAGE = {"hx-retarget": "body", "hx-reswap": "innerHTML"}  # where htmx asked for a fragment

TECHNICAL = {"revision", "base_version", "version", "to_version", "entry", "next"}
LONG = 60  # characters that still fit one line
# The last part of an address, and the words of the button that leads there.
BUTTONS = {
    "approuver": N_("Approuver et publier"),
    "enregistrer": N_("Enregistrer le brouillon"),
    "refuser": N_("Refuser le brouillon"),
    "demander": N_("Demander ces modifications"),
    "transmettre": N_("Transmettre"),
    "rattacher": N_("Rattacher"),
}
SEND = N_("Envoyer maintenant")


def as_kept(error: SessionOver) -> str:
    """Return the fields of the form that was being sent, as JSON for one hidden field."""
    return json.dumps(error.fields, ensure_ascii=False)


def kept_fields(kept: str) -> list[tuple[str, str]]:
    """Return the fields of the form that was being sent, none where the text is not a list of pairs."""
    try:
        listed = json.loads(kept) if kept else []
    except (ValueError, RecursionError):
        return []
    if not isinstance(listed, list):
        return []
    pairs = [tuple(one) for one in listed if isinstance(one, list) and len(one) == 2]
    return [(name, value) for name, value in pairs if isinstance(name, str) and isinstance(value, str)]


def set_up_first(request: Request[Any, Any, Any], error: SessionOver) -> Response[Any]:
    """Send somebody whose role demands a second factor to her account; text being sent or typed is kept."""
    if request.method not in ("GET", "HEAD"):
        return factor_wanted(request, next_path=request.url.path, kept=as_kept(error))
    if not is_fragment(request):
        return redirect(request, "/compte")
    return elsewhere(
        request,
        title=N_("Un second facteur est demandé"),
        words=N_("Cette page garde ce que vous y avez écrit. Ajoutez-le dans un autre onglet, puis revenez ici."),
        link=N_("Ajouter un second facteur"),
        path="/compte",
    )


def factor_wanted(request: Request[Any, Any, Any], *, next_path: str, kept: str) -> Template:
    """Return the page that keeps a form while its writer sets up a second factor in another tab."""
    headers = WHOLE_PAGE if is_fragment(request) else {}
    return render(request, "review_ui/shell/kept.html", status=403, headers=headers, next_path=next_path, kept=kept)


def elsewhere(
    request: Request[Any, Any, Any], *, title: str, words: str, link: str, path: str, status: int = 403
) -> Template:
    """Return a part of a page that says what to do in another tab; the page around it stays as it is."""
    return render(
        request, "review_ui/shell/_elsewhere.html", status=status, title=title, words=words, link=link, path=path
    )


@dataclass(frozen=True, slots=True)
class KeptField:
    """One field of the form; `rows` is 0 where one line is enough, `is_hidden` where it is not meant to be read."""

    name: str
    label: str
    value: str
    rows: int
    is_hidden: bool


def resume(
    request: Request[Any, Any, Any], *, next_path: str, fields: Sequence[tuple[str, str]], status: int = 200
) -> Template:
    """Return the page that shows the fields of a form again, with a button that sends them."""
    translator = translator_of(request)
    act = next_path.rsplit("/", 1)[-1]
    return render(
        request,
        "review_ui/shell/resume.html",
        status=status,
        headers=WHOLE_PAGE if is_fragment(request) else {},
        next_path=next_path,
        fields=[_kept(name, value, translator) for name, value in fields],
        button=translator.gettext(BUTTONS.get(act, SEND)),
        publishes=act == "approuver",
    )


def _kept(name: str, value: str, translator: Translator) -> KeptField:
    is_long = len(value) > LONG or "\n" in value
    return KeptField(
        name=name,
        label=str(named(translator, FIELDS | VERDICT_FIELDS, name)),
        value=value,
        rows=min(20, max(3, len(value) // 70)) if is_long else 0,
        is_hidden=name in TECHNICAL or not value.strip(),
    )
