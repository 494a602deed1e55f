"""Another worker over the same base: answers each line it is sent with the entry that is shown."""

import json
import sys
from pathlib import Path

import structlog

from noa_rag.domain.question import Ask
from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from tests.fake_noa import a_noa


def main(data_dir: Path, folder: Path, database_url: str) -> None:
    """Follow the base as a worker does, and answer until the input ends."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    settings = Settings(data_dir=data_dir, knowledge=Path(), database_url=database_url)
    noa = a_noa(settings, open_records(settings), folder)
    noa.follow()
    print("ready", flush=True)  # noqa: T201 (the test reads it)
    for line in sys.stdin:
        entry = noa.answering(is_recorded=False).ask(Ask(line.strip())).entry
        print(json.dumps(entry.id if entry else None), flush=True)  # noqa: T201
    noa.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
