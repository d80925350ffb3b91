"""Planted secrets: every command is run, with and without faults, and everything that it leaves is searched for them.

Rules of the file
- A canary is searched for as it is, in part, and in the spellings that travel: base64, percent signs, hex, backwards.
- What is printed because it was asked for is named here, line by line; there is no other exception.
"""

from __future__ import annotations

import base64
import json
import logging
import pickle
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vault_binance.bot.identities import AppRole, Token, identity_from
from vault_binance.cli import main
from vault_binance.cli.start import run_plain
from vault_binance.config import BotSettings, Config
from vault_binance.connect import borrow
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import VaultBinanceError
from vault_binance.redacted import Redacted
from vault_binance.testing.fault_proxy import Fault, FaultProxy
from vault_binance.vault.port import Lease, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.conftest import Command
    from tests.cli.stage import Ran, Spawn, Stage

KEY, SECRET = "CanaryKey" + "k7" * 27 + "K", "CanarySecret" + "s9" * 26
SECRET_ID = "CanarySecretId-4b1d-9c7e-whoever-shows-this-leaks"
NOT_ASKED_FOR = "CanaryOther" + "x3" * 26 + "X"
"""A field beside the pair, which nobody has asked for."""


@dataclass(frozen=True)
class Canaries:
    """Name and value of each; `found` tells which of them a text shows."""

    values: Mapping[str, str]

    def found(self, text: str, *, but: tuple[str, ...] = ()) -> set[str]:
        return {name for name, value in self.values.items() if name not in but and any(s in text for s in spelt(value))}


def spelt(value: str) -> list[str]:
    raw = value.encode()
    pieces = [value[:14], value[-14:], value[len(value) // 2 :][:14], value[::-1][:14]]
    inside = [base64.b64encode(raw[start:]).decode()[:16] for start in range(3)]
    quoted = "".join(f"%{byte:02X}" for byte in raw)[:42]
    return [*pieces, *inside, quoted, quoted.lower(), raw.hex()[:28]]


@pytest.fixture(scope="module")
def canaries(stage: Stage) -> Canaries:
    """The stage with a canary in every place that holds a secret."""
    stage.binance.add_key(KEY, SECRET, ip_list=("127.0.0.1",))
    stage.put("market-maker", KEY, SECRET, note=NOT_ASKED_FOR)
    stage.vault.call("POST", "auth/binance-approle/role/mm-1/custom-secret-id", {"secret_id": SECRET_ID})
    operator = stage.token("root")
    values = {"key": KEY, "secret": SECRET, "SecretID": SECRET_ID, "other field": NOT_ASKED_FOR}
    return Canaries({**values, "operator's token": operator, "root token": stage.vault.root_token.reveal()})


def operator(stage: Stage, canaries: Canaries) -> dict[str, str]:
    return {**stage.environ, "VAULT_TOKEN": canaries.values["operator's token"]}


def bot(stage: Stage) -> dict[str, str]:
    environ = stage.bot()
    del environ["VAULT_BINANCE_WRAPPED_SECRET_ID"]
    return {**environ, "VAULT_BINANCE_SECRET_ID": SECRET_ID}


def test_the_search_finds_what_is_planted() -> None:
    canaries = Canaries({"secret": SECRET, "token": "hvs.CAESIJ" + "q8" * 40})
    for shown in (
        SECRET,
        f"error: {SECRET[:14]}...",
        f"...{SECRET[-14:]}",
        repr({"body": SECRET.encode()}),
        base64.b64encode(b"user:" + SECRET.encode()).decode(),
        base64.b64encode(b"ab" + SECRET.encode()).decode(),
        SECRET.encode().hex(),
        "".join(f"%{byte:02x}" for byte in SECRET.encode()),
        SECRET[::-1],
        json.dumps({"data": {"api_secret": SECRET}}),
    ):
        assert canaries.found(shown) == {"secret"}, shown
    assert canaries.found("CanaryS, ********") == set()
    assert canaries.found(SECRET, but=("secret",)) == set()


def test_the_search_finds_what_a_command_reveals(command: Command, stage: Stage, canaries: Canaries) -> None:
    ran = command("fetch", "--reveal", environ=bot(stage))
    assert canaries.found(ran.out) == {"key", "secret"}
    assert canaries.found(ran.err) == set()


PAIR = f"{KEY}\n{SECRET}\n"
PUT = ("--api-key", "-", "--api-secret", "-")
OPERATORS = [
    ("setup",),
    ("setup", "--dry-run"),
    ("status",),
    ("key", "put", "other", *PUT),
    ("key", "put", "other", *PUT, "--no-verify"),
    ("key", "put", "other", *PUT[:2], "--api-secret", KEY),
    ("key", "list"),
    ("key", "show", "market-maker"),
    ("key", "history", "market-maker"),
    ("key", "rollback", "market-maker", "2"),
    ("key", "delete", "other"),
    ("key", "restore", "other"),
    ("key", "destroy", "other", "--yes"),
    ("bot", "add", "mm-2", "--credential", "market-maker"),
    ("bot", "secret-id", "mm-2", "-o", "/dev/null"),
    ("bot", "list"),
    ("bot", "suspend", "mm-2"),
    ("bot", "allow", "mm-2"),
    ("bot", "revoke", "mm-2"),
    ("bot", "remove", "mm-2", "--yes"),
    ("policy", "list"),
    ("policy", "diff"),
    ("policy", "apply"),
    ("policy", "show", "reader"),
    ("fetch", "market-maker"),
    ("fetch", "market-maker", "--format", "json"),
    ("fetch", "--path", "binance/credentials/market-maker", "--format", "yaml"),
    ("fetch", "market-maker", "--field", "note"),
    ("verify", "market-maker"),
    ("verify", "market-maker", "--format", "json"),
    ("verify", "--env-file", ".env"),
    ("exec", "market-maker", "--", "./no-program"),
    ("key", "new", "other"),
    ("key", "pending"),
    ("key", "pending", "other", "--discard", "--yes"),
    ("key", "import", "other", ".env"),
    ("key", "import", "other", ".env", "--no-verify"),
    ("key", "import", "other", ".env", "--remove"),
    ("key", "import", "other", ".env", "--remove", "--yes"),
]
BOTS = [("fetch",), ("fetch", "other"), ("fetch", "--format", "yaml"), ("verify",), ("exec", "--", "./no-program")]


def every(command: Command, stage: Stage, canaries: Canaries, **changed: str) -> list[tuple[str, Ran]]:
    """Run every command, as an operator and as a bot."""
    Path(".env").write_text(f"BINANCE_API_KEY={KEY}\nBINANCE_API_SECRET={SECRET}\n")
    Path("no-program").write_bytes(b"\x00")
    Path("no-program").chmod(0o755)
    asked = [(line, operator(stage, canaries)) for line in OPERATORS] + [(line, bot(stage)) for line in BOTS]
    return [(" ".join(line), command(*line, environ={**environ, **changed}, stdin=PAIR)) for line, environ in asked]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that any logger says, at the lowest level."""
    for name in ("", "hvac", "urllib3", "requests", "httpx", "httpcore", "vault_binance", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


ECHO = {"errors": [SECRET, KEY, SECRET_ID], "data": {"secret_id": SECRET_ID}, "warnings": [NOT_ASKED_FOR]}
"""A server that gives back what it was told: some do, in the text of an error."""

FAULTS = {
    "none": Fault.none(),
    **{str(status): Fault.status(status, body=ECHO) for status in (400, 403, 404, 405, 412, 429, 500, 501, 502, 503)},
    "a page": Fault.status(502, is_json=False),
    "an echoing page": Fault.garbage(f"<html>{SECRET} {KEY} {SECRET_ID}</html>".encode()),
    "an echo without HTTP": Fault.garbage(f"{SECRET} {KEY} {SECRET_ID}\r\n".encode(), raw=True),
    "a redirect": Fault.redirect(f"https://{SECRET_ID}:{SECRET}@elsewhere.example/v1/"),
    "reads denied": Fault.status(403, body=ECHO).on("/v1/binance/data"),
    "reads cut": Fault.cut(kept=250).on("/v1/binance/data"),
    "logins denied": Fault.status(400, body=ECHO).on("/v1/auth"),
    "dropped": Fault.drop(),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_commands_print_and_log(
    command: Command, stage: Stage, canaries: Canaries, logged: pytest.LogCaptureFixture, fault: Fault
) -> None:
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = fault
        codes = set()
        for line, ran in every(command, stage, canaries, VAULT_ADDR=proxy.address):
            assert canaries.found(ran.out) == set(), line
            assert canaries.found(ran.err) == set(), line
            codes.add(ran.code)
    assert len(codes) > 1
    assert canaries.found(logged.text) == set()
    assert not [record for record in logged.records if canaries.found(repr(vars(record)))]


@pytest.mark.parametrize("status", [400, 401, 403, 418, 429, 500])
def test_what_is_said_of_binances_refusals(
    command: Command, stage: Stage, canaries: Canaries, logged: pytest.LogCaptureFixture, status: int
) -> None:
    with FaultProxy(stage.binance.url) as proxy:
        proxy.fault = Fault.status(status, body={"code": -1022, "msg": "Signature for this request is not valid."})
        for line in (("verify",), ("fetch",)):
            ran = command(*line, environ={**bot(stage), "VAULT_BINANCE_BINANCE_URL": proxy.address})
            assert canaries.found(ran.out + ran.err + logged.text) == set()


# Exceptions and objects


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "a redirect"])
def test_tracebacks_that_show_variables(stage: Stage, canaries: Canaries, fault: str) -> None:
    """As an error tracker keeps them, of a bot that borrows: the frames of its own are its own business.

    The address in a redirect is the server's text, and stands in a variable as it came.
    """
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = FAULTS[fault]
        for environ in (bot(stage), stage.bot(), operator(stage, canaries)):
            environ["VAULT_ADDR"] = proxy.address
            with pytest.raises((VaultBinanceError, KeyError)) as raised, borrow("market-maker", environ=environ):
                raise KeyError("of the bot's own")
            error, wrapped = raised.value, environ.get("VAULT_BINANCE_WRAPPED_SECRET_ID", "nothing at all")
            planted = Canaries({**canaries.values, "wrapped": wrapped})
            told = traceback.TracebackException.from_exception(error, capture_locals=True)
            ours = [frame for part in _chain(told) for frame in part.stack if frame.filename != __file__]
            assert ours or isinstance(error, KeyError)
            for frame in ours:
                assert planted.found(repr(frame.locals)) == set(), frame
            assert planted.found(f"{error!r} {error} {vars(error)} {pickled(error)!r}") == set()


def _chain(told: traceback.TracebackException | None) -> list[traceback.TracebackException]:
    return [] if told is None else [told, *_chain(told.__cause__), *_chain(told.__context__)]


def pickled(thing: object) -> bytes:
    """Its pickle, empty where it refuses."""
    try:
        return pickle.dumps(thing)
    except (TypeError, AttributeError, pickle.PicklingError):
        return b""


def test_objects(stage: Stage, canaries: Canaries) -> None:
    token = canaries.values["operator's token"]
    with borrow("market-maker", environ=bot(stage)) as borrowed:
        pass
    config = Config.from_environment(operator(stage, canaries))
    settings = BotSettings.from_environment(bot(stage))
    secret = Secret({"api_secret": Redacted(SECRET), "api_key": Redacted(KEY)}, version=1)
    things: list[Any] = [
        borrowed,
        Credentials("x", Redacted(KEY), Redacted(SECRET), KeyType.HMAC, Environment.LIVE),
        config,
        settings,
        identity_from(settings, config),
        AppRole("mount", Redacted("role"), Redacted(SECRET_ID)),
        Token(Redacted(token)),
        secret,
        Lease(Redacted(token), "accessor", 60, renewable=True),
        stage.binance.add_key(),
        [borrowed],
        {"credentials": borrowed},
        Redacted(SECRET),
    ]
    for thing in things:
        for shown in (repr(thing), str(thing), f"{thing}", f"{thing!a}", "%s" % thing):  # noqa: UP031
            assert canaries.found(shown) == set(), type(thing)
        assert canaries.found(repr(pickled(thing))) == set(), type(thing)
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(borrowed)


# Outside of the process


def environment(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_text()


def wait_for(proxy: FaultProxy, path: str) -> None:
    deadline = time.monotonic() + 15
    while not any(seen.path.startswith(path) for seen in proxy.requests):
        assert time.monotonic() < deadline, "it was never asked for"
        time.sleep(0.01)


@pytest.mark.parametrize("path", ["/v1/auth/binance-approle/login", "/v1/binance/data", "/v1/auth/token/revoke-self"])
def test_argv_and_environment_of_a_bot(spawn: Spawn, stage: Stage, canaries: Canaries, path: str) -> None:
    """The environment keeps what the user put there, and nothing is added."""
    environ = bot(stage)
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.slow(20).on(path)
        environ["VAULT_ADDR"] = proxy.address
        with spawn.started("exec", "--", "sleep", "9", environ=environ) as process:
            wait_for(proxy, path)
            shown = environment(process.pid)
            assert dict(line.split("=", 1) for line in shown.strip("\0").split("\0")) == spawn.whole(environ)
            assert canaries.found(Path(f"/proc/{process.pid}/cmdline").read_text()) == set()


def test_argv_and_environment_of_an_operator(spawn: Spawn, stage: Stage, canaries: Canaries) -> None:
    Path("pair").write_text(PAIR)
    environ = operator(stage, canaries)
    with FaultProxy(stage.binance.url) as proxy:
        proxy.fault = Fault.slow(20)
        environ["VAULT_BINANCE_BINANCE_URL"] = proxy.address
        with (
            Path("pair").open() as pair,
            spawn.started("key", "put", "slow", *PUT, environ=environ, stdin=pair.fileno()) as process,
        ):
            wait_for(proxy, "/api/v3/time")
            shown = environment(process.pid)
            assert canaries.found(shown) == {"operator's token"}
            assert canaries.found(Path(f"/proc/{process.pid}/cmdline").read_text()) == set()


@pytest.mark.parametrize("who", ["bot", "bot with a wrapped SecretID", "operator"])
def test_the_command_has_the_pair_and_nothing_of_vaults(
    spawn: Spawn, stage: Stage, canaries: Canaries, who: str
) -> None:
    environ = {"bot": bot(stage), "operator": operator(stage, canaries)}.get(who) or stage.bot()
    wrapped = environ.get("VAULT_BINANCE_WRAPPED_SECRET_ID", "nothing at all")
    ran = spawn("exec", "market-maker", "--", "cat", "/proc/self/environ", "/proc/self/cmdline", environ=environ)
    assert Canaries({**canaries.values, "wrapped": wrapped}).found(ran.out) == {"key", "secret"}
    assert ran.err == ""


def test_no_file_keeps_a_secret(spawn: Spawn, stage: Stage, canaries: Canaries, tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("home", "temporary", "here")]
    for place in places:
        place.mkdir()
    spawn.cwd = places[2]
    spawn.environ = {"HOME": str(places[0]), "TMPDIR": str(places[1]), "XDG_CACHE_HOME": str(places[0] / "cache")}
    line = ("key", "put", "files", *PUT)
    assert spawn(*line, environ=operator(stage, canaries), stdin=PAIR).code == 0
    for arguments in (("key", "list"), ("bot", "list"), ("setup",), ("fetch", "files", "--reveal")):
        assert spawn(*arguments, environ=operator(stage, canaries)).code == 0
    for arguments in (("verify",), ("exec", "--", "true"), ("fetch", "--field", "secret"), ("fetch", "other")):
        spawn(*arguments, environ=bot(stage))
    left = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert {path.name for path in left if canaries.found(path.read_text(errors="replace"))} == set()
    assert left == []


def test_vaults_audit_log(stage: Stage, canaries: Canaries, command: Command) -> None:
    every(command, stage, canaries)
    text = stage.audit_log.read_text()
    assert "binance/data/credentials/market-maker" in text
    assert canaries.found(text) == set()


def test_tracebacks_of_the_road_without_click(
    stage: Stage, canaries: Canaries, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    errors: list[BaseException] = []
    monkeypatch.setattr(main, "failed", errors.append)
    Path("no-program").write_bytes(b"\x00")
    Path("no-program").chmod(0o755)
    for name, value in operator(stage, canaries).items():
        monkeypatch.setenv(name, value)
    for name in ("market-maker", "nothing"):
        run_plain(name, ["./no-program"])
        told = traceback.TracebackException.from_exception(errors[-1], capture_locals=True)
        for frame in (frame for part in _chain(told) for frame in part.stack):
            assert canaries.found(repr(frame.locals)) == set(), frame
    assert len(errors) == 2


FAILING = {
    "none": ["exec market-maker -- ./no-program", "fetch nothing", "key show nothing", "fetch --path binance"],
    "403": ["key list", "bot list", "fetch market-maker", "setup", "verify market-maker"],
}


@pytest.mark.parametrize("fault", FAILING)
def test_commands_tracebacks(
    stage: Stage, canaries: Canaries, monkeypatch: pytest.MonkeyPatch, here: Path, fault: str
) -> None:
    """Of the command line itself, as a debugger would show them."""
    Path("no-program").write_bytes(b"\x00")
    Path("no-program").chmod(0o755)
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = FAULTS[fault]
        for name, value in {**operator(stage, canaries), "VAULT_ADDR": proxy.address}.items():
            monkeypatch.setenv(name, value)
        for line in FAILING[fault]:
            with pytest.raises(VaultBinanceError) as raised:
                main.cli.main(line.split(), standalone_mode=False)
            told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
            for frame in (frame for part in _chain(told) for frame in part.stack):
                if "/vault_binance/" in frame.filename:
                    assert canaries.found(repr(frame.locals)) == set(), (line, frame)
