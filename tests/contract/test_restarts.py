"""The table of howto/restarts.md: what an unattended restart does to a bot, method by method, each cell as it was seen.

Rules of the file
- A bot is a process of its own, killed with SIGKILL and started again in the same way; nobody does anything in between.
- Both ways in are tried, `exec` and `borrow`, and must agree.
- After a change that is wanted: UPDATE_DOCS=1 pytest -n0 tests/contract/test_restarts.py, and read the difference.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contract.platforms import Provider, Trusting, certificate
from tests.support import ENVIRONMENT, QUICK, ROOT
from vault_binance.layout import TOKEN_TTL
from vault_binance.testing.dev_server import DevVault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vault_binance.testing.server_binary import Binary

    Environ = dict[str, str]

PAGE = ROOT / "docs" / "howto" / "restarts.md"
SUBJECT, SERVICE_ACCOUNT = "repo:trading/market-maker", "system:serviceaccount:trading:mm-1"

EXEC = [sys.executable, "-m", "vault_binance", "exec", "--", "sh", "-c", "echo up; exec sleep 600"]
BORROW = [
    sys.executable,
    "-c",
    """
import sys, time, vault_binance
from vault_binance.errors import VaultBinanceError
try:
    with vault_binance.borrow():
        print("up", flush=True)
        time.sleep(600)
except VaultBinanceError as error:
    print(type(error).__name__)
    sys.exit(error.exit_code)
""",
]


# What a bot has, method by method: `given` puts it in place, `run_out` lets its time pass.


@dataclass
class Bot:
    """mm-1, with a directory of its own."""

    vault: Trusting
    folder: Path
    provider: Provider

    def environ(self) -> Environ:
        found = self.vault.bot("mm-1")
        del found["VAULT_BINANCE_ROLE_ID"]
        return found

    def file(self, text: str) -> str:
        path = self.folder / "secret"
        path.write_text(f"{text}\n")
        return str(path)

    def approle(self, name: str, secret: str) -> Environ:
        return {**self.vault.bot("mm-1"), f"VAULT_BINANCE_{name}_FILE": self.file(secret)}

    def jwt(self, method: str, subject: str, ends_in: float = 600) -> Environ:
        file = self.file(self.provider.jwt(subject, ends_in=ends_in, iat=1))
        return {**self.environ(), "VAULT_BINANCE_AUTH": method, "VAULT_BINANCE_JWT_FILE": file}

    def trusted(self, mount: str, subject: str) -> None:
        if self.vault.server.call("GET", f"sys/auth/{mount}")[0] != 200:
            self.vault.trust_provider(mount, self.provider)
        self.vault.trust_subject(mount, "mm-1", subject)

    def own_token(self) -> str:
        """As Vault Agent logs in for its bot."""
        proof = {"role_id": self.vault.bot("mm-1")["VAULT_BINANCE_ROLE_ID"], "secret_id": self.vault.secret_id("mm-1")}
        answer = self.vault.made("POST", f"auth/{self.vault.layout.approle_mount}/login", proof)
        return str(answer["auth"]["client_token"])

    def revoke(self, token: str) -> None:
        self.vault.made("POST", "auth/token/revoke", {"token": token})


def wrapped(bot: Bot) -> Environ:
    return bot.approle("WRAPPED_SECRET_ID", bot.vault.wrapped_secret_id("mm-1"))


def wrapped_ended(bot: Bot, environ: Environ) -> None:
    bot.revoke(Path(environ["VAULT_BINANCE_WRAPPED_SECRET_ID_FILE"]).read_text().strip())


def secret_id(bot: Bot) -> Environ:
    return bot.approle("SECRET_ID", bot.vault.secret_id("mm-1"))


def secret_id_ended(bot: Bot, environ: Environ) -> None:
    known = Path(environ["VAULT_BINANCE_SECRET_ID_FILE"]).read_text().strip()
    bot.vault.made("POST", f"{bot.vault.layout.secret_id_path('mm-1')}/destroy", {"secret_id": known})


def pinned(bot: Bot, *, ended: bool = False) -> Environ:
    environ = bot.environ()
    pem = certificate(bot.folder, bot.vault.layout.entity("mm-1"), ended=ended)
    bot.vault.trust_certificate("mm-1", pem)
    files = {"VAULT_CLIENT_CERT": str(bot.folder / "bot.crt"), "VAULT_CLIENT_KEY": str(bot.folder / "bot.key")}
    return {**environ, **files}


def pinned_ended(bot: Bot, _: Environ) -> None:
    pinned(bot, ended=True)


def jwt(bot: Bot) -> Environ:
    environ = bot.jwt("jwt", SUBJECT)
    bot.trusted("jwt", SUBJECT)
    return environ


def jwt_ended(bot: Bot, _: Environ) -> None:
    bot.jwt("jwt", SUBJECT, ends_in=-3600)


def kubernetes(bot: Bot) -> Environ:
    environ = bot.jwt("kubernetes", SERVICE_ACCOUNT)
    bot.trusted("kubernetes", SERVICE_ACCOUNT)
    return environ


def kubernetes_ended(bot: Bot, _: Environ) -> None:
    bot.jwt("kubernetes", SERVICE_ACCOUNT, ends_in=-3600)


def token(bot: Bot) -> Environ:
    return {**bot.vault.environ, "VAULT_TOKEN": bot.vault.token(bot.vault.reading())}


def token_ended(bot: Bot, environ: Environ) -> None:
    bot.revoke(environ["VAULT_TOKEN"])


def sink(bot: Bot) -> Environ:
    return {**bot.vault.environ, "VAULT_TOKEN_FILE": bot.file(bot.own_token())}


def sink_ended(bot: Bot, environ: Environ) -> None:
    bot.revoke(Path(environ["VAULT_TOKEN_FILE"]).read_text().strip())


@dataclass(frozen=True)
class Row:
    method: str
    given: Callable[[Bot], Environ]
    run_out: Callable[[Bot, Environ], None]
    disk: str
    others: str


ROWS = [
    Row(
        "AppRole, wrapped SecretID",
        wrapped,
        wrapped_ended,
        "a wrapping token that has been used up: nothing",
        "a provisioner (`bot revoke`), its 30 days",
    ),
    Row(
        "AppRole, SecretID in a file",
        secret_id,
        secret_id_ended,
        "the SecretID: whoever reads it is the bot, from any address that the role allows",
        "a provisioner (`bot revoke`), its 30 days",
    ),
    Row(
        "certificate (`bot enroll`)",
        pinned,
        pinned_ended,
        "a private key that was made there and never left",
        "`bot revoke` or another `bot enroll`, its own end",
    ),
    Row(
        "JWT in a file",
        jwt,
        jwt_ended,
        "a JWT of minutes, written anew by the platform",
        "who runs the identity provider; who administers the JWT mount",
    ),
    Row(
        "Kubernetes",
        kubernetes,
        kubernetes_ended,
        "nothing: the service account's token is in memory of the node",
        "who deletes the pod or its service account; who administers the mount",
    ),
    Row(
        "`VAULT_TOKEN`",
        token,
        token_ended,
        "the token, where the environment is written down",
        "who made the token, by its accessor; its TTL, since nobody renews it while the bot is down",
    ),
    Row(
        "token file of Vault Agent",
        sink,
        sink_ended,
        "the token of the agent, and what the agent itself logs in with",
        "what ends the agent's own login",
    ),
]
HEAD = (
    "method",
    "on the bot's disk",
    "killed and started again, nobody there",
    "when that has run out",
    "after `bot suspend`",
    "who else can end it",
)


# A life


@dataclass(frozen=True)
class Life:
    """How a start went: `code` is None where the bot came up, and was killed."""

    code: int | None
    said: str = ""

    def __str__(self) -> str:
        return "starts" if self.code is None else f"exit {self.code}, {self.said}"


def life(command: list[str], environ: Mapping[str, str]) -> Life:
    whole = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(ROOT), **environ}
    with subprocess.Popen(command, env=whole, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        said = process.stdout.readline().strip()
        if said != "up":
            return Life(process.wait(30), said)
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
        return Life(None)


@pytest.fixture(scope="module")
def server(vault_binary: Binary) -> Iterator[DevVault]:
    with DevVault(vault_binary, tls=True, hooks=QUICK) as server:
        yield server


@pytest.fixture
def bot(server: DevVault, tmp_path: Path) -> Bot:
    for mount in ("jwt", "kubernetes"):
        server.call("DELETE", f"sys/auth/{mount}")
    made = Bot(Trusting.at(server), tmp_path, Provider())
    made.vault.bot("mm-1")
    return made


def again(row: Row, bot: Bot) -> Life:
    """A bot comes up and is killed; how its second start goes, which is the same for both ways in."""
    seen = []
    for command in (EXEC, BORROW):
        environ = row.given(bot)
        assert life(command, environ) == Life(None), "the first start is no question"
        seen.append(life(command, environ))
    assert seen[0].code == seen[1].code
    return seen[1]


def after(change: Callable[[Bot, Environ], None], row: Row, bot: Bot) -> Life:
    environ = row.given(bot)
    change(bot, environ)
    return life(BORROW, environ)


def suspended(bot: Bot, _: Environ) -> None:
    bot.vault.suspend("mm-1")


def line(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.given.__name__)
def test_a_row_says_what_happens(row: Row, bot: Bot) -> None:
    lives = again(row, bot), after(row.run_out, row, bot), after(suspended, row, bot)
    seen = line(row.method, row.disk, *lives, row.others)
    page = PAGE.read_text().splitlines()
    (told,) = [at for at, text in enumerate(page) if text.startswith(f"| {row.method} |")]
    if "UPDATE_DOCS" in ENVIRONMENT:
        page[told] = seen
        PAGE.write_text("\n".join(page) + "\n")
    assert page[told] == seen


def test_what_a_killed_bot_leaves_behind_is_one_token_that_ends_by_itself(bot: Bot) -> None:
    def accessors() -> set[str]:
        return set(bot.vault.made("LIST", "auth/token/accessors")["data"]["keys"])

    environ, before = secret_id(bot), accessors()
    assert life(EXEC, environ) == Life(None)
    assert accessors() == before, "exec gave its token back before the bot came up"
    assert life(BORROW, environ) == Life(None)
    (left,) = accessors() - before
    facts = bot.vault.made("POST", "auth/token/lookup-accessor", {"accessor": left})["data"]
    assert 0 < facts["ttl"] <= TOKEN_TTL


def test_the_page_has_each_row_once_and_no_other() -> None:
    table = [text for text in PAGE.read_text().partition("\n## ")[0].splitlines() if text.startswith("|")]
    assert table[:2] == [line(*HEAD), "|---" * len(HEAD) + "|"]
    assert [text.split(" | ")[0].removeprefix("| ") for text in table[2:]] == [row.method for row in ROWS]
