"""systemd.md, by systemd itself: the first process of a container in which this machine's programs are.

What is not as on the page: the Vault's address, and a drop-in that restarts at once and reads every second.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.howto.booted import booted
from tests.howto.containers import Container, told
from tests.howto.page import Block, Page
from tests.howto.premises import BOT, Premises
from tests.support import need_docker
from vault_binance import errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


UNIT = "/etc/systemd/system/mm-1.service"
DROP_IN = "[Service]\nRestartSec=0\nEnvironment=VAULT_BINANCE_SCHEDULE=swift\n"
LOOSEST = 2.0
"""What systemd calls OK ends at 4, and an ordinary service has 9."""


@pytest.fixture(scope="module")
def page(at: Premises) -> Page:
    return Page("systemd", at.own)


@pytest.fixture(scope="module")
def unit(page: Page) -> str:
    block, _ = page["The unit"]
    assert block.name == UNIT
    return block.text


@pytest.fixture(scope="module")
def machine(at: Premises, page: Page, unit: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """With the service as the page makes it."""
    need_docker()
    with booted() as made:
        desk = tmp_path_factory.mktemp("desk")
        put(made, "/srv/mm-1/bot", BOT, mode="0755")
        on_the_host, by_an_operator = page["The user and the certificate"]
        made.type(on_the_host.text)
        (desk / "mm-1.crt").write_text(made.run("cat", "/etc/mm-1/mm-1.crt"))
        with at.operators(desk) as shell:
            shell.type(by_an_operator)
        put(made, "/etc/mm-1/vault-ca.pem", at.cacert.read_text())
        put(made, UNIT, unit)
        put(made, f"{UNIT}.d/quick.conf", DROP_IN)
        made.type(page["The unit"][1].text)
        yield made


def put(machine: Container, path: str, text: str, *, mode: str = "0644") -> None:
    machine.run("install", "-D", "-m", mode, "/dev/stdin", path, stdin=text)


def asked(machine: Container, *names: str) -> dict[str, str]:
    shown = machine.run("systemctl", "show", "mm-1", *(f"--property={name}" for name in names))
    return dict(line.split("=", 1) for line in shown.splitlines())


def ended(machine: Container, *, code: int) -> bool:
    """Whether the service has ended with this code and stays down."""
    facts = asked(machine, "ActiveState", "ExecMainStatus", "SubState")
    return facts == {"ActiveState": "failed", "ExecMainStatus": str(code), "SubState": "failed"}


def journal(text: str, machine: Container, times: int = 1) -> None:
    """Wait until the journal has it so often."""
    following = ("exec", machine.name, "journalctl", "--unit=mm-1", "--follow", "--lines=all", "--output=cat")
    assert told(following, text, times), machine.run("journalctl", "--unit=mm-1")


def has_nothing_to_say(machine: Container) -> bool:
    """Systemd of the unit: all of it is known, and it is as closed as a service that talks to the network can be."""
    security = machine.run("systemd-analyze", "security", "--offline=yes", UNIT)
    (exposure,) = re.findall(r"Overall exposure level for mm-1.service: ([\d.]+)", security)
    return not machine.run("systemd-analyze", "verify", UNIT) and float(exposure) < LOOSEST


def test_a_service_comes_up_by_itself_and_stays_down_where_vault_refuses_it(
    at: Premises, page: Page, machine: Container, tmp_path: Path
) -> None:
    journal(f"trading with {at.key}", machine)
    assert has_nothing_to_say(machine)
    (user,) = set(machine.run("ps", "-o", "user=", "-g", "mm-1").split())
    assert user == "mm-1"
    shown = [machine.run("systemctl", word, "mm-1") for word in ("show", "cat", "status")]
    private = machine.run("cat", "/etc/mm-1/mm-1.key").splitlines()[1:-1]
    for secret in (at.key, at.secret, *private):
        assert not [text for text in shown if secret in text.replace(f"trading with {at.key}", "")]
    assert at.secret not in machine.run("journalctl", "--output=export")
    assert machine.run("stat", "--format=%U %a", "/etc/mm-1/mm-1.key") == "root 600"
    assert json.loads(machine.run("cat", "/run/mm-1/status.json"))["bot"] == "mm-1"

    before = asked(machine, "MainPID")["MainPID"]
    machine.run("kill", "-KILL", before)
    journal(f"trading with {at.key}", machine, times=2)
    assert asked(machine, "NRestarts", "ActiveState") == {"NRestarts": "1", "ActiveState": "active"}
    assert len(machine.run("pgrep", "-u", "mm-1", "-x", "bot").split()) == 1, "no bot was left unwatched"

    at.credential.rotate()
    journal(f"trading with {at.key}", machine)
    assert asked(machine, "NRestarts")["NRestarts"] == "1", "the bot was started anew, and not its service"

    at.suspend()
    journal("status=25/n/a", machine)
    journal("Failed with result 'exit-code'", machine)
    assert ended(machine, code=25)
    machine.run("systemctl", "start", "mm-1")
    journal("status=24/n/a", machine)
    journal("Failed with result 'exit-code'", machine, times=2)
    assert ended(machine, code=24)
    at.allow()
    assert ended(machine, code=24)
    machine.run("systemctl", "start", "mm-1")
    journal(f"trading with {at.key}", machine, times=2)

    made, moved = page["A new certificate"]
    machine.type(made.text)
    (tmp_path / "mm-1-2.crt").write_text(machine.run("cat", "/etc/mm-1/mm-1-2.crt"))
    with at.operators(tmp_path) as shell:
        shell.type(Block("sh", "vault-binance bot enroll mm-1 --certificate mm-1-2.crt"))
    machine.type(f"cd /etc/mm-1\n{moved.text}")
    journal(f"trading with {at.key}", machine, times=3)

    machine.run("systemctl", "stop", "mm-1")
    journal("asked to end", machine, times=4)
    assert asked(machine, "ActiveState", "Result") == {"ActiveState": "inactive", "Result": "success"}


def test_what_trying_again_mends_is_tried_again() -> None:
    """The list of the unit: what is not transient, and the exit code of a command line that is wrong."""
    unit = Page("systemd")["The unit"][0].text
    (listed,) = re.findall(r"^RestartPreventExitStatus=(.+)$", unit, re.MULTILINE)
    permanent = (
        errors.ConfigError,
        errors.PermissionDenied,
        errors.SecretNotFound,
        errors.LoginRefused,
        errors.LeaseEnded,
    )
    assert {int(code) for code in listed.split()} == {2, *(error.exit_code for error in permanent)}
    assert errors.VaultUnavailable.exit_code not in {int(code) for code in listed.split()}
