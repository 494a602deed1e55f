"""A whole service in a process of its own, over a base made for the day that the browser plays."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryContent, EntryId, Section, Source
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.knowledge.pack import Pack, write_pack
from noa_rag.service.downloads import fetch_htmx
from noa_rag.service.records import fill_empty_base, open_records
from noa_rag.settings import Settings
from tests import databases
from tests.shared_model import REPOSITORY, link_models, vectors_kept

PASSWORD = "cheval-agrafe-batterie"
KNOWN_AGENCIES = ("inpi", "douanes")
OTHER_TEXTS = 200
UNKNOWN_TO_THE_BASE = {EntryId("e-soleau-prouver-creation"), EntryId("obtenir-numero-eori")}
ACCOUNTS = (
    Person(PersonId("ines"), "Inès Martin", frozenset({Role.REFERENT}), frozenset({AgencyId("inpi")})),
    Person(PersonId("dora"), "Dora Lemaire", frozenset({Role.REFERENT}), frozenset({AgencyId("douanes")})),
    Person(PersonId("carla"), "Carla Petit", frozenset({Role.COORDINATOR})),
    Person(PersonId("quentin"), "Quentin Roy", frozenset({Role.QA})),
    Person(PersonId("adele"), "Adèle Faure", frozenset({Role.ADMINISTRATOR})),
)


@dataclass(frozen=True, slots=True)
class Service:
    """Where it answers, and the environment in which its commands see the same base."""

    url: str
    environment: dict[str, str]

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `noa` over the same base."""
        noa = Path(sys.executable).with_name("noa")
        return subprocess.run([str(noa), *arguments], env=self.environment, text=True, capture_output=True, check=False)


@contextmanager
def running_service(folder: Path, pack: Pack) -> Iterator[Service]:
    """Yield a service that knows the entries of two agencies but two, and a library of official-looking texts."""
    data_dir = folder / "data"
    link_models(data_dir)
    _fetch_htmx(data_dir)
    write_pack(_known(pack), folder / "pack")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NOA_")},
        "NOA_DATA_DIR": str(data_dir),
        "NOA_KNOWLEDGE": str(folder / "pack"),
        "NOA_PORT": str(port),
        "NOA_RATE_LIMIT": "0",
        "OMP_NUM_THREADS": "1",
    }
    service = Service(f"http://127.0.0.1:{port}", environment)
    until_ended = ExitStack()
    url = until_ended.enter_context(databases.a_base(databases.ENGINE, data_dir))
    settings = Settings(data_dir=data_dir, knowledge=folder / "pack", database_url=databases.beside(data_dir, url))
    environment["NOA_DATABASE_URL"] = settings.database_url
    records = open_records(settings)
    fill_empty_base(settings, records)
    records.people.add_all([(person, PASSWORD) for person in ACCOUNTS], actor="test")
    records.library.save((*LIBRARY, *other_texts(pack)))
    records.close()
    with (folder / "log.txt").open("w") as log, ExitStack() as until_ready:
        until_ready.enter_context(vectors_kept(data_dir, "small"))
        noa = Path(sys.executable).with_name("noa")
        process = subprocess.Popen([str(noa), "serve"], env=environment, stdout=log, stderr=log)
        try:
            _wait_for(service, process, folder / "log.txt")
            until_ready.close()
            yield service
        finally:
            process.terminate()
            process.wait(timeout=30)
            until_ended.close()


def other_texts(pack: Pack) -> list[tuple[EntryId, EntryContent]]:
    """Return texts on other subjects, as a library has them: how surely it speaks of a question depends on its size."""
    others = [entry for entry in pack.entries if entry[1].agency_id not in KNOWN_AGENCIES and not entry[1].branches]
    return [
        (EntryId(f"other-{entry_id}"), replace(content, origin="vosdroits", related=(), steps=(), variant_of=None))
        for entry_id, content in others[:OTHER_TEXTS]
    ]


def _known(pack: Pack) -> Pack:
    own = [
        (entry_id, content)
        for entry_id, content in pack.entries
        if content.agency_id in KNOWN_AGENCIES and entry_id not in UNKNOWN_TO_THE_BASE
        if not (content.steps or content.branches)  # these lead through entries of every agency
    ]
    ids = {entry_id for entry_id, _ in own}
    entries = tuple(
        (entry_id, replace(content, related=tuple(other for other in content.related if other in ids)))
        for entry_id, content in own
    )
    return Pack(pack.agencies, pack.themes, entries)


def _fetch_htmx(data_dir: Path) -> None:
    fetched = REPOSITORY / "noa-data" / "static"
    if (fetched / "htmx.min.js").is_file():
        (data_dir / "static").symlink_to(fetched, target_is_directory=True)
    else:
        fetch_htmx(Settings(data_dir=data_dir))


def _wait_for(service: Service, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{service.url}/health", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    raise AssertionError(log.read_text())


def _text(title: str, url: str, answer: str, *sections: tuple[str, str]) -> EntryContent:
    return EntryContent(
        agency_id=AgencyId("inpi"),
        question=title,
        answer=answer,
        theme="propriete-intellectuelle",
        sources=(Source(title, url),),
        sections=tuple(Section(f"s{at}", heading, text) for at, (heading, text) in enumerate(sections)),
        origin="vosdroits",
    )


# Written for this test: what the base does not say, as a library would.
LIBRARY = (
    (
        EntryId("T1"),
        _text(
            "Prouver la date de création d'une œuvre ou d'une idée",
            "https://www.inpi.fr/proteger-vos-creations/lenveloppe-soleau",
            "Le service e-Soleau de l'INPI permet de donner une date certaine à une création ou à une idée.",
            (
                "Comment faire un dépôt e-Soleau ?",
                "Le dépôt e-Soleau se fait en ligne, sur le site de l'INPI. Vous joignez les fichiers qui décrivent"
                " votre création. Un récépissé qui porte la date du dépôt vous est remis aussitôt.",
            ),
            (
                "Que vaut cette preuve ?",
                "L'enveloppe Soleau prouve la date de la création. Elle ne donne pas de droit exclusif comme le fait un"
                " brevet ou une marque.",
            ),
        ),
    ),
    (
        EntryId("T2"),
        _text(
            "Numéro EORI de l'opérateur",
            "https://www.douane.gouv.fr/demarche/obtenir-un-numero-eori",
            "Le numéro EORI identifie l'entreprise auprès des douanes de l'Union européenne.",
            (
                "Qui doit demander un numéro EORI ?",
                "Toute entreprise qui importe ou exporte hors de l'Union européenne demande un numéro EORI avant sa"
                " première opération. La demande se fait en ligne sur le site de la douane.",
            ),
        ),
    ),
)
