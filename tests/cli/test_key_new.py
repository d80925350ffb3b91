"""Keys that are born here: from `key new` over Binance to `key put`, with the writer's token, and cut at every step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stage import API_KEY, API_SECRET, LAYOUT, fresh
from tests.cli.terminal import Terminal
from tests.cli.test_interrupted import CTRL_C, INTERRUPTED, interrupted, wait_for
from vault_binance.credentials import KeyType
from vault_binance.errors import VaultUnavailable
from vault_binance.testing.fault_proxy import Fault, FaultProxy
from vault_binance.vault.admin import HvacVault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.conftest import Command
    from tests.cli.stage import Ran, Spawn, Stage
    from vault_binance.vault.port import Secret


@pytest.fixture(scope="module")
def writer(stage: Stage) -> dict[str, str]:
    """An operator who may write keys, and do nothing else."""
    return {**stage.environ, "VAULT_TOKEN": stage.token("binance-writer")}


def registered(stage: Stage, public: str, key_type: KeyType = KeyType.ED25519) -> str:
    """Do what a person does at Binance with the public half; returns the API key."""
    assert stage.binance is not None
    issued = stage.binance.add_key(key_type=key_type, public_key_pem=public, ip_list=("127.0.0.1",))
    return issued.api_key.reveal()


def stored(stage: Stage, path: str) -> Secret:
    """What is there, by the root token."""
    with stage.operator() as vault:
        return vault.read_secret(LAYOUT.kv_mount, path)


def waits(stage: Stage, name: str) -> bool:
    with stage.operator() as vault:
        return vault.secret_metadata(LAYOUT.kv_mount, LAYOUT.pending(name)) is not None


def made(command: Command, environ: Mapping[str, str], name: str, *options: str) -> str:
    ran = command("key", "new", name, *options, environ=environ)
    assert ran.code == 0, ran.err
    return ran.out


def put(command: Command, environ: Mapping[str, str], name: str, api_key: str, *options: str) -> Ran:
    return command("key", "put", name, "--api-key", "-", *options, environ=environ, stdin=f"{api_key}\n")


# From the first step to the last


@pytest.mark.parametrize("kind", [KeyType.ED25519, KeyType.RSA])
def test_a_key_is_born(command: Command, stage: Stage, writer: dict[str, str], kind: KeyType) -> None:
    name = fresh()
    ran = command("key", "new", name, "--type", kind.lower(), environ=writer)
    assert ran.code == 0
    assert ran.out.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert ran.out.endswith("-----END PUBLIC KEY-----\n")
    assert ran.err.startswith(f"made     binance/pending/{name}   {kind}   live   ")
    assert f"vault-binance key put {name}\n" in ran.err
    private = stored(stage, LAYOUT.pending(name)).fields["private_key"]
    done = put(command, writer, name, registered(stage, ran.out, kind))
    assert (done.code, "   0 findings at HIGH" in done.out) == (0, True), done.err
    assert done.out.startswith(f"stored   binance/credentials/{name}   version 1   {kind}   ")
    assert not waits(stage, name)
    assert stored(stage, LAYOUT.credential(name)).fields["private_key"] == private
    assert command("verify", name, environ=stage.environ).code == 0


def test_a_key_follows_one_of_another_type_without_a_gap(
    command: Command, stage: Stage, writer: dict[str, str]
) -> None:
    name = fresh()
    stage.put(name, environment="testnet")
    public = made(command, writer, name)
    waiting = command("key", "new", name, "--format", "json", environ=writer)
    assert json.loads(waiting.out)["environment"] == "testnet"  # that of the key it replaces
    assert stored(stage, LAYOUT.credential(name)).version == 1
    done = put(command, writer, name, registered(stage, public), "--no-verify")
    assert "   version 2   ED25519   " in done.out
    assert {"api_key", "private_key"} < stored(stage, LAYOUT.credential(name)).fields.keys()
    assert {"api_key", "api_secret"} < stored_version(stage, name, 1).fields.keys()


def stored_version(stage: Stage, name: str, version: int) -> Secret:
    with stage.operator() as vault:
        return vault.read_secret(LAYOUT.kv_mount, LAYOUT.credential(name), version=version)


def test_one_that_waits_is_shown_again_and_nothing_is_made(
    command: Command, stage: Stage, writer: dict[str, str]
) -> None:
    name = fresh()
    public = made(command, writer, name, "--environment", "demo")
    for options in ((), ("--type", "ed25519"), ("--environment", "demo", "--yes")):
        again = command("key", "new", name, *options, environ=writer)
        assert (again.code, again.out) == (0, public)
        assert again.err.startswith(
            f"note:  nothing was made: this ED25519 key waits at binance/pending/{name} since 2"
        )
    assert command("key", "new", name, "--field", "public_key", environ=writer).out == public
    assert stored(stage, LAYOUT.pending(name)).version == 1


@pytest.mark.parametrize("other", [("--type", "rsa"), ("--environment", "testnet"), ("--discard",)], ids=" ".join)
def test_another_one_needs_a_yes(
    command: Command, stage: Stage, writer: dict[str, str], other: tuple[str, ...]
) -> None:
    name = fresh()
    public = made(command, writer, name)
    refused = command("key", "new", name, *other, environ=writer)
    assert (refused.code, refused.out) == (10, "")
    assert "no terminal to ask on: throw away the private key that waits" in refused.error
    assert made(command, writer, name) == public
    replaced = made(command, writer, name, *other, "--yes")
    assert replaced != public
    assert made(command, writer, name) == replaced


def test_bits_are_told_apart(command: Command, writer: dict[str, str]) -> None:
    name = fresh()
    public = made(command, writer, name, "--type", "rsa")
    assert made(command, writer, name, "--type", "rsa", "--bits", "2048") == public
    assert command("key", "new", name, "--type", "rsa", "--bits", "3072", environ=writer).code == 10
    assert command("key", "new", name, "--bits", "2048", environ=writer).code == 2


def test_they_are_listed_and_thrown_away(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name, other = fresh(), fresh()
    made(command, writer, name)
    made(command, writer, other, "--type", "rsa")
    rows = json.loads(command("key", "pending", "--format", "json", environ=writer).out)
    kinds = {row["name"]: (row["type"], row["env"]) for row in rows}
    assert (kinds[name], kinds[other]) == (("ED25519", "live"), ("RSA", "live"))
    assert command("key", "pending", other, "--field", "type", environ=writer).out == "RSA\n"
    assert command("key", "pending", name, "--discard", environ=writer).code == 10
    ran = command("key", "pending", name, "--discard", "--yes", environ=writer)
    assert (ran.code, ran.out, f"erased   binance/pending/{name}" in ran.err) == (0, "", True)
    assert (waits(stage, name), waits(stage, other)) == (False, True)
    for options in ((), ("--discard", "--yes")):
        gone = command("key", "pending", name, *options, environ=writer)
        assert (gone.code, gone.error) == (23, f"no key waits at binance/pending/{name}")
    assert command("key", "pending", "--discard", environ=writer).code == 2


def test_an_auditor_sees_that_they_wait_and_no_more(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    made(command, writer, name)
    auditor = {**stage.environ, "VAULT_TOKEN": stage.token("binance-auditor")}
    (row,) = json.loads(command("key", "pending", name, "--format", "json", environ=auditor).out)
    assert (row["name"], row["type"], row["env"]) == (name, "?", "?")
    assert command("key", "new", name, environ=auditor).code == 21
    assert command("key", "pending", name, "--discard", "--yes", environ=auditor).code == 21
    assert waits(stage, name)


# What is typed wrongly


def test_the_api_key_of_another_key(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    public = made(command, writer, name)
    others = registered(stage, made(command, writer, fresh()))
    ran = put(command, writer, name, others)
    assert (ran.code, ran.out) == (31, "")
    assert "-1022" in ran.error
    assert ran.error.endswith("nothing was stored")
    assert ran.hint.startswith("the private half still waits. Is this the API key that Binance gave for it?")
    assert "store the pair again" not in ran.err
    assert stage.version(name) == 0
    assert put(command, writer, name, registered(stage, public)).code == 0


def test_another_type_or_place_than_was_made(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    made(command, writer, name)
    for option, said in (("--type", "rsa"), ("--environment", "testnet")):
        ran = put(command, writer, name, API_KEY, option, said)
        assert (ran.code, f"vault-binance key new {name} {option} {said}" in ran.hint) == (10, True)
        assert "waits" in ran.error
    assert (stage.version(name), waits(stage, name)) == (0, True)


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_private_key_that_is_nowhere(command: Command, stage: Stage, writer: dict[str, str], kind: str) -> None:
    name = fresh()
    ran = put(command, writer, name, API_KEY, "--type", kind)
    assert (ran.code, ran.error) == (10, f"no private key: none was given, and none waits at binance/pending/{name}")
    assert ran.hint == f"make one: vault-binance key new {name} --type {kind}"
    assert stage.version(name) == 0


def test_an_hmac_pair_beside_one_that_waits(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    made(command, writer, name)
    for options in (("--api-secret", "-"), ("--type", "hmac", "--api-secret", "-")):
        line = ("key", "put", name, "--no-verify", "--api-key", "-", *options)
        ran = command(*line, environ=writer, stdin=f"{API_KEY}\n{API_SECRET}\n")
        assert (ran.code, "   HMAC   " in ran.out) == (0, True)
        assert f"note:  a private key still waits for {name} since 2" in ran.err
    assert waits(stage, name)
    assert put(command, writer, name, API_KEY, "--type", "hmac").error == "no terminal to ask for the API secret on"


def test_somebody_stored_a_version_meanwhile(stage: Stage, writer: dict[str, str], spawn: Spawn) -> None:
    """The version is the one seen before the API key was typed."""
    name = fresh()
    ran = spawn("key", "new", name, environ=writer)
    api_key = registered(stage, ran.out)
    with Terminal(spawn, "key", "put", name, environ=writer) as terminal:
        terminal.until("API key (hidden): ")
        stage.put(name)
        terminal.type(f"{api_key}\n")
        assert terminal.end() == 22
    assert "nothing was written" in terminal.shown
    assert (stage.version(name), waits(stage, name)) == (1, True)


def test_what_waits_is_no_key_of_ours(command: Command, stage: Stage, writer: dict[str, str]) -> None:
    name = fresh()
    with stage.operator() as vault:
        vault.write_secret(LAYOUT.kv_mount, LAYOUT.pending(name), {"note": "CanaryNote"}, cas=0)
    for ran in (command("key", "new", name, environ=writer), put(command, writer, name, API_KEY)):
        assert (ran.code, "is no private key of ours" in ran.error) == (10, True)
        assert f"vault-binance key pending {name} --discard" in ran.hint
        assert "Canary" not in ran.err
    assert command("key", "pending", name, "--discard", "--yes", environ=writer).code == 0
    made(command, writer, name)


def test_a_policy_that_knows_nothing_of_keys_that_wait(command: Command, stage: Stage) -> None:
    """A team's own: it stores HMAC pairs as before, and is told what it lacks for the rest."""
    stanzas = [
        f'path "binance/{kind}/credentials/+" {{ capabilities = {can} }}'
        for kind, can in (("data", '["create", "update"]'), ("metadata", '["read", "patch"]'))
    ]
    stage.vault.call("PUT", "sys/policies/acl/narrow", {"policy": "\n".join(stanzas)})
    narrow = {**stage.environ, "VAULT_TOKEN": stage.token("narrow")}
    name = fresh()
    line = ("key", "put", name, "--no-verify", "--api-key", "-")
    Path("secret").write_text(API_SECRET)
    assert command(*line, "--api-secret", "@secret", environ=narrow, stdin=f"{API_KEY}\n").code == 0
    refused = command(*line, "--type", "ed25519", environ=narrow, stdin=f"{API_KEY}\n")
    assert (refused.code, f'path "binance/data/pending/{name}"' in refused.hint) == (21, True)
    assert command("key", "new", name, environ=narrow).code == 21


# Cut


@pytest.mark.parametrize("path", ["/v1/binance/data/pending", "/v1/binance/metadata/pending"])
def test_ctrl_c_while_it_is_made_leaves_it_or_nothing(
    stage: Stage, writer: dict[str, str], spawn: Spawn, path: str
) -> None:
    name = fresh()
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.slow(30).on(path)
        with spawn.started("key", "new", name, environ={**writer, "VAULT_ADDR": proxy.address}) as process:
            wait_for(proxy, path)
            assert interrupted(process) == (130, INTERRUPTED)
    assert spawn("key", "new", name, environ=writer).code == 0
    assert stored(stage, LAYOUT.pending(name)).version == 1


@pytest.mark.parametrize(
    ("cut", "code"), [(VaultUnavailable("cut"), 20), (KeyboardInterrupt(), 130)], ids=["lost", "^C"]
)
def test_a_key_that_vault_has_and_nobody_was_told_of(
    command: Command,
    stage: Stage,
    writer: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    cut: BaseException,
    code: int,
) -> None:
    name = fresh()
    write = HvacVault.write_secret

    def cut_off(*arguments: Any, **options: Any) -> None:
        write(*arguments, **options)
        raise cut

    with monkeypatch.context() as patch:
        patch.setattr(HvacVault, "write_secret", cut_off)
        ran = command("key", "new", name, environ=writer)
    assert (ran.code, ran.out) == (code, "")
    assert command("key", "new", name, environ=writer).out.startswith("-----BEGIN PUBLIC KEY-----")
    assert stored(stage, LAYOUT.pending(name)).version == 1


def test_cut_before_the_pair_is_described_it_is_stored_once_more(
    command: Command, stage: Stage, writer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing tells then that it is in place, and no role of ours may look: a second version of the same pair it is."""
    name = fresh()
    api_key = registered(stage, made(command, writer, name))

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(HvacVault, "merge_custom_metadata", cut_off)
        assert put(command, writer, name, api_key).code == 130
    assert (stage.version(name), waits(stage, name)) == (1, True)
    assert put(command, writer, name, api_key).code == 0
    assert stored(stage, LAYOUT.credential(name)).fields == stored_version(stage, name, 1).fields
    assert (stage.version(name), waits(stage, name)) == (2, False)


@pytest.mark.parametrize("fault", [Fault.status(503), Fault.status(403), Fault.drop()], ids=["503", "403", "dropped"])
def test_cut_between_the_pair_and_what_waits(
    command: Command, stage: Stage, writer: dict[str, str], fault: Fault
) -> None:
    name = fresh()
    api_key = registered(stage, made(command, writer, name))
    with FaultProxy(stage.vault.address) as proxy:
        environ = {**writer, "VAULT_ADDR": proxy.address}
        proxy.fault = fault.on(f"/v1/binance/metadata/pending/{name}")
        cut = put(command, environ, name, api_key)
    assert (stage.version(name), waits(stage, name)) == (1, True)
    assert cut.out.startswith("stored   ")
    assert cut.hint.startswith("the pair is in place, and a copy of its private half still waits: run it again")
    again = put(command, writer, name, api_key)
    assert (again.code, again.err) == (0, "")
    assert again.out.startswith(f"in place binance/credentials/{name}   version 1   ED25519   ")
    assert (stage.version(name), waits(stage, name)) == (1, False)


def test_ctrl_c_between_the_pair_and_what_waits(stage: Stage, writer: dict[str, str], spawn: Spawn) -> None:
    name = fresh()
    api_key = registered(stage, spawn("key", "new", name, environ=writer).out)
    Path("key").write_text(api_key)
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.slow(30).on(f"/v1/binance/metadata/pending/{name}")
        environ = {**writer, "VAULT_ADDR": proxy.address}
        with spawn.started("key", "put", name, "--no-verify", "--api-key", "@key", environ=environ) as process:
            wait_for(proxy, f"/v1/binance/metadata/pending/{name}")
            code, told = interrupted(process)
    assert (code, told.endswith(INTERRUPTED)) == (130, True)
    assert (stage.version(name), waits(stage, name)) == (1, True)
    assert spawn("key", "put", name, "--api-key", "@key", environ=writer).out.startswith("in place ")
    assert (stage.version(name), waits(stage, name)) == (1, False)


def test_ctrl_c_at_the_question(stage: Stage, writer: dict[str, str], spawn: Spawn) -> None:
    name = fresh()
    public = spawn("key", "new", name, environ=writer).out
    with Terminal(spawn, "key", "new", name, "--discard", environ=writer) as terminal:
        terminal.until("[y/N]: ")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    assert spawn("key", "new", name, environ=writer).out == public
