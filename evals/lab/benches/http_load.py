"""A service on loopback, asked at a fixed rate: a loop that waits for each answer would hide its stalls."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from evals.runner.bases import ROOT
from noa_rag.domain.errors import NoaError

PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"
START_SECONDS = 120
READING_AHEAD_SECONDS = 900


def start_service(data_dir: Path) -> "tuple[subprocess.Popen[bytes], float]":
    """Start `noa serve` on a prepared data folder; return it with the seconds until it answered."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NOA_")}
    environment["NOA_DATA_DIR"] = str(data_dir)
    environment["NOA_RATE_LIMIT"] = "0"  # all questions come from this machine
    start = time.perf_counter()
    command = [str(Path(sys.executable).with_name("noa")), "serve", "--port", str(PORT)]
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while time.perf_counter() - start < START_SECONDS and server.poll() is None:
        try:
            if httpx.get(f"{ADDRESS}/health", timeout=1).is_success:
                return server, time.perf_counter() - start
        except httpx.HTTPError:
            time.sleep(0.05)
    server.terminate()
    raise NoaError("noa serve did not come up; run it by hand to see why")


def wait_until_read_ahead() -> float:
    """Wait until the service that was started has read its entries ahead, of which `/health` tells; return the seconds.

    Raises `NoaError` when it does not end.
    """
    start = time.perf_counter()
    give_up = start + READING_AHEAD_SECONDS
    while httpx.get(f"{ADDRESS}/health", timeout=10).json()["reading_ahead"] != "over":
        if time.perf_counter() > give_up:
            raise NoaError(f"noa serve still reads its entries ahead after {READING_AHEAD_SECONDS} seconds")
        time.sleep(0.2)
    return time.perf_counter() - start


async def fixed_rate(
    bodies: Sequence[Mapping[str, str]], *, warm_up: int, per_second: int, seconds: int
) -> tuple[list[float], int]:
    """Return the milliseconds of each call from its scheduled moment, and how many failed.

    Calls are sent at fixed times, whatever becomes of the others.
    """
    latencies: list[float] = []
    errors = 0

    async def send(client: httpx.AsyncClient, number: int, start: float) -> None:
        nonlocal errors
        scheduled = start + number / per_second
        await asyncio.sleep(max(0.0, scheduled - time.perf_counter()))
        try:
            reply = await client.post("/api/v1/ask", json=bodies[number % len(bodies)])
            errors += not reply.is_success
        except httpx.HTTPError:
            errors += 1
        latencies.append((time.perf_counter() - scheduled) * 1_000)

    async with httpx.AsyncClient(base_url=ADDRESS, timeout=30) as client:
        for number in range(warm_up):
            await client.post("/api/v1/ask", json=bodies[number % len(bodies)])
        start = time.perf_counter() + 0.1
        await asyncio.gather(*(send(client, number, start) for number in range(per_second * seconds)))
    return latencies, errors
