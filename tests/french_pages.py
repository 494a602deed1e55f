"""Every French page that a test loads is looked through for English words."""

import re
from html.parser import HTMLParser

import httpx

# Words that English sentences can hardly do without and that French lacks, and those that Noa's own English is made of.
ENGLISH = frozenset(
    """
    the of and with which were would was are been this that these they their from into than what whom whose there
    where wants lacks reading grouping preparing embedding missing asked answered shown found entry entries draft
    drafts question's questions' answer answers approved declined attached changed hash chain gate
    loading checking unpacking weights ready asking replaying fitting building training
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
# What is in another language on purpose, was typed, or is a name; a page's own sentences are in none of these.
NOT_READ = {"script", "style", "code", "pre", "textarea", "blockquote", "title"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
READ_ALOUD = ("aria-label", "alt", "placeholder", "data-say", "data-announce", "data-busy")
_WORD = re.compile(r"[a-zà-ÿ]+(?:[-_][a-zà-ÿ0-9]+)*(?:['’]s?)?")  # a name such as `entry-1` is one word


def look_through(response: httpx.Response) -> None:
    """Fail when a page in French says something in English; a hook for a client's responses."""
    is_page = response.headers.get("content-type", "").startswith("text/html")
    if not is_page or response.headers.get("content-language", "fr") != "fr" or _is_english(response.url.path):
        return
    response.read()
    english = english_in(response.text)
    assert not english, f"{response.url.path} has English on a French page: {english}"


def english_in(page: str) -> list[str]:
    """Return the pieces of a page's text that have an English word in them."""
    reader = _Reader()
    reader.feed(page)
    return [piece for piece in reader.pieces if ENGLISH & set(_WORD.findall(piece.lower()))]


def _is_english(path: str) -> bool:
    return path == "/en" or path.startswith("/en/")


class _Reader(HTMLParser):
    """Gathers what a reader of French is shown or told."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._left_out: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        is_typed = tag in NOT_READ or attributes.get("class") == "quoted"
        is_out = is_typed or (attributes.get("lang") or "fr") != "fr" or any(self._left_out[-1:])
        if not is_out:
            self.pieces += [value for name in READ_ALOUD if (value := attributes.get(name))]
        if tag not in VOID:
            self._left_out.append(is_out)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._left_out:
            self._left_out.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(self._left_out[-1:]):
            self.pieces.append(" ".join(data.split()))
