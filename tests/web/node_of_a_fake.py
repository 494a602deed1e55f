"""One machine of several over a PostgreSQL, whose application answers from memory: `python -m … PORT URL LIMIT`."""

import sys
from pathlib import Path
from tempfile import mkdtemp

import uvicorn

from noa_rag.service.limits import buckets_over
from noa_rag.storage.database import Database
from noa_rag.storage.limits import ServerBuckets
from noa_rag.web.app import create_app
from tests.web.fake_service import FakeService


def main() -> None:
    port, url, limit = sys.argv[1:]
    server = ServerBuckets(Database(url), b"secret", wait_seconds=30)  # the machine may be busy
    buckets = buckets_over(server, None)
    app = create_app(FakeService(), static_dir=Path(mkdtemp()), rate_limit=int(limit), buckets=buckets)
    uvicorn.run(app, port=int(port), log_level="warning")


if __name__ == "__main__":
    main()
