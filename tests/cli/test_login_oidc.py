"""`login --method oidc` with a Vault that is an identity provider too, and a browser that does what a person would."""

from __future__ import annotations

import json
import socket
import sys
import time
import urllib.error
import urllib.request
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.staff import PASSWORD, Staff
from tests.people import Phone
from vault_binance.errors import ConfigError, LoginRefused
from vault_binance.ops.login import state_of
from vault_binance.redacted import Redacted
from vault_binance.vault import callback
from vault_binance.vault.callback import listening

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.stage import Ran

BROWSER = """
import json, os, sys, urllib.request
from urllib.parse import parse_qs, urlencode, urlsplit
asked = {name: values[0] for name, values in parse_qs(urlsplit(sys.argv[1]).query).items()}
if os.environ["PERSON"] == "refused":
    brought = {"state": asked["state"], "error": "access_denied"}
else:
    at = os.environ["VAULT_ADDR"] + "/v1/identity/oidc/provider/default/authorize?" + urlencode(asked)
    with urllib.request.urlopen(urllib.request.Request(at, headers={"X-Vault-Token": os.environ["PERSON"]})) as answer:
        brought = json.load(answer)
        brought = {"state": brought["state"], "code": brought["code"]}
urllib.request.urlopen(asked["redirect_uri"] + "?" + urlencode(brought)).read()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Company:
    """An OIDC mount that trusts this same Vault as the provider."""

    def __init__(self, staff: Staff, home: Path) -> None:
        self.staff, self.home, self.port = staff, home, free_port()
        self.uri = f"http://localhost:{self.port}/oidc/callback"
        make = self.made
        make("POST", "identity/oidc/key/default", {"algorithm": "RS256"})  # as it is where no test is in a hurry
        client = {"redirect_uris": [self.uri], "assignments": ["allow_all"], "key": "default"}
        make("POST", f"identity/oidc/client/c{self.port}", client)
        made = make("GET", f"identity/oidc/client/c{self.port}")["data"]
        self.mount = f"oidc{self.port}"
        make("POST", f"sys/auth/{self.mount}", {"type": "oidc"})
        provider = f"{staff.stage.vault.address}/v1/identity/oidc/provider/default"
        secret = {"oidc_client_id": made["client_id"], "oidc_client_secret": made["client_secret"]}
        config = {"oidc_discovery_url": provider, "default_role": "staff", **secret}
        make("POST", f"auth/{self.mount}/config", config)
        role = {"role_type": "oidc", "user_claim": "sub", "allowed_redirect_uris": [self.uri]}
        make("POST", f"auth/{self.mount}/role/staff", role)

    def made(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = self.staff.stage.vault.call(method, path, body)
        assert status < 300, answer
        return answer

    def person(self) -> tuple[str, str]:
        """Somebody who has logged in at the provider: the token there, and the entity's id, which is the subject."""
        name = self.staff.person()
        auth = self.made("POST", f"auth/userpass/login/{name}", {"password": PASSWORD})["auth"]
        return auth["client_token"], auth["entity_id"]

    def log_in(self, person: str, *words: str, stdin: str | None = None) -> Ran:
        browser = self.home / "browser.py"
        browser.write_text(BROWSER)
        environ = {**self.staff.environ(self.home), "PERSON": person, "BROWSER": f"{sys.executable} {browser} %s"}
        line = ("login", "--method", "oidc", "--mount", self.mount, "--port", str(self.port), *words)
        return self.staff.spawn(*line, environ=environ, stdin=stdin)


@pytest.fixture
def company(staff: Staff, tmp_path: Path) -> Company:
    home = tmp_path / "home"
    home.mkdir()
    return Company(staff, home)


def test_a_browser_logs_somebody_in(company: Company) -> None:
    person, entity = company.person()
    ran = company.log_in(person, "--format", "json")
    assert ran.code == 0, ran
    assert json.loads(ran.out)["name"] == f"{company.mount}-{entity}"
    assert (company.home / ".vault-token").read_text().startswith("hvs.")


def test_and_is_asked_for_a_code_besides(company: Company) -> None:
    person, entity = company.person()
    company.log_in(person)
    phone = Phone()
    stage = company.staff.stage
    from tests.cli.stage import LAYOUT
    from vault_binance.ops import people

    with stage.operator() as vault:
        whom = people.known(vault, people.Login(entity, company.mount))
        people.add(vault, LAYOUT, whom, ["auditor"], prove=phone.scan, found=people.circle(vault, LAYOUT))
    ran = company.log_in(person, "--code", "-", "--format", "json", stdin=f"{phone.next()}\n")
    assert (ran.code, json.loads(ran.out)["roles"]) == (0, ["auditor"])


@pytest.mark.parametrize(
    "address",
    [
        "--remote=x?state=abc",
        "file:///etc/passwd?state=abc",
        "javascript:alert(1)?state=abc",
        "https:///?state=abc",
        "https://idp.internal/\x1b[2J?state=abc",
        "https://idp.internal/ --x?state=abc",
    ],
)
def test_what_is_no_address_of_the_web_is_given_to_no_browser(address: str) -> None:
    """It is whoever runs Vault, or the provider, who writes it; a browser takes options too."""
    with pytest.raises(ConfigError):
        state_of(Redacted(address))


def test_what_is_no_request_ends_nothing_and_shows_no_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with listening(port) as back:
        wait = Thread(target=back.wait, args=(Redacted("abc"),), daemon=True)
        wait.start()
        with socket.create_connection(("127.0.0.1", port)) as rude:
            rude.sendall(b"GET http://[::1 HTTP/1.1\r\n\r\n")
            rude.recv(100)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/oidc/callback?state=abc&code=c").read()
        wait.join(10)
    assert capfd.readouterr().err == ""


def test_the_provider_refuses(company: Company) -> None:
    ran = company.log_in("refused")
    assert (ran.code, ran.error) == (24, "the identity provider refused: access_denied")


def test_the_login_role_is_not_there_or_allows_no_such_address(company: Company) -> None:
    person, _ = company.person()
    assert company.log_in(person, "--role", "none").code == 24
    company.made("POST", f"auth/{company.mount}/role/staff", {"allowed_redirect_uris": ["http://localhost:1/x"]})
    ran = company.log_in(person)
    assert (ran.code, "allowed_redirect_uris" in ran.err) == (24, True)


def test_the_login_role_does_not_take_them(company: Company) -> None:
    person, _ = company.person()
    company.made("POST", f"auth/{company.mount}/role/staff", {"bound_claims": {"amr": ["mfa"]}})
    ran = company.log_in(person)
    assert (ran.code, "bound claims" in ran.err) == (24, True)


def test_a_port_that_is_taken(company: Company) -> None:
    with listening(company.port):
        ran = company.log_in("nobody")
    assert (ran.code, ran.error.startswith(f"cannot listen on port {company.port}")) == (10, True)


class TestTheLoopbackAddress:
    @pytest.fixture
    def port(self) -> int:
        return free_port()

    def ask(self, port: int, target: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{target}", timeout=15) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def test_takes_its_own_answer_alone(self, port: int) -> None:
        codes: list[int] = []
        targets = (
            "/",
            "/oidc/callback",
            "/oidc/callback?state=other&code=forged",
            "/other?state=mine&code=forged",
            "/oidc/callback?state=mine&code=right",
        )
        with listening(port) as back:
            asking = Thread(target=lambda: codes.extend(self.ask(port, target) for target in targets))
            asking.start()
            assert back.wait(Redacted("mine")) == Redacted("right")
            asking.join()
        assert codes == [400, 400, 400, 400, 200]

    def test_is_kept_from_nobody_by_who_says_nothing(self, port: int) -> None:
        with listening(port) as back, socket.create_connection(("127.0.0.1", port)) as mute:
            mute.sendall(b"G")
            asking = Thread(target=self.ask, args=(port, "/oidc/callback?state=mine&code=right"))
            begun = time.monotonic()
            asking.start()
            assert back.wait(Redacted("mine")) == Redacted("right")
            assert time.monotonic() - begun < 3  # of one at a time, the other waits for five
            asking.join()

    @pytest.mark.parametrize(
        ("brought", "said"),
        [("error=access_denied", "access_denied"), ("error=%1b[31m", "it sent no code"), ("code=a%26b", "no code")],
    )
    def test_says_what_a_provider_refuses(self, port: int, brought: str, said: str) -> None:
        with listening(port) as back:
            asking = Thread(target=self.ask, args=(port, f"/oidc/callback?state=mine&{brought}"))
            asking.start()
            with pytest.raises(LoginRefused, match=said):
                back.wait(Redacted("mine"))
            asking.join()

    def test_does_not_wait_for_ever(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(callback, "SECONDS", 0.0)
        with listening(port) as back, pytest.raises(LoginRefused, match="nobody came back"):
            back.wait(Redacted("mine"))


@pytest.mark.parametrize("address", ["", "https://p.example/", "https://p.example/?state=a%20b", "http://[?state=a"])
def test_an_address_without_a_state_is_none(address: str) -> None:
    with pytest.raises(ConfigError):
        state_of(Redacted(address))
