"""When Vault is sealed, away, something else, or in no mood: one line that says which, and the right exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import PAIR, PUT, Stage
from vault_binance.testing.dev_server import DevVault, RaftVault
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Command
    from vault_binance.testing.emulator import Emulator
    from vault_binance.testing.server_binary import Binary


ASKING = [
    ("status",),
    ("setup",),
    ("key", "list"),
    ("key", "show", "market-maker"),
    ("key", "put", "market-maker", *PUT),
    ("bot", "list"),
    ("bot", "suspend", "mm-1"),
    ("policy", "list"),
    ("fetch", "market-maker"),
    ("exec", "market-maker", "--", "true"),
    ("verify", "market-maker"),
]


@pytest.fixture(scope="module")
def sealed(vault_binary: Binary, binance: Emulator) -> Iterator[dict[str, str]]:
    with RaftVault(vault_binary) as vault:
        vault.seal()
        yield Stage(vault, binance).environ  # type: ignore[arg-type]  # of a server only address and token are asked


def test_sealed(command: Command, sealed: dict[str, str]) -> None:
    for line in ASKING:
        ran = command(*line, environ=sealed, stdin=PAIR)
        assert (ran.code, ran.out) == (20, "")
        assert "is sealed" in ran.error
        assert ran.hint == "unseal it: vault operator unseal"


def test_nobody_there(command: Command, stage: Stage) -> None:
    for line in ASKING:
        ran = command(*line, environ={**stage.environ, "VAULT_ADDR": "http://127.0.0.1:1"}, stdin=PAIR)
        assert (ran.code, ran.out) == (20, "")
        assert ran.error == "Vault does not answer at http://127.0.0.1:1: Connection refused"
        assert "VAULT_ADDR" in ran.hint


STATUSES = {400: None, 403: 21, 404: None, 412: 20, 429: 20, 472: None, 500: 20, 501: 10, 502: 20, 503: 20}
"""Where a status means different things to different questions, there is no one code."""


SETTINGS = {("status",), ("key", "put")}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("is_json", [True, False], ids=["by Vault", "by a load balancer"])
def test_every_status(command: Command, stage: Stage, status: int, is_json: bool) -> None:
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.status(status, is_json=is_json)
        for line in ASKING:
            ran = command(*line, environ={**stage.environ, "VAULT_ADDR": proxy.address}, stdin=PAIR)
            assert "unexpected" not in ran.err
            if is_json and (line == ("status",) or ran.code == 0):
                assert ran.code in {0, 1, 10, 20, 21}  # absent, or not for this token to see, is an answer to some
                continue
            assert ran.error
            wanted = STATUSES[status] if is_json or status == 429 or status >= 500 else 10
            # what is no Vault's health, and a mount that is not there or not for this token, are settings to mend
            assert wanted is None or ran.code in {wanted, 20} or (ran.code == 10 and line[:2] in SETTINGS)


FAULTS = {
    "garbage": (Fault.garbage(), 10),
    "no HTTP": (Fault.garbage(b"220 mail.internal ESMTP\r\n", raw=True), 20),
    "another JSON": (Fault.status(200, body={"data": [1]}), None),
    "cut": (Fault.cut(kept=70), 20),
    "dropped": (Fault.drop(), 20),
    "refused": (Fault.refuse(), 20),
    "lost": (Fault.redirect("https://elsewhere.example/v1/sys/health"), 20),
}


@pytest.mark.parametrize(("fault", "code"), FAULTS.values(), ids=FAULTS)
def test_what_no_vault_answers(command: Command, stage: Stage, fault: Fault, code: int | None) -> None:
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = fault
        for line in ASKING:
            ran = command(*line, environ={**stage.environ, "VAULT_ADDR": proxy.address}, stdin=PAIR)
            assert ran.code in ({code} if code else {1, 10, 20}), line
            assert ran.error
            assert "unexpected" not in ran.err, line
    assert stage.version("market-maker") == 1


def test_too_slow(command: Command, stage: Stage) -> None:
    environ = {**stage.environ, "VAULT_CLIENT_TIMEOUT": "50ms"}
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.slow(30)
        for line in (("status",), ("fetch", "market-maker")):
            ran = command(*line, environ={**environ, "VAULT_ADDR": proxy.address})
            assert (ran.code, ran.error) == (20, f"Vault does not answer at {proxy.address}: no answer within 0.05 s")


@pytest.fixture(scope="module")
def over_tls(vault_binary: Binary) -> Iterator[DevVault]:
    with DevVault(vault_binary, tls=True) as vault:
        yield vault


@pytest.mark.parametrize("line", [("status",), ("fetch", "market-maker")], ids=" ".join)
def test_https_and_http(command: Command, stage: Stage, over_tls: DevVault, line: tuple[str, ...], here: Path) -> None:
    token = {"VAULT_TOKEN": over_tls.root_token.reveal(), "VAULT_MAX_RETRIES": "0"}
    plain = command(*line, environ={**token, "VAULT_ADDR": over_tls.address.replace("https", "http")})
    assert plain.code == 10
    assert "https" in plain.hint
    inverse = command(*line, environ={**token, "VAULT_ADDR": stage.vault.address.replace("http", "https")})
    assert inverse.code == 10
    assert "http://" in inverse.hint
    unknown = command(*line, environ={**token, "VAULT_ADDR": over_tls.address})
    assert unknown.code == 10
    assert unknown.error == f"the certificate of {over_tls.address} is not trusted"
    assert "VAULT_CACERT" in unknown.hint
    missing = command(*line, environ={**token, "VAULT_ADDR": over_tls.address, "VAULT_CACERT": "nowhere.pem"})
    assert missing.code == 10
    assert missing.error == "a TLS file cannot be loaded, 'nowhere.pem': No such file or directory"
    right = command(*line, environ={**token, "VAULT_ADDR": over_tls.address, "VAULT_CACERT": str(over_tls.cacert)})
    assert right.code == (0 if line == ("status",) else 23)
