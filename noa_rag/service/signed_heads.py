"""Signed heads of the audit: with the operator's key, kept apart from the database, and noted somewhere else."""

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from filelock import FileLock

from noa_rag.domain.days import paris_day
from noa_rag.domain.errors import InvalidSetting, NotAllowedNow, StorageUnavailable
from noa_rag.settings import Settings
from noa_rag.storage.audit import AuditEntry, AuditStore

MARK = "noa-audit-head-1"
"""What each line begins with; the number counts the forms that lines have had."""
HEADS_FILE = "noa-audit-heads.txt"
PUBLIC_ENDING = ".pub"
_LOCK = "audit-heads.lock"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The newest entry of the chain at a moment, with the operator's signature of all three."""

    at: datetime
    number: int
    hash: str
    signature: bytes = b""

    @property
    def message(self) -> str:
        """What is signed: the line up to the signature."""
        return f"{MARK} {self.at.astimezone(UTC).isoformat(timespec='seconds')} {self.number} {self.hash}"

    @property
    def line(self) -> str:
        return f"{self.message} {b64encode(self.signature).decode()}"


def make_key(path: Path) -> Path:
    """Write a new key to a file that its owner alone can read; return the file of its public part beside it.

    Raises NotAllowedNow where the file exists, StorageUnavailable where it cannot be written.
    """
    key, public = Ed25519PrivateKey.generate(), path.with_name(path.name + PUBLIC_ENDING)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except FileExistsError:
        raise NotAllowedNow(
            f"There is a key in {path} already; heads that it signed are checked with it. Name another file.",
            reason="already_there",
        ) from None
    except OSError as error:
        raise StorageUnavailable(f"The key cannot be written to {path}: {error.strerror}.") from error
    return public


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the operator's key. Raises InvalidSetting where it is missing, no such key, or others can read it."""
    if not path.is_file():
        raise InvalidSetting(f"There is no key in {path}; `noa audit key` makes one.")
    if path.stat().st_mode & 0o077:
        raise InvalidSetting(f"Others can read the key in {path}; run `chmod 600 {path}`.")
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise InvalidSetting(f"The key in {path} cannot be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidSetting(f"The key in {path} is no Ed25519 key; `noa audit key` makes one.")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Return the public part of a key. Raises InvalidSetting."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidSetting(f"The public key in {path} cannot be read: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidSetting(f"The public key in {path} is no Ed25519 key.")
    return key


def signed(head: AuditEntry, key: Ed25519PrivateKey, at: datetime) -> SignedHead:
    """Return the head of the chain with a signature."""
    unsigned = SignedHead(at, head.number, head.hash)
    return SignedHead(at, head.number, head.hash, key.sign(unsigned.message.encode()))


def append_daily(settings: Settings, audit: AuditStore, now: Callable[[], datetime]) -> bool:
    """Append a signed head to the operator's file unless it has one of today (in Paris); return whether it was added.

    Raises InvalidSetting and StorageUnavailable.
    """
    at, path = now(), heads_file(settings)
    with FileLock(settings.data_dir / _LOCK):  # several workers do this
        try:
            kept = path.read_text(encoding="utf-8") if path.exists() else ""
            newest = next((one for line in reversed(kept.splitlines()) if (one := _parsed(line))), None)
            head = audit.head()
            if head is None or (newest is not None and paris_day(newest.at) >= paris_day(at)):
                return False
            line = signed(head, read_key(settings.effective_audit_key), at).line
            with path.open("a", encoding="utf-8") as file:
                file.write(("" if not kept or kept.endswith("\n") else "\n") + line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageUnavailable(f"The signed head cannot be written to {path}: {error.strerror}.") from error
    return True


def heads_file(settings: Settings) -> Path:
    """Return the file that signed heads go to: that of the setting, or one in the folder that it names."""
    path = settings.audit_heads
    return path / HEADS_FILE if path.is_dir() else path


@dataclass(frozen=True, slots=True)
class HeadsChecked:
    """How many signed heads match the chain, up to the first that does not; `wrong` names that one and says why."""

    count: int
    newest: SignedHead | None = None
    wrong: str = ""


def check_heads(
    lines: Iterable[str],
    public_key: Ed25519PublicKey,
    hashes_of: Callable[[Collection[int]], Mapping[int, str]],
) -> HeadsChecked:
    """Compare signed heads, one per line and oldest first, with the chain; empty lines and # comments are skipped."""
    heads: list[tuple[int, SignedHead]] = []
    wrong = ""
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        head = _parsed(line)
        if head is None:
            wrong = f"line {number} is no signed head"
        elif not _is_signed(head, public_key):
            wrong = f"line {number}: the signature is not of this key, or the line was changed"
        if head is None or wrong:
            break
        heads.append((number, head))
    kept = hashes_of([head.number for _, head in heads])
    newest: SignedHead | None = None
    for count, (number, head) in enumerate(heads):
        if kept.get(head.number) != head.hash:
            what = "has another hash now" if head.number in kept else "is not in the chain any more"
            told = f"line {number}, signed on {head.at:%Y-%m-%d %H:%M} UTC: entry {head.number} {what}"
            return HeadsChecked(count, newest, told)
        newest = head
    return HeadsChecked(len(heads), newest, wrong)


def _parsed(line: str) -> SignedHead | None:
    parts = line.split()
    if len(parts) != 5 or parts[0] != MARK:
        return None
    try:
        at, signature = datetime.fromisoformat(parts[1]), b64decode(parts[4], validate=True)
        head = SignedHead(at.astimezone(UTC), int(parts[2]), parts[3], signature)
    except ValueError:
        return None
    return head if head.line == " ".join(parts) else None


def _is_signed(head: SignedHead, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(head.signature, head.message.encode())
    except InvalidSignature:
        return False
    return True
