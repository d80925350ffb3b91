"""Who a bot is, by its settings; what each method sends; and that who it is, is asked anew at every login."""

from __future__ import annotations

import pytest

from tests.component.bot.stub_vault import CANARY, CREATION_PATH, LAYOUT, READY, StubVault
from tests.rows import each_row
from vault_binance import config as config_module
from vault_binance.bot.identities import AppRole, Token, identity_from, token_for
from vault_binance.bot.logins import Logins
from vault_binance.bot.platforms import Certificate, Jwt
from vault_binance.config import Address, BotSettings, Config
from vault_binance.errors import ConfigError, LoginRefused, PermissionDenied, VaultUnavailable, WrappedTokenInvalid
from vault_binance.redacted import Redacted
from vault_binance.vault.port import Lease, TokenInfo, WrappingInfo

ROLE = AppRole("binance-approle", Redacted("role"), Redacted("secret-id"))
WRAPPED = AppRole("binance-approle", Redacted("role"), Redacted("wrapping"), CREATION_PATH)
CERTIFICATE = Certificate("binance-cert", "bot-1", "/bot.crt")
JWT = Jwt("jwt", "bot-1", Redacted("signed"))
TOKEN = Token(Redacted("brought-along"))
SINK = Token(Redacted("written-by-an-agent"), kept_alive=True)


def settings(**fields):
    secrets = {"secret_id", "wrapped_secret_id", "jwt"}
    return BotSettings(LAYOUT, **{name: Redacted(text) if name in secrets else text for name, text in fields.items()})


def config(token="", **fields):
    return Config(Address("https", "vault", 8200), token=Redacted(token) if token else None, **fields)


def with_certificate(token="", **fields):
    return config(token, client_cert="/bot.crt", client_key="/bot.key", **fields)


def refusal(given, known=None):
    with pytest.raises(ConfigError) as caught:
        identity_from(given, known or config())
    assert caught.value.hint
    assert CANARY not in caught.value.message + caught.value.hint
    return caught.value.message


# Who am I?


def test_a_bots_own_identity_goes_before_a_token_that_happens_to_lie_about():
    identity = identity_from(settings(role_id="role", secret_id="id"), config(token="lies-about"))
    assert identity == AppRole("binance-approle", Redacted("role"), Redacted("id"))
    assert not identity.wrapped
    assert identity_from(settings(bot="bot-1", jwt="signed"), config(token="lies-about")) == JWT


def test_a_wrapped_secret_id_must_come_from_the_bots_own_role():
    identity = identity_from(settings(bot="bot-1", role_id="role", wrapped_secret_id="w"), config())
    assert identity == AppRole("binance-approle", Redacted("role"), Redacted("w"), CREATION_PATH)
    assert identity.wrapped


def test_approle_at_a_mount_of_the_teams_own_has_its_roles_there():
    team = settings(auth_mount="team/approle", auth_role="Maker", role_id="role", wrapped_secret_id="w")
    expected = AppRole("team/approle", Redacted("role"), Redacted("w"), "auth/team/approle/role/Maker/secret-id")
    assert identity_from(team, config()) == expected
    assert identity_from(settings(auth_mount="approle", role_id="r", secret_id="s"), config()).mount == "approle"


def test_without_an_identity_of_its_own_a_token_is_used():
    assert identity_from(settings(bot="bot-1"), config(token="brought-along")) == TOKEN


def test_a_token_from_a_file_is_kept_alive_by_whoever_writes_it():
    assert identity_from(settings(), config(token="written-by-an-agent", token_source="file")) == SINK
    assert identity_from(settings(), config(token="brought-along", token_source="login")) == TOKEN


def test_a_certificate_is_a_bots_identity_where_the_bot_is_named():
    assert identity_from(settings(bot="bot-1"), with_certificate()) == CERTIFICATE
    assert identity_from(settings(bot="bot-1"), with_certificate("given")) == Token(Redacted("given"))
    assert identity_from(settings(), with_certificate("given")) == Token(Redacted("given"))


def test_the_login_of_a_person_at_the_bots_host_does_not_replace_its_certificate():
    assert identity_from(settings(bot="bot-1"), with_certificate("of-alice", token_source="login")) == CERTIFICATE
    assert identity_from(settings(bot="bot-1"), with_certificate(token_source="login")) == CERTIFICATE


@each_row(
    ("given", "known", "expected"),
    [
        ({"auth": "cert", "bot": "bot-1"}, with_certificate("lies-about"), CERTIFICATE),
        ({"auth": "cert", "auth_role": "r", "auth_mount": "m"}, with_certificate(), Certificate("m", "r", "/bot.crt")),
        ({"auth": "token", "bot": "bot-1"}, with_certificate("brought-along"), TOKEN),
        ({"auth": "jwt", "bot": "bot-1", "jwt": "signed"}, config(), JWT),
        ({"auth": "jwt", "auth_mount": "oidc/ci", "auth_role": "r", "jwt": "signed"}, config(), ("oidc/ci", "r")),
        ({"auth": "kubernetes", "bot": "bot-1", "jwt": "signed"}, config(), ("kubernetes", "bot-1")),
        ({"auth": "kubernetes", "auth_mount": "k8s", "bot": "b", "jwt": "signed"}, config(), ("k8s", "b")),
        ({"auth": "approle", "role_id": "role", "secret_id": "secret-id"}, with_certificate("lies-about"), ROLE),
    ],
)
def test_the_method_that_was_said_is_the_one(given, known, expected):
    expected = Jwt(*expected, Redacted("signed")) if isinstance(expected, tuple) else expected
    assert identity_from(settings(**given), known) == expected


@each_row(
    ("fields", "named"),
    [
        ({"role_id": "role"}, "a SecretID is not set"),
        ({"secret_id": CANARY}, "VAULT_BINANCE_ROLE_ID is not set"),
        ({"wrapped_secret_id": CANARY}, "VAULT_BINANCE_ROLE_ID is not set"),
        ({"role_id": "role", "wrapped_secret_id": CANARY}, "VAULT_BINANCE_BOT is not set"),
        ({"role_id": "role", "wrapped_secret_id": CANARY, "bot": "../bot"}, "is not a valid name"),
        ({"auth": "approle"}, "VAULT_BINANCE_ROLE_ID is not set"),
        ({"jwt": CANARY}, "VAULT_BINANCE_BOT is not set"),
        ({"auth": "jwt", "bot": "bot-1"}, "VAULT_BINANCE_JWT is not set"),
        ({"auth": "cert", "bot": "bot-1"}, "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY are not set"),
    ],
)
@each_row("token", ["", "lies-about"])
def test_half_an_identity_is_an_error_and_no_token_takes_its_place(fields, named, token):
    assert named in refusal(settings(**fields), config(token))


@each_row(
    ("fields", "both"),
    [
        ({"role_id": "role", "secret_id": CANARY, "jwt": CANARY}, ("VAULT_BINANCE_ROLE_ID", "VAULT_BINANCE_JWT")),
        ({"wrapped_secret_id": CANARY, "jwt": CANARY}, ("VAULT_BINANCE_WRAPPED_SECRET_ID", "VAULT_BINANCE_JWT")),
        ({"auth": "jwt", "jwt": CANARY, "secret_id": CANARY}, ("VAULT_BINANCE_AUTH=jwt", "VAULT_BINANCE_SECRET_ID")),
        ({"auth": "approle", "role_id": "r", "jwt": CANARY}, ("VAULT_BINANCE_AUTH=approle", "VAULT_BINANCE_JWT")),
        ({"auth": "cert", "role_id": "r"}, ("VAULT_BINANCE_AUTH=cert", "VAULT_BINANCE_ROLE_ID")),
        ({"auth": "token", "jwt": CANARY}, ("VAULT_BINANCE_AUTH=token", "VAULT_BINANCE_JWT")),
        ({"auth": "kubernetes", "wrapped_secret_id": CANARY}, ("=kubernetes", "VAULT_BINANCE_WRAPPED_SECRET_ID")),
    ],
)
def test_two_identities_are_an_error_that_names_both(fields, both):
    message = refusal(settings(bot="bot-1", **fields), with_certificate("lies-about"))
    assert [name in message for name in both] == [True, True]


def test_nothing_at_all_is_an_error_that_names_the_variables():
    with pytest.raises(ConfigError, match="nobody to log in as") as caught:
        identity_from(settings(), config())
    assert "VAULT_BINANCE_ROLE_ID" in caught.value.hint
    assert "VAULT_TOKEN" in caught.value.hint


def test_every_method_is_named_to_whoever_has_none():
    with pytest.raises(ConfigError) as caught:
        identity_from(settings(), config())
    for name in ("VAULT_CLIENT_CERT", "VAULT_CLIENT_KEY", "VAULT_BINANCE_JWT"):
        assert name in caught.value.hint


def test_a_certificate_whose_bot_is_not_named_is_not_overlooked():
    with pytest.raises(ConfigError, match="nobody to log in as") as caught:
        identity_from(settings(), with_certificate())
    assert caught.value.hint == "VAULT_CLIENT_CERT is set: name the bot too, as in VAULT_BINANCE_BOT=mm-1"


def test_a_login_that_cannot_be_read_is_told_to_whoever_has_nothing_else():
    unreadable = config(token_source="login")
    assert "~/.vault-token" in refusal(settings(), unreadable)
    assert identity_from(settings(role_id="role", secret_id="secret-id"), unreadable) == ROLE


@pytest.mark.parametrize("address", [Address("http", "vault", 8200), Address.parse("unix:///run/agent.sock")])
def test_a_certificate_needs_a_connection_that_can_show_it(address):
    known = Config(address, client_cert="/bot.crt", client_key="/bot.key")
    assert str(address) in refusal(settings(auth="cert", bot="bot-1"), known)


def test_an_identity_shows_no_secret():
    secret = Redacted(CANARY)
    for identity in (AppRole("mount", secret, secret, CREATION_PATH), Token(secret), Jwt("mount", "role", secret)):
        assert CANARY not in repr(identity)


def test_what_a_login_makes_is_ours_and_what_was_brought_is_not():
    assert [identity.ours for identity in (ROLE, WRAPPED, CERTIFICATE, JWT)] == [True] * 4
    assert [identity.ours for identity in (TOKEN, SINK)] == [False] * 2


# What is sent


@pytest.mark.parametrize(
    ("identity", "calls"),
    [
        (ROLE, [("log_in", ("binance-approle", {"role_id": ROLE.role_id, "secret_id": ROLE.secret_id}))]),
        (JWT, [("log_in", ("jwt", {"role": "bot-1", "jwt": JWT.jwt}))]),
        (CERTIFICATE, [("close", ()), ("log_in", ("binance-cert", {"name": "bot-1"}))]),
    ],
    ids=["approle", "jwt", "certificate on a new connection"],
)
def test_a_login_sends_the_fields_of_its_method(identity, calls):
    vault = StubVault()
    assert identity.log_in(vault) == READY["log_in"]
    assert vault.calls == calls


@each_row(
    "creation_path",
    [
        "auth/binance-approle/role/bot-2/secret-id",
        "auth/approle/role/bot-1/secret-id",
        "auth/binance-approle/role/bot-1/secret-id/",
        "auth/binance-approle/role/BOT-1/secret-id",
        "auth/binance-approle/role/bot-1/secret-id-accessor/lookup",
        "auth/binance-approle/role/bot-1/custom-secret-id",
        "sys/wrapping/wrap",
        "sys/wrapping/rewrap",
        "cubbyhole/response",
        "",
    ],
)
def test_a_wrapping_token_made_anywhere_else_is_not_opened(creation_path):
    vault = StubVault(wrapping_info=WrappingInfo(creation_path, "", 600))
    with pytest.raises(WrappedTokenInvalid, match="not opened") as caught:
        WRAPPED.log_in(vault)
    assert vault.names == ["wrapping_info"]
    assert "intercepted" in caught.value.hint


def test_a_creation_path_is_shown_so_that_no_escape_sequence_reaches_the_terminal():
    vault = StubVault(wrapping_info=WrappingInfo("\x1b[2Jsys", "", 600))
    with pytest.raises(WrappedTokenInvalid) as caught:
        WRAPPED.log_in(vault)
    assert "\x1b" not in caught.value.message


# A token from outside


def info(**fields):
    known = {"ttl": 900, "renewable": True, "num_uses": 0} | fields
    return TokenInfo("accessor-1", **known, policies=("reader",), entity_id="", kind="service")


@each_row(
    ("identity", "known", "lease"),
    [
        (TOKEN, info(), Lease(TOKEN.token, "accessor-1", 900, renewable=True, policies=("reader",))),
        (TOKEN, info(renewable=False), Lease(TOKEN.token, "accessor-1", 900, renewable=False, policies=("reader",))),
        (TOKEN, info(ttl=0), Lease(TOKEN.token, "accessor-1", 0, renewable=True, policies=("reader",))),
        (SINK, info(), Lease(SINK.token, "accessor-1", 900, renewable=False, policies=("reader",))),
        (TOKEN, PermissionDenied("denied"), Lease(TOKEN.token, "", 0, renewable=False)),
    ],
    ids=["renewed by us", "not renewable", "without an end", "renewed by its agent", "may not ask about itself"],
)
def test_a_tokens_lease_is_what_it_says_of_itself(identity, known, lease):
    vault = StubVault(token_info=known)
    assert identity.log_in(vault) == lease
    assert vault.names == ["token_info"]


def test_a_vault_that_is_away_is_not_taken_for_a_refusal():
    with pytest.raises(VaultUnavailable):
        TOKEN.log_in(StubVault(token_info=VaultUnavailable("away")))


def test_a_token_that_would_run_out_of_uses_is_refused_with_the_reason():
    with pytest.raises(ConfigError, match="3 uses left") as caught:
        TOKEN.log_in(StubVault(token_info=info(num_uses=3)))
    assert "num_uses" in caught.value.hint


def test_for_one_use_a_token_is_not_looked_up():
    vault = StubVault()
    assert token_for(vault, TOKEN) is TOKEN.token
    assert vault.calls == []
    assert token_for(vault, ROLE) is READY["log_in"].token


# Again and again


class Asked:
    """Says who the bot is: each of these in turn, the last one again and again; an exception is raised."""

    def __init__(self, *answers):
        self.answers, self.times = list(answers), 0

    def __call__(self):
        self.times += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def proofs(vault):
    return [arguments[1] for name, arguments in vault.calls if name == "log_in"]


def test_who_it_is_is_asked_at_each_login_and_a_replaced_secret_id_is_used():
    other = AppRole(ROLE.mount, ROLE.role_id, Redacted("replaced"))
    asked, vault = Asked(ROLE, other), StubVault()
    log_in = Logins(asked)
    assert asked.times == 0
    assert log_in(vault) == (READY["log_in"], ROLE)
    assert log_in(vault) == (READY["log_in"], other)
    assert [proof["secret_id"].reveal() for proof in proofs(vault)] == ["secret-id", "replaced"]


def test_a_file_that_replaced_a_refused_secret_id_makes_the_next_login_succeed():
    log_in = Logins(Asked(ROLE, AppRole(ROLE.mount, ROLE.role_id, Redacted("replaced"))))
    vault = StubVault(log_in=[LoginRefused("no"), READY["log_in"]])
    with pytest.raises(LoginRefused):
        log_in(vault)
    assert log_in(vault)[0] == READY["log_in"]


def test_a_file_that_is_gone_leaves_the_bot_who_it_was():
    vault, log_in = StubVault(), Logins(Asked(ROLE, ConfigError("gone")))
    assert log_in(vault)[1] == log_in(vault)[1] == ROLE


def test_a_bot_that_never_was_anybody_is_told_why():
    vault = StubVault()
    with pytest.raises(ConfigError, match="gone"):
        Logins(Asked(ConfigError("gone")))(vault)
    assert vault.calls == []


def test_a_wrapped_secret_id_is_opened_once_and_kept():
    vault, log_in = StubVault(), Logins(Asked(WRAPPED))
    leases = [log_in(vault) for _ in range(3)]
    assert vault.names == ["wrapping_info", "unwrap_secret_id", "log_in", "log_in", "log_in"]
    assert {proof["secret_id"].reveal() for proof in proofs(vault)} == {"opened"}
    assert all(identity.ours for _, identity in leases)


def test_a_wrapping_token_whose_file_is_gone_has_been_opened_for_good():
    vault, log_in = StubVault(), Logins(Asked(WRAPPED, ConfigError("gone")))
    log_in(vault)
    log_in(vault)
    assert vault.names.count("unwrap_secret_id") == 1


def test_another_wrapping_token_is_opened_in_its_turn():
    other = AppRole(WRAPPED.mount, WRAPPED.role_id, Redacted("another"), CREATION_PATH)
    vault = StubVault(unwrap_secret_id=[Redacted("first"), Redacted("second")])
    log_in = Logins(Asked(WRAPPED, other, other))
    for _ in range(3):
        log_in(vault)
    assert [proof["secret_id"].reveal() for proof in proofs(vault)] == ["first", "second", "second"]
    assert [call[1][0].reveal() for call in vault.calls if call[0] == "unwrap_secret_id"] == ["wrapping", "another"]


def test_a_wrapping_token_that_could_not_be_opened_is_tried_again():
    vault = StubVault(unwrap_secret_id=[VaultUnavailable("away"), Redacted("opened")])
    log_in = Logins(Asked(WRAPPED))
    with pytest.raises(VaultUnavailable):
        log_in(vault)
    assert log_in(vault)[0] == READY["log_in"]


@each_row(
    ("then", "changed"),
    [
        (SINK, False),
        (Token(Redacted("renewed-by-an-agent"), kept_alive=True), True),
        (ConfigError("half written"), False),
        (ROLE, True),
    ],
    ids=["the same", "another", "gone", "another method"],
)
def test_a_token_file_with_another_token_is_noticed_without_asking_vault(then, changed):
    vault, log_in = StubVault(), Logins(Asked(SINK, then))
    log_in(vault)
    calls = list(vault.calls)
    assert log_in.changed() is changed
    assert log_in.changed() is changed, "it stays so until the next login"
    assert vault.calls == calls


def test_after_a_login_with_the_new_token_nothing_has_changed():
    log_in = Logins(Asked(SINK, Token(Redacted("new"), kept_alive=True)))
    log_in(StubVault())
    assert log_in.changed()
    assert log_in(StubVault())[0].token.reveal() == "new"
    assert not log_in.changed()


@each_row("identity", [ROLE, WRAPPED, CERTIFICATE, JWT, TOKEN])
def test_what_is_no_token_file_does_not_change_in_between(identity):
    asked = Asked(identity, Token(Redacted("other"), kept_alive=True))
    log_in = Logins(asked)
    assert not log_in.changed()
    log_in(StubVault())
    assert not log_in.changed()
    assert asked.times == 1


def test_no_secret_is_shown_by_what_logs_in():
    log_in = Logins(lambda: Token(Redacted(CANARY), kept_alive=True))
    log_in(StubVault())
    assert CANARY not in repr(log_in) + repr(vars(log_in))


def test_kubernetes_keeps_its_token_where_the_settings_look_for_it(tmp_path, monkeypatch):
    assert config_module.SERVICE_ACCOUNT_TOKEN == "/var/run/secrets/kubernetes.io/serviceaccount/token"
    monkeypatch.setattr(config_module, "SERVICE_ACCOUNT_TOKEN", str(tmp_path / "token"))
    environ = {"VAULT_BINANCE_AUTH": "kubernetes", "VAULT_BINANCE_BOT": "bot-1"}

    def who():
        return identity_from(BotSettings.from_environment(environ), config())

    with pytest.raises(ConfigError, match="kubernetes"):
        who()
    for jwt in ("first", "rotated"):
        (tmp_path / "token").write_text(f"{jwt}\n")
        assert who() == Jwt("kubernetes", "bot-1", Redacted(jwt))
