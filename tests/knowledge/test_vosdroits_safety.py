"""Archives and files that must be refused, whole and in plain words."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from noa_rag.domain.errors import InvalidKnowledge, UnsafeArchive
from noa_rag.knowledge.vosdroits import read_vosdroits, reading
from noa_rag.knowledge.vosdroits import reading as tars
from noa_rag.knowledge.vosdroits.reading import FILE_BYTES_LIMIT

FICHE = (
    b'<Publication xmlns:dc="http://purl.org/dc/elements/1.1/" ID="F1"><dc:title>Un ?</dc:title>'
    b"<Texte><Paragraphe>Oui.</Paragraphe></Texte></Publication>"
)


def read(path: Path) -> list[str]:
    reading = read_vosdroits(path, progress=lambda done, total: None)
    return [str(entry_id) for entry_id, _ in reading.entries]


def a_tar(path: Path, *members: tuple[str, bytes], change: Callable[[tarfile.TarInfo], None] | None = None) -> Path:
    packers: dict[str, Callable[[bytes], bytes]] = {
        ".tar": bytes,
        ".xz": lzma.compress,
        ".gz": gzip.compress,
        ".bz2": bz2.compress,
    }
    unpacked = io.BytesIO()
    with tarfile.open(fileobj=unpacked, mode="w") as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            if change:
                change(member)
            archive.addfile(member, io.BytesIO(data))
    path.write_bytes(packers[path.suffix](unpacked.getvalue()))
    return path


def a_zip(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["fiches.tar", "fiches.tar.xz", "fiches.tar.gz", "fiches.tar.bz2"])
def test_reads_a_tar_archive_and_passes_over_other_files(tmp_path: Path, name: str) -> None:
    path = a_tar(tmp_path / name, ("vdd/F1.xml", FICHE), ("vdd/menu.xml", b"<broken"))

    assert read(path) == ["F1"]
    assert [left.name for left in tmp_path.iterdir()] == [name]


def test_reads_a_zip_archive(tmp_path: Path) -> None:
    assert read(a_zip(tmp_path / "fiches.zip", ("F1.xml", FICHE))) == ["F1"]


@pytest.mark.parametrize("name", ["../F1.xml", "/etc/F1.xml", "a/../../F1.xml", "C:\\F1.xml", "..\\F1.xml"])
def test_refuses_a_member_that_climbs_out(tmp_path: Path, name: str) -> None:
    for path in (a_tar(tmp_path / "a.tar", (name, FICHE)), a_zip(tmp_path / "a.zip", (name, FICHE))):
        with pytest.raises(UnsafeArchive, match="would leave the archive's folder"):
            read(path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_refuses_links_and_devices(tmp_path: Path, kind: bytes) -> None:
    def as_kind(member: tarfile.TarInfo) -> None:
        member.type, member.linkname, member.size = kind, "/etc/passwd", 0

    path = a_tar(tmp_path / "a.tar", ("F1.xml", b""), change=as_kind)

    with pytest.raises(UnsafeArchive, match="a link or a device"):
        read(path)


def test_refuses_a_link_in_a_zip(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("F1.xml")
    link.create_system, link.external_attr = 3, 0o120777 << 16

    with pytest.raises(UnsafeArchive, match="a link, a device or encrypted"):
        read(a_zip(tmp_path / "a.zip", (link, b"/etc/passwd")))


@pytest.mark.parametrize("name", ["a.tar", "a.tar.xz", "a.tar.gz", "a.tar.bz2", "a.zip"])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6, 0.99])
def test_refuses_a_truncated_archive(tmp_path: Path, name: str, kept: float) -> None:
    path = tmp_path / name
    fiche = FICHE.replace(b"Oui.", bytes(range(48, 58)) * 3000)
    make = a_zip if name.endswith("zip") else a_tar
    whole = make(path, ("F1.xml", fiche)).read_bytes().rstrip(b"\0" if name == "a.tar" else b"")
    path.write_bytes(whole[: int(len(whole) * kept)])

    with pytest.raises(UnsafeArchive, match="Fetch it again"):
        read(path)


def test_refuses_bytes_that_are_no_archive(tmp_path: Path) -> None:
    for name in ("a.tar", "a.tar.xz", "a.tar.gz", "a.zip"):
        (tmp_path / name).write_bytes(b"Not found. " * 200)

        with pytest.raises(UnsafeArchive, match="Fetch it again"):
            read(tmp_path / name)


def test_refuses_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MEMBER_LIMIT", 2)

    with pytest.raises(UnsafeArchive, match="more than 2 members"):
        read(a_tar(tmp_path / "a.tar", *((f"menu{number}", b"") for number in range(3))))


def test_refuses_a_member_too_large_before_reading_it(tmp_path: Path) -> None:
    zeros = b"\0" * (FILE_BYTES_LIMIT + 1)

    for path in (a_zip(tmp_path / "a.zip", ("F1.xml", zeros)), a_tar(tmp_path / "a.tar.xz", ("F1.xml", zeros))):
        assert path.stat().st_size < 100_000
        with pytest.raises(UnsafeArchive, match="bytes of 16777216 allowed"):
            read(path)


def test_refuses_members_too_large_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TOTAL_BYTES_LIMIT", 100)

    with pytest.raises(UnsafeArchive, match="more than 100 bytes"):
        read(a_tar(tmp_path / "a.tar", ("one", b"1" * 60), ("two", b"2" * 60)))


def test_refuses_a_header_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tars, "STREAM_LIMIT", 1_000_000)
    header = tarfile.TarInfo("comment")
    header.type, header.size = tarfile.XHDTYPE, 50_000_000
    path = tmp_path / "a.tar.xz"
    path.write_bytes(lzma.compress(header.tobuf() + b"\0" * header.size))

    with pytest.raises(UnsafeArchive, match="more than 1000000 bytes"):
        read(path)


@pytest.mark.parametrize(
    ("name", "data", "line", "message"),
    [
        ("F1.json", b'{"type": "element",\n "name": ', 2, "Broken JSON"),
        ("F1.json", b"[" * 200_000, 0, "Nested or sized beyond reading"),
        ("F1.json", b'{"name":"a","children":[' * 150 + b"]}" * 150, 0, "nested more than 100 deep"),
        ("F1.json", b"\xff\xfe", 0, "Not UTF-8"),
        ("F1.json", b"[]", 0, "Expected a node"),
        ("F1.json", b'{"type":"element","name":7}', 0, "name of a node must be text"),
        ("F1.json", b'{"type":"element","name":"Menu","children":[]}', 0, "root element is `Menu`"),
        ("F1.xml", b"<Publication>\n<Texte>", 2, "Broken XML"),
        ("F1.xml", b"<a>" * 150 + b"</a>" * 150, 0, "nested more than 100 deep"),
        ("F1.xml", b"<Menu/>", 0, "root element is `Menu`"),
        ("F1.xml", b"<Publication ID='../F1'/>", 0, "expected F and a number"),
        ("F1.xml", b"<Publication ID='F1'/>", 0, "has no title"),
        ("F1.xml", b"<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><a>&d;</a>", 0, "Declares a DTD"),
        ("F1.xml", b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", 0, "Declares a DTD"),
        ("F1.xml", b"<?xml version='1.0' encoding='none-such'?><a/>", 0, ""),
    ],
)
def test_complains_of_a_wrong_file(tmp_path: Path, name: str, data: bytes, line: int, message: str) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(InvalidKnowledge) as raised:
        read(tmp_path)

    (complaint,) = raised.value.complaints
    assert complaint.path == name
    assert complaint.line == line or not message
    assert message in complaint.message


def test_lists_every_wrong_file_and_every_repeated_id_at_once(tmp_path: Path) -> None:
    for name, data in (("F1.xml", FICHE), ("F2.xml", FICHE), ("F3.xml", b"<"), ("F4.json", b"{")):
        (tmp_path / name).write_bytes(data)

    with pytest.raises(InvalidKnowledge) as raised:
        read(tmp_path)

    assert [complaint.path for complaint in raised.value.complaints] == ["F3.xml", "F4.json", "F2.xml"]
    assert "F1 is taken by F1.xml already" in raised.value.complaints[2].message


@pytest.mark.parametrize("name", ["missing", "missing.json", "missing.tar.xz", "missing.zip"])
def test_says_when_the_path_does_not_exist(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidKnowledge, match="Check"):
        read(tmp_path / name)


@pytest.mark.timeout(20)
def test_a_pipe_among_fiches_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "F1.xml")

    with pytest.raises(InvalidKnowledge, match="a pipe or a device, not a file"):
        read(tmp_path)
