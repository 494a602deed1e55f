"""What Noa is made of: pins with hashes, parts with licences, and a scan that never passes without having been done."""

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import distributions
from typing import Any

import pytest

from evals.lab.supply import CANARY, FOUND, NOT_DONE, PARTS, UNKNOWN, component_of, licence_of, name_of, scanned
from tests.shared_model import REPOSITORY

PINS = ["alpha==1.0", "beta==2.0"]
BAD = {"name": "jinja2", "version": "3.1.2", "vulns": [{"id": "CVE-2024-22195"}]}


def an_audit(*dependencies: Mapping[str, Any], canary: Mapping[str, Any] = BAD) -> Any:
    def audited(pins: Sequence[str]) -> Mapping[str, Any]:
        return {"dependencies": [canary] if list(pins) == [CANARY] else list(dependencies)}

    return audited


def clean(name: str) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": []}


def test_a_scan_of_all_packages_that_finds_nothing_says_so() -> None:
    assert scanned(PINS, an_audit(clean("alpha"), clean("beta"))) == (
        0,
        "2 packages looked up, nothing is known against them.",
    )


def test_what_is_found_is_named() -> None:
    status, told = scanned(PINS, an_audit(clean("alpha"), {**clean("beta"), "vulns": [{"id": "PYSEC-1"}]}))

    assert status == FOUND
    assert told.startswith("beta 1.0: PYSEC-1\n")


def without_report(pins: Sequence[str]) -> Mapping[str, Any]:
    raise RuntimeError("pip-audit could not be run (FileNotFoundError)")


@pytest.mark.parametrize(
    "audited",
    [
        without_report,
        an_audit(clean("alpha"), clean("beta"), canary=clean("jinja2")),
        an_audit(clean("alpha"), clean("beta"), canary={"name": "jinja2", "skip_reason": "not found"}),
        an_audit(clean("alpha"), {"name": "beta", "skip_reason": "not found"}),
        an_audit(clean("alpha")),
    ],
    ids=["no report", "no advisories", "unknown service", "one skipped", "one missing"],
)
def test_a_scan_that_was_not_done_is_never_green(audited: Any) -> None:
    status, told = scanned(PINS, audited)

    assert status == NOT_DONE
    assert "NOT DONE" in told


def pins_of(text: str) -> dict[str, str]:
    return {
        re.sub(r"[-_.]+", "-", one[1]).lower(): one[2] for one in re.finditer(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    }


def test_every_pin_has_hashes() -> None:
    hashed = (REPOSITORY / "hashes.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", hashed.strip())

    assert pins_of(hashed) == pins_of((REPOSITORY / "constraints.txt").read_text(encoding="utf-8")), "run make lock"
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


WEIGHTS = (".safetensors", ".npz", ".onnx")


def test_models_and_data_have_licences_and_files_that_are_there() -> None:
    components = [component_of(part) for part in PARTS]

    assert all(one["licenses"][0]["license"]["name"] for one in components)
    assert sum("hashes" in one for one in components) == 7
    weights = {path.name for path in (REPOSITORY / "noa_rag").rglob("*") if path.suffix in WEIGHTS}
    assert weights == {part.file.rpartition("/")[2] for part in PARTS if part.file.endswith(WEIGHTS)}


def test_nearly_every_package_tells_its_licence() -> None:
    told = {name_of(one): licence_of(one) for one in distributions()}

    assert told["litestar"] == "MIT License"
    assert told["noa"] == "MIT"
    assert sum(licence == UNKNOWN for licence in told.values()) <= len(told) // 10
