"""The audit: what was done, by whom, in a chain of hashes in which nothing can be changed unseen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

FIRST_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing done. `number` counts from 1; `previous_hash` is the hash of the entry before, SHA-256 in hex."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, str | int | None]
    previous_hash: str
    hash: str


def audit_hash(
    *,
    number: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, str | int | None],
    previous_hash: str,
) -> str:
    """Return the SHA-256 of an entry and of the hash before it; `at` is in UTC, and counts to the microsecond."""
    parts = [number, at.isoformat(timespec="microseconds"), actor, action, subject, dict(detail), previous_hash]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
