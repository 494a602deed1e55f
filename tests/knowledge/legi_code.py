"""A small code of law as `@socialgouv/legi-data` writes it."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

SECTION = "LEGISCTA000006178020"
DECLARING = "LEGIARTI000006900849"
PAYING = "LEGIARTI000006900850"
PENALTY = "LEGIARTI000006900851"


def in_milliseconds(day: str) -> int:
    return int(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).timestamp() * 1000)


def an_article(legi_id: str = DECLARING, num: str = "L1221-10", **data: Any) -> dict[str, Any]:
    """Return the node of an article in force since 2008."""
    article = {
        "id": legi_id,
        "cid": legi_id,
        "num": num,
        "texte": "L'embauche est déclarée. Elle l'est avant le premier jour.",
        "texteHtml": "<p>L'embauche est déclarée.</p><p>Elle l'est avant le premier&nbsp;jour.<br/></p>",
        "nota": "",
        "etat": "VIGUEUR",
        "dateDebut": in_milliseconds("2008-05-01"),
        "dateFin": in_milliseconds("2999-01-01"),
        "articleVersions": [{"id": legi_id, "etat": "VIGUEUR"}],
    }
    return {"type": "article", "data": article | data}


def write_code(folder: Path, *articles: dict[str, Any]) -> Path:
    """Write a code whose one section holds these articles, and return the folder."""
    section = {"type": "section", "data": {"id": SECTION, "title": "Embauche"}, "children": list(articles)}
    code = {"type": "code", "data": {"id": "LEGITEXT000006072050", "title": "Code du travail"}, "children": [section]}
    folder.mkdir(exist_ok=True)
    (folder / "LEGITEXT000006072050.json").write_text(json.dumps(code, ensure_ascii=False), encoding="utf-8")
    (folder / "index.json").write_text('[{"id": "LEGITEXT000006072050"}]', encoding="utf-8")
    return folder
