"""docker.md, on a real engine: the image built, the containers run, and what Docker shows of them.

What is not as on the page: `FROM` names an image of this machine's own Python, since nothing is pulled; the containers
are in the host's network, where the Vault of this test is; and they read every second, to notice a rotation soon.
There is no Compose here: its file is compared with the command that was run, word by word.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.howto.bots_image import bots_image
from tests.howto.containers import Container, docker, gone_afterwards, python_image
from tests.howto.page import Page
from tests.support import need_docker, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.howto.premises import Premises


NEWER = "# newer"


@pytest.fixture
def image(at: Premises, tmp_path: Path) -> Iterator[str]:
    need_docker()
    if os.geteuid():
        unavailable("only root may give a file to the container's user")
    context = tmp_path / "context"
    context.mkdir()
    with bots_image(at, context) as name:
        yield name


@dataclass(frozen=True)
class Host:
    """A container's host: `etc` and `run` are its /etc/mm-1 and /run/mm-1."""

    folder: Path
    page: Page
    container: Container

    @property
    def etc(self) -> Path:
        return self.folder / "etc"


@contextmanager
def somewhere(at: Premises, image: str, tmp_path: Path) -> Iterator[Host]:
    """A host below this folder."""
    tmp_path.mkdir()
    with gone_afterwards() as container:
        own = {
            **at.own,
            "source=/etc/mm-1": f"source={tmp_path}/etc",
            " /etc/mm-1\n": f" {tmp_path}/etc\n",
            "source=/run/mm-1": f"source={tmp_path}/run",
            " /run/mm-1\n": f" {tmp_path}/run\n",
            "docker run ": "docker run --network host --env VAULT_BINANCE_SCHEDULE=swift ",
            "--name mm-1 ": f"--name {container.name} ",
            "trading/mm-1": image,
        }
        yield Host(tmp_path, Page("docker", own), container)


def test_a_bot_in_a_container_trades_and_docker_shows_no_secret_of_it(at: Premises, image: str, tmp_path: Path) -> None:
    """With both logins of the page, in one test: the image is built once for them."""
    with somewhere(at, image, tmp_path / "enrolled") as host:
        trades_through_rotation_and_suspension(at, host)
    with somewhere(at, image, tmp_path / "wrapped") as host:
        trades_once(at, host)


def trades_through_rotation_and_suspension(at: Premises, host: Host) -> None:
    on_the_host, by_an_operator = host.page["Who it is"]
    with at.terminal(host.folder) as shell:
        shell.type(on_the_host)
    shutil.copy(at.cacert, host.etc / "vault-ca.pem")
    shutil.copy(host.etc / "mm-1.crt", host.folder)
    with at.operators(host.folder) as shell:
        shell.type(by_an_operator)
    run, compose = host.page["Running"]
    with at.terminal(host.folder) as shell:
        shell.type(run)
    bot = host.container
    bot.until(f"trading with {at.key}")

    image = bot.facts()["Image"]
    shown = [docker("inspect", one) for one in (bot.name, image)]
    shown += [docker("history", "--no-trunc", image), docker("diff", bot.name), bot.run("env")]
    assert "VAULT_BINANCE_BOT=mm-1" in shown[0], "it is this container that was looked at"
    private = (host.etc / "mm-1.key").read_text()
    for secret in (at.key, at.secret, *private.splitlines()[1:-1]):
        assert not [text for text in shown if secret in text]
    assert bot.run("cat", "/run/mm-1/mm-1.key") == private.strip()
    assert at.secret not in bot.said()
    (pid,) = re.findall(r"^ *(\d+) +python3 /srv/bot.py", docker("top", bot.name, "-o", "pid,args"), re.MULTILINE)
    assert at.secret in Path(f"/proc/{pid}/environ").read_text()

    at.credential.rotate()
    bot.until(f"trading with {at.key}")
    assert bot.facts()["RestartCount"] == 0, "the bot was started anew, and not its container"
    moved_over(host.etc / "vault-ca.pem")
    assert bot.run("tail", "-n1", "/run/mm-1/vault-ca.pem") == NEWER

    at.suspend()
    bot.until("error: Vault refuses market-maker")
    bot.until("error: login refused")
    at.allow()
    bot.until(f"trading with {at.key}", times=2)
    docker("stop", bot.name)
    assert bot.facts()["State"]["ExitCode"] == 0
    assert composed(compose.text, host) == command(run.text)


def moved_over(file: Path) -> None:
    """The same with one line more, as a new file in the place of the old."""
    newer = file.with_suffix(".new")
    newer.write_text(f"{file.read_text()}{NEWER}\n")
    newer.rename(file)


def composed(text: str, host: Host) -> set[tuple[str, str]]:
    """The file in the words of `docker run`."""
    (service,) = yaml.safe_load(text)["services"].values()
    (volume,) = service.pop("volumes")
    mount = f"type={volume['type']},source={host.etc},target={volume['target']}"
    assert volume.pop("source") == "/etc/mm-1"
    assert volume.pop("read_only") is True
    words = {
        ("--name", service.pop("container_name").replace("mm-1", host.container.name)),
        ("--mount", f"{mount},readonly"),
        ("image", service.pop("image")),
        *(("--env", f"{name}={value}") for name, value in service.pop("environment").items()),
    }
    for name, value in service.items():
        values = value if isinstance(value, list) else ["" if value is True else value]
        words |= {(f"--{name.replace('_', '-')}", one) for one in values}
    return words


def command(text: str) -> set[tuple[str, str]]:
    """Each option of the command with its value; without what the command line or this test alone needs."""
    *words, image = shlex.split(text.replace("\\\n", ""))[2:]
    found, rest = {("image", image)}, iter(words)
    for word in rest:
        found.add((word, "" if word in {"--detach", "--init", "--read-only"} else next(rest)))
    return found - {("--detach", ""), ("--network", "host"), ("--env", "VAULT_BINANCE_SCHEDULE=swift")}


def trades_once(at: Premises, host: Host) -> None:
    host.etc.mkdir()
    host.etc.chmod(0o755)
    shutil.copy(at.cacert, host.etc / "vault-ca.pem")
    bot = at.vault.add_bot("mm-1", at.credential)
    (host.folder / "mm-1.role-id").write_text(bot.environ["VAULT_BINANCE_ROLE_ID"])
    (host.folder / "mm-1.wrapped").write_text(bot.environ["VAULT_BINANCE_WRAPPED_SECRET_ID"])
    (typed,) = host.page["A SecretID that opens once"]
    with at.terminal(host.folder) as shell:
        shell.type(typed)
    host.container.until(f"trading with {at.key}")

    inspected = docker("inspect", host.container.name)
    for secret in (at.key, at.secret, bot.environ["VAULT_BINANCE_WRAPPED_SECRET_ID"]):
        assert secret not in inspected
    moved_over(host.etc / "vault-ca.pem")
    assert host.container.run("tail", "-n1", "/etc/vault-ca.pem") != NEWER, "a file that is mounted alone"
    docker("restart", host.container.name)
    assert docker("wait", host.container.name) == "24"


def test_a_variable_that_docker_is_given_can_be_asked_for() -> None:
    need_docker()
    with gone_afterwards() as container:
        docker("create", "--name", container.name, "--env", "BINANCE_API_SECRET=told-to-docker", python_image())
        assert "told-to-docker" in docker("inspect", container.name)
