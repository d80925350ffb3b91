"""`exec --profile`: a bot finds the credential under its own names or behind a path; what is wrong costs no login."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY, API_SECRET, fresh
from tests.cli.supervised import Supervised, bot, until
from tests.cli.test_exec import ENV, seen, size
from tests.cli.test_supervise import SAYS_TERM, Bot
from tests.support import unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.stage import Ran, Spawn, Stage

OWN = "API_KEY=api_key,API_SECRET=secret,BASE_PATH=base_url"
WITH_PATH = "API_KEY=api_key,PRIVATE_KEY_FILE=secret_file"
NUMERIC = "12345678" * 8


def given(found: dict[str, str], *names: str) -> list[str | None]:
    return [found.get(name) for name in names]


@pytest.fixture
def mm(stage: Stage) -> Bot:
    return Bot(stage)


@pytest.fixture
def pem(stage: Stage) -> tuple[str, str]:
    """The name of a credential with a private key, and that key."""
    name, text = fresh(), "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"
    body = {"data": {"api_key": API_KEY, "private_key": text, "key_type": "ED25519"}, "options": {"cas": 0}}
    stage.vault.call("POST", f"binance/data/credentials/{name}", body)
    return name, text


@pytest.fixture
def memory() -> Iterator[Path]:
    if not Path("/dev/shm").is_dir():
        unavailable("no /dev/shm, where a tmpfs is")
    with TemporaryDirectory(dir="/dev/shm", prefix="profiles-") as directory:
        yield Path(directory)


# Names


@pytest.mark.parametrize(
    ("profile", "environment", "names"),
    [
        ("plain", "testnet", ("BINANCE_API_KEY", "BINANCE_API_SECRET")),
        ("nautilus", "live", ("BINANCE_API_KEY", "BINANCE_API_SECRET")),
        ("nautilus", "testnet", ("BINANCE_TESTNET_API_KEY", "BINANCE_TESTNET_API_SECRET")),
        ("nautilus", "demo", ("BINANCE_DEMO_API_KEY", "BINANCE_DEMO_API_SECRET")),
        ("nautilus-futures", "testnet", ("BINANCE_FUTURES_TESTNET_API_KEY", "BINANCE_FUTURES_TESTNET_API_SECRET")),
        ("freqtrade", "live", ("FREQTRADE__EXCHANGE__KEY", "FREQTRADE__EXCHANGE__SECRET")),
    ],
)
def test_a_framework_finds_the_pair_under_its_own_names(
    spawn: Spawn, stage: Stage, profile: str, environment: str, names: tuple[str, str]
) -> None:
    name = fresh()
    stage.put(name, environment=environment)
    found = seen(spawn("exec", name, "--profile", profile, "--", *ENV, environ=stage.environ))
    assert given(found, *names) == [API_KEY, API_SECRET]
    assert {other for other in found if "API_KEY" in other or "SECRET" in other} <= set(names)


def test_a_mapping_of_ones_own_gives_the_address_too(spawn: Spawn, stage: Stage) -> None:
    found = seen(spawn("exec", "market-maker", "--profile", OWN, "--", *ENV, environ=stage.environ))
    address = stage.binance_url["VAULT_BINANCE_BINANCE_URL"]
    assert given(found, "API_KEY", "API_SECRET", "BASE_PATH") == [API_KEY, API_SECRET, address]
    assert "BINANCE_API_KEY" not in found


def test_the_variable_holds_for_the_road_without_click_and_the_option_wins(spawn: Spawn, stage: Stage) -> None:
    environ = {**stage.environ, "VAULT_BINANCE_PROFILE": OWN}
    found = seen(spawn("exec", "market-maker", "--", *ENV, environ=environ))
    assert given(found, "API_KEY", "API_SECRET", "VAULT_BINANCE_PROFILE") == [API_KEY, API_SECRET, None]
    found = seen(spawn("exec", "market-maker", "--profile=plain", "--", *ENV, environ=environ))
    assert given(found, "API_KEY", "BINANCE_API_KEY") == [None, API_KEY]


def test_a_mapping_may_be_in_a_file(spawn: Spawn, stage: Stage) -> None:
    Path("profile").write_text("# as binance-sdk-spot's examples read it\nAPI_KEY=api_key\nAPI_SECRET=secret\n")
    by_option = spawn("exec", "market-maker", "--profile", "@profile", "--", *ENV, environ=stage.environ)
    environ = {**stage.environ, "VAULT_BINANCE_PROFILE_FILE": "profile"}
    by_variable = spawn("exec", "market-maker", "--", *ENV, environ=environ)
    for found in (seen(by_option), seen(by_variable)):
        assert given(found, "API_KEY", "API_SECRET", "BINANCE_API_KEY") == [API_KEY, API_SECRET, None]


def loads(stage: Stage, spawn: Spawn, environ: dict[str, str]) -> str:
    """The modules that a plain `exec` loads."""
    line = [sys.executable, "-X", "importtime", "-m", "vault_binance", "exec", "market-maker", "--", "true"]
    ran = subprocess.run(
        line, env=spawn.whole(stage.environ | environ), capture_output=True, text=True, timeout=30, check=True
    )
    return ran.stderr


def test_only_who_asks_for_a_profile_loads_profiles_and_nobody_loads_click(spawn: Spawn, stage: Stage) -> None:
    plain, own = loads(stage, spawn, {}), loads(stage, spawn, {"VAULT_BINANCE_PROFILE": OWN})
    assert "vault_binance.bot.child" in plain
    assert "vault_binance.bot.profiles" not in plain
    assert "vault_binance.bot.profiles" in own
    assert "vault_binance.bot.secret_file" not in own
    assert "click" not in plain + own


# What is wrong with it


@pytest.mark.parametrize(
    "profile",
    ["", "plein", "API_KEY", "A=api_key,A=secret", "LD_PRELOAD=secret", "A=b", "A=name", "1A=api_key", "@no-such-file"],
)
def test_a_profile_that_is_none_costs_no_login_on_either_road(spawn: Spawn, stage: Stage, profile: str) -> None:
    environ = stage.bot()
    before = size(stage)
    ran = spawn("exec", "--profile", profile, "--", *ENV, environ=environ)
    assert (ran.code, ran.out) == (10, "")
    assert "--profile" in ran.error
    if profile:
        other = spawn("exec", "--", *ENV, environ={**environ, "VAULT_BINANCE_PROFILE": profile})
        assert other.err == ran.err.replace("--profile", "VAULT_BINANCE_PROFILE")
    watched = spawn("exec", "--profile", profile, "--on-change=exit", "--", *ENV, environ=environ)
    assert watched == ran
    assert size(stage) == before


@pytest.mark.parametrize(
    ("profile", "taken"),
    [
        ("freqtrade", "FREQTRADE__EXCHANGE__SECRET"),
        ("nautilus", "BINANCE_DEMO_API_KEY"),
        (OWN, "BASE_PATH"),
        (WITH_PATH, "PRIVATE_KEY_FILE"),
    ],
)
def test_a_variable_of_the_profiles_that_exists_is_refused_before_any_login(
    spawn: Spawn, stage: Stage, profile: str, taken: str
) -> None:
    environ = {**stage.bot(), taken: "old", "BINANCE_SOMETHING": "kept"}
    before = size(stage)
    for more in ((), ("--on-change=exit",)):
        ran = spawn("exec", "--profile", profile, *more, "--", *ENV, environ=environ)
        assert (ran.code, ran.error) == (10, f"the environment already has {taken}")
    assert size(stage) == before
    found = seen(spawn("exec", "--profile", profile, "--overwrite", "--", *ENV, environ=environ))
    assert found.get(taken) != "old"
    assert found["BINANCE_SOMETHING"] == "kept"


@pytest.mark.parametrize("more", [(), ("--on-change=restart",)], ids=["replaced", "watched"])
def test_a_key_that_freqtrade_would_change_starts_nothing_and_leaves_no_token(
    spawn: Spawn, stage: Stage, mm: Bot, more: tuple[str, ...]
) -> None:
    stage.put(mm.name, NUMERIC, "1234e56")
    ran = spawn("exec", "--profile=freqtrade", *more, "--", "touch", "started", environ=mm.environ)
    assert ran.code == 10
    assert ran.error.startswith("freqtrade would take FREQTRADE__EXCHANGE__KEY for a whole number")
    assert NUMERIC not in ran.err
    assert not Path("started").exists()
    assert mm.tokens == 0


# A path


def test_a_private_key_is_behind_a_path_that_is_in_no_file_system(
    spawn: Spawn, stage: Stage, pem: tuple[str, str], tmp_path: Path
) -> None:
    name, text = pem
    places = {"HOME": tmp_path / "home", "TMPDIR": tmp_path / "temporary"}
    for place in places.values():
        place.mkdir()
    environ = {**stage.environ, **{variable: str(place) for variable, place in places.items()}}
    read = 'cat "$PRIVATE_KEY_FILE" && cat "$PRIVATE_KEY_FILE" && readlink "$PRIVATE_KEY_FILE" && ls -A . ~ $TMPDIR'
    ran = spawn("exec", name, "--profile", WITH_PATH, "--", "sh", "-c", read, environ=environ)
    whole, rest = ran.out[: 2 * len(text)], ran.out[2 * len(text) :].splitlines()
    assert (whole, ran.err, ran.code) == (text * 2, "", 0)
    assert rest[0] == "/memfd:credential (deleted)"
    assert {line for line in rest[1:] if line and not line.endswith(":")} <= {"home", "temporary"}
    assert not [path for place in places.values() for path in place.iterdir()]


def test_it_is_read_once_where_the_system_has_no_memory_to_give(
    spawn: Spawn, stage: Stage, pem: tuple[str, str]
) -> None:
    name, text = pem
    Path("sitecustomize.py").write_text("import os\ndel os.memfd_create\n")
    environ = {**stage.environ, "VAULT_BINANCE_PROFILE": WITH_PATH}
    environ["PYTHONPATH"] = f"{spawn.cwd}:{spawn.whole({})['PYTHONPATH']}"
    read = 'cat "$PRIVATE_KEY_FILE"; cat "$PRIVATE_KEY_FILE"; echo "$PRIVATE_KEY_FILE"'
    ran = spawn("exec", name, "--", "sh", "-c", read, environ=environ)
    assert (ran.out.startswith(text), ran.err, ran.code) == (True, "", 0)
    assert ran.out.removeprefix(text).startswith("/dev/fd/")


def test_each_start_has_the_new_secret_behind_its_path_and_no_descriptor_stays_with_us(spawn: Spawn, mm: Bot) -> None:
    up = "say(open(os.environ['PRIVATE_KEY_FILE']).read(), open(os.environ['PRIVATE_KEY_FILE']).read())"
    profile = "BINANCE_API_KEY=api_key,PRIVATE_KEY_FILE=secret_file"
    words = ("--on-change=restart", "--profile", profile, "--", *bot(up, TERM=SAYS_TERM))
    with Supervised(spawn, *words, environ=mm.environ) as run:
        for letter in "ABCDEF":
            if letter != "A":
                mm.rotate(letter)
                assert run.line() == "term"
            assert run.line() == " ".join([letter.lower() * 64] * 2)
            assert run.up()[1] == letter * 4
            until(lambda: not in_memory(run.process.pid))
        run.send(signal.SIGTERM)
        assert run.line() == "term"
        assert run.end() == 4


def in_memory(pid: int) -> list[str]:
    """What a process holds open that is in no file system."""
    held = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed by now
            held.append(str(descriptor.readlink()))
    return [name for name in held if name.startswith("/memfd:")]


# Beside the command


def test_a_rotation_to_a_key_that_the_command_cannot_be_given_leaves_it_the_one_that_it_has(
    spawn: Spawn, mm: Bot
) -> None:
    profile = "BINANCE_API_KEY=name,FREQTRADE__EXCHANGE__KEY=api_key"
    words = ("--on-change=restart", "--profile", profile, "--status-file", "status", "--", *bot(TERM=SAYS_TERM))
    with Supervised(spawn, *words, environ=mm.environ) as run:
        first, _ = run.up()
        mm.rotate("1")
        assert "the command keeps the credential that it has: freqtrade would take" in run.told("warning")
        until(lambda: json.loads(Path("status").read_text())["version"] == 2)
        mm.rotate("B")
        assert run.line() == "term"
        assert run.up()[0] != first


def test_the_file_has_the_profiles_variables(spawn: Spawn, mm: Bot, memory: Path) -> None:
    def shown(name: str, profile: str) -> Ran:
        words = ("--on-change=exit", "--profile", profile, f"--credentials-file={memory / name}")
        return spawn("exec", *words, "--", "cat", str(memory / name), environ=mm.environ)

    assert shown("pair.env", "freqtrade").out == (
        f"FREQTRADE__EXCHANGE__KEY='{'A' * 64}'\nFREQTRADE__EXCHANGE__SECRET='{'a' * 64}'\n"
    )
    for profile in ("freqtrade", WITH_PATH):
        fields = json.loads(shown("pair.json", profile).out)
        assert given(fields, "api_key", "api_secret", "name") == ["A" * 64, "a" * 64, mm.name]


def test_a_path_has_no_place_in_that_file(spawn: Spawn, stage: Stage, mm: Bot, memory: Path) -> None:
    before = size(stage)
    words = ("--on-change=exit", "--profile", WITH_PATH, f"--credentials-file={memory / 'pair.env'}")
    ran = spawn("exec", *words, "--", "true", environ=mm.environ)
    assert ran.code == 10
    assert ran.error.startswith("PRIVATE_KEY_FILE cannot stand in")
    assert ".json" in ran.hint
    assert size(stage) == before
