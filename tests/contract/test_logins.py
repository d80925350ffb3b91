"""Every way of logging in, on a real Vault: what starts, what is refused, and what a replaced file does to a bot that
runs.

Kubernetes is a JWT mount at the path `kubernetes` here, with a JWT as a service account has: the server that the tests
build has no Kubernetes plugin, and the plugin would ask a cluster. What a bot sends is the same: role and jwt.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import vault_binance
from tests.contract.platforms import KEYS, Provider, Trusting, certificate
from tests.docs.pages import texts
from tests.support import QUICK, ROOT
from vault_binance.bot.identities import AppRole, Token, identity_from
from vault_binance.bot.logins import Logins
from vault_binance.config import BotSettings, Config
from vault_binance.errors import ConfigError, LoginRefused, PermissionDenied, WrappedTokenInvalid
from vault_binance.testing.dev_server import DevVault
from vault_binance.vault.http import HttpVault
from vault_binance.vault.port import KvPath
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vault_binance.redacted import Redacted
    from vault_binance.testing.server_binary import Binary
    from vault_binance.vault.port import BotVault

SUBJECT = "repo:trading/market-maker:environment:live"
SERVICE_ACCOUNT = "system:serviceaccount:trading:mm-1"


@pytest.fixture(scope="module")
def server(vault_binary: Binary) -> Iterator[DevVault]:
    """With TLS, for certificates; everybody else logs in there too."""
    with DevVault(vault_binary, tls=True, hooks=QUICK) as server:
        yield server


@pytest.fixture
def trusting(server: DevVault) -> Trusting:
    return Trusting.at(server)


def without(environ: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: text for name, text in environ.items() if name not in names}


def read(environ: Mapping[str, str]) -> int:
    with vault_binance.borrow(environ=environ) as credentials:
        return credentials.version


@contextmanager
def running(environ: Mapping[str, str]) -> Iterator[tuple[Logins, HttpVault]]:
    """What a bot that keeps running has: one door for all of its life, and its logins."""
    vault = HttpVault(Wire(Config.from_environment(environ)))
    who = lambda: identity_from(BotSettings.from_environment(environ), Config.from_environment(environ))  # noqa: E731
    try:
        yield Logins(who), vault
    finally:
        vault.close()


def reads(vault: BotVault, token: Redacted, trusting: Trusting) -> int:
    return vault.read(token, KvPath(trusting.layout.credential_path("market-maker"))).version


# AppRole


def test_a_secret_id_in_a_file_that_an_operator_replaces(trusting: Trusting, tmp_path: Path) -> None:
    file = tmp_path / "secret-id"
    environ = {**trusting.bot("mm-1"), "VAULT_BINANCE_SECRET_ID_FILE": str(file)}
    file.write_text(first := trusting.secret_id("mm-1"))
    assert read(environ) == 1
    with running(environ) as (log_in, vault):
        lease, identity = log_in(vault)
        assert (lease.ttl, lease.renewable, identity.ours) == (900, True, True)
        path = f"{trusting.layout.secret_id_path('mm-1')}/destroy"
        trusting.made("POST", path, {"secret_id": first})
        with pytest.raises(LoginRefused):
            log_in(vault)
        file.write_text(f"{trusting.secret_id('mm-1')}\n")
        assert reads(vault, log_in(vault)[0].token, trusting) == 1
        file.unlink()
        assert reads(vault, log_in(vault)[0].token, trusting) == 1


def test_a_wrapped_secret_id_is_opened_once_for_a_whole_run(trusting: Trusting, tmp_path: Path) -> None:
    file = tmp_path / "wrapped"
    environ = {**trusting.bot("mm-1"), "VAULT_BINANCE_WRAPPED_SECRET_ID_FILE": str(file)}
    file.write_text(trusting.wrapped_secret_id("mm-1"))
    with running(environ) as (log_in, vault):
        tokens = {log_in(vault)[0].token.reveal() for _ in range(3)}
        assert len(tokens) == 3
        trusting.made("POST", f"{trusting.layout.secret_id_path('mm-1')}/destroy", opened(log_in, vault))
        with pytest.raises(LoginRefused):
            log_in(vault)
        file.write_text(trusting.wrapped_secret_id("mm-1"))
        assert reads(vault, log_in(vault)[0].token, trusting) == 1
    with pytest.raises(WrappedTokenInvalid):  # as a new process finds it
        read(environ)


def opened(log_in: Logins, vault: BotVault) -> dict[str, str]:
    identity = log_in(vault)[1]
    assert isinstance(identity, AppRole)
    return {"secret_id": identity.secret_id.reveal()}


def test_approle_at_a_mount_of_the_teams_own(trusting: Trusting) -> None:
    mount = f"{trusting.layout.instance}-team/approle"
    trusting.made("POST", f"sys/auth/{mount}", {"type": "approle"})
    trusting.bot("mm-1")
    trusting.made("POST", f"auth/{mount}/role/Maker", trusting.role)
    role_id = trusting.made("GET", f"auth/{mount}/role/Maker/role-id")["data"]["role_id"]
    trusting.alias(mount, "mm-1", role_id)
    environ = {
        **trusting.environ,
        "VAULT_BINANCE_AUTH_MOUNT": mount,
        "VAULT_BINANCE_AUTH_ROLE": "Maker",
        "VAULT_BINANCE_ROLE_ID": role_id,
    }
    with trusting.operator() as vault:
        wrapped = vault.wrapped_secret_id(mount, "Maker", wrap_ttl=60, settings={}).token.reveal()
    assert read({**environ, "VAULT_BINANCE_WRAPPED_SECRET_ID": wrapped}) == 1
    with pytest.raises(WrappedTokenInvalid, match="not opened"):
        read({**environ, "VAULT_BINANCE_WRAPPED_SECRET_ID": trusting.wrapped_secret_id("mm-1")})


# JWT


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_jwt_of_the_teams_identity_provider(trusting: Trusting, algorithm: str) -> None:
    provider, mount = Provider(algorithm), f"{trusting.layout.instance}-ci"
    environ = with_jwt(trusting, mount, provider, SUBJECT)
    assert read({**environ, "VAULT_BINANCE_JWT": provider.jwt(SUBJECT)}) == 1


def with_jwt(trusting: Trusting, mount: str, provider: Provider, subject: str) -> dict[str, str]:
    """The environment of mm-1 whose alias at `mount` is `subject`; only the JWT itself is missing."""
    environ = without(trusting.bot("mm-1"), "VAULT_BINANCE_ROLE_ID")
    trusting.trust_provider(mount, provider)
    trusting.trust_subject(mount, "mm-1", subject)
    return {**environ, "VAULT_BINANCE_AUTH_MOUNT": mount}


def test_a_jwt_that_is_not_for_this_bot_is_refused(trusting: Trusting, provider: Provider) -> None:
    environ = with_jwt(trusting, f"{trusting.layout.instance}-ci", provider, SUBJECT)
    wrong = {
        "another subject": provider.jwt("repo:trading/other"),
        "another audience": provider.jwt(SUBJECT, aud="another.internal"),
        "ended an hour ago": provider.jwt(SUBJECT, ends_in=-3600, iat=1, nbf=1),
        "another signer": Provider().jwt(SUBJECT),
        "no JWT at all": "not.a.jwt",
    }
    for jwt in wrong.values():
        with pytest.raises(LoginRefused):
            read({**environ, "VAULT_BINANCE_JWT": jwt})
    for name, text in (("AUTH_ROLE", "mm-2"), ("AUTH_MOUNT", f"{trusting.layout.instance}-none")):
        with pytest.raises(LoginRefused):
            read({**environ, "VAULT_BINANCE_JWT": provider.jwt(SUBJECT), f"VAULT_BINANCE_{name}": text})


def test_a_jwt_that_is_rotated_in_its_file(trusting: Trusting, provider: Provider, tmp_path: Path) -> None:
    file = tmp_path / "jwt"
    environ = with_jwt(trusting, f"{trusting.layout.instance}-ci", provider, SUBJECT)
    environ["VAULT_BINANCE_JWT_FILE"] = str(file)
    with running(environ) as (log_in, vault):
        for number in ("first", "second"):
            file.write_text(f"{provider.jwt(SUBJECT, jti=number)}\n")
            lease, identity = log_in(vault)
            assert identity.ours
            assert trusting.token_facts(lease.token.reveal())["meta"]["jti"] == number
        file.write_text(provider.jwt(SUBJECT, ends_in=-3600, iat=1))
        lease, _ = log_in(vault)
        assert trusting.token_facts(lease.token.reveal())["meta"]["jti"] == "second", "which is good for a while yet"
        file.write_text(provider.jwt(SUBJECT))
        assert reads(vault, log_in(vault)[0].token, trusting) == 1


def test_the_recipe_for_a_mount_of_the_teams_own(vault_binary: Binary, provider: Provider, tmp_path: Path) -> None:
    """As docs/howto/restarts.md writes it, typed into a shell."""
    page = ROOT / "docs" / "howto" / "restarts.md"
    (recipe,) = [text for text in texts(page, "sh") if "auth/jwt/role/" in text]
    with DevVault(vault_binary, tls=True, hooks=QUICK) as server:
        trusting = Trusting.at(server, "binance")
        trusting.trust_provider("jwt", provider)
        environ = {
            **trusting.environ,
            "HOME": str(tmp_path),
            "PATH": f"{vault_binary.path.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "VAULT_TOKEN": server.root_token.reveal(),
        }
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", recipe], env=environ, cwd=tmp_path, check=True, capture_output=True
        )
        bot = {**trusting.environ, "VAULT_BINANCE_BOT": "mm-1"}
        assert read({**bot, "VAULT_BINANCE_JWT": provider.jwt("repo:trading/market-maker")}) == 1
        with pytest.raises(LoginRefused):
            read({**bot, "VAULT_BINANCE_JWT": provider.jwt("repo:trading/other")})
        trusting.suspend("mm-1")
        with pytest.raises(LoginRefused):
            read({**bot, "VAULT_BINANCE_JWT": provider.jwt("repo:trading/market-maker")})


def test_an_alias_that_comes_too_late_takes_the_login_over(trusting: Trusting, provider: Provider) -> None:
    """Vault makes an entity of its own for a login that has none; the alias moves from there to the bot's."""
    mount = f"{trusting.layout.instance}-ci"
    environ = {**without(trusting.bot("mm-1"), "VAULT_BINANCE_ROLE_ID"), "VAULT_BINANCE_AUTH_MOUNT": mount}
    trusting.trust_provider(mount, provider)
    trusting.made("POST", f"auth/{mount}/role/mm-1", trusting.jwt_role(SUBJECT))
    environ["VAULT_BINANCE_JWT"] = provider.jwt(SUBJECT)
    with pytest.raises(PermissionDenied):
        read(environ)
    trusting.alias(mount, "mm-1", SUBJECT)
    assert read(environ) == 1


def test_the_service_account_of_a_pod(server: DevVault, trusting: Trusting, provider: Provider, tmp_path: Path) -> None:
    """At the mount's usual name; its file is named, since a test may not write below /var/run/secrets."""
    environ = without(with_jwt(trusting, "kubernetes", provider, SERVICE_ACCOUNT), "VAULT_BINANCE_AUTH_MOUNT")
    claims = {"namespace": "trading", "serviceaccount": {"name": "mm-1", "uid": "c0ffee"}, "pod": {"name": "mm-1-0"}}
    (tmp_path / "token").write_text(provider.jwt(SERVICE_ACCOUNT, **{"kubernetes.io": claims}))
    environ |= {"VAULT_BINANCE_AUTH": "kubernetes", "VAULT_BINANCE_JWT_FILE": str(tmp_path / "token")}
    try:
        assert read(environ) == 1
        trusting.suspend("mm-1")
        with pytest.raises(LoginRefused):
            read(environ)
    finally:
        server.call("DELETE", "sys/auth/kubernetes")


# Certificates


def with_certificate(trusting: Trusting, folder: Path) -> dict[str, str]:
    environ = without(trusting.bot("mm-1"), "VAULT_BINANCE_ROLE_ID")
    files = {"VAULT_CLIENT_CERT": str(folder / "bot.crt"), "VAULT_CLIENT_KEY": str(folder / "bot.key")}
    return {**environ, **files}


def test_a_certificate_that_is_pinned(trusting: Trusting, tmp_path: Path) -> None:
    environ = with_certificate(trusting, tmp_path)
    trusting.trust_certificate("mm-1", certificate(tmp_path, trusting.layout.entity("mm-1")))
    assert [read(environ), read({**environ, "VAULT_BINANCE_AUTH": "cert"})] == [1, 1], "as often as it starts"
    trusting.suspend("mm-1")
    with pytest.raises(LoginRefused):
        read(environ)


def test_a_certificate_that_is_not_the_one_is_refused(trusting: Trusting, tmp_path: Path) -> None:
    environ, name = with_certificate(trusting, tmp_path), trusting.layout.entity("mm-1")
    trusting.trust_certificate("mm-1", certificate(tmp_path, name, ended=True))
    with pytest.raises(LoginRefused, match="ended on 20"):  # though Vault answers 500
        read(environ)
    trusting.trust_certificate("mm-1", certificate(tmp_path, name))
    assert read(environ) == 1
    certificate(tmp_path, name)
    with pytest.raises(LoginRefused):
        read(environ)
    with pytest.raises(LoginRefused):
        read({**environ, "VAULT_BINANCE_AUTH_ROLE": "mm-2"})


def test_a_certificate_that_is_replaced_on_disk_is_shown_at_the_next_login(trusting: Trusting, tmp_path: Path) -> None:
    environ, name = with_certificate(trusting, tmp_path), trusting.layout.entity("mm-1")
    trusting.trust_certificate("mm-1", certificate(tmp_path, name))
    with running(environ) as (log_in, vault):
        assert reads(vault, log_in(vault)[0].token, trusting) == 1
        trusting.trust_certificate("mm-1", certificate(tmp_path, name))
        lease, identity = log_in(vault)
        assert identity.ours
        assert reads(vault, lease.token, trusting) == 1
        certificate(tmp_path, name)
        with pytest.raises(LoginRefused):
            log_in(vault)


# Tokens from outside


def test_a_token_that_is_renewed_since_nobody_else_does_and_never_revoked(trusting: Trusting) -> None:
    own = ("auth/token/lookup-self", "auth/token/renew-self", "auth/token/revoke-self")
    token = trusting.token(trusting.reading(*own))
    environ = {**trusting.environ, "VAULT_TOKEN": token}
    with running(environ) as (log_in, vault):
        lease, identity = log_in(vault)
        assert (lease.renewable, identity.ours) == (True, False)
        assert 3500 < lease.ttl <= 3600
        assert lease.accessor == trusting.token_facts(token)["accessor"]
        assert vault.renew(lease.token).ttl == 3600
        assert not log_in.changed()
    assert read(environ) == 1
    assert trusting.lives(token)


@pytest.mark.parametrize("settings", [{"type": "batch"}, {"renewable": False}], ids=["batch", "not renewable"])
def test_a_token_that_cannot_be_renewed(trusting: Trusting, settings: dict[str, object]) -> None:
    token = trusting.token(trusting.reading("auth/token/lookup-self"), **settings)
    with running({**trusting.environ, "VAULT_TOKEN": token}) as (log_in, vault):
        lease, _ = log_in(vault)
        assert 3590 < lease.ttl <= 3600
        assert not lease.renewable
        assert reads(vault, lease.token, trusting) == 1


def test_a_token_without_an_end(trusting: Trusting) -> None:
    with running({**trusting.environ, "VAULT_TOKEN": trusting.server.root_token.reveal()}) as (log_in, vault):
        lease, identity = log_in(vault)
        assert (lease.ttl, lease.renewable, identity.ours) == (0, False, False)


def test_a_token_that_may_not_ask_about_itself_is_good_until_a_read_says_otherwise(trusting: Trusting) -> None:
    token = trusting.token(trusting.reading())
    with running({**trusting.environ, "VAULT_TOKEN": token}) as (log_in, vault):
        lease, _ = log_in(vault)
        assert (lease.ttl, lease.renewable, lease.accessor) == (0, False, "")
        assert reads(vault, lease.token, trusting) == 1
        trusting.made("POST", "auth/token/revoke", {"token": token})
        with pytest.raises(PermissionDenied):
            reads(vault, log_in(vault)[0].token, trusting)


def test_a_token_with_a_few_uses_is_for_one_shot_and_not_for_a_run(trusting: Trusting) -> None:
    policy = trusting.reading("auth/token/lookup-self")
    environ = {**trusting.environ, "VAULT_TOKEN": trusting.token(policy, num_uses=1)}
    assert read(environ) == 1, "its one use is the read"
    environ["VAULT_TOKEN"] = trusting.token(policy, num_uses=5)
    with running(environ) as (log_in, vault), pytest.raises(ConfigError, match="uses left"):
        log_in(vault)


def test_a_token_file_that_an_agent_rewrites(trusting: Trusting, tmp_path: Path) -> None:
    """As Vault Agent's sink does: the new token is noticed before the next read, and who wrote it keeps it alive."""
    own = trusting.reading("auth/token/lookup-self", "auth/token/revoke-self")
    first, second = trusting.token(own), trusting.token(own)
    file = tmp_path / "sink"
    file.write_text(first)
    environ = {**trusting.environ, "VAULT_TOKEN_FILE": str(file)}
    with running(environ) as (log_in, vault):
        lease, identity = log_in(vault)
        assert (lease.token.reveal(), lease.renewable, identity.ours) == (first, False, False)
        assert isinstance(identity, Token)
        file.write_text("")
        assert not log_in.changed(), "half written"
        file.write_text(second)
        assert log_in.changed()
        trusting.made("POST", "auth/token/revoke", {"token": first})
        lease, _ = log_in(vault)
        assert not log_in.changed()
        assert reads(vault, lease.token, trusting) == 1
    assert read(environ) == 1
    assert trusting.lives(second)
