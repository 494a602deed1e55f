"""`noa switch`: parts are suspended from a terminal, and a running service follows."""

from tests.cli.conftest import Command


def test_a_part_is_switched_off_and_on_with_who_and_why(noa: Command) -> None:
    off = noa("switch", "api", "off", "--reason", "abus d'un programme")
    again = noa("switch", "api", "off", "--reason", "encore")
    listed = noa("switch", "list").out

    assert off.out == "api is off.\n"
    assert again.out == "api is off already.\n"
    row = next(line for line in listed.splitlines() if line.startswith("api"))
    assert " OFF " in row
    assert " terminal:" in row
    assert row.endswith("abus d'un programme")
    assert noa("switch", "api", "on", "--reason", "réglé").out == "api is on.\n"
    assert "switch_off" in noa("audit", "show", "--subject", "switch:api").out
    assert noa("audit", "verify").status == 0
