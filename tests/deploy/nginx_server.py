"""The real nginx on loopback, with the files of deploy/ but for addresses, paths and what a test changes."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from evals.lab.benches.served import free_port, wait_until

NEEDS_NGINX = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="needs Debian's nginx (nginx-light) and openssl"
)
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
WAIT_SECONDS = 10
NODE = "server 127.0.0.1:8000 "


@contextmanager
def running_nginx(folder: Path, *, nodes: Sequence[int], changes: Mapping[str, str]) -> Iterator[int]:
    """Yield the port of an nginx in front of nodes at these ports of loopback."""
    port = free_port()
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=noa.example.fr "
        f"-keyout {folder}/key.pem -out {folder}/cert.pem".split(),
        check=True,
        capture_output=True,
    )
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl;\n": "",
        "/etc/ssl/noa/fullchain.pem": str(folder / "cert.pem"),
        "/etc/ssl/noa/privkey.pem": str(folder / "key.pem"),
        "/var/log/nginx/": f"{folder}/",
        **changes,
    }.items():
        assert old in text
        text = text.replace(old, new)
    listed = (DEPLOY / "noa-nodes.conf").read_text(encoding="utf-8")
    of_one = re.compile(rf"^    {re.escape(NODE)}(.*)$", re.MULTILINE)
    assert len(of_one.findall(listed)) == 2
    listed = of_one.sub(lambda line: "\n".join(f"    server 127.0.0.1:{node} {line[1]}" for node in nodes), listed)
    (folder / "noa.conf").write_text(text, encoding="utf-8")
    (folder / "noa-nodes.conf").write_text(listed, encoding="utf-8")
    paths = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n{paths}\nscgi_temp_path {folder}/scgi;\n"
        f"include {folder}/noa.conf;\ninclude {folder}/noa-nodes.conf;\n}}\n",
        encoding="utf-8",
    )
    command = ["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    server = subprocess.Popen(command)
    try:
        assert wait_until(lambda: server.poll() is not None or is_listening(port), WAIT_SECONDS)
        assert server.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
        yield port
    finally:
        server.terminate()
        server.wait(WAIT_SECONDS)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
