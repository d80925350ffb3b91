"""Pairs out of files of old: checked, stored, and taken out of the file once a bot has run with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from tests.cli.stage import API_KEY, API_SECRET, LAYOUT, OTHER_KEY, OTHER_SECRET, fresh
from tests.cli.terminal import Terminal
from tests.cli.test_bad_input import assert_refused, sent
from vault_binance.credentials import KeyType
from vault_binance.ops import edited_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.conftest import Command
    from tests.cli.stage import Ran, Spawn, Stage

DOTENV = f"# the bot's\nLOG=1\nexport BINANCE_API_KEY={API_KEY}\nBINANCE_API_SECRET='{API_SECRET}'\nPORT=2 # http\n"
WITHOUT = "# the bot's\nLOG=1\nPORT=2 # http\n"
FREQTRADE = f"""// dry
{{
    "exchange": {{"name": "binance", "key": "{API_KEY}", "secret": "{API_SECRET}", "pair_whitelist": ["A/B",]}},
}}
"""
PASSPHRASE = "Canary passphrase"


@pytest.fixture(scope="module")
def writer(stage: Stage) -> dict[str, str]:
    return {**stage.environ, "VAULT_TOKEN": stage.token("binance-writer")}


@pytest.fixture(scope="module")
def blind(stage: Stage) -> dict[str, str]:
    """A writer to whom the team shows no reports."""
    denied = ("binance/data/reports/+", "binance/metadata/reports/")
    with stage.operator() as vault:
        vault.write_policy("no-reports", "".join(f'path "{path}" {{ capabilities = ["deny"] }}\n' for path in denied))
    return {**stage.environ, "VAULT_TOKEN": stage.token("binance-writer", "no-reports")}


def imported(command: Command, environ: Mapping[str, str], name: str, text: str = DOTENV, *options: str) -> Ran:
    Path(".env").write_text(text)
    return command("key", "import", name, ".env", *options, environ=environ)


def field(command: Command, stage: Stage, name: str, which: str) -> str:
    return command("fetch", name, "--field", which, environ=stage.environ).out


def report(stage: Stage, name: str, bot: str, **changed: str) -> None:
    """What a bot leaves that has run with the latest version."""
    with stage.operator() as vault:
        known = vault.secret_metadata(LAYOUT.kv_mount, LAYOUT.credential(name))
        assert known is not None
        said = {
            "bot": bot,
            "credential": name,
            "version": str(known.current_version),
            "checked_at": "2026-01-02T03:04Z",
        }
        said |= {"fingerprint": known.custom_metadata["fingerprint"], **changed}
        vault.write_secret(LAYOUT.kv_mount, LAYOUT.report(bot), said, cas=0)


# In


def test_a_dotenv(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    ran = imported(command, writer, name, DOTENV, "--owner", "desk", "--rotate-after", "90d")
    assert (ran.code, "   version 1   HMAC   " in ran.out) == (0, True)
    assert "checking it at Binance" in ran.err
    assert ran.err.endswith(f"take it out: vault-binance key import {name} .env --remove\n")
    assert Path(".env").read_text() == DOTENV
    assert (field(command, stage, name, "api_key"), field(command, stage, name, "secret")) == (API_KEY, API_SECRET)
    shown = json.loads(command("key", "show", name, "--format", "json", environ=writer).out)
    assert (shown["owner"], shown["rotate_after"], shown["verified_high"]) == ("desk", "90d", "0")


@pytest.mark.parametrize("file", ["config.json", "config"])
@pytest.mark.parametrize("kind", [(), ("--kind", "freqtrade")], ids=["told by itself", "said"])
def test_freqtrades(command: Command, stage: Stage, writer: dict[str, str], file: str, kind: tuple[str, ...]) -> None:
    name = fresh()
    Path(file).write_text(FREQTRADE)
    ran = command("key", "import", name, file, *kind, environ=writer)
    assert ran.code == 0, ran.err
    assert field(command, stage, name, "secret") == API_SECRET
    assert " ".join(["key import", name, file, *kind, "--remove"]) in ran.err


def test_the_environment(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    theirs = {"BINANCE_TESTNET_API_KEY": API_KEY, "BINANCE_TESTNET_API_SECRET": API_SECRET}
    line = ("key", "import", name, "--from-environment", "--no-verify")
    ran = command(*line, environ=writer | theirs)
    assert (ran.code, "the environment still has the pair" in ran.err) == (0, True)
    assert field(command, stage, name, "environment") == "testnet"
    refused = command(*line, environ=writer)
    assert (refused.code, refused.error.startswith("no whole Binance pair in the environment")) == (10, True)


def test_the_environment_said_chooses_among_pairs(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    both = DOTENV + f"BINANCE_TESTNET_API_KEY={OTHER_KEY}\nBINANCE_TESTNET_API_SECRET={OTHER_SECRET}\n"
    ran = imported(command, writer, name, both, "--environment", "testnet", "--no-verify")
    assert f"vault-binance key import {name} .env --environment testnet --remove" in ran.err
    assert field(command, stage, name, "api_key") == OTHER_KEY


def pem_of(stage: Stage) -> tuple[str, str]:
    assert stage.binance is not None
    issued = stage.binance.add_key(key_type=KeyType.ED25519, ip_list=("127.0.0.1",))
    assert issued.secret is not None
    return issued.api_key.reveal(), issued.secret.reveal()


def encrypted(pem: str) -> str:
    how = BestAvailableEncryption(PASSPHRASE.encode())
    return load_pem_private_key(pem.encode(), None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode()


def test_a_private_key_in_it(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    api_key, pem = pem_of(stage)
    config = json.dumps({"exchange": {"name": "binance", "key": api_key, "secret": pem}})
    Path("config.json").write_text(config)
    assert_refused(command("key", "import", name, "config.json", environ=writer))
    ran = command("key", "import", name, "config.json", "--type", "ed25519", environ=writer)
    assert (ran.code, "   ED25519   " in ran.out) == (0, True), ran.err
    assert field(command, stage, name, "secret") == pem
    gone = command("key", "import", name, "config.json", "--remove", "--yes", environ=writer)
    assert (gone.code, Path("config.json").read_text()) == (
        0,
        config.replace(json.dumps(pem), '""').replace(api_key, ""),
    )


def test_a_private_key_that_vault_does_not_hold_stays_in_it(
    command: Command, stage: Stage, writer: dict[str, str]
) -> None:
    """The same API key in both: the file may be the last place that has the half which goes with it."""
    name = fresh()
    (api_key, pem), (_, other) = pem_of(stage), pem_of(stage)
    for path, half in (("good.json", pem), ("bad.json", other)):
        config = {"exchange": {"name": "binance", "key": api_key, "secret": half}}
        Path(path).write_text(json.dumps(config))
    line = ("key", "import", name, "bad.json", "--type", "ed25519", "--no-verify")
    assert command(*line, environ=writer).code == 0
    before = Path("good.json").read_bytes()
    ran = command("key", "import", name, "good.json", "--remove", "--yes", environ=writer)
    assert_refused(ran)
    assert ran.error == f"the secret in the file is not that of {name}, version 1: nothing was taken out"
    assert Path("good.json").read_bytes() == before
    assert command("key", "import", name, "bad.json", "--remove", "--yes", environ=writer).code == 0


def test_an_encrypted_private_key_in_it(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    api_key, pem = pem_of(stage)
    Path("passphrase").write_text(f"{PASSPHRASE}\n")
    line = (f"BINANCE_API_KEY={api_key}\nBINANCE_PRIVATE_KEY='{encrypted(pem)}'\n", "--type", "ed25519", "--passphrase")
    ran = imported(command, writer, name, *line, "@passphrase")
    assert ran.code == 0, ran.err
    assert field(command, stage, name, "secret") == pem
    refused = imported(command, writer, name, DOTENV, "--passphrase", "@passphrase")
    assert refused.error == "--passphrase opens a private key, and BINANCE_API_SECRET is none"


def test_binance_refuses_it(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    ran = imported(command, writer, name, DOTENV.replace(API_SECRET, OTHER_SECRET))
    assert (ran.code, ran.error.endswith("nothing was stored"), stage.version(name)) == (31, True, 0)
    assert imported(command, writer, name, DOTENV.replace(API_SECRET, OTHER_SECRET), "--no-verify").code == 0


BAD = {
    "nothing": (b"", "no whole Binance pair in the file"),
    "half": (f"BINANCE_API_KEY={API_KEY}\n".encode(), "no whole Binance pair in the file"),
    "several": (f"{DOTENV}API_KEY={API_KEY}\nAPI_SECRET={API_SECRET}\n".encode(), "several Binance pairs in the file"),
    "no text": (b"\xff" + DOTENV.encode(), "it is not UTF-8 text"),
    "no assignment": (f"A=1\n{API_SECRET}\n".encode(), "line 2 of the file is not of the form NAME=VALUE"),
    "huge": (DOTENV.encode() + b"#" * (1 << 20), "it has more than 1 MiB"),
    "no JSON": (FREQTRADE.replace("}", "").encode(), "of the file is not JSON"),
    "no quotes": (FREQTRADE.replace(f'"{API_SECRET}"', API_SECRET).encode(), "line 3 of the file is not JSON"),
    "elsewhere": (FREQTRADE.replace("binance", "kraken").encode(), "exchange.name is not binance"),
    "no secret": (FREQTRADE.replace(API_SECRET, "").encode(), "exchange.secret is empty or missing"),
}


@pytest.mark.parametrize("options", [(), ("--remove", "--yes")], ids=["in", "out"])
@pytest.mark.parametrize("case", BAD)
def test_bad_files(command: Command, stage: Stage, writer: dict[str, str], case: str, options: tuple[str, ...]) -> None:
    content, says = BAD[case]
    Path("file").write_bytes(content)
    before = sent(stage)
    ran = command("key", "import", "market-maker", "file", *options, environ=writer)
    assert_refused(ran)
    assert says in ran.error
    assert (Path("file").read_bytes(), sent(stage)) == (content, before)


def test_a_value_that_binance_never_issued(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    ran = imported(command, writer, name, DOTENV.replace(API_SECRET, API_SECRET[:-1]))
    assert_refused(ran)
    assert ran.error == ".env: BINANCE_API_SECRET has 63 characters, not 64"
    assert stage.version(name) == 0


@pytest.mark.parametrize("file", ["nowhere", ".", "a\0b", "", "pipe/"])
def test_no_file(command: Command, writer: dict[str, str], file: str) -> None:
    assert_refused(command("key", "import", "fresh", file, environ=writer))


@pytest.mark.parametrize(
    "line", [(), ("f", "--from-environment"), ("--remove", "--from-environment"), ("f", "--kind", "x")], ids=" ".join
)
def test_what_is_no_request(command: Command, writer: dict[str, str], line: tuple[str, ...]) -> None:
    assert command("key", "import", "fresh", *line, environ=writer).code == 2


def test_a_name_that_stands_twice_is_told_which_counts(command: Command, writer: dict[str, str]) -> None:
    older = f"BINANCE_API_SECRET={OTHER_SECRET}\n"
    ran = imported(command, writer, fresh(), older + DOTENV)
    assert ran.code == 0
    assert (
        "warning: BINANCE_API_SECRET stands in .env several times, with several values: the last one counts" in ran.err
    )


# Out


def test_out_after_a_bots_report(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    imported(command, writer, name)
    Path(".env").chmod(0o640)
    line = ("key", "import", name, ".env", "--remove")
    none_yet = command(*line, environ=writer)
    assert none_yet.error.startswith(f"no terminal to ask on: no bot has reported that it ran with version 1 of {name}")
    report(stage, name, f"{name}-old", version="0")
    assert command(*line, environ=writer).code == 10
    assert Path(".env").read_text() == DOTENV
    report(stage, name, f"{name}-bot")
    ran = command(*line, environ=writer)
    assert ran.code == 0, ran.err
    told = f"removed  BINANCE_API_KEY and BINANCE_API_SECRET from {Path('.env').resolve()}   "
    assert ran.out == f"{told}{name}-bot ran with version 1\n"
    assert (Path(".env").read_text(), Path(".env").stat().st_mode & 0o777) == (WITHOUT, 0o640)
    assert "note:  not reached: " in ran.err
    assert [path.name for path in Path().iterdir()] == [".env"]
    assert command(*line, environ=writer).error.startswith(".env: no whole Binance pair in the file")


def test_out_for_who_may_not_read_reports(stage: Stage, blind: dict[str, str], command: Command, spawn: Spawn) -> None:
    name = fresh()
    imported(command, blind, name)
    line = ("key", "import", name, ".env", "--remove")
    for typed, code, left in (("n\n", 1, DOTENV), ("y\n", 0, WITHOUT)):
        with Terminal(spawn, *line, environ=blind) as terminal:
            terminal.until("this token may not read binance/reports/")
            terminal.until("[y/N]: ")
            terminal.type(typed)
            assert terminal.end() == code
        assert Path(".env").read_text() == left
    imported(command, blind, name)
    assert command(*line, "--yes", environ=blind).out.endswith("   without a report of a bot\n")


def test_out_only_what_vault_holds(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    line = ("key", "import", name, ".env", "--remove", "--yes")
    Path(".env").write_text(DOTENV)
    assert command(*line, environ=writer).code == 23
    stage.put(name, OTHER_KEY, OTHER_SECRET)
    assert command(*line, environ=writer).error == f"the API key in the file is not that of {name}, version 1"
    imported(command, writer, name)
    assert command("key", "delete", name, environ=writer).code == 0
    assert command(*line, environ=writer).error.startswith(f"the latest version of {name} is deleted")
    assert Path(".env").read_text() == DOTENV


def test_out_of_freqtrades(command: Command, writer: dict[str, str]) -> None:
    name = fresh()
    Path("config.json").write_text(FREQTRADE)
    assert command("key", "import", name, "config.json", environ=writer).code == 0
    assert command("key", "import", name, "config.json", "--remove", "--yes", environ=writer).code == 0
    assert Path("config.json").read_text() == FREQTRADE.replace(API_KEY, "").replace(API_SECRET, "")


def test_what_is_not_reached_is_said(command: Command, writer: dict[str, str]) -> None:
    name = fresh()
    Path(".git").mkdir()
    Path("desk").mkdir()
    Path("desk/.env~").touch()
    Path("desk/.env").write_text(f"{DOTENV}# was BINANCE_API_SECRET={API_SECRET}\n")
    Path(".env").symlink_to("desk/.env")
    assert command("key", "import", name, ".env", environ=writer).code == 0
    ran = command("key", "import", name, ".env", "--remove", "--yes", environ=writer)
    real = Path("desk/.env").resolve()
    told = [line for line in ran.err.splitlines() if line.startswith("warning:")]
    assert told == [
        f"warning: the secret still stands in {real}, line 4: take it out by hand",
        f"warning: {real} is in the git work tree {Path.cwd()}: if it was ever committed, its history has the pair",
        "warning: beside it is .env~: does it have the pair too?",
    ]
    assert API_SECRET not in ran.out + ran.err
    assert Path(".env").is_symlink()


def test_a_file_that_changes_meanwhile(
    command: Command, writer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = fresh()
    imported(command, writer, name)
    dress = edited_file._dress

    def changed(real: Path, part: Path) -> None:
        dress(real, part)
        real.write_text(f"{DOTENV}NEW=1\n")

    monkeypatch.setattr(edited_file, "_dress", changed)
    ran = command("key", "import", name, ".env", "--remove", "--yes", environ=writer)
    assert (ran.code, "changed meanwhile" in ran.error) == (22, True)
    assert Path(".env").read_text() == f"{DOTENV}NEW=1\n"
