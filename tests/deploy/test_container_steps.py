"""The steps of the Containerfile, run by a plain shell in a folder that stands for the image's root.

No container engine is needed, and none checked: base images, `apt-get`, `useradd`, the change of user and downloads are
left out, and libraries lent by this environment. All else is run as it stands in the file.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.deploy.test_files import instructions
from tests.packaging.test_wheel import shipped_files
from tests.shared_model import REPOSITORY

pytestmark = pytest.mark.model
LEFT_OUT = ("apt-get", "useradd", "test -s")  # the last: whether what is downloaded came
STEP_SECONDS = 900
START_SECONDS = 120


@dataclass
class Image:
    """What the steps have made so far: the folder in place of `/`, the environment, and the folder one is in."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    inside: str = "/"
    commands: dict[str, list[str]] = field(default_factory=dict)
    health: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    data: frozenset[str] = frozenset()  # names in the data folder before anything is started

    def in_root(self, text: str) -> str:
        """Return a command with the image's own folders where they lie here."""
        return re.sub(r"(?<![\w.])/(src|opt/noa|var/lib/noa)\b", rf"{self.root}/\1", text)

    def environment(self) -> dict[str, str]:
        # Nothing is downloaded: libraries come from this environment, and what fetches says that it cannot.
        offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "npm_config_offline": "true"}
        lent = {"PATH": os.environ["PATH"], "HOME": str(self.root), "PYTHONPATH": sysconfig.get_path("purelib")}
        return lent | offline | {name: self.in_root(value) for name, value in self.variables.items()}

    def run(self, command: str) -> None:
        """Run a step as the builder would, unless it is about Debian's packages and accounts."""
        steps = [step for step in command.split(" && ") if not step.lstrip().startswith(LEFT_OUT)]
        steps = [step for step in steps if "/var/lib/apt" not in step]
        if not steps:
            return
        script = self.in_root(" && ".join(steps)).replace("cd /", f"cd {self.root}", 1)
        done = subprocess.run(
            ["sh", "-e", "-c", script],
            cwd=self.in_root(self.inside),
            env=self.environment(),
            capture_output=True,
            check=False,
            text=True,
            timeout=STEP_SECONDS,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        self.ran.append(script)

    def copy(self, arguments: str) -> None:
        """Copy what git has into the folder one is in; what another stage made is there already."""
        *names, target = arguments.split()
        if "--from=build" in names:
            return
        there = Path(self.in_root(self.inside))
        for name in names:
            files = [file for file in shipped_files() if file.startswith(f"{name}/")] or [name]
            for file in files:
                copied = there / target / Path(file).relative_to(name) if file != name else there / target / file
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(REPOSITORY / file, copied)


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with tempfile.TemporaryDirectory() as folder:
        image = Image(Path(folder))
        (image.root / "bin").mkdir()
        (image.root / "bin" / "python").symlink_to(sys.executable)
        for word, arguments in instructions():
            match word:
                case "ARG":
                    name, _, value = arguments.partition("=")
                    image.variables[name] = value
                case "ENV":
                    for argument in shlex.split(arguments):
                        name, _, value = argument.partition("=")
                        image.variables[name] = value.replace("$PATH", f"{image.root}/bin:{os.environ['PATH']}")
                case "WORKDIR":
                    image.inside = arguments
                    Path(image.in_root(arguments)).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    image.copy(arguments)
                case "RUN":
                    image.run(arguments)
                case "HEALTHCHECK":
                    image.health = eval(arguments.partition("CMD ")[2])
                case "ENTRYPOINT" | "CMD":
                    image.commands[word] = eval(arguments)
                case other:
                    assert other in ("FROM", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL"), other
        image.data = frozenset(path.name for path in (image.root / "var" / "lib" / "noa").iterdir())
        yield image


def test_the_steps_install_noa_and_prepare_its_model_and_nothing_of_a_base(image: Image) -> None:
    assert len(image.ran) >= 2
    data = image.root / "var" / "lib" / "noa"
    assert (image.root / "opt" / "noa" / "bin" / "noa").is_file()
    assert [path.name for path in (data / "models").iterdir() if path.is_dir()] != []
    assert not image.data & {"noa.db", "index"}


def test_what_the_image_starts_becomes_healthy_and_ends_when_told(image: Image) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environment = image.environment() | {"NOA_PORT": port, "NOA_KNOWLEDGE": ""}
    command = [*image.commands["ENTRYPOINT"], *image.commands["CMD"]]
    program = str(image.root / "opt" / "noa" / "bin" / command[0])
    with subprocess.Popen([program, *command[1:]], cwd=image.root, env=environment, stderr=subprocess.PIPE) as service:
        try:
            check = [line.replace(":8000", f":{port}") for line in image.health]
            assert check != image.health
            deadline = time.monotonic() + START_SECONDS
            while subprocess.run(check, env=environment, capture_output=True, check=False, timeout=30).returncode:
                assert service.poll() is None, service.stderr and service.stderr.read()[-2000:]
                assert time.monotonic() < deadline
                time.sleep(0.5)
        finally:
            service.terminate()
        assert service.wait(timeout=40) in (0, -signal.SIGTERM)
