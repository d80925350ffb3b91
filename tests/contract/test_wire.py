"""The wire against servers on the loopback: what TLS, redirects, sockets and the token's way are like in practice."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.loopback import SEALED_NOT, Loopback, answer, refused_port, server_tls
from vault_binance.config import Address, Config
from vault_binance.errors import ConfigError, VaultBinanceError, VaultUnavailable
from vault_binance.redacted import Redacted
from vault_binance.vault import wire as wire_module
from vault_binance.vault.http import HttpVault
from vault_binance.vault.port import KvPath
from vault_binance.vault.wire import Wire

CANARY = "canary-7f3a91c2d4e5"
TOKEN = Redacted(CANARY)
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def opened():
    """Wires that are closed when the test ends."""
    wires = []

    def open_(address, **settings):
        wires.append(Wire(Config(Address.parse(address), **{"timeout": 5} | settings)))
        return wires[-1]

    yield open_
    for wire in wires:
        wire.close()


def failure(wire, method="GET", path="sys/health", **named):
    with pytest.raises(VaultBinanceError) as caught:
        wire.send(method, path, **named)
    assert CANARY not in caught.value.message + caught.value.hint
    return caught.value


# Certificates


def certificate(name, signer=None, *, ca=False, hosts=(), client=False):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer[0].subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((signer[1] if signer else key).public_key()),
            critical=False,
        )
    )
    if ca:
        usage = dict.fromkeys(USAGES, False) | {"key_cert_sign": True, "crl_sign": True}
        builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(hosts)), critical=False)
    if client:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign((signer[1] if signer else key), hashes.SHA256()), key


USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    """Files: a CA and another one, a server by address and one by name only, a client's pair, open and encrypted."""
    folder = tmp_path_factory.mktemp("pki")
    ca, other = certificate("ca", ca=True), certificate("other", ca=True)
    pairs = {
        "ca": ca,
        "other": other,
        "server": certificate("server", ca, hosts=[x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
        "moved": certificate("moved", other, hosts=[x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
        "named": certificate("named", ca, hosts=[x509.DNSName("vault.internal")]),
        "client": certificate("bot-1", ca, client=True),
        "later": certificate("bot-2", ca, client=True),
    }
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    for name, (cert, key) in pairs.items():
        (folder / f"{name}.pem").write_bytes(cert.public_bytes(pem))
        (folder / f"{name}.key").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    locked = pairs["client"][1].private_bytes(pem, pkcs8, serialization.BestAvailableEncryption(b"password"))
    (folder / "locked.key").write_bytes(locked)
    (folder / "authorities").mkdir()
    (folder / "empty").mkdir()
    for name in ("other", "ca"):
        (folder / "authorities" / f"{name}.crt").write_bytes((folder / f"{name}.pem").read_bytes())
    return SimpleNamespace(**{path.name.replace(".", "_"): str(path) for path in folder.iterdir()})


@pytest.fixture
def tls(pki):
    with Loopback(tls=server_tls(pki.server_pem, pki.server_key)) as server:
        yield server


# TLS


def test_a_server_whose_ca_is_trusted_is_spoken_to_over_one_kept_connection(tls, pki, opened):
    wire = opened(tls.address, cacert=pki.ca_pem)
    for _ in range(3):
        assert wire.send("GET", "sys/health", token=TOKEN).body == SEALED_NOT
    assert [asked.connection for asked in tls.asked] == [1, 1, 1]


def test_the_cas_of_a_directory_count_under_whatever_names_as_in_vaults_own_cli(tls, pki, opened):
    assert opened(tls.address, capath=pki.authorities).send("GET", "sys/health").status == 200


def test_cacert_goes_before_capath(tls, pki, opened):
    assert type(failure(opened(tls.address, cacert=pki.other_pem, capath=pki.authorities))) is ConfigError
    assert opened(tls.address, cacert=pki.ca_pem, capath="/nowhere").send("GET", "sys/health").status == 200


@pytest.mark.parametrize("cacert", ["", "other_pem"], ids=["the system's", "another one"])
def test_a_server_of_an_unknown_ca_is_a_config_error_that_tries_nothing_twice(tls, pki, opened, cacert):
    wire = opened(tls.address, cacert=getattr(pki, cacert, ""))
    pauses = []
    with pytest.raises(ConfigError, match="is not trusted") as caught:
        HttpVault(wire, max_retries=3, sleep=pauses.append).token_info(TOKEN)
    assert (caught.value.exit_code, caught.value.transient, pauses) == (10, False, [])
    assert "VAULT_CACERT" in caught.value.hint
    assert tls.asked == []


def test_a_certificate_for_another_name_is_refused_until_that_name_is_given(pki, opened):
    with Loopback(tls=server_tls(pki.named_pem, pki.named_key)) as server:
        error = failure(opened(server.address, cacert=pki.ca_pem), token=TOKEN)
        assert type(error) is ConfigError
        assert "VAULT_TLS_SERVER_NAME" in error.hint
        assert server.asked == []
        wire = opened(server.address, cacert=pki.ca_pem, tls_server_name="vault.internal")
        assert wire.send("GET", "sys/health").status == 200
        wrong = opened(server.address, cacert=pki.ca_pem, tls_server_name="other.internal")
        assert type(failure(wrong)) is ConfigError


@pytest.mark.parametrize("name", [".internal", "a..b", "a" * 64, "\udcff", "b\u00fccher", "va ult"])
def test_a_server_name_that_tls_cannot_carry_is_a_config_error(tls, pki, opened, name):
    assert type(failure(opened(tls.address, cacert=pki.ca_pem, tls_server_name=name))) is ConfigError


def test_verification_can_be_skipped_by_whoever_asks_for_it(pki, opened):
    with Loopback(tls=server_tls(pki.named_pem, pki.named_key)) as server:
        assert opened(server.address, skip_verify=True).send("GET", "sys/health").status == 200
        assert opened(server.address, skip_verify=True, cacert=pki.other_pem).send("GET", "sys/health").status == 200


def test_a_client_certificate_is_shown_to_a_server_that_asks(pki, opened):
    with Loopback(tls=server_tls(pki.server_pem, pki.server_key, client_ca=pki.ca_pem)) as server:
        shown = {"client_cert": pki.client_pem, "client_key": pki.client_key}
        assert opened(server.address, cacert=pki.ca_pem, **shown).send("GET", "sys/health").status == 200
        assert dict(pair[0] for pair in server.asked[0].peer_certificate["subject"]) == {"commonName": "bot-1"}
        error = failure(opened(server.address, cacert=pki.ca_pem))
        assert type(error) in {ConfigError, VaultUnavailable}, "TLS 1.3 tells it with the first answer"
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"cacert": "/nowhere/ca.pem"},
        {"cacert": "server_key"},
        {"cacert": "authorities"},
        {"capath": "/nowhere"},
        {"capath": "empty"},
        {"capath": "server_pem"},
        {"client_cert": "client_pem", "client_key": "/nowhere/key.pem"},
        {"client_cert": "client_pem", "client_key": "server_key"},
        {"client_cert": "client_pem", "client_key": "client_pem"},
        {"client_cert": "client_pem", "client_key": "locked_key"},
    ],
)
def test_a_tls_file_that_cannot_be_used_is_a_config_error_before_anything_is_sent(tls, pki, opened, settings):
    """The last one has a passphrase: OpenSSL would ask the terminal for it, and a bot would wait for ever."""
    found = {name: getattr(pki, value, value) for name, value in settings.items()}
    error = failure(opened(tls.address, **found), token=TOKEN)
    assert type(error) is ConfigError
    assert "VAULT_CA" in error.hint
    assert tls.asked == []


def test_plain_http_at_a_tls_port_is_a_config_error_with_the_remedy(tls, opened):
    error = failure(opened(tls.address.replace("https", "http")), token=TOKEN)
    assert type(error) in {ConfigError, VaultUnavailable}, "Python's server says nothing, it only hangs up"


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
        answer(400, b"<html>The plain HTTP request was sent to HTTPS port</html>"),
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"\x15\x03\x03\x00\x02\x02\x32\n",
    ],
    ids=["Go, and so Vault", "nginx", "an alert", "an alert with a line end"],
)
def test_what_a_tls_port_says_to_plain_http_is_a_config_error_with_the_remedy(opened, said):
    with Loopback(said, keep=False) as server, pytest.raises(ConfigError) as caught:
        HttpVault(opened(server.address)).token_info(TOKEN)
    assert caught.value.exit_code == 10
    assert "http" in caught.value.hint


class Surprised(Loopback):
    """A plain server that answers the first bytes of a handshake, without waiting for a line."""

    def _talk(self, connection, number):
        connection.recv(1)
        connection.sendall(answer(400, b"what?"))


def test_tls_at_a_plain_http_port_is_a_config_error_with_the_remedy(opened):
    with Surprised() as server:
        error = failure(opened(server.address.replace("http", "https")))
    assert type(error) is ConfigError
    assert "must begin with http://" in error.hint


def test_a_tls_connection_that_the_server_closed_between_two_calls_is_made_anew(tls, pki, opened):
    wire = opened(tls.address, cacert=pki.ca_pem)
    for number in (1, 2, 3):
        assert wire.send("POST", "auth/approle/login").status == 200
        tls.close_connections()
        assert len(tls.asked) == number
    assert len({asked.connection for asked in tls.asked}) == 3


# What travels


def test_every_request_says_that_it_is_ours_and_carries_the_namespace_and_the_token_in_headers(opened):
    with Loopback() as server:
        wire = opened(server.address, namespace="team/bots")
        wire.send("GET", "kv/data/maker?version=3", token=TOKEN)
        wire.send("POST", "auth/approle/login", body={"role_id": "r"})
        wire.send("PATCH", "kv/metadata/maker", body={"a": 1}, token=TOKEN, wrap_ttl=60)
    read, login, patch = server.asked
    for asked in server.asked:
        assert asked.headers["x-vault-request"] == "true"
        assert asked.headers["x-vault-namespace"] == "team/bots"
        assert CANARY not in asked.target
        assert asked.target.startswith("/v1/")
    assert (read.method, read.target, read.token, read.body) == ("GET", "/v1/kv/data/maker?version=3", CANARY, b"")
    assert (login.token, login.body) == (None, b'{"role_id": "r"}')
    assert "x-vault-wrap-ttl" not in login.headers
    assert patch.headers["x-vault-wrap-ttl"] == "60"
    assert patch.headers["content-type"] == "application/merge-patch+json"


def test_no_call_of_the_bots_door_puts_a_secret_into_a_url(opened):
    with Loopback(answer(403, {"errors": []})) as server:
        vault = HttpVault(opened(server.address))
        for call, arguments in (
            (vault.log_in, ("mount", {"role_id": TOKEN, "secret_id": TOKEN})),
            (vault.renew, (TOKEN,)),
            (vault.renew_secret, (TOKEN, TOKEN)),
            (vault.revoke_secret, (TOKEN, TOKEN)),
            (vault.wrapping_info, (TOKEN,)),
            (vault.unwrap_secret_id, (TOKEN,)),
            (vault.locate, (TOKEN, "kv/x")),
            (vault.read, (TOKEN, KvPath("kv/data/x"))),
            (vault.revoke, (TOKEN,)),
            (vault.token_info, (TOKEN,)),
            (vault.entity_metadata, (TOKEN, "id")),
            (vault.capabilities, (TOKEN, "kv/data/x")),
        ):
            with pytest.raises(VaultBinanceError):
                call(*arguments)
    assert len(server.asked) == 12
    assert not any(CANARY in asked.target for asked in server.asked)


def test_a_wrapping_token_is_looked_at_without_being_used(opened):
    """Any call made *with* it, in the header, would use it up."""
    with Loopback(answer(200, {"data": {"creation_path": "p", "creation_time": "t", "creation_ttl": 1}})) as server:
        HttpVault(opened(server.address)).wrapping_info(TOKEN)
    assert server.asked[0].token is None
    assert CANARY.encode() in server.asked[0].body


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("kv/data/a b", "/v1/kv/data/a%20b"),
        ("kv/data/ä", "/v1/kv/data/%C3%A4"),
        ("kv/data/a#b", "/v1/kv/data/a%23b"),
        ("kv/data/a%2fb", "/v1/kv/data/a%252fb"),
        ("kv/data/a\r\nX-Vault-Token: b", "/v1/kv/data/a%0D%0AX-Vault-Token%3A%20b"),
        ("kv/data/\udcff", "/v1/kv/data/%FF"),
    ],
)
def test_any_path_is_sent_as_one_request_line(opened, path, target):
    with Loopback() as server:
        opened(server.address).send("GET", path)
    assert [asked.target for asked in server.asked] == [target]


@pytest.mark.parametrize("field", ["token", "namespace"])
@pytest.mark.parametrize("bad", ["a\r\nX-Other: b", "a\nb", "a\u20ac"])
def test_a_header_that_http_cannot_carry_is_a_config_error_that_does_not_quote_it(opened, field, bad):
    with Loopback() as server:
        wire = opened(server.address, namespace=f"{CANARY}{bad}" if field == "namespace" else "")
        error = failure(wire, token=Redacted(f"{CANARY}{bad}"))
        assert type(error) is ConfigError
        assert error.__context__ is None
        assert server.asked == []
        assert failure(wire, token=Redacted(f"{CANARY}{bad}")), "and again, on what is left of the connection"


def test_a_prefix_stands_before_v1(opened):
    with Loopback() as server:
        opened(f"{server.address}/vault/").send("GET", "sys/health")
    assert server.asked[0].target == "/vault/v1/sys/health"


def test_an_ipv6_address_is_reached(opened):
    try:
        server = Loopback(host="::1")
    except OSError:
        pytest.skip("no IPv6 on the loopback")
    with server:
        assert opened(server.address).send("GET", "sys/health").status == 200
    assert server.asked[0].headers["host"] == f"[::1]:{server.port}"


def test_a_unix_socket_is_reached(tmp_path, opened):
    with Loopback(path=tmp_path / "agent.sock") as server:
        wire = opened(server.address, namespace="team")
        assert wire.send("GET", "sys/health", token=TOKEN).body == SEALED_NOT
        assert wire.send("GET", "sys/health").status == 200
    assert server.asked[0].token == CANARY
    assert {asked.connection for asked in server.asked} == {1}


def test_a_unix_socket_that_is_not_there_yet_is_transient(tmp_path, opened):
    assert type(failure(opened(f"unix://{tmp_path}/missing.sock"))) is VaultUnavailable


# Redirects


def test_a_redirect_within_the_same_host_is_followed_once_with_method_body_and_token(opened):
    with Loopback() as leader:
        there = f"{leader.address}/v1/kv/data/other?version=2"
        with Loopback(answer(307, b"", Location=there)) as standby:
            wire = opened(standby.address, namespace="team")
            assert wire.send("PUT", "kv/data/maker", body={"a": 1}, token=TOKEN, wrap_ttl=5).body == SEALED_NOT
    assert len(standby.asked) == len(leader.asked) == 1
    first, second = standby.asked[0], leader.asked[0]
    assert (second.method, second.body, second.token) == ("PUT", b'{"a": 1}', CANARY)
    assert second.target == "/v1/kv/data/other?version=2"
    kept = ("x-vault-namespace", "x-vault-wrap-ttl", "x-vault-request", "content-type")
    assert all(second.headers[name] == first.headers[name] for name in kept)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("location", ["/v1/sys/leader", "{}/v1/sys/leader"])
def test_every_kind_of_redirect_to_the_server_itself_is_followed(opened, status, location):
    def answers(asked):
        first = asked.target == "/v1/sys/health"
        return answer(status, b"", Location=location.format(server.address)) if first else answer()

    with Loopback(answers) as server:
        assert opened(server.address).send("POST", "sys/health", token=TOKEN).body == SEALED_NOT
    assert [asked.method for asked in server.asked] == ["POST", "POST"]


def test_a_redirect_to_another_host_is_not_followed_and_the_token_stays(opened):
    with Loopback() as elsewhere:
        there = f"http://localhost:{elsewhere.port}/v1/x"
        with Loopback(answer(307, b"", Location=there)) as standby:
            error = failure(opened(standby.address), "POST", "x", token=TOKEN, body={"secret_id": CANARY})
    assert elsewhere.asked == []
    assert type(error) is VaultUnavailable
    assert error.transient
    assert "VAULT_BINANCE_ALLOWED_HOSTS=localhost" in error.hint


def test_a_host_that_is_allowed_by_name_is_followed_to(opened):
    with Loopback() as elsewhere:
        there = f"http://LOCALHOST:{elsewhere.port}/v1/x"
        with Loopback(answer(307, b"", Location=there)) as standby:
            wire = opened(standby.address, allowed_hosts=("localhost",))
            assert wire.send("GET", "x", token=TOKEN).status == 200
    assert elsewhere.asked[0].token == CANARY


def test_a_token_never_goes_from_https_to_http_nor_back(tls, pki, opened):
    with Loopback() as plain:
        tls.answers = answer(307, b"", Location=f"{plain.address}/v1/x")
        error = failure(opened(tls.address, cacert=pki.ca_pem, allowed_hosts=("127.0.0.1",)), token=TOKEN)
        assert type(error) is VaultUnavailable
        assert "https to http" in error.hint
        assert plain.asked == []
        plain.answers = answer(307, b"", Location=f"{tls.address}/v1/x")
        before = len(tls.asked)
        assert type(failure(opened(plain.address, cacert=pki.ca_pem), token=TOKEN)) is VaultUnavailable
        assert len(tls.asked) == before


def test_a_redirect_over_tls_is_verified_too(tls, pki, opened):
    other = server_tls(pki.named_pem, pki.named_key)
    with Loopback(tls=other) as impostor:
        tls.answers = answer(307, b"", Location=f"{impostor.address}/v1/x")
        assert type(failure(opened(tls.address, cacert=pki.ca_pem), token=TOKEN)) is ConfigError
    assert impostor.asked == []


def test_a_second_redirect_is_a_circle(opened):
    def answers(asked):
        return answer(307, b"", Location=f"{server.address}{asked.target}")

    with Loopback(answers) as server:
        error = failure(opened(server.address), token=TOKEN)
    assert type(error) is VaultUnavailable
    assert "in circles" in error.message
    assert len(server.asked) == 2


def test_a_redirect_to_a_leader_that_is_gone_is_transient_and_the_standby_is_asked_again(opened):
    with refused_port() as held:
        there = f"http://127.0.0.1:{held.getsockname()[1]}/v1/x"
        with Loopback(answer(307, b"", Location=there)) as standby:
            wire = opened(standby.address)
            error = failure(wire, token=TOKEN)
            assert (type(error), error.transient) == (VaultUnavailable, True)
            standby.answers = answer()
            assert wire.send("GET", "sys/health").status == 200


@pytest.mark.parametrize(
    "location",
    [
        "ftp://127.0.0.1/v1/x",
        "https:",
        "//",
        "http://",
        "http://[::1/v1/x",
        "http://127.0.0.1:99999/v1/x",
        "http://user:password@127.0.0.1/v1/x",
        "http://127.0.0.1",
        "v1/x",
        "?x",
        "unix://run/other.sock",
        "unix:///run/other.sock",
        "javascript:x",
        "http://127.0.0.1\\@elsewhere/v1/x",
        "http://a..b/v1/x",
    ],
)
def test_a_location_that_is_no_address_is_transient_and_followed_nowhere(opened, location):
    with Loopback(answer(307, b"", Location=location)) as server:
        error = failure(opened(server.address), token=TOKEN)
    assert type(error) is VaultUnavailable
    assert len(server.asked) == 1
    assert "password" not in error.message + error.hint


def test_a_location_with_any_bytes_is_one_request_line(opened):
    def answers(asked):
        return b"HTTP/1.1 307 -\r\nLocation: /v1/a b\xe4%20c\r\nContent-Length: 0\r\n\r\n" if first(asked) else answer()

    def first(asked):
        return asked.target == "/v1/sys/health"

    with Loopback(answers) as server:
        assert opened(server.address).send("GET", "sys/health").status == 200
    assert server.asked[1].target == "/v1/a%20b%E4%20c"


def test_behind_a_unix_socket_no_tcp_port_gets_the_token(tmp_path, opened):
    """The socket's file has an owner; a port of localhost may be anybody's."""
    with Loopback(host="127.0.0.1") as anybody:
        there = f"http://localhost:{anybody.port}/v1/x"
        with Loopback(answer(307, b"", Location=there), path=tmp_path / "agent.sock") as agent:
            assert type(failure(opened(agent.address), token=TOKEN)) is VaultUnavailable
            assert len(agent.asked) == 1
        assert anybody.asked == []


def test_a_redirect_without_a_location_is_an_answer(opened):
    with Loopback(answer(307, {"errors": []})) as server:
        assert opened(server.address).send("GET", "x").status == 307


# Time, and connections that end


def test_a_server_that_says_nothing_is_transient_after_the_timeout(opened):
    with Loopback(lambda _: server.wait(60)) as server:
        error = failure(opened(server.address, timeout=0.05), token=TOKEN)
    assert type(error) is VaultUnavailable
    assert "no answer within 0.05 s" in error.message


DRIPPING = {
    "status": b"",
    "header": b"HTTP/1.1 200 -\r\nX-Slow: ",
    "headers": b"HTTP/1.1 200 -\r\nContent-Length: 2\r\n",
    "sized body": b"HTTP/1.1 200 -\r\nContent-Length: 100000\r\n\r\n",
    "endless body": b"HTTP/1.1 200 -\r\n\r\n",
    "chunk": b"HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n",
}


@pytest.mark.parametrize("transport", ["plain", "tls", "unix"])
@pytest.mark.parametrize("head", DRIPPING)
def test_an_answer_that_drips_ends_with_the_timeout_too(opened, pki, tmp_path, head, transport):
    """Every byte would give a socket's own timeout a new start."""

    def drip():
        yield DRIPPING[head]
        while not server._stop.wait(0.005):
            yield b"a"

    tls = server_tls(pki.server_pem, pki.server_key) if transport == "tls" else None
    path = tmp_path / "agent.sock" if transport == "unix" else None
    with Loopback(lambda _: drip(), tls=tls, path=path) as server:
        wire = opened(server.address, timeout=0.1, cacert=pki.ca_pem)
        error = failure(wire)
    assert type(error) is VaultUnavailable
    assert "no answer within 0.1 s" in error.message


def test_a_kept_connection_gets_its_whole_timeout_for_the_next_request(opened):
    with Loopback() as server:
        wire = opened(server.address, timeout=50)
        wire.send("GET", "x")
        assert wire._connection.sock.gettimeout() == 50


def test_a_timeout_of_zero_is_none(opened):
    with Loopback() as server:
        assert opened(server.address, timeout=0).send("GET", "x").status == 200


def test_a_timeout_larger_than_the_system_knows_is_a_day(opened):
    with Loopback() as server:
        assert opened(server.address, timeout=1e30).send("GET", "x").status == 200


def test_an_endless_answer_is_given_up_before_it_fills_the_memory(opened, monkeypatch):
    monkeypatch.setattr(wire_module, "_LARGEST_ANSWER", 1_000_000)

    def endless():
        yield b"HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n"
        while not server._stop.is_set():
            yield b"8000\r\n" + b" " * 0x8000 + b"\r\n"

    with Loopback(lambda _: endless()) as server:
        assert type(failure(opened(server.address))) is VaultUnavailable


def test_an_answer_as_large_as_vault_allows_is_read_whole(opened):
    with Loopback(answer(200, {"data": {"k": "v" * 3_000_000}})) as server:
        assert len(opened(server.address).send("GET", "x").body["data"]["k"]) == 3_000_000


@pytest.mark.parametrize(
    "pieces", [[b'2\r\n{"\r\n'], [b'7\r\n{"a": 1\r\n', b"1\r\n}\r\n0\r\n\r\n"]], ids=["cut", "whole"]
)
def test_a_chunked_answer_counts_only_when_it_is_whole(opened, pieces):
    with Loopback(lambda _: [b"HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n", *pieces], keep=False) as server:
        wire = opened(server.address)
        if len(pieces) == 1:
            assert type(failure(wire)) is VaultUnavailable
        else:
            assert wire.send("GET", "x").body == {"a": 1}
            assert wire.send("GET", "x").body == {"a": 1}, "on a new connection, as this one was closed"


@pytest.mark.parametrize("kept", [0, 1, 20, 40, 60])
def test_an_answer_cut_anywhere_is_transient_and_never_no_vault(opened, kept):
    """http.client hands on what it has of a body; a JSON parser would then call the server something else."""
    with Loopback(answer()[:kept] or (lambda _: None), keep=False) as server:
        with pytest.raises(VaultUnavailable):
            HttpVault(opened(server.address)).token_info(TOKEN)
        with pytest.raises(VaultUnavailable):
            HttpVault(opened(server.address)).revoke(TOKEN)


@pytest.mark.parametrize("method", ["GET", "LIST", "POST", "PUT", "PATCH", "DELETE"])
def test_a_connection_that_the_server_closed_between_two_calls_is_made_anew(opened, method):
    with Loopback() as server:
        wire = opened(server.address)
        for _ in range(3):
            assert wire.send(method, "x", token=TOKEN).status == 200
            server.close_connections()
    assert [asked.connection for asked in server.asked] == [1, 2, 3]


@pytest.mark.parametrize(
    ("method", "times"), [("GET", 2), ("LIST", 2), ("POST", 1), ("PUT", 1), ("PATCH", 1), ("DELETE", 1)]
)
def test_what_may_have_been_done_is_not_sent_again_on_a_new_connection(opened, method, times):
    """The server does it and dies before it answers, on a kept connection: only a question may be asked again."""
    with Loopback() as server:
        wire = opened(server.address)
        wire.send("GET", "warm-up")
        server.answers = lambda asked: None if asked.connection == 1 else answer()
        if times == 2:
            assert wire.send(method, "x").status == 200
        else:
            assert type(failure(wire, method, "x")) is VaultUnavailable
    assert [asked.target for asked in server.asked].count("/v1/x") == times


def test_a_question_is_asked_again_only_once(opened):
    with Loopback() as server:
        wire = opened(server.address)
        wire.send("GET", "warm-up")
        server.answers = lambda _: None
        assert type(failure(wire, "GET", "x")) is VaultUnavailable
    assert len(server.asked) == 3


def test_a_server_that_wants_to_close_is_obeyed(opened):
    with Loopback(answer(Connection="close")) as server:
        wire = opened(server.address)
        for _ in range(2):
            assert wire.send("GET", "x").status == 200
    assert [asked.connection for asked in server.asked] == [1, 2]


def test_what_a_server_says_unasked_is_not_taken_for_the_next_answer(opened):
    """An answer smuggled in after another, by a broken proxy, would be read as somebody else's secret."""
    smuggled = answer() + answer(200, {"data": {"smuggled": True}})
    with Loopback(lambda asked: smuggled if asked.connection == 1 else answer()) as server:
        wire = opened(server.address)
        for _ in range(3):
            assert wire.send("GET", "x").body == SEALED_NOT


def test_nobody_listening_is_transient(opened):
    with refused_port() as held:
        error = failure(opened(f"http://127.0.0.1:{held.getsockname()[1]}"))
    assert (type(error), error.exit_code) == (VaultUnavailable, 20)
    assert "Connection refused" in error.message


def test_a_name_that_is_not_known_is_transient_since_a_resolver_may_be_late(opened, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert type(failure(opened("https://vault.invalid"))) is VaultUnavailable


# Bodies


@pytest.mark.parametrize("body", [b"<html>", b"[1, 2]", b"null", b"\xff", b"{", b'{"a": 1} x'])
def test_a_body_that_is_no_json_object_is_told_apart(opened, body):
    with Loopback(answer(200, body)) as server:
        sent = opened(server.address).send("GET", "x")
    assert (sent.status, sent.body, sent.is_json) == (200, {}, False)


@pytest.mark.parametrize("status", [200, 204])
def test_no_body_is_an_empty_object(opened, status):
    with Loopback(answer(status, b"")) as server:
        wire = opened(server.address)
        assert (wire.send("POST", "x").body, wire.send("POST", "x").is_json) == ({}, True)
        HttpVault(wire).revoke(TOKEN)
    assert {asked.connection for asked in server.asked} == {1}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("-1", None),
        ("1.5", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_not_as_a_date(opened, text, seconds):
    raw = f"HTTP/1.1 429 -\r\nContent-Length: 2\r\nRetry-After: {text}\r\n\r\n{{}}".encode("latin-1")
    with Loopback(raw) as server:
        assert opened(server.address).send("GET", "x").retry_after == seconds


# What does not happen


def test_no_proxy_and_no_netrc_of_the_environment_is_used(opened, home, monkeypatch):
    with refused_port() as held, Loopback() as server:
        nobody = f"http://127.0.0.1:{held.getsockname()[1]}"
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, nobody)
        (home / ".netrc").write_text("machine 127.0.0.1 login user password secret\n")
        assert opened(server.address).send("GET", "x").status == 200
    assert "authorization" not in server.asked[0].headers
    assert "cookie" not in server.asked[0].headers


def test_a_cookie_is_not_sent_back(opened):
    with Loopback(answer(Set_Cookie="a=b")) as server:
        wire = opened(server.address)
        wire.send("GET", "x")
        wire.send("GET", "x")
    assert "cookie" not in server.asked[1].headers


def test_a_closed_wire_leaves_no_socket_open_and_can_be_used_again(opened):
    with Loopback() as server:
        wire = opened(server.address)
        for _ in range(2):
            assert wire.send("GET", "x").status == 200
            sock = wire._connection.sock
            wire.close()
            wire.close()
            assert sock.fileno() == -1


@pytest.fixture
def mutual(pki):
    """A server that asks for a client's certificate."""
    with Loopback(tls=server_tls(pki.server_pem, pki.server_key, client_ca=pki.ca_pem), keep=False) as server:
        yield server


def shown_by(server):
    return [dict(pair[0] for pair in asked.peer_certificate["subject"])["commonName"] for asked in server.asked]


@pytest.fixture
def client_files(pki, tmp_path):
    """A client's certificate and key that a test may replace: `replace` takes who they are from now on."""
    files = {suffix: tmp_path / f"bot.{suffix}" for suffix in ("pem", "key")}

    def replace(name, *suffixes):
        for suffix in suffixes or files:
            fresh = tmp_path / "fresh"
            fresh.write_bytes(Path(getattr(pki, f"{name}_{suffix}")).read_bytes())
            fresh.rename(files[suffix])

    replace("client")
    settings = {"cacert": pki.ca_pem, "client_cert": str(files["pem"]), "client_key": str(files["key"])}
    return SimpleNamespace(replace=replace, settings=settings, **files)


def test_a_client_certificate_that_was_replaced_is_shown_from_the_next_connection_on(mutual, client_files, opened):
    wire = opened(mutual.address, **client_files.settings)
    for name in ("client", "later"):
        client_files.replace(name)
        for _ in range(2):
            assert wire.send("GET", "x").status == 200
    assert shown_by(mutual) == ["bot-1", "bot-1", "bot-2", "bot-2"]


def test_until_certificate_and_key_fit_the_pair_before_them_is_shown(mutual, client_files, opened):
    """One of the two is always replaced first, and may be gone for a moment."""
    wire = opened(mutual.address, **client_files.settings)
    assert wire.send("GET", "x").status == 200
    client_files.replace("later", "pem")
    assert wire.send("GET", "x").status == 200
    client_files.key.unlink()
    assert wire.send("GET", "x").status == 200
    client_files.replace("later", "key")
    assert wire.send("GET", "x").status == 200
    assert shown_by(mutual) == ["bot-1", "bot-1", "bot-1", "bot-2"]


@pytest.fixture
def moving(pki):
    """A server that makes a connection for each request, and may get a certificate of another CA: `move` does it."""
    context = server_tls(pki.server_pem, pki.server_key)
    with Loopback(tls=context, keep=False) as server:
        server.move = lambda: context.load_cert_chain(pki.moved_pem, pki.moved_key)
        yield server


@pytest.fixture(params=["cacert", "capath", "capath with another file in it"])
def trusted(request, pki, tmp_path):
    """The CA as a file that a test may replace, and the setting that names it or its directory."""
    folder = tmp_path / "authorities"
    folder.mkdir()
    file = folder / "ca.pem"
    if request.param.endswith("in it"):
        (folder / "another.pem").write_text(Path(pki.client_pem).read_text())

    def replace(name):
        (tmp_path / "fresh").write_bytes(Path(getattr(pki, f"{name}_pem")).read_bytes())
        (tmp_path / "fresh").rename(file)

    replace("ca")
    settings = {"cacert": str(file)} if request.param == "cacert" else {"capath": str(folder)}
    return SimpleNamespace(replace=replace, settings=settings, file=file)


def test_a_ca_that_was_replaced_is_trusted_from_the_next_connection_on(moving, trusted, opened):
    wire = opened(moving.address, **trusted.settings)
    assert wire.send("GET", "x").status == 200
    moving.move()
    assert type(failure(wire)) is ConfigError
    trusted.replace("other")
    for _ in range(2):
        assert wire.send("GET", "x").status == 200


def test_a_ca_that_was_replaced_is_trusted_no_longer(moving, trusted, opened):
    wire = opened(moving.address, **trusted.settings)
    assert wire.send("GET", "x").status == 200
    trusted.replace("other")
    assert type(failure(wire)) is ConfigError
    assert len(moving.asked) == 1


def test_until_a_ca_can_be_loaded_the_one_before_it_is_trusted(moving, trusted, opened):
    wire = opened(moving.address, **trusted.settings)
    assert wire.send("GET", "x").status == 200
    for damaged in ("-----BEGIN CERTIFICATE-----\nhalf", ""):
        trusted.file.write_text(damaged)
        assert wire.send("GET", "x").status == 200
    trusted.replace("other")
    moving.move()
    assert wire.send("GET", "x").status == 200


def test_a_ca_beside_the_others_is_trusted_once_it_is_there(moving, pki, tmp_path, opened):
    """So an authority is changed without a gap: first both, then the server, then the new one alone."""
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "1.pem").write_text(Path(pki.ca_pem).read_text())
    wire = opened(moving.address, capath=str(folder))
    assert wire.send("GET", "x").status == 200
    (folder / "2.pem").write_text(Path(pki.other_pem).read_text())
    assert wire.send("GET", "x").status == 200
    moving.move()
    assert wire.send("GET", "x").status == 200
    (folder / "1.pem").unlink()
    assert wire.send("GET", "x").status == 200
    assert len(moving.asked) == 4


def test_what_has_not_changed_is_loaded_once_though_the_wire_is_closed(mutual, client_files, opened, monkeypatch):
    loaded = []
    original = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda **named: loaded.append(named) or original(**named))
    wire = opened(mutual.address, **client_files.settings)
    for _ in range(3):
        assert wire.send("GET", "x").status == 200
        wire.close()
    assert len(loaded) == 1


def test_a_redirected_tls_wire_loads_its_authorities_once(tls, pki, opened, monkeypatch):
    loaded = []
    original = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda **named: loaded.append(named) or original(**named))
    tls.answers = lambda asked: (
        answer(307, b"", Location=f"{tls.address}/v1/y") if asked.target == "/v1/x" else answer()
    )
    wire = opened(tls.address, cacert=pki.ca_pem)
    assert wire.send("GET", "x").status == wire.send("GET", "x").status == 200
    assert len(loaded) == 1
