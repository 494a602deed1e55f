"""Words that make a name sure, and words that stand where a name could and are none, all folded.

The first decide where a title or a signature is missing; the others follow a title, a greeting or "je suis".
"""

import tomllib
from pathlib import Path

from noa_rag.french.language import ENGLISH_WORDS
from noa_rag.french.words import STOP_WORDS

_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _words(name: str) -> frozenset[str]:
    return frozenset(_LISTS[name].split())


GIVEN_NAMES = _words("given_names")
ALSO_WORDS = _words("also_words")
SURNAMES = _words("surnames")
AFTER_ARTICLE = _words("after_article")
PARTICLES = _words("particles")
SELDOM_NAMES = _words("trades")
NEVER_NAMES = (
    (_words("brands") | _words("grammar") | _words("offices") | _words("firms") | ENGLISH_WORDS | STOP_WORDS)
    - PARTICLES
    - {"marie", "tout", "vert", "haut"}
)
