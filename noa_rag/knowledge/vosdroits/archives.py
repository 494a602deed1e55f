"""What every archive must respect, whatever its format; nothing is ever written to disk."""

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from noa_rag.domain.errors import UnsafeArchive
from noa_rag.knowledge.vosdroits.limits import FILE_BYTES_LIMIT, MEMBER_LIMIT, TOTAL_BYTES_LIMIT

DRIVE = re.compile(r"^[A-Za-z]:")
DISTRUST = "Do not trust this archive; fetch the official one."


@dataclass(slots=True)
class Allowance:
    """What an archive has used of the limits so far; refuses the member that goes beyond."""

    archive: Path
    member_count: int = field(default=0, init=False)
    total_bytes: int = field(default=0, init=False)

    def admit(self, name: str, size: int) -> None:
        """Count a member by its announced size, before any of it is read."""
        self.member_count += 1
        self.total_bytes += size
        if climbs_out(name):
            raise unsafe(self.archive, f"Member `{name}` would leave the archive's folder. {DISTRUST}")
        if self.member_count > MEMBER_LIMIT:
            raise unsafe(self.archive, f"Holds more than {MEMBER_LIMIT} members. {DISTRUST}")
        if not 0 <= size <= FILE_BYTES_LIMIT:
            raise unsafe(self.archive, f"Member `{name}` takes {size} bytes of {FILE_BYTES_LIMIT} allowed. {DISTRUST}")
        if self.total_bytes > TOTAL_BYTES_LIMIT:
            raise unsafe(self.archive, f"Unpacks to more than {TOTAL_BYTES_LIMIT} bytes. {DISTRUST}")


def climbs_out(name: str) -> bool:
    """Whether a member's name leads out of the folder it would be unpacked in."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or bool(DRIVE.match(name)) or "\0" in name


def unsafe(archive: Path, message: str) -> UnsafeArchive:
    return UnsafeArchive(f"{archive.name}: {message}")


def truncated(archive: Path, seen: object) -> UnsafeArchive:
    return unsafe(archive, f"Ends too early or is damaged ({seen}). Fetch it again.")
