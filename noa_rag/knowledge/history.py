"""The successive versions of an entry in its portable form: fields that all share first, then what each one says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ruamel.yaml.comments import CommentedMap

from noa_rag.domain.days import PARIS, paris_day, start_of
from noa_rag.domain.entry import EntryContent, EntryStatus
from noa_rag.knowledge.fields import Fields

VERSION_FIELDS = ("approved_at", "status", "note")


@dataclass(frozen=True, slots=True)
class DatedVersion:
    """One version of an entry with the moment from which it is served."""

    content: EntryContent
    approved_at: datetime
    status: EntryStatus = EntryStatus.APPROVED
    note: str = ""


def merged(shared: CommentedMap, own: CommentedMap) -> CommentedMap:
    """Return the fields of one version, its own before the shared ones, each with the line that it stands in."""
    together = CommentedMap()
    together.lc.line, together.lc.col = own.lc.line, own.lc.col
    for source in (shared, own):
        for key, value in source.items():
            together[key] = value
            together.lc.add_kv_line_col(key, source.lc.data[key])
    return together


def read_moment(fields: Fields) -> datetime | None:
    """Return when a version was approved: a day means its first moment in Paris."""
    value = fields.document.get("approved_at")
    if value is None:
        fields.complain("`approved_at` is missing")
        return None
    if type(value) is date:
        return start_of(value).astimezone(UTC)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if len(value) == len("2020-03-18"):
                return moment.replace(tzinfo=PARIS).astimezone(UTC)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
    fields.complain(
        "`approved_at` must be a day written YYYY-MM-DD, or a moment with its offset between quotes:"
        f" '2020-03-18T09:30:00+01:00', not {str(value)!r}",
        "approved_at",
    )
    return None


def read_status(fields: Fields) -> EntryStatus:
    value = fields.document.get("status", EntryStatus.APPROVED.value)
    if value in {status.value for status in EntryStatus}:
        return EntryStatus(value)
    fields.complain(f"`status` must be approved or withdrawn: {value!r}", "status")
    return EntryStatus.APPROVED


def check_order(versions: Sequence[tuple[Fields, DatedVersion]], *, now: datetime) -> None:
    """Complain about versions that are out of order or were never served."""
    previous: DatedVersion | None = None
    for fields, version in versions:
        day, window = paris_day(version.approved_at), version.content.window
        if version.approved_at > now:
            fields.complain(f"`approved_at` lies in the future: {day}", "approved_at")
        if previous is None and version.status is EntryStatus.WITHDRAWN:
            fields.complain("the first version cannot be withdrawn: there is nothing to withdraw", "status")
        if previous is not None and version.approved_at <= previous.approved_at:
            fields.complain(
                f"approved on {day}, not after the version before it ({paris_day(previous.approved_at)})", "approved_at"
            )
        if version.status is EntryStatus.APPROVED and window.valid_until is not None and window.valid_until < day:
            fields.complain(f"never served: approved on {day}, after its `valid_until`", "valid_until")
        previous = version


def split(documents: Iterable[tuple[Mapping[str, Any], DatedVersion]]) -> dict[str, Any]:
    """Return one mapping for an entry: fields with the same value in every version stand first, once."""
    listed = list(documents)
    first = listed[0][0]
    shared = {key: value for key, value in first.items() if all(mapping.get(key) == value for mapping, _ in listed)}
    own = [
        {**_said(version), **{key: value for key, value in document.items() if key not in shared}}
        for document, version in listed
    ]
    return {**shared, "versions": own}


def _said(version: DatedVersion) -> dict[str, Any]:
    day = paris_day(version.approved_at)
    is_whole_day = start_of(day) == version.approved_at
    said: dict[str, Any] = {"approved_at": day if is_whole_day else version.approved_at.astimezone(UTC).isoformat()}
    if version.status is not EntryStatus.APPROVED:
        said["status"] = version.status.value
    if version.note:
        said["note"] = version.note
    return said
