"""What a server is made with is the same wherever it runs: hooks, TLS, and storage that survives."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.support import ENVIRONMENT, need_docker
from vault_binance.errors import ConfigError, VaultUnavailable
from vault_binance.redacted import Redacted
from vault_binance.testing.container import VaultContainer
from vault_binance.testing.dev_server import DevVault, RaftVault
from vault_binance.testing.hooks import AppRole, Policies, ShortTtls
from vault_binance.testing.server_call import call

ROLE = AppRole("bot", policies=("ro",), ttl=120, max_ttl=300)
HOOKS = [
    Policies({"ro": 'path "kept/data/*" { capabilities = ["read"] }'}),
    ROLE,
    ShortTtls(60, mounts=("auth/token", "auth/approle")),
    lambda server: server.must("POST", "sys/mounts/kept", {"type": "kv"}),
]


def of_a_process(binary, kind, **terms):
    return kind(binary, **terms)


def of_a_container(binary, kind, **terms):
    need_docker()
    return VaultContainer(binary, **({"storage": "raft"} if kind is RaftVault else {}), **terms)


wherever = pytest.mark.parametrize("made", [of_a_process, of_a_container])


def lives(server):
    """Seconds that a token of the bot's lives, its policies, and what Vault says to a read that they allow."""
    role_id, secret_id = ROLE.new_login(server)
    login = {"role_id": role_id.reveal(), "secret_id": secret_id.reveal()}
    status, answer = call(server.address, "POST", "auth/approle/login", login, cacert=server.cacert)
    assert status == 200
    token = Redacted(answer["auth"]["client_token"])
    read = call(server.address, "GET", "kept/data/nothing", token=token, cacert=server.cacert)[0]
    return answer["auth"]["lease_duration"], answer["auth"]["token_policies"], read


@wherever
def test_a_durable_server_keeps_what_its_hooks_made_through_seal_kill_and_restart_over_tls(vault_binary, made):
    with made(vault_binary, RaftVault, tls=True, hooks=HOOKS) as server:
        assert server.address.startswith("https://127.0.0.1:")
        address, before = server.address, lives(server)
        assert before == (60, ["default", "ro"], 404)

        server.seal()
        assert server.health() == 503
        server.unseal()
        server.kill()
        assert server.health() == 0
        server.restart()

        assert (server.address, lives(server)) == (address, before)


@wherever
def test_a_server_in_memory_takes_the_same_hooks_and_tls(vault_binary, made):
    with made(vault_binary, DevVault, tls=True, hooks=HOOKS) as server:
        assert server.address.startswith("https://127.0.0.1:")
        assert lives(server) == (60, ["default", "ro"], 404)


def test_a_container_is_published_on_the_loopback_alone(vault_container):
    shown = json.loads(subprocess.check_output(["docker", "inspect", vault_container.id], env=ENVIRONMENT))
    published = [each for ports in shown[0]["NetworkSettings"]["Ports"].values() for each in ports or ()]
    assert [f"http://{each['HostIp']}:{each['HostPort']}" for each in published] == [vault_container.address]


def test_a_container_in_memory_cannot_be_sealed_for_good(vault_container):
    with pytest.raises(ConfigError, match="no key to be unsealed with") as raised:
        vault_container.seal()
    assert raised.value.hint == 'make it with storage="raft"'


def test_an_image_that_cannot_be_had_says_why():
    need_docker()
    with pytest.raises(ConfigError, match=r"the image 127.0.0.1:1/nobody:none cannot be had: .*127.0.0.1:1"):
        VaultContainer(image="127.0.0.1:1/nobody:none").start()


def test_a_hook_that_vault_refuses_ends_the_server_and_shows_its_log(vault_binary):
    server = DevVault(vault_binary, hooks=[Policies({"ro": "no policy at all"})])
    with pytest.raises(VaultUnavailable, match="PUT sys/policies/acl/ro answered 400") as raised:
        server.start()
    assert "the end of its log" in raised.value.hint
    assert server.health() == 0
