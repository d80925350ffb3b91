"""Other people in the same Vault: quicker writers, and mounts that are not ours. Nothing is half-written, or theirs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stage import API_KEY, API_SECRET, OTHER_KEY, OTHER_SECRET, PAIR, PUT, Stage, fresh
from vault_binance.cli import secret_input
from vault_binance.ops import keys

if TYPE_CHECKING:
    from tests.cli.conftest import Command


@pytest.mark.parametrize("based_on", [0, 1])
def test_a_lost_race_writes_nothing(
    command: Command, stage: Stage, monkeypatch: pytest.MonkeyPatch, based_on: int
) -> None:
    """Somebody else stores a pair while this person looks for theirs."""
    name, read = fresh(), secret_input.read
    for _ in range(based_on):
        stage.put(name)

    def slowly(source: str | None, what: str, option: str) -> str:
        if what == "API secret":
            stage.put(name, OTHER_KEY, OTHER_SECRET)
        return read(source, what, option)

    monkeypatch.setattr(secret_input, "read", slowly)
    ran = command("key", "put", name, *PUT, environ=stage.environ, stdin=PAIR)
    assert (ran.code, ran.out) == (22, "")
    assert ran.error.startswith(f"version {based_on + 1} of binance/credentials/{name} was written")
    assert ran.error.endswith(f"yours is based on version {based_on}. nothing was written")
    assert ran.hint == f"look first: vault-binance key history {name}"
    assert stage.version(name) == based_on + 1
    assert command("fetch", name, "--field", "api_key", environ=stage.environ).out == OTHER_KEY


def test_a_lost_race_of_a_rollback(command: Command, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    name, current_version = fresh(), keys.current_version
    stage.put(name)
    stage.put(name, OTHER_KEY, OTHER_SECRET)

    def slowly(*arguments: Any) -> int:
        seen = current_version(*arguments)
        stage.vault.call("POST", f"binance/data/credentials/{name}", {"options": {"cas": seen}, "data": {"a": "b"}})
        return seen

    with monkeypatch.context() as patch:
        patch.setattr(keys, "current_version", slowly)
        ran = command("key", "rollback", name, "1", environ=stage.environ)
    assert (ran.code, stage.version(name)) == (22, 3)
    assert ran.error.endswith("nothing was written")


def test_absent_deleted_and_destroyed_are_told_apart(command: Command, stage: Stage) -> None:
    name = fresh()
    absent = command("fetch", name, environ=stage.environ)
    stage.put(name)
    command("key", "delete", name, environ=stage.environ)
    deleted = command("fetch", name, environ=stage.environ)
    command("key", "destroy", name, "--yes", environ=stage.environ)
    destroyed = command("fetch", name, environ=stage.environ)
    assert [ran.code for ran in (absent, deleted, destroyed)] == [23, 23, 23]
    path = f"binance/data/credentials/{name}"
    assert absent.error == f"nothing at {path}"
    assert deleted.error.startswith(f"version 1 of {path} was deleted on 20")
    assert "key restore" in deleted.hint
    assert destroyed.error == f"version 1 of {path} was destroyed"
    assert "key put" in destroyed.hint


@pytest.fixture(scope="module")
def others(stage: Stage) -> Stage:
    """The same Vault with mounts of other people: KV v1 and KV v2, each with a pair in its own spelling."""
    stage.vault.call("POST", "sys/mounts/legacy", {"type": "kv", "options": {"version": "1"}})
    stage.vault.call("POST", "sys/mounts/teamb", {"type": "kv", "options": {"version": "2"}})
    theirs = {"apiKey": API_KEY, "secret_key": API_SECRET}
    stage.vault.call("POST", "legacy/prod/bots/mm", theirs)
    stage.put("elsewhere")  # by then the new KV v2 mount answers
    for _ in range(100):
        status, _answer = stage.vault.call("POST", "teamb/data/prod/mm", {"data": theirs})
        if status == 200:
            return stage
    raise AssertionError(status)


@pytest.mark.parametrize("path", ["legacy/prod/bots/mm", "teamb/prod/mm", "/teamb/prod/mm/"])
def test_paths_of_an_existing_vault(command: Command, others: Stage, path: str) -> None:
    ran = command("fetch", "--path", path, "--format", "json", "--reveal", environ=others.environ)
    row = json.loads(ran.out)
    assert (ran.code, row["api_key"], row["secret"]) == (0, API_KEY, API_SECRET)
    assert row["version"] == (0 if path.startswith("legacy") else 1)


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        ("nowhere/mm", 21, "nowhere/mm"),
        ("legacy/prod/nothing", 23, "nothing at legacy/prod/nothing"),
        ("teamb/prod/nothing", 23, "nothing at teamb/data/prod/nothing"),
        ("legacy", 10, "legacy is a whole mount"),
        ("teamb/", 10, "teamb is a whole mount"),
    ],
)
def test_paths_where_there_is_nothing(command: Command, others: Stage, path: str, code: int, says: str) -> None:
    ran = command("fetch", "--path", path, environ=others.environ)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.error
    assert ran.hint


def test_a_path_that_holds_no_pair(command: Command, others: Stage) -> None:
    others.vault.call("POST", "legacy/half", {"api_key": API_KEY, "password": "Hunter2Hunter2"})
    ran = command("fetch", "--path", "legacy/half", environ=others.environ)
    assert (ran.code, ran.out) == (10, "")
    assert API_KEY not in ran.err
    assert "Hunter2" not in ran.err


@pytest.mark.parametrize(
    ("instance", "code", "says"),
    [
        ("teamb", 22, "not ours, and there already: the mount teamb/. nothing was changed"),
        ("legacy", 10, "the mount legacy/ is KV v1, not KV v2: it has no versions and no check-and-set"),
    ],
)
def test_setup_leaves_a_mount_of_others_alone(
    command: Command, others: Stage, instance: str, code: int, says: str
) -> None:
    ran = command("--instance", instance, "setup", environ=others.environ)
    assert (ran.code, ran.error) == (code, says)
    assert others.vault.call("GET", f"sys/mounts/auth/{instance}-approle")[0] == 400


def test_kv_v1_is_not_adopted(command: Command, others: Stage) -> None:
    assert command("--instance", "legacy", "setup", "--adopt", environ=others.environ).code == 10


CHANGES = [
    "put mm --no-verify --api-key - --api-secret -",
    "rollback mm 1",
    "delete mm",
    "restore mm",
    "destroy mm --yes",
]


@pytest.mark.parametrize("line", CHANGES)
@pytest.mark.parametrize(("instance", "code"), [("legacy", 22), ("teamb", 22), ("nowhere", 10)])
def test_a_mount_of_others_is_not_changed(command: Command, others: Stage, instance: str, code: int, line: str) -> None:
    body = {"api_key": API_KEY, "api_secret": API_SECRET}
    others.vault.call("POST", f"{instance}/data/credentials/mm", {"data": body})
    before = others.vault.call("GET", f"{instance}/data/credentials/mm")[1]
    ran = command("--instance", instance, "key", *line.split(), environ=others.environ, stdin=PAIR)
    assert (ran.code, ran.out) == (code, "")
    assert f"mount {instance}/" in ran.error
    assert ran.hint
    after = others.vault.call("GET", f"{instance}/data/credentials/mm")[1]
    assert (after or {}).get("data") == (before or {}).get("data")


def test_a_bots_settings_do_not_keep_an_operator_from_making_what_they_name(command: Command, stage: Stage) -> None:
    """One shell for both, as whoever tries it has: the file of the wrapping token is still to be written."""
    settings = {"VAULT_BINANCE_BOT": "mm-1", "VAULT_BINANCE_WRAPPED_SECRET_ID_FILE": "mm-1.wrapped"}
    ran = command("bot", "secret-id", "mm-1", "-o", "mm-1.wrapped", environ={**stage.environ, **settings})
    assert (ran.code, ran.out) == (0, "")


@pytest.mark.parametrize("line", ["add theirs --credential market-maker -o -", "secret-id theirs", "revoke theirs"])
def test_an_auth_mount_of_others_is_not_changed(command: Command, stage: Stage, line: str) -> None:
    """KV of ours, AppRole of theirs: setup says so, and here nothing may be made or ended either."""
    instance = fresh()
    environ = {**stage.environ, "VAULT_BINANCE_INSTANCE": instance}
    assert command("setup", environ=environ).code == 0
    assert command("key", "put", "market-maker", *PUT, environ=environ, stdin=PAIR).code == 0
    stage.vault.call("DELETE", f"sys/auth/{instance}-approle")
    stage.vault.call("POST", f"sys/auth/{instance}-approle", {"type": "approle", "description": "of team b"})
    role = f"auth/{instance}-approle/role/theirs"
    stage.vault.call("POST", role, {"token_policies": "team-b"})
    ran = command("bot", *line.split(), environ=environ)
    assert stage.vault.call("GET", role)[1]["data"]["token_policies"] == ["team-b"]
    assert stage.vault.call("LIST", f"{role}/secret-id")[0] == 404
    assert ran.code == 22


def test_making_a_bot_again_keeps_its_addresses(command: Command, stage: Stage) -> None:
    name = fresh()
    line = ("bot", "add", name, "--credential", "market-maker", "-o", "-")
    assert command(*line, "--bind-cidr", "10.0.4.7/32", environ=stage.environ).code == 0
    command(*line, environ=stage.environ)
    role = stage.vault.call("GET", f"auth/binance-approle/role/{name}")[1]["data"]
    assert role["token_bound_cidrs"] == ["10.0.4.7"]  # so Vault writes a single address
    assert role["secret_id_bound_cidrs"] == ["10.0.4.7/32"]
