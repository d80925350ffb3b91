"""corporate-ca.md as it is typed, with what stands before a Vault played by tests/howto/front.py.

The test's Vault is at 127.0.0.1, and its certificate is for that and for localhost: so the balancer, whose address is
not in the certificate, is at 127.0.0.2, and node-1.internal is localhost.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.howto.front import front
from tests.howto.page import Block, Page, Terminal
from vault_binance import borrow
from vault_binance.errors import ConfigError, LoginRefused, VaultUnavailable
from vault_binance.testing.server_call import call

if TYPE_CHECKING:
    from pathlib import Path

    from tests.howto.premises import Premises


@pytest.fixture
def bot(at: Premises) -> dict[str, str]:
    """A bot's environment, whose login opens more than once; it trusts what the system trusts."""
    environ = dict(at.vault.add_bot("mm-1", at.credential).environ)
    wrapped = environ.pop("VAULT_BINANCE_WRAPPED_SECRET_ID")
    _, found = call(
        at.server.address,
        "POST",
        "sys/wrapping/unwrap",
        {"token": wrapped},
        token=at.server.root_token,
        cacert=at.cacert,
    )
    del environ["VAULT_CACERT"]
    return {**environ, "VAULT_BINANCE_SECRET_ID": found["data"]["secret_id"], "VAULT_MAX_RETRIES": "0"}


@pytest.fixture
def trusting(at: Premises, bot: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is the bot, and trusts the CA."""
    for name, text in {**bot, "VAULT_CACERT": str(at.cacert)}.items():
        monkeypatch.setenv(name, text)


def test_the_page_works_behind_a_balancer_and_a_standby(at: Premises, bot: dict[str, str], tmp_path: Path) -> None:
    shutil.copy(at.cacert, tmp_path / "corporate-ca.pem")
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(at.cacert, folder / "any name.crt")
    with front(at.server, "127.0.0.2") as balancer, front(at.server) as standby:
        standby.leader = at.server.address.replace("127.0.0.1", "localhost")
        own = {
            "https://vault.internal:8200": at.server.address,
            "https://lb.internal:8200": balancer.address,
            "_SERVER_NAME=vault.internal vault-binance": "_SERVER_NAME=localhost vault-binance",
            "https://standby.internal:8200": standby.address,
            "https://node-1.internal:8200": standby.leader,
            "_HOSTS=node-1.internal\n": "_HOSTS=localhost\n",
            "/etc/corporate/ca": str(folder),
            "http://proxy.internal:3128": "http://127.0.0.1:1",
        }
        page = Page("corporate-ca", own)
        environ = {name: text for name, text in at.environ().items() if name != "VAULT_CACERT"} | bot
        authority, name = page["The CA"]
        with Terminal(tmp_path, environ) as shell:
            shell.type(authority)
        trusting = {**environ, "VAULT_CACERT": str(at.cacert)}
        rest = [name]
        for heading in ("Proxies for the way out", "Namespaces", "Load balancers and standby nodes"):
            rest += page[heading]
        with Terminal(tmp_path, trusting) as shell:
            for block in rest:
                shell.type(block)


@pytest.mark.usefixtures("trusting")
class TestBeforeVault:
    def test_the_namespace_goes_with_every_request(self, at: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
        with front(at.server) as balancer:
            monkeypatch.setenv("VAULT_ADDR", balancer.address)
            monkeypatch.setenv("VAULT_NAMESPACE", "trading/bots")
            with borrow():
                pass
            assert len(balancer.namespaces) == 3, "login, read, and the token given back"
            assert set(balancer.namespaces) == {"trading/bots"}

    def test_a_path_before_v1_is_kept(self, at: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
        with front(at.server) as balancer:
            balancer.prefix = "/vault"
            monkeypatch.setenv("VAULT_ADDR", f"{balancer.address}/vault")
            with borrow() as found:
                assert found.version == 1

    def test_html_in_the_place_of_vault_is_tried_again(self, at: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
        with front(at.server) as balancer:
            monkeypatch.setenv("VAULT_ADDR", balancer.address)
            balancer.refusals = 1
            with pytest.raises(VaultUnavailable), borrow():
                raise AssertionError
            balancer.refusals = 1
            monkeypatch.setenv("VAULT_MAX_RETRIES", "1")
            with borrow() as found:
                assert found.version == 1

    def test_a_certificate_does_not_get_through_what_ends_tls(
        self, at: Premises, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with at.operators(tmp_path) as shell:
            shell.type(Block("sh", "vault-binance bot enroll mm-1"))
            shell.type(Block("sh", "vault-binance bot enroll mm-1 --certificate mm-1.crt"))
        for name in ("VAULT_BINANCE_ROLE_ID", "VAULT_BINANCE_SECRET_ID"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("VAULT_CLIENT_CERT", str(tmp_path / "mm-1.crt"))
        monkeypatch.setenv("VAULT_CLIENT_KEY", str(tmp_path / "mm-1.key"))
        with borrow() as found:
            assert found.version == 1
        with front(at.server) as balancer:
            monkeypatch.setenv("VAULT_ADDR", balancer.address)
            with pytest.raises(LoginRefused), borrow():
                raise AssertionError

    def test_a_public_ca_does_not_vouch_where_another_is_named(
        self, at: Premises, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with at.operators(tmp_path) as shell:
            shell.type(Block("sh", "vault-binance bot enroll other"))
        monkeypatch.setenv("SSL_CERT_FILE", str(at.cacert))
        monkeypatch.setenv("VAULT_CACERT", str(tmp_path / "other.crt"))
        with pytest.raises(ConfigError, match="is not trusted"), borrow():
            raise AssertionError
