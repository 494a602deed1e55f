"""What the audit says of a version of an entry: everything beside its text, and the hash of that."""

from collections.abc import Mapping
from typing import Any

from noa_rag.storage.moments import in_utc

VERSION_ADDED = "version_added"
_SAID = ("version", "status", "author", "content_hash", "note")


def version_detail(row: Mapping[str, Any]) -> dict[str, str | int | None]:
    """Return the detail of the entry about a row of `entry_versions`; its actor is the approver."""
    approved_at = in_utc(row["approved_at"]).isoformat(timespec="microseconds")
    return {**{name: row[name] for name in _SAID}, "approved_at": approved_at}
