"""Translations that are not, or no longer, those of the French text beside them."""

from collections.abc import Iterator

from noa_rag.domain.shown_text import fingerprint
from noa_rag.knowledge.rules.finding import Checked, Finding, found

STALE = "stale-translation"


def stale_translations(checked: Checked) -> Iterator[Finding]:
    for file in checked.files.values():
        right = fingerprint(file.content)
        for one in file.content.translations:
            if one.of != right:
                was = f"of another text ({one.of})" if one.of else "not stamped"
                said = f"the translation `{one.language}` is {was}, so it is not shown; read again: `of: '{right}'`"
                yield found(STALE, file, "translations", said)
