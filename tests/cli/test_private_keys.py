"""Private keys from files, with and without a passphrase; and no part of a private key or passphrase is ever shown."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.cli.stage import LAYOUT, fresh
from tests.cli.terminal import Terminal
from tests.cli.test_bad_input import assert_refused
from tests.cli.test_canary import FAULTS, Canaries, environment, wait_for
from vault_binance.credentials import KeyType
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Ran, Spawn, Stage

PASSPHRASE = "CanaryPassphrase, with blanks and öäü "


@pytest.fixture(scope="module")
def writer(stage: Stage) -> dict[str, str]:
    return {**stage.environ, "VAULT_TOKEN": stage.token("binance-writer")}


def issued(stage: Stage, kind: KeyType = KeyType.ED25519) -> tuple[str, str]:
    """An API key and the private key that belongs to it."""
    assert stage.binance is not None
    made = stage.binance.add_key(key_type=kind, ip_list=("127.0.0.1",))
    assert made.secret is not None
    return made.api_key.reveal(), made.secret.reveal()


def dressed(pem: str, form: PrivateFormat = PrivateFormat.PKCS8, *, passphrase: str = PASSPHRASE) -> str:
    how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return load_pem_private_key(pem.encode(), None).private_bytes(Encoding.PEM, form, how).decode()


def secret_of(command: Command, stage: Stage, name: str) -> str:
    return command("fetch", name, "--field", "secret", environ=stage.environ).out


OLDER = PrivateFormat.TraditionalOpenSSL


@pytest.mark.parametrize(
    ("kind", "form"),
    [(KeyType.ED25519, PrivateFormat.PKCS8), (KeyType.RSA, PrivateFormat.PKCS8), (KeyType.RSA, OLDER)],
    ids=["ed25519", "rsa", "older rsa"],
)
def test_an_encrypted_one_is_stored_plain(
    command: Command, stage: Stage, writer: dict[str, str], kind: KeyType, form: PrivateFormat
) -> None:
    name = fresh()
    api_key, pem = issued(stage, kind)
    Path("key.pem").write_text("\ufeff" + dressed(pem, form).replace("\n", "\r\n"), newline="")
    Path("passphrase").write_text(f"{PASSPHRASE}\n")
    line = ("key", "put", name, "--type", kind.lower(), "--api-key", "-", "--private-key", "@key.pem")
    given = command(*line, "--passphrase", "@passphrase", environ=writer, stdin=f"{api_key}\n")
    assert (given.code, f"   version 1   {kind}   " in given.out) == (0, True), given.err
    typed = command(*line, "--passphrase", "-", environ=writer, stdin=f"{api_key}\n{PASSPHRASE}\n")
    assert typed.code == 0, typed.err
    assert secret_of(command, stage, name) == pem


def test_rsas_older_format_is_stored_as_binance_wants_it(
    command: Command, stage: Stage, writer: dict[str, str]
) -> None:
    name = fresh()
    api_key, pem = issued(stage, KeyType.RSA)
    Path("key.pem").write_text(dressed(pem, OLDER, passphrase=""))
    line = ("key", "put", name, "--type", "rsa", "--api-key", "-", "--private-key", "@key.pem")
    assert command(*line, environ=writer, stdin=f"{api_key}\n").code == 0
    assert secret_of(command, stage, name) == pem


def test_all_of_it_by_standard_input(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    api_key, pem = issued(stage)
    line = ("key", "put", name, "--type", "ed25519", "--api-key", "-", "--private-key", "-", "--passphrase", "-")
    ran = command(*line, environ=writer, stdin=f"{api_key}\n{PASSPHRASE}\n{dressed(pem)}")
    assert ran.code == 0, ran.err
    assert secret_of(command, stage, name) == pem


@pytest.mark.parametrize(
    ("passphrase", "says"),
    [
        (("--passphrase", "@wrong"), "the passphrase does not open the private key, or the key is damaged"),
        (("--passphrase", "@empty"), "the private key is encrypted, its passphrase is empty"),
        (("--passphrase", "@nowhere"), "cannot read 'nowhere': No such file or directory"),
        (("--passphrase", PASSPHRASE), "--passphrase takes - or @FILE, never the value itself"),
        ((), "no terminal to ask for the passphrase on"),
    ],
    ids=["wrong", "empty", "nowhere", "typed", "none"],
)
def test_a_passphrase_that_opens_nothing(
    command: Command, stage: Stage, writer: dict[str, str], passphrase: tuple[str, ...], says: str
) -> None:
    name = fresh()
    api_key, pem = issued(stage)
    Path("key.pem").write_text(dressed(pem))
    Path("wrong").write_text(f"{PASSPHRASE}x\n")
    Path("empty").write_text("\n")
    line = ("key", "put", name, "--type", "ed25519", "--api-key", "-", "--private-key", "@key.pem")
    ran = command(*line, *passphrase, environ=writer, stdin=f"{api_key}\n")
    assert_refused(ran, secret=PASSPHRASE)
    assert ran.error == says
    assert stage.version(name) == 0


def test_it_is_asked_for_on_a_terminal(spawn: Spawn, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    api_key, pem = issued(stage)
    Path("key.pem").write_text(dressed(pem))
    Path("key").write_text(api_key)
    line = ("key", "put", name, "--type", "ed25519", "--api-key", "@key", "--private-key", "@key.pem")
    with Terminal(spawn, *line, environ=writer) as terminal:
        terminal.until("passphrase (hidden): ")
        assert not terminal.echoes
        terminal.type(f"{PASSPHRASE}\n")
        assert terminal.end() == 0, terminal.shown
    assert "Canary" not in terminal.shown
    assert stage.version(name) == 1


def test_one_pasted_where_an_hmac_secret_is_asked_for(spawn: Spawn, stage: Stage, writer: dict[str, str]) -> None:
    api_key, pem = issued(stage)
    Path("key").write_text(api_key)
    with Terminal(spawn, "key", "put", "fresh", "--api-key", "@key", environ=writer) as terminal:
        terminal.until("API secret (hidden): ")
        terminal.type(pem)
        assert terminal.end() == 10, terminal.shown
    assert "--type ed25519 (or rsa) --private-key @FILE" in terminal.shown
    assert pem.splitlines()[1] not in terminal.shown
    assert stage.version("fresh") == 0


def test_standard_input_that_is_a_terminal_is_asked_aloud(spawn: Spawn, stage: Stage, writer: dict[str, str]) -> None:
    with Terminal(spawn, "key", "put", "fresh", "--api-key", "-", environ=writer) as terminal:
        terminal.until("API key (seen as it is typed), then Enter:")
        terminal.type("short\n")
        assert terminal.end() == 10, terminal.shown
    assert stage.version("fresh") == 0


# Nothing is shown


def private_half(stage: Stage, name: str) -> str:
    """The telling part of the key that waits."""
    with stage.operator() as vault:
        field = vault.read_secret(LAYOUT.kv_mount, LAYOUT.pending(name)).fields["private_key"]
    return "".join(field.reveal().splitlines()[1:-1])[20:]  # type: ignore[attr-defined]  # Redacted; before it is DER's head


def life(command: Command, stage: Stage, name: str, environ: dict[str, str]) -> list[Ran]:
    """Everything that is done with a key from its birth on."""
    made = command("key", "new", name, environ=environ)
    assert stage.binance is not None
    key_type = KeyType.ED25519
    public = made.out if made.out.startswith("-----BEGIN PUBLIC") else ""
    known = stage.binance.add_key(key_type=key_type, public_key_pem=public or None, ip_list=("127.0.0.1",))
    put = ("key", "put", name, "--api-key", "-")
    lines = [
        (("key", "new", name, "--format", "yaml"), ""),
        (("key", "new", name, "--type", "rsa"), ""),
        (
            (
                "key",
                "pending",
            ),
            "",
        ),
        (("key", "pending", name, "--format", "json"), ""),
        (("key", "pending", name, "--discard"), ""),
        (put, "A" * 64 + "\n"),
        ((*put, "--type", "rsa"), "A" * 64 + "\n"),
        (put, f"{known.api_key.reveal()}\n"),
        (("key", "show", name), ""),
        (("key", "pending"), ""),
    ]
    return [made, *(command(*line, environ=environ, stdin=stdin) for line, stdin in lines)]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_private_half_is_nowhere_but_in_vault(
    command: Command, stage: Stage, writer: dict[str, str], caplog: pytest.LogCaptureFixture, fault: str, here: Path
) -> None:
    for logger in ("", "hvac", "httpx", "httpcore", "vault_binance"):
        caplog.set_level(logging.DEBUG, logger=logger)
    name = fresh()
    command("key", "new", name, environ=writer)
    canaries = Canaries({"private half": private_half(stage, name)})
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = FAULTS[fault]
        for ran in life(command, stage, name, {**writer, "VAULT_ADDR": proxy.address}):
            assert canaries.found(ran.out + ran.err) == set()
    if fault == "none":
        assert stage.version(name) == 1
    assert canaries.found(caplog.text) == set()
    assert canaries.found(stage.audit_log.read_text()) == set()
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("path", ["/v1/binance/data/pending", "/v1/binance/data/credentials"])
def test_argv_and_environment(spawn: Spawn, stage: Stage, writer: dict[str, str], path: str) -> None:
    """While the private half is in memory."""
    name = fresh()
    assert spawn("key", "new", name, environ=writer).code == 0
    canaries = Canaries({"private half": private_half(stage, name), "passphrase": PASSPHRASE})
    Path("key").write_text("A" * 64)
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.slow(30).on(path)
        environ = {**writer, "VAULT_ADDR": proxy.address}
        line = ("key", "put", name, "--no-verify", "--api-key", "@key")
        with spawn.started(*line, environ=environ) as process:
            wait_for(proxy, path)
            shown = environment(process.pid) + Path(f"/proc/{process.pid}/cmdline").read_text()
            assert canaries.found(shown) == set()


def test_what_json_shows_of_one_that_waits(command: Command, writer: dict[str, str]) -> None:
    name = fresh()
    ran = command("key", "new", name, "--format", "json", environ=writer)
    assert json.loads(ran.out).keys() == {"name", "key_type", "environment", "since", "public_key"}
