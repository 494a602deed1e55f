"""compose.yaml, Containerfile and units of deploy/: what they name exists, and they agree with each other."""

import re
import shutil
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from noa_rag.cli import COMMANDS
from noa_rag.domain.limits import wrong_networks
from noa_rag.environment import variable_of
from noa_rag.settings import Settings
from tests.deploy.nginx_server import DEPLOY, NODE
from tests.shared_model import REPOSITORY

KNOWN = {variable_of(field.name) for field in fields(Settings)}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def nodes(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in compose["services"].items() if name.startswith("noa-")}


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Containerfile with their arguments, continued lines joined."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines)]


def test_services_use_networks_volumes_and_configs_that_are_declared(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert set(service["networks"]) <= set(compose["networks"]), name
        mounted = {volume.partition(":")[0] for volume in service.get("volumes", ())}
        assert {source for source in mounted if not source.startswith("./")} <= set(compose["volumes"]), name
        assert {config["source"] for config in service.get("configs", ())} <= set(compose["configs"]), name
        assert set(service.get("depends_on", ())) <= set(compose["services"]), name


def test_every_image_has_a_version_and_every_service_comes_back(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert re.fullmatch(r"[\w./-]+:[\w.-]+", service["image"]), name
        assert not service["image"].endswith(":latest"), name
        assert service["restart"] == "always", name


def test_nothing_but_nginx_can_be_reached_from_outside(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["nginx"]
    assert compose["services"]["nginx"]["ports"] == ["80:80", "443:443"]


def test_nodes_have_settings_that_exist_and_a_data_folder_each(
    compose: dict[str, Any], nodes: dict[str, dict[str, Any]]
) -> None:
    assert len(nodes) >= 2
    assert len({tuple(node["volumes"]) for node in nodes.values()}) == len(nodes)
    for node in nodes.values():
        assert set(node["environment"]) <= KNOWN
        assert "@postgresql/" in node["environment"]["NOA_DATABASE_URL"]
        assert node["environment"]["NOA_CHROMA_URL"] == "http://chroma:8000"
        assert (REPOSITORY / node["build"]["dockerfile"]).is_file()
    subnet = compose["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert {node["environment"]["NOA_TRUSTED_PROXIES"] for node in nodes.values()} == {subnet}
    assert wrong_networks(subnet) == []


def test_nginx_of_compose_knows_each_node_and_is_else_as_the_file_for_machines(
    compose: dict[str, Any], nodes: dict[str, dict[str, Any]]
) -> None:
    inside = compose["configs"]["nodes"]["content"].replace("$$", "$")
    of_machines = (DEPLOY / "noa-nodes.conf").read_text(encoding="utf-8")

    def directives(text: str) -> list[str]:
        lines = (line.partition("#")[0].strip() for line in text.splitlines())
        return [line for line in lines if line]

    one_for_all = re.sub(r"server noa-\d+:8000 ", NODE, inside)
    assert list(dict.fromkeys(directives(one_for_all))) == list(dict.fromkeys(directives(of_machines)))
    for name in nodes:
        assert inside.count(f"server {name}:8000 ") == 2


def test_the_chroma_server_of_compose_is_of_the_version_that_is_installed(compose: dict[str, Any]) -> None:
    pinned = re.search(r"^chromadb==(.*)$", (REPOSITORY / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)

    assert pinned is not None
    assert compose["services"]["chroma"]["image"] == f"docker.io/chromadb/chroma:{pinned[1]}"


def test_the_image_can_back_up_and_restore_the_postgresql_of_compose(compose: dict[str, Any]) -> None:
    """The programs of PostgreSQL must not be older than the server."""
    listed = instructions()
    last_from = max(place for place, (word, _) in enumerate(listed) if word == "FROM")
    installed = re.findall(r"\bpostgresql-client-(\d+)\b", str(listed[last_from:]))

    server = compose["services"]["postgresql"]["image"].rpartition(":")[2]
    assert installed == [server.partition(".")[0]]


def test_the_image_runs_as_no_root_and_tells_whether_it_is_ready() -> None:
    listed = instructions()
    words = [word for word, _ in listed]
    last_stage = words[len(words) - words[::-1].index("FROM") :]

    assert last_stage.index("USER") < last_stage.index("ENTRYPOINT")
    assert dict(listed)["USER"] == "noa"
    assert "http://127.0.0.1:8000/ready" in dict(listed)["HEALTHCHECK"]


def test_the_image_is_built_from_what_is_there() -> None:
    listed = instructions()
    copied = [path for word, rest in listed if word == "COPY" and "--from" not in rest for path in rest.split()[:-1]]
    assert [path for path in copied if not (REPOSITORY / path).exists()] == []
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = " ".join(rest for word, rest in listed if word == "RUN")
    assert '".[${EXTRAS}]"' in run
    (extras,) = [rest.partition("=")[2] for word, rest in listed if word == "ARG" and rest.startswith("EXTRAS=")]
    assert set(extras.split(",")) <= set(declared["optional-dependencies"])
    assert set(re.findall(r"/bin/noa (\w+)", run)) == {"setup"} <= set(COMMANDS)
    assert set(re.findall(r"NOA_[A-Z_]+", str(listed))) <= KNOWN


@pytest.mark.parametrize("unit", ["noa.service", "noa-chroma.service"])
def test_units_name_settings_that_exist_and_their_own_folder(unit: str) -> None:
    text = (DEPLOY / unit).read_text(encoding="utf-8")

    assert set(re.findall(r"\bNOA_[A-Z_]+", text)) <= KNOWN
    assert f"StateDirectory={unit.removesuffix('.service')}\n" in text
    assert "User=noa\n" in text


def test_the_readme_prepares_the_data_folder_and_names_it_with_noas_path_in_every_command() -> None:
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    by_block = text.split("```")
    quoted = [line for block in by_block[1::2] for line in block.splitlines()]
    quoted += [span for block in by_block[::2] for span in re.findall(r"`([^`]+)`", block)]
    commands = [command for command in quoted if re.search(rf"(^|[\s/])noa ({'|'.join(COMMANDS)})\b", command)]

    ours = [command for command in commands if not command.startswith("docker compose") and command != "noa serve"]
    assert len(ours) >= 5
    assert [command for command in ours if "NOA_DATA_DIR=/var/lib/noa /opt/noa/.venv/bin/noa " not in command] == []
    assert 0 < text.index("/opt/noa/.venv/bin/noa setup") < text.index("systemctl enable --now noa")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="Debian's systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """The commands are put where there are some: where Noa is installed is for the machine to say."""
    units = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
    for unit in units:
        text = unit.read_text(encoding="utf-8")
        (tmp_path / unit.name).write_text(re.sub(r"/opt/noa/\S*/bin/\w+", "/bin/true", text), encoding="utf-8")

    verify = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in units)]
    done = subprocess.run(verify, capture_output=True, check=False, text=True, timeout=60)

    ours = [line for line in done.stderr.splitlines() if any(unit.name in line for unit in units)]
    assert len(units) >= 4
    assert ours == []
    assert done.returncode == 0, done.stderr
