"""Strings that break services, made family by family: characters, lengths, numbers, and injections of every kind."""

from collections.abc import Iterator
from itertools import product
from urllib.parse import quote

LENGTHS = (1, 119, 1_000, 1_999, 2_000, 2_001, 10_000, 100_000)
SPACES = "\u00a0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
INVISIBLE = "\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2064\u3164\ufeff\uffa0\U000e0001\U000e0041"
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# Letters that grow, shrink or change under case folding and normalisation, and digits that are none in ASCII.
SHIFTING = "ıİſßẞŉǰΐΰﬁﬄﷺ\ufdfaǅʼnͅΣςK\u212bÅ①⑳Ⅷ½٣۳߃೭๓༣𝟘𝟿𝕳𝓐Ａａ０９／＜＞＇＂"
BROKEN = "\ufffe\uffff\U0001fffe\U0010ffff\ue000\U000f0000"
SCRIPTS = (
    "العربية والضريبة", "עברית ומס", "ภาษาไทย", "日本語の税金", "한국어 세금", "हिन्दी कर", "தமிழ் வரி", "ქართული", "አማርኛ", "မြန်မာ", "Ελληνικά",
    "Українська", "𐍈𐌰𐌹", "𓀀𓂀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷🇬🇧🇫", "👍🏽", "1️⃣", "e\u0301te\u0301", "ﷺ" * 20, "Z\u0351\u036b\u0343\u0321a\u0337\u0325l\u0315g\u0322o" * 9,
    "a" + "\u0301" * 500, "\u0301seul", "ᄀ" * 50 + "ᅡ" * 50,
)  # fmt: skip
NUMBERS = (
    "0", "-0", "-1", "1.5", "1e309", "-1e309", "NaN", "Infinity", "0x1F", "0b1", "1_000", "١٢٣", "9" * 20, "9" * 400, "1/0", "2147483648",
    "9223372036854775808", "-9223372036854775809", "0000-00-00", "0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "2026-W60",
    "+2026-01-01", "2026-01-01T25:61:61Z", "23:59:60", "null", "None", "undefined", "true", "[]", "{}", "''", '""', "¹²³", "1,5",
)  # fmt: skip
INJECTIONS: dict[str, tuple[str, ...]] = {
    "sql": (
        "'", '"', "''", "`", "\\'", "' OR '1'='1", "1; DROP TABLE questions--", "') UNION SELECT password_hash FROM people--", "%' --",
        "_%", "\\", "x' AND 1=randomblob(1000000000)--", "1' ORDER BY 99--", "?1", ":name", "%s", "$1", "/**/OR/**/1=1", "'||pg_sleep(9)--",
    ),
    "html": (
        "<", ">", "&", "&amp;lt;", "<b>x", "</textarea>", "</title>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "<plaintext>", "&#x3c;",
        "<svg/onload=a>", "<a href=javascript:a>", "<form id=x><input name=action>", '" autofocus onfocus="a', "<base href=//a>", "<?php ?>",
    ),
    "template": ("{{7*7}}", "{%raw%}", "{#", "${7*7}", "#{7*7}", "<%= 7 %>", "{{config}}", "{{''.__class__.__mro__}}", "@{x}", "[[x]]", "*{x}"),
    "format": ("%s%s%s%n", "%(x)s", "{0}", "{x!r:>{w}}", "{}", "%", "%%", "%d%", "\\x41", "\\u0041", "\\N{BELL}", "$(x)", "$x", "{0.__class__}"),
    "header": ("a\r\nSet-Cookie: a=b", "a\nb", "a\rb", "a\r\n\r\n<b>", "%0d%0aX: y", "\u560d\u560a", "a\x0bb", "a\x85b", "a\u2028b", "Host: evil"),
    "path": (
        "..", "../../../../etc/passwd", "..\\..\\windows", "/etc/passwd", "file:///etc/passwd", "%2e%2e%2f", "....//", ".", "~root", "C:\\x",
        "nul", "con", "a\x00.html", "//evil.example", "\\\\evil\\x", "https://evil.example/", "?a=b#c", ";a=b", "a/b/c", "%00", "%ff",
    ),
    "csv": ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://a")', '"a;b","c"', "a;b;c", "|cmd", "=cmd|' /C x'!A0", "＝1"),
    "shell": ("$(id)", "`id`", "; id", "| id", "&& id", "> /tmp/x", "a\nid", "--help", "-rf", "*", "!!"),
    "data": (
        '{"a":' * 200, "[" * 1_000, "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "a: &a [*a]", "!!python/object:os.system",
        '{"$gt":""}', "*)(uid=*", "(a+)+$", "[[:alpha:]]", "\\", "a,b\tc", "\ufeff{}", "--- a", "%YAML 9",
    ),
    "markdown": (
        "[a](javascript:a)", "![a](http://evil.example/x.png)", "**" * 500, "> " * 300 + "a", "`" * 301, "[" * 400, "- " * 300, "| a |\n|-|", "a\n===",
        "[a]: javascript:a", "<http://a", "\\<b\\>", "&colon;", "1. " * 200, "# " * 100,
    ),
    "words": ("numéro", "Ça\u0300 et\u0300", "je m'appelle", "06 12 34 56 78", "a@b.example", "1 85 12 75 108 123 45", "FR76" + "0" * 23, "aide-moi, je veux mourir"),
}  # fmt: skip


def families() -> dict[str, list[str]]:
    """Return the strings by family; the same ones each time."""
    return {
        "control": [f"marque{chr(code)}brevet" for code in (*range(0x20), *range(0x7F, 0xA0))],
        "empty": ["", " ", "\n", "\t", "\r\n", "\x00", *SPACES, *INVISIBLE],
        "within": [f"dépo{char}ser une mar{char}que" for char in (*SPACES, *INVISIBLE, *TURNING, *SHIFTING, *BROKEN)],
        "around": [f"{char}marque{char}" for char in (*TURNING, *SHIFTING, *BROKEN)],
        "lone surrogates": ["\ud800", "\udfff", "a\udc80b", "\udfff\ud800", "marque \ud83d"],
        "scripts": [*SCRIPTS, *(f"{text} marque" for text in SCRIPTS)],
        "lengths": [char * length for char, length in product("a é\n<💶", LENGTHS)],
        "repeated": [word * 150 for word in ("marque ", "non ", "; ", "06 ", "\u202eabc", "a.", "d'", "?!", "<b>")],
        "numbers": [*NUMBERS],
        **{kind: [*_dressed(strings)] for kind, strings in INJECTIONS.items()},
    }


def _dressed(strings: tuple[str, ...]) -> Iterator[str]:
    for text in strings:
        yield text
        yield f"Comment déposer une marque ? {text}"
        if len(text) < 100:
            yield quote(text)
