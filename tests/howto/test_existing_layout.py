"""existing-layout.md on a Vault in which there is no instance of ours: the page makes all that is in it.

Its table of what works is tried cell by cell.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.howto.page import Page, Terminal
from tests.howto.premises import BOT, program_path
from tests.howto.scene import TERMS
from tests.support import QUICK, ROOT
from vault_binance import Fetcher, borrow, credentials
from vault_binance.cli.main import run
from vault_binance.errors import MalformedCredentials
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.testing.emulator import IssuedKey
    from vault_binance.testing.server_binary import Binary

DEEP, OLD = "teams/trading/kv/prod/exchanges/binance", "legacy/binance/mm"
PAIR = {"key": "K" * 64, "secret": "S" * 64}
PEM = "-----BEGIN PRIVATE KEY-----\nand so on\n"


@pytest.fixture(scope="module")
def server(vault_binary: Binary) -> Iterator[DevVault]:
    with DevVault(vault_binary, hooks=QUICK) as made:
        yield made


@pytest.fixture(scope="module")
def binance() -> Iterator[Emulator]:
    with Emulator() as made:
        yield made


@pytest.fixture(scope="module")
def issued(binance: Emulator) -> IssuedKey:
    return binance.add_key(**TERMS)


@pytest.fixture(scope="module")
def desk(server: DevVault, issued: IssuedKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the page was followed as far as its bot."""
    folder, page = tmp_path_factory.mktemp("desk"), Page("existing-layout")
    pair = issued.credentials("mm")
    (folder / "key").write_text(pair.api_key.reveal())
    (folder / "secret").write_text(pair.secret.reveal())
    (there,) = page["What is there"]
    policy, typed = page["What a bot needs"]
    policy.save(folder)
    with shell(server, folder, VAULT_TOKEN=server.root_token.reveal()) as admin:
        admin.type(there)
        admin.type(typed)
    (folder / "bot").write_text(BOT)
    (folder / "bot").chmod(0o755)
    return folder


def shell(server: DevVault, folder: Path, **more: str) -> Terminal:
    environ = {"PATH": program_path(server), "HOME": str(folder), "PYTHONPATH": str(ROOT), "VAULT_ADDR": server.address}
    return Terminal(folder, {**environ, "VAULT_BINANCE_SCHEDULE": "swift", **more})


@pytest.fixture
def bot(server: DevVault, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is the bot: its login opens more than once."""
    monkeypatch.chdir(desk)
    _, found = server.call("POST", "auth/approle/role/mm/secret-id")
    environ = {
        "VAULT_ADDR": server.address,
        "VAULT_BINANCE_AUTH_MOUNT": "approle",
        "VAULT_BINANCE_ROLE_ID_FILE": "mm.role-id",
        "VAULT_BINANCE_SECRET_ID": found["data"]["secret_id"],
    }
    for name, text in environ.items():
        monkeypatch.setenv(name, text)


def test_a_bot_is_lent_the_pair_goes_on_through_a_rotation_and_is_cut_off(server: DevVault, desk: Path) -> None:
    page = Page("existing-layout")
    (start, example) = page["The bot"]
    cut_off = page["What works, and what does not"][0]
    first = (desk / "key").read_text()
    with shell(server, desk) as bot, shell(server, desk, VAULT_TOKEN=server.root_token.reveal()) as admin:
        bot.start(start)
        bot.until(f"trading with {first}")
        server.must(
            "POST",
            "teams/trading/kv/data/prod/exchanges/binance",
            {"data": {"apiKey": "N" * 64, "secret": "T" * 64}},
        )
        bot.until(f"trading with {'N' * 64}")
        admin.type(cut_off)
        said, code = bot.finish()
        assert code == 25, said
    entity = server.must("LIST", "identity/entity/id")["data"]["keys"][0]
    server.must("POST", f"identity/entity/id/{entity}", {"disabled": False})
    assert example.name == "bot.py"


def test_the_program_on_the_page_runs(bot: None, capsys: pytest.CaptureFixture[str]) -> None:
    example = Page("existing-layout")["The bot"][1]
    exec(compile(example.text, example.name, "exec"), {})  # noqa: S102  it is the page's
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{OLD} HMAC"
    assert re.fullmatch(f"{DEEP} [12]", second)


def test_kv_v1_has_no_versions_and_is_noticed_by_its_content(server: DevVault, bot: None) -> None:
    changes: list[str] = []
    server.must("POST", OLD, PAIR)
    with Fetcher(path=OLD) as vault:
        vault.on_change(lambda _, new: changes.append(new.api_key.reveal()))
        server.must("POST", OLD, {**PAIR, "key": "L" * 64})
        assert vault.refresh().api_key.reveal() == "L" * 64
        assert vault.credentials.version == 0
    assert changes == ["L" * 64]
    assert run(("fetch", "--path", OLD, "--version", "1", "--field", "version")) == 10
    assert run(("fetch", "--path", DEEP, "--version", "1", "--field", "version")) == 0


def test_leased_passthrough_is_refused(server: DevVault, bot: None, capsys: pytest.CaptureFixture[str]) -> None:
    server.must("POST", "sys/mounts/leased", {"type": "kv", "options": {"version": "1", "leased_passthrough": "true"}})
    server.must("POST", "leased/mm", PAIR)
    policy = Path("mm.hcl").read_text() + 'path "leased/mm" { capabilities = ["read"] }\n'
    server.must("PUT", "sys/policies/acl/mm", {"policy": policy})
    assert run(("fetch", "--path", "leased/mm")) == 10
    assert "leased_passthrough" in capsys.readouterr().err


def test_binance_is_asked_about_the_key_and_no_mount_of_ours_appears(
    server: DevVault, binance: Emulator, issued: IssuedKey, bot: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = issued.credentials("mm")
    server.must("POST", OLD, {"key": pair.api_key.reveal(), "secret": pair.secret.reveal()})
    monkeypatch.setenv("VAULT_BINANCE_BINANCE_URL", binance.url)
    before = server.must("GET", "sys/mounts")["data"].keys()
    with Fetcher(path=OLD, verify=True) as vault:
        assert vault.credentials.api_key.reveal() == pair.api_key.reveal()
    assert server.must("GET", "sys/mounts")["data"].keys() == before
    assert "binance/" not in before


@pytest.mark.parametrize(
    "command",
    [
        ("verify", OLD),
        ("audit", OLD, "--log", "/dev/null"),
        ("key", "put", OLD),
        ("key", "import", OLD, "/dev/null"),
        ("bot", "suspend", "mm"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_what_is_for_an_instance_is_refused(
    server: DevVault, bot: None, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", server.root_token.reveal())
    for name in ("VAULT_BINANCE_ROLE_ID_FILE", "VAULT_BINANCE_SECRET_ID", "VAULT_BINANCE_AUTH_MOUNT"):
        monkeypatch.delenv(name)
    assert run(command) == 10


def test_what_is_for_an_instance_finds_none(
    server: DevVault, bot: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", server.root_token.reveal())
    assert run(("key", "list")) == 0
    assert "no credential in binance/" in capsys.readouterr().err
    assert run(("doctor",)) == 12
    assert "no instance binance here" in capsys.readouterr().out


def test_without_the_default_policy_it_works_and_leaves_its_token(server: DevVault, bot: None) -> None:
    def accessors() -> set[object]:
        return set(server.must("LIST", "auth/token/accessors")["data"]["keys"])

    for without, left in ((False, 0), (True, 1)):
        server.must("POST", "auth/approle/role/mm", {"token_no_default_policy": without})
        before = accessors()
        with borrow(path=OLD):
            pass
        assert len(accessors() - before) == left


def test_the_table_of_fields_is_what_is_read() -> None:
    text = (ROOT / "docs" / "howto" / "existing-layout.md").read_text()
    rows = dict(
        re.findall(r"^\| (the API key|the secret of an HMAC key|a private key, as PEM) \| (.*) \|$", text, re.MULTILINE)
    )
    told = {what: re.findall(r"`(\w+)`", names) for what, names in rows.items()}
    assert told["the API key"] == list(credentials.API_KEY_NAMES)
    assert told["the secret of an HMAC key"] == list(credentials.API_SECRET_NAMES)
    assert told["a private key, as PEM"] == [*credentials.PRIVATE_KEY_NAMES, "key_type", "ED25519", "RSA"]


@pytest.mark.parametrize("name", ["secret", "private_key"])
def test_a_private_key_of_a_told_type_is_handed_out(server: DevVault, bot: None, name: str) -> None:
    server.must("POST", OLD, {"key": PAIR["key"], name: PEM, "key_type": "ed25519"})
    with borrow(path=OLD) as found:
        assert (found.key_type, found.environment, found.secret.reveal()) == ("ED25519", "live", PEM)
    server.must("POST", OLD, PAIR)


@pytest.mark.parametrize(
    "fields",
    [{**PAIR, "api_key": "K" * 64}, {"binance": PAIR}, {"key": PAIR["key"]}, {"key": PAIR["key"], "secret": PEM}],
    ids=["two names", "one inside another", "half a pair", "a private key of an untold type"],
)
def test_what_is_no_pair_is_not_handed_out(server: DevVault, bot: None, fields: dict[str, object]) -> None:
    server.must("POST", OLD, fields)
    with pytest.raises(MalformedCredentials), borrow(path=OLD):
        raise AssertionError
    server.must("POST", OLD, PAIR)
