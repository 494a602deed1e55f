"""`noa sources`."""

import json
import zipfile
from pathlib import Path

import pytest

from noa_rag.service.records import Records
from tests.cli.conftest import Command
from tests.knowledge.legi_code import an_article, in_milliseconds, write_code
from tests.knowledge.test_vosdroits import a_fiche


def an_archive(path: Path, answer: str, day: str) -> Path:
    body = f"<Introduction><Texte><Paragraphe>{answer}</Paragraphe></Texte></Introduction>"
    url = "https://www.legifrance.gouv.fr/codes/article_lc/LEGIARTI000006900849"
    reference = f'<Reference URL="{url}"><Titre>Code du travail : L1221-10</Titre></Reference>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("F1.xml", a_fiche(body + reference, modified=f"modified {day}"))
    return path


@pytest.fixture
def newer(records: Records, noa: Command, tmp_path: Path) -> Path:
    """An archive that is newer than the fiche that was imported as an entry."""
    noa("knowledge", "import", an_archive(tmp_path / "old.zip", "Un jour.", "2020-11-05"), "--format", "vosdroits")
    return an_archive(tmp_path / "new.zip", "Deux jours.", "2026-11-05")


pytestmark = pytest.mark.usefixtures("fake_model")


def test_opens_a_draft_for_what_changed_and_says_why_once(noa: Command, newer: Path, records: Records) -> None:
    result = noa("sources", "check", newer)

    assert result.status == 0
    assert "1 fiches read: 1 citations compared, 0 followed from now on, 1 changed." in result.out
    assert "Avant : « Un jour. » Après : « Deux jours. »" in result.out
    assert len(records.review.drafts()) == 1
    assert "0 drafts opened or completed." in noa("sources", "check", newer).out


def test_a_dry_run_prints_one_json_object_and_writes_nothing(noa: Command, newer: Path, records: Records) -> None:
    report = json.loads(noa("sources", "check", newer, "--dry-run", "--json").out)

    assert (report["dry_run"], report["fiches_read"], report["changed"]) == (True, 1, [{"entry": "F1", "source": "F1"}])
    assert report["drafts"][0]["reasons"][1] == " Avant : « Un jour. » Après : « Deux jours. »"
    assert records.review.drafts() == []


def test_articles_that_a_fiche_names_are_followed_too(noa: Command, newer: Path, tmp_path: Path) -> None:
    young = an_article(dateDebut=in_milliseconds("2026-01-01"))

    result = noa("sources", "check", "--legi", write_code(tmp_path / "legi", young))

    assert "0 fiches, 1 articles read" in result.out
    assert (
        "Source plus récente que la fiche : « Code du travail : L1221-10 », en vigueur depuis le 01/01/2026"
        in result.out
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Nothing to compare with. Give an ARCHIVE of fiches, --legi FOLDER, or both."),
        (("--legi", "legi", "--complete"), "--complete says something of an ARCHIVE"),
        (("absent.zip",), "Does not exist. Check the path."),
        (("damaged.zip",), "Fetch it again."),
        (("empty",), "Holds no fiche"),
        (("--legi", "empty"), "Holds no article"),
        (("--legi", "absent"), "Is not a folder."),
        (("notes.txt",), "Neither a fiche nor an archive."),
    ],
)
def test_wrong_arguments_and_damaged_archives_are_told_and_change_nothing(
    noa: Command,
    newer: Path,
    records: Records,
    tmp_path: Path,
    *,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("rien")
    (tmp_path / "damaged.zip").write_bytes(newer.read_bytes()[:-40])
    write_code(tmp_path / "legi", an_article())

    result = noa("sources", "check", *arguments)

    assert result.status != 0
    assert said in " ".join(result.err.split())
    assert "Traceback" not in result.err
    assert records.review.drafts() == []
