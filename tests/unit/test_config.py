"""Settings: each variable of Vault's, where it may come from, and what is said when it is wrong."""

from __future__ import annotations

import os
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.config import AUTH_METHODS, Address, BotSettings, Config, patience
from vault_binance.errors import ConfigError
from vault_binance.variables import seconds, variable, vault_variable

CANARY = "canary-7f3a91c2d4e5"


def config(**environ):
    return Config.from_environment(environ)


def refusal(call, *arguments, **environ):
    with pytest.raises(ConfigError) as caught:
        call(*arguments, **environ)
    error = caught.value
    assert error.exit_code == 10
    shown = "".join(traceback.TracebackException.from_exception(error).format())
    assert "During handling" not in shown, "what was caught may quote a secret"
    return error


def test_with_nothing_set_the_client_does_as_vaults_own_does():
    assert config() == Config(
        address=Address("https", "127.0.0.1", 8200),
        token=None,
        namespace="",
        skip_verify=False,
        timeout=60.0,
        max_retries=2,
        allowed_hosts=(),
    )


VARIABLES = {
    "ADDR": ("https://vault.internal:8201", "address", Address("https", "vault.internal", 8201)),
    "NAMESPACE": ("/team/bots/", "namespace", "team/bots"),
    "CACERT": ("/etc/ca.pem", "cacert", "/etc/ca.pem"),
    "CAPATH": ("/etc/ca", "capath", "/etc/ca"),
    "TLS_SERVER_NAME": ("vault.internal", "tls_server_name", "vault.internal"),
    "SKIP_VERIFY": ("true", "skip_verify", True),
    "CLIENT_TIMEOUT": ("5s", "timeout", 5.0),
    "MAX_RETRIES": ("0", "max_retries", 0),
}


@pytest.mark.parametrize(("suffix", "text", "field", "value"), [(name, *row) for name, row in VARIABLES.items()])
@pytest.mark.parametrize("prefix", ["VAULT_", "BAO_"])
def test_each_variable_is_read_directly_from_a_file_and_under_openbaos_name(
    tmp_path, prefix, suffix, text, field, value
):
    assert getattr(config(**{prefix + suffix: text}), field) == value
    file = tmp_path / "value"
    file.write_text(f"  {text}\r\n\n")
    assert getattr(config(**{f"{prefix}{suffix}_FILE": str(file)}), field) == value


@each_row("suffix", ["ADDR", "NAMESPACE", "CACERT", "CLIENT_TIMEOUT"])
def test_bao_x_goes_before_vault_x_and_an_empty_one_does_not_count(suffix):
    assert vault_variable({f"BAO_{suffix}": "a", f"VAULT_{suffix}": "b"}, suffix) == "a"
    assert vault_variable({f"BAO_{suffix}": "", f"VAULT_{suffix}": "b"}, suffix) == "b"
    assert vault_variable({f"BAO_{suffix}": " \n", f"VAULT_{suffix}": "b"}, suffix) == "b"


def test_the_token_is_redacted_and_has_no_blanks_around_it():
    token = config(VAULT_TOKEN=f" {CANARY}\n").token
    assert token.reveal() == CANARY
    assert CANARY not in repr(config(VAULT_TOKEN=CANARY))


def test_a_client_certificate_and_its_key_belong_together():
    found = config(VAULT_CLIENT_CERT="/c.pem", VAULT_CLIENT_KEY="/k.pem")
    assert (found.client_cert, found.client_key) == ("/c.pem", "/k.pem")
    for half in ("VAULT_CLIENT_CERT", "VAULT_CLIENT_KEY"):
        assert "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY" in refusal(config, **{half: "/x.pem"}).message


@each_row(
    ("environ", "named"),
    [
        ({"BAO_CLIENT_CERT": "/x.pem"}, "BAO_CLIENT_CERT and VAULT_CLIENT_KEY"),
        ({"BAO_CLIENT_KEY": "/x.pem"}, "VAULT_CLIENT_CERT and BAO_CLIENT_KEY"),
        ({"BAO_SKIP_VERIFY": "perhaps"}, "BAO_SKIP_VERIFY"),
        ({"BAO_CLIENT_TIMEOUT": "soon"}, "BAO_CLIENT_TIMEOUT"),
        ({"BAO_CLIENT_TIMEOUT": "30d"}, "BAO_CLIENT_TIMEOUT"),
        ({"BAO_MAX_RETRIES": "many"}, "BAO_MAX_RETRIES"),
        ({"BAO_NAMESPACE": "a b"}, "BAO_NAMESPACE"),
        ({"BAO_MAX_RETRIES": " ", "VAULT_MAX_RETRIES": "many"}, "VAULT_MAX_RETRIES"),
    ],
)
def test_a_message_names_the_variable_that_was_set(environ, named):
    assert refusal(config, **environ).message.startswith(named)


def test_hosts_to_be_redirected_to_are_compared_as_a_url_names_them():
    assert config(VAULT_BINANCE_ALLOWED_HOSTS=" Node-2.internal, ,10.0.0.3,").allowed_hosts == (
        "node-2.internal",
        "10.0.0.3",
    )


# Files


def test_a_setting_given_twice_is_an_error_that_names_both(tmp_path):
    (tmp_path / "t").write_text("x")
    error = refusal(variable, {"VAULT_TOKEN": "y", "VAULT_TOKEN_FILE": str(tmp_path / "t")}, "VAULT_TOKEN")
    assert error.message == "VAULT_TOKEN and VAULT_TOKEN_FILE are both set"


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\t"])
def test_an_empty_file_is_an_error_and_not_an_unset_variable(tmp_path, content):
    (tmp_path / "t").write_bytes(content)
    error = refusal(config, VAULT_TOKEN_FILE=str(tmp_path / "t"))
    assert "VAULT_TOKEN_FILE names, is empty" in error.message


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path):
    missing = str(tmp_path / "missing")
    error = refusal(config, VAULT_TOKEN_FILE=missing)
    assert repr(missing) in error.message
    assert error.message.endswith("No such file or directory")
    assert "Is a directory" in refusal(config, VAULT_TOKEN_FILE=str(tmp_path)).message
    (tmp_path / "binary").write_bytes(b"\xff\xfe" + CANARY.encode())
    error = refusal(config, VAULT_TOKEN_FILE=str(tmp_path / "binary"))
    assert error.message.endswith("it is not text")
    assert CANARY not in error.message
    assert refusal(config, VAULT_TOKEN_FILE="/tmp/a\0b").message


def test_settings_are_read_when_asked_for_and_files_each_time(tmp_path, monkeypatch):
    assert config().token is None
    (tmp_path / "t").write_text("one")
    monkeypatch.setenv("VAULT_TOKEN_FILE", str(tmp_path / "t"))
    assert Config.from_environment(os.environ).token.reveal() == "one"
    (tmp_path / "t").write_text("two")
    assert Config.from_environment(os.environ).token.reveal() == "two"
    assert (tmp_path / "t").exists(), "it is there for the next start"


# ~/.vault-token


def test_the_login_of_vaults_own_command_is_found_and_loses_to_a_variable(tmp_path):
    (tmp_path / ".vault-token").write_text(f"{CANARY}\n")
    assert config(HOME=str(tmp_path)).token.reveal() == CANARY
    assert config(HOME=str(tmp_path), VAULT_TOKEN="other").token.reveal() == "other"
    assert config(HOME=str(tmp_path), BAO_TOKEN="third").token.reveal() == "third"
    (tmp_path / "t").write_text("fourth")
    assert config(HOME=str(tmp_path), VAULT_TOKEN_FILE=str(tmp_path / "t")).token.reveal() == "fourth"


def test_no_login_is_no_error(tmp_path):
    assert config(HOME=str(tmp_path)).token is None
    assert config(HOME=str(tmp_path / "missing")).token is None
    (tmp_path / ".vault-token").write_text("\n")
    assert config(HOME=str(tmp_path)).token is None
    assert config(HOME=str(tmp_path / ".vault-token")).token is None, "a home that is a file"


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}])
def test_without_a_home_the_root_directory_is_not_searched(environ, monkeypatch):
    opened = []
    monkeypatch.setattr("builtins.open", lambda path, **_: opened.append(path))
    assert Config.from_environment(environ).token is None
    assert opened == []


def unreadable(home):
    (home / ".vault-token").write_bytes(b"\xff" + CANARY.encode())
    yield
    (home / ".vault-token").write_text(f"{CANARY} {CANARY}")
    yield
    (home / ".vault-token").unlink()
    (home / ".vault-token").mkdir()
    yield


def test_a_login_that_cannot_be_read_is_an_error_for_whoever_needs_it_and_for_nobody_else(tmp_path):
    for _ in unreadable(tmp_path):
        found = config(HOME=str(tmp_path))
        assert (found.token, found.token_source) == (None, "login")
        error = refusal(found.needed_token)
        assert "~/.vault-token" in error.message
        assert CANARY not in error.message + error.hint + repr(found)
        assert config(HOME=str(tmp_path), VAULT_TOKEN="given").needed_token().reveal() == "given"


def test_where_the_token_was_found_is_kept_with_it(tmp_path):
    (tmp_path / ".vault-token").write_text("lies-about")
    (tmp_path / "sink").write_text("by-an-agent")
    home, sink = str(tmp_path), str(tmp_path / "sink")
    assert config().token_source == ""
    assert config(HOME=home).token_source == "login"
    assert config(HOME=home, VAULT_TOKEN="t").token_source == ""
    assert config(HOME=home, VAULT_TOKEN_FILE=sink).token_source == "file"
    assert config(HOME=home, BAO_TOKEN_FILE=sink, VAULT_TOKEN="t").token_source == "file"
    assert config(BAO_TOKEN="t", VAULT_TOKEN_FILE=sink).token_source == ""


def test_who_needs_a_token_and_has_none_is_told_how_to_get_one():
    error = refusal(config().needed_token)
    assert error.message == "no Vault token"
    assert "vault login" in error.hint


@each_row("bad", ["a\nb", "a\r\nX-Other: b", "a b", "a\tb", "a\0b", "a\u200b", "tök", "a\udcff"])
def test_a_token_or_namespace_that_no_header_can_carry_is_refused_before_anything_is_sent(bad):
    error = refusal(config, VAULT_TOKEN=f"{CANARY}{bad}")
    assert "the Vault token" in error.message
    assert CANARY not in error.message + error.hint
    assert "VAULT_NAMESPACE" in refusal(config, VAULT_NAMESPACE=bad).message


# Addresses

ADDRESSES = {
    "https://vault.internal:8200": Address("https", "vault.internal", 8200),
    "https://Vault.Internal:8200": Address("https", "vault.internal", 8200),
    "HTTPS://vault": Address("https", "vault", 443),
    "http://vault": Address("http", "vault", 80),
    "http://vault:8200/": Address("http", "vault", 8200),
    "https://vault.": Address("https", "vault.", 443),
    "http://127.0.0.1:8200": Address("http", "127.0.0.1", 8200),
    "http://[::1]:8200": Address("http", "::1", 8200),
    "https://[fe80::1%eth0]": Address("https", "fe80::1%eth0", 443),
    "https://lb.internal/vault/": Address("https", "lb.internal", 443, prefix="/vault"),
    "https://lb.internal/a%20b/": Address("https", "lb.internal", 443, prefix="/a%20b"),
    "https://lb.internal/ä b": Address("https", "lb.internal", 443, prefix="/%C3%A4%20b"),
    "https://my_host:65535": Address("https", "my_host", 65535),
    "unix:///run/vault/agent.sock": Address("http", "localhost", 80, socket="/run/vault/agent.sock"),
    "unix:/run/agent.sock": Address("http", "localhost", 80, socket="/run/agent.sock"),
    "unix://run/agent.sock": Address("http", "localhost", 80, socket="run/agent.sock"),
    "unix:///run/with%20blank?.sock": Address("http", "localhost", 80, socket="/run/with%20blank?.sock"),
}


@each_row(("text", "address"), ADDRESSES.items())
def test_an_address_is_understood(text, address):
    assert config(VAULT_ADDR=text).address == address


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (Address("http", "::1", 8200), "http://[::1]:8200"),
        (Address("https", "vault", 443, prefix="/x"), "https://vault:443/x"),
        (Address.parse("unix:///run/agent.sock"), "unix:///run/agent.sock"),
    ],
)
def test_an_address_is_shown_so_that_it_could_be_set_again(address, text):
    assert str(address) == text
    assert Address.parse(text) == address


BAD_ADDRESSES = [
    "vault.internal:8200",
    "vault.internal",
    "127.0.0.1:8200",
    "//vault:8200",
    "ftp://vault:8200",
    "https://",
    "https://:8200",
    "https:///v1",
    "unix://",
    "unix:",
    "https://vault:0",
    "https://vault:65536",
    "https://vault:-1",
    "https://vault:port",
    "https://vault:\uff18\uff12",
    "https://[::1",
    "https://::1:8200",
    "https://[vault]:8200",
    "https://va ult:8200",
    "https://vault..internal",
    "https://.vault",
    "https://" + "a" * 64,
    "https://vault\x7f",
    "https://vault:8200?x=1",
    "https://vault:8200/#v1",
    "https://bücher.example",
    "https://vault\\@other",
]


@each_row("text", BAD_ADDRESSES)
def test_what_is_no_address_is_refused_before_anything_is_sent(text):
    error = refusal(config, VAULT_ADDR=text)
    assert error.message.isascii()
    assert error.hint


@each_row(
    "text",
    [
        "https://user:{}@vault:8200",
        "https://{}@vault:8200",
        "https://:{}@vault:8200",
        "ftp://user:{}@vault",
        "user:{}@vault:8200",
        "https://user:a{}@b@vault:8200",
        "https://user:{}@vault:99999",
        "https://user:{}@",
        "https://user:{}@[::1",
        "https://user:{}\uff20vault",
        "https://user:1/{}@vault:8200",
        "https://user:1?{}@vault:8200",
        "https://user:1#{}@vault:8200",
    ],
)
def test_a_password_in_an_address_is_refused_and_never_echoed(text):
    error = refusal(config, VAULT_ADDR=text.format(CANARY))
    shown = "".join(traceback.TracebackException.from_exception(error).format())
    assert CANARY not in shown + error.hint


def parsed(text):
    try:
        return Address.parse(text)
    except ConfigError as error:
        return error


@given(st.text(), st.text())
def test_any_text_is_an_address_or_a_config_error(before, after):
    for text in (before, f"https://{before}", f"http://{before}:{after}", f"https://u:{CANARY}@{before}/{after}"):
        found = parsed(text)
        assert CANARY not in str(found)
        if isinstance(found, Address):
            assert 0 < found.port < 65536
            assert found.socket or str(found).isascii()


# Numbers and flags


@each_row(
    ("text", "value"),
    [
        ("0", 0),
        ("30", 30),
        ("1.5", 1.5),
        ("500ms", 0.5),
        ("30s", 30),
        ("5m", 300),
        ("24h", 86400),
        ("30d", 2592000),
        ("1m30s", 90),
        ("1h0m0.5s", 3600.5),
    ],
)
def test_a_duration_is_read_as_vault_writes_it(text, value):
    assert seconds(text, "X") == pytest.approx(value)


@each_row(
    "text",
    ["", "s", "-1", "+1", "1 s", "1S", "1w", "1e3", "inf", "nan", "1s1", "1..5s", ".5s", "٣٠", "9" * 400, "30s\n"],
)
def test_what_is_no_duration_is_refused_by_the_variables_name(text):
    assert refusal(seconds, text, "VAULT_X").message.startswith("VAULT_X: ")


def test_a_timeout_is_at_most_a_day_and_zero_is_none():
    assert config(VAULT_CLIENT_TIMEOUT="24h").timeout == 86400
    assert config(VAULT_CLIENT_TIMEOUT="0").timeout == 0
    assert "longer than a day" in refusal(config, VAULT_CLIENT_TIMEOUT="30d").message


@each_row("text", ["-1", "1.5", "many", "1000", "٣"])
def test_what_is_no_number_of_retries_is_refused(text):
    assert "VAULT_MAX_RETRIES" in refusal(config, VAULT_MAX_RETRIES=text).message


@each_row("text", ["1", "t", "T", "true", "True", "TRUE"])
def test_what_go_takes_for_true_skips_verification(text):
    assert config(VAULT_SKIP_VERIFY=text).skip_verify is True


@each_row("text", ["", "0", "f", "F", "false", "False", "FALSE"])
def test_what_go_takes_for_false_does_not(text):
    assert config(VAULT_SKIP_VERIFY=text).skip_verify is False


@each_row("text", ["yes", "no", "on", "2", "tRUE"])
def test_any_other_flag_is_refused_since_it_may_have_been_meant_either_way(text):
    assert "VAULT_SKIP_VERIFY" in refusal(config, VAULT_SKIP_VERIFY=text).message


# Bots


def test_a_bots_settings_come_from_our_own_variables(tmp_path):
    (tmp_path / "secret-id").write_text(f"{CANARY}\n")
    settings = BotSettings.from_environment(
        {
            "VAULT_BINANCE_INSTANCE": "binance_testnet",
            "VAULT_BINANCE_BOT": "maker",
            "VAULT_BINANCE_CREDENTIAL": "key-1",
            "VAULT_BINANCE_ROLE_ID": "role",
            "VAULT_BINANCE_SECRET_ID_FILE": str(tmp_path / "secret-id"),
        }
    )
    assert settings.layout.instance == "binance_testnet"
    assert (settings.bot, settings.credential, settings.role_id) == ("maker", "key-1", "role")
    assert settings.secret_id.reveal() == CANARY
    assert settings.wrapped_secret_id is None
    assert CANARY not in repr(settings)


def test_a_bot_with_nothing_set_has_nothing_but_the_default_instance():
    settings = BotSettings.from_environment({})
    assert settings.layout.instance == "binance"
    assert not any((settings.bot, settings.credential, settings.role_id, settings.secret_id))
    assert not any((settings.auth, settings.auth_mount, settings.auth_role, settings.jwt))
    assert (settings.max_stale, settings.wait) == (None, 0)


def test_a_secret_id_and_a_wrapped_one_contradict_each_other():
    environ = {"VAULT_BINANCE_SECRET_ID": CANARY, "VAULT_BINANCE_WRAPPED_SECRET_ID": CANARY}
    error = refusal(BotSettings.from_environment, environ)
    assert "VAULT_BINANCE_SECRET_ID and VAULT_BINANCE_WRAPPED_SECRET_ID" in error.message
    assert CANARY not in error.message + error.hint


def test_a_bad_instance_is_refused_before_anything_is_sent():
    assert refusal(BotSettings.from_environment, {"VAULT_BINANCE_INSTANCE": "Binance/x"}).hint


def bot(**environ):
    return BotSettings.from_environment({f"VAULT_BINANCE_{name}": text for name, text in environ.items()})


@each_row("method", [method for method in AUTH_METHODS if method != "kubernetes"])
def test_each_method_can_be_said(method):
    assert bot(AUTH=method).auth == method


@each_row("text", ["AppRole", "k8s", "userpass", "approle,cert"])
def test_a_method_that_is_none_of_ours_is_refused_with_those_that_are(text):
    error = refusal(bot, AUTH=text)
    assert error.message.startswith("VAULT_BINANCE_AUTH: ")
    assert "kubernetes" in error.hint


def test_a_jwt_is_read_from_its_file_each_time(tmp_path):
    for text in (CANARY, "rotated"):
        (tmp_path / "jwt").write_text(f"{text}\n")
        settings = bot(JWT_FILE=str(tmp_path / "jwt"), AUTH_MOUNT="oidc/ci/", AUTH_ROLE="Maker")
        assert settings.jwt.reveal() == text
        assert (settings.auth_mount, settings.auth_role) == ("oidc/ci", "Maker")
        assert CANARY not in repr(settings)


def test_a_jwt_that_was_given_goes_before_the_service_accounts(monkeypatch):
    monkeypatch.setattr("vault_binance.config.SERVICE_ACCOUNT_TOKEN", "/nowhere")
    assert bot(AUTH="kubernetes", JWT=CANARY).jwt.reveal() == CANARY
    assert "VAULT_BINANCE_AUTH=kubernetes" in refusal(bot, AUTH="kubernetes").message
    assert bot(AUTH="jwt").jwt is None


@each_row("text", ["auth/jwt", "a b", "../sys", "a//b", "jwt?x", "j\u0435t", "jwt#", ".", "a/../b"])
def test_what_is_no_mount_is_refused_before_anything_is_sent(text):
    assert refusal(bot, AUTH_MOUNT=text).message.startswith("VAULT_BINANCE_AUTH_MOUNT: ")


def test_how_long_to_wait_and_how_old_a_snapshot_may_be():
    settings = bot(MAX_STALE="90m", WAIT="30")
    assert (settings.max_stale, settings.wait) == (5400, 30)
    assert bot(MAX_STALE="0", WAIT="forever").wait == float("inf")
    assert bot(MAX_STALE="0").max_stale == 0


@each_row("text", ["soon", "-1", "inf", "nan", "for ever", "Forever"])
def test_what_is_no_time_to_wait_is_refused(text):
    assert refusal(bot, WAIT=text).message.startswith("VAULT_BINANCE_WAIT: ")


@each_row("text", ["soon", "-1", "inf", "forever"])
def test_a_snapshot_has_a_last_hour(text):
    assert refusal(bot, MAX_STALE=text).message.startswith("VAULT_BINANCE_MAX_STALE: ")


@pytest.mark.parametrize("text", ["soon", "-1", "Forever"])
def test_who_writes_a_wait_wrongly_is_told_of_forever(text):
    with pytest.raises(ConfigError) as caught:
        patience(text, "--wait")
    assert caught.value.hint == "write 30, 30s, 5m, 24h or 30d, or forever"
