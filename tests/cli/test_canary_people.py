"""Planted secrets of people: password, code and the seed of an authenticator, searched for as in test_canary.py."""

from __future__ import annotations

import io
import logging
import re
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.staff import PASSWORD, Staff
from tests.cli.test_canary import ECHO, Canaries
from tests.people import Phone
from vault_binance.cli import main
from vault_binance.errors import VaultBinanceError
from vault_binance.testing.fault_proxy import Fault, FaultProxy
from vault_binance.vault.admin import HvacVault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.conftest import Command
    from tests.cli.stage import Stage
    from vault_binance.redacted import Redacted

LOGIN = ("login", "{}", "--password", "@password", "--code", "@code")
ADD = ("operator", "add", "{}", "--at", "userpass", "--role", "writer", "-o", "{}.svg", "--code", "-")


@pytest.fixture
def seeds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every authenticator's secret that Vault gives in this process."""
    told: list[str] = []
    enrol = HvacVault.enrol_totp

    def seen(self: HvacVault, method_id: str, entity_id: str) -> Redacted | None:
        address = enrol(self, method_id, entity_id)
        if address:
            phone = Phone()
            phone.scan(address)
            told.append(phone.apps["vault"].secret.reveal())
        return address

    monkeypatch.setattr(HvacVault, "enrol_totp", seen)
    return told


def planted(seeds: list[str]) -> Canaries:
    return Canaries({f"seed {number}": seed for number, seed in enumerate(seeds)} | {"password": PASSWORD})


def shows(text: str, code: str) -> bool:
    """Six digits are looked for as a word: parts of them are in every number."""
    return re.search(rf"(?<!\w){code}(?!\w)", text) is not None


FAULTS = {
    "none": Fault.none(),
    **{str(status): Fault.status(status, body=ECHO) for status in (400, 403, 404, 429, 500, 503)},
    "a page": Fault.garbage(f"<html>{PASSWORD}</html>".encode()),
    "cut": Fault.cut(kept=250),
    "lookups denied": Fault.status(403, body=ECHO).on("/v1/auth/token"),
    "codes denied": Fault.status(403, body=ECHO).on("/v1/sys/mfa"),
    "groups denied": Fault.status(403, body=ECHO).on("/v1/identity/group"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_printed_logged_and_in_tracebacks(
    staff: Staff,
    stage: Stage,
    command: Command,
    seeds: list[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    here: Path,
    fault: str,
) -> None:
    for name in ("", "hvac", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    person = staff.person()
    phone = staff.given(person, "writer")
    Path("password").write_text(PASSWORD)
    Path("code").write_text(phone.next())
    monkeypatch.setenv("HOME", str(here))
    stranger = staff.person()
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = FAULTS[fault]
        environ = {**stage.environ, "VAULT_ADDR": proxy.address}
        for line, name in ((LOGIN, person), (LOGIN, stranger), (ADD, stranger), (ADD, person)):
            words = [word.format(name) for word in line]
            told = command(*words, environ=environ, stdin="000000\n" * 3)
            code = Path("code").read_text()
            for shown in (told.out + told.err, *frames(monkeypatch, words, environ)):
                assert planted(seeds).found(shown) == set(), words
                assert not shows(shown, code), words
    assert planted(seeds).found(caplog.text) == set()
    left = [path for path in here.rglob("*") if path.is_file() and path.name not in {"password", "code"}]
    assert {path.name for path in left if planted(seeds).found(path.read_text(errors="replace"))} == set()
    assert planted(seeds).found(stage.audit_log.read_text()) == set()


def frames(monkeypatch: pytest.MonkeyPatch, words: list[str], environ: Mapping[str, str]) -> list[str]:
    """The variables in a traceback of the command, as an error tracker keeps them; none where nothing is raised."""
    with monkeypatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        patch.setattr("sys.stdin", io.StringIO("000000\n" * 3))
        try:
            main.cli.main(list(words), standalone_mode=False)
        except VaultBinanceError as error:
            told: Any = traceback.TracebackException.from_exception(error, capture_locals=True)
        else:
            return []
    found = []
    while told is not None:
        found += [f"{one} {one.locals!r}" for one in told.stack if "/vault_binance/" in one.filename]
        told = told.__cause__ or told.__context__
    assert found
    return found


def test_argv_and_environment_while_it_waits_for_a_code(staff: Staff, stage: Stage) -> None:
    name, phone = staff.person(), Phone()
    with staff.adding(name, "--role", "writer") as process:
        phone.scan(staff.written(f"{name}.txt"))
        canaries = planted([phone.apps["vault"].secret.reveal()])
        for file in ("cmdline", "environ"):
            assert canaries.found(Path(f"/proc/{process.pid}/{file}").read_text()) == set()
        out, err = process.communicate(f"{phone.code()}\n", timeout=15)
    assert canaries.found(out + err) == set()
