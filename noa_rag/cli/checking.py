"""Checking a pack: its form, then the rules, with the bundled pack's ids known beside it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.ports import Progress, no_progress
from noa_rag.knowledge.pack import Pack, read_pack
from noa_rag.knowledge.rules.questions import Embed
from noa_rag.knowledge.rules.report import Report, examine
from noa_rag.settings import NO_KNOWLEDGE, Settings


def check_pack(
    settings: Settings,
    path: Path,
    *,
    today: date,
    rules: Collection[str] = (),
    strict: Iterable[str] = (),
    embed: Embed | None = None,
) -> tuple[Pack, Report]:
    """Return a pack with what the rules found. Raises InvalidKnowledge with every mistake of form."""
    pack = read_beside_bundled(settings, path)
    return pack, examine(pack, today=today, rules=rules, strict=strict, embed=embed)


def read_beside_bundled(settings: Settings, path: Path) -> Pack:
    """Return a pack, a folder of entries or one entry, which may refer to what the bundled pack holds."""
    folder = settings.knowledge
    is_other = folder != NO_KNOWLEDGE and folder.is_dir() and path.resolve() != folder.resolve()
    bundled = read_pack(folder) if is_other else None
    return read_pack(
        path,
        known_agencies=[agency.id for agency in bundled.agencies] if bundled else (),
        known_themes=[theme.id for theme in bundled.themes] if bundled else (),
        known_entries=[entry_id for entry_id, _ in bundled.entries] if bundled else (),
    )


def question_vectors(settings: Settings, progress: Progress = no_progress) -> Embed:
    """Return what embeds questions with the model that the settings name, around the middle of all of them."""
    from noa_rag.service.noa import open_embedder

    embedder = open_embedder(settings, progress)

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = embedder.embed_queries(list(texts))
        moved = vectors - vectors.mean(axis=0)
        centred: NDArray[np.float32] = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
        return centred

    return embed
