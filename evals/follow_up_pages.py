"""How long the follow-up's pages take in a browser's place: a whole service on loopback, asked by a coordinator."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from evals.http_load import ADDRESS, start_service
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.service.records import Records

PASSWORD = "cheval-agrafe-batterie"
COORDINATOR = Person(PersonId("carla"), "Carla Petit", frozenset({Role.COORDINATOR}))
SECONDS = 60  # a page that takes longer is an error


@contextmanager
def signed_in(records: Records, data_dir: Path) -> Iterator[httpx.Client]:
    """Yield a coordinator's client of a service on that folder, which has the records."""
    records.people.add(COORDINATOR, PASSWORD, actor="follow-up-bench")
    server, _ = start_service(data_dir)
    try:
        with httpx.Client(base_url=ADDRESS, timeout=SECONDS) as client:
            form = {"user_name": COORDINATOR.id, "password": PASSWORD}
            client.post("/revue/connexion", data=form, headers={"origin": ADDRESS})
            yield client
    finally:
        server.terminate()
        server.wait(timeout=20)


def page_times(client: httpx.Client, path: str, *, repeats: int) -> Sequence[float]:
    """Return the milliseconds of each call, after one that is not counted."""
    took = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        client.get(path).raise_for_status()
        took.append(1_000 * (time.perf_counter() - start))
    return took[1:]
