"""`doctor` on a real Vault: what is broken by hand is found, its remedy is run as it is printed, and nothing is left.

Rules of the file
- A test has an instance to itself, set up by the command line, with one bot that logs in both ways. Where doctor finds
  nothing in it afterwards, the next test takes it over.
- Doctor looks as a person does who is an auditor by our group: a token without any finding of its own.
- Things are broken with the root token, and mended with it: whose right that is, is another test's matter.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.forty_teams import changed
from tests.contract.plain_client import PlainClient
from tests.door import operator_door
from tests.support import QUICK, UNREAD
from vault_binance.cli.main import run
from vault_binance.layout import OPERATOR_ROLES, Layout
from vault_binance.ops import bots, enroll, policy_texts
from vault_binance.testing.dev_server import DevVault
from vault_binance.vault.certificates import new_certificate, read_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from vault_binance.testing.server_binary import Binary

PAIR = {"api_key": "K" * 64, "api_secret": "S" * 64, "key_type": "HMAC", "environment": "live"}


@dataclass
class Clinic:
    """An instance in a real Vault; `token` is an auditor's, who is one by our group."""

    server: DevVault
    client: PlainClient
    binary: Binary
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    layout: Layout = field(default_factory=lambda: Layout(f"t{token_hex(4)}"))
    token: str = ""
    is_sound: bool = False
    """Whether that is what doctor said last."""

    def build(self) -> None:
        self.command("setup")
        with operator_door(self.server) as vault:
            vault.write_secret(self.layout.kv_mount, self.layout.credential("market-maker"), PAIR, cas=0)
            bots.add(vault, self.layout, "mm-1", "market-maker")
            _, pinned = new_certificate("mm-1", days=1, now=datetime.now(UTC))
            enroll.enroll(vault, self.layout, "mm-1", pinned, read=read_certificate, now=datetime.now(UTC))
        self.root("POST", f"{self.layout.transit_mount}/keys/market-maker", {"type": "ed25519"})
        self.token = self.member("auditor")[0]

    def member(self, *roles: str) -> tuple[str, str]:
        """A person's token and entity. They log in first: afterwards a code would be asked of them."""
        mount, user = f"{self.layout.instance}_people", f"u{token_hex(3)}"
        if self.client.ask("GET", f"sys/mounts/auth/{mount}")[0] != 200:
            self.root("POST", f"sys/auth/{mount}", {"type": "userpass"})
        self.root("POST", f"auth/{mount}/users/{user}", {"password": "p", "token_ttl": "1h"})
        login = self.root("POST", f"auth/{mount}/login/{user}", {"password": "p"})
        for role in roles:
            path = f"identity/group/name/{self.layout.group(role)}"
            members = self.root("GET", path)["member_entity_ids"] or []
            self.root("POST", path, {"member_entity_ids": [*members, login["entity_id"]]})
        return login["client_token"], login["entity_id"]

    def root(self, method: str, path: str, body: Any = None) -> Any:
        return self.client.must(method, path, body)

    def own(self, path: str) -> str:
        """With the names of this instance filled in."""
        found = path.replace("ENTITY", f"identity/entity/name/{self.layout.entity('mm-1')}")
        found = found.replace("ENFORCEMENT", f"identity/mfa/login-enforcement/{self.layout.enforcement}")
        found = found.replace("GROUP", f"identity/group/name/{self.layout.instance}")
        return found.replace("INSTANCE", self.layout.instance)

    def command(self, *arguments: str, token: str = "", stdin: str = "") -> tuple[int, str, str]:
        self.monkeypatch.setenv("VAULT_ADDR", self.server.address)
        self.monkeypatch.setenv("VAULT_TOKEN", token or self.server.root_token.reveal())
        self.monkeypatch.setenv("VAULT_BINANCE_INSTANCE", self.layout.instance)
        self.monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        self.capsys.readouterr()
        code = run(arguments)
        return (code, *self.capsys.readouterr())

    def doctor(self, *arguments: str, token: str = "") -> tuple[int, list[dict[str, str]]]:
        code, out, err = self.command("doctor", "--format", "json", *arguments, token=token or self.token)
        assert out, err
        rows = json.loads(out)
        self.is_sound = not rows
        return code, rows

    def found(self, code: str) -> dict[str, str]:
        rows = self.doctor()[1]
        assert [row["code"] for row in rows] == [code], rows
        return rows[0]

    def mend(self, remedy: str) -> None:
        """Type it as it is printed, up to the words in brackets; NAME is what a person fills in."""
        for line in remedy.partition("   (")[0].replace("NAME", "market-maker").split(" && "):
            self._typed(line)

    def _typed(self, line: str) -> None:
        program, *words = shlex.split(line)
        if program == "vault-binance":
            code, _, err = self.command(*words, *(["--yes"] if words[:2] == ["bot", "remove"] else []))
            assert code == 0, err
            return
        assert program == "vault", line
        environ = {
            "VAULT_ADDR": self.server.address,
            "VAULT_TOKEN": self.server.root_token.reveal(),
            "HOME": os.environ["HOME"],
            "GOGC": "off",
        }
        done = subprocess.run(
            [self.binary.path, *words], env=environ, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, (line, done.stderr)


@pytest.fixture(scope="module")
def dev_vault(dev_vault: DevVault) -> DevVault:
    """With an audit trail, without which no Vault is sound."""
    dev_vault.must("PUT", "sys/audit/file", UNREAD)
    return dev_vault


@pytest.fixture
def clinic_at(
    vault_binary: Binary, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Callable[[DevVault], Clinic]]:
    monkeypatch.chdir(tmp_path)  # `bot add` leaves a file
    clients = []

    def made(server: DevVault, **settings: Any) -> Clinic:
        clients.append(PlainClient(server))
        return Clinic(server, clients[-1], vault_binary, capsys, monkeypatch, **settings)

    yield made
    for client in clients:
        client.close()


@pytest.fixture(scope="module")
def sound() -> list[dict[str, Any]]:
    """Instances that tests have left as they were."""
    return []


@pytest.fixture
def clinic(clinic_at: Callable[..., Clinic], dev_vault: DevVault, sound: list[dict[str, Any]]) -> Iterator[Clinic]:
    made = clinic_at(dev_vault, **(sound.pop() if sound else {}))
    if not made.token:
        made.build()
    yield made
    if made.is_sound or made.doctor() == (0, []):
        sound.append({"layout": made.layout, "token": made.token})


@pytest.fixture
def fresh_clinic(clinic_at: Callable[..., Clinic], dev_vault: DevVault) -> Clinic:
    """Of no other test, before or after: for what doctor does not find."""
    made = clinic_at(dev_vault)
    made.build()
    return made


def test_what_setup_made_is_sound(clinic):
    assert clinic.doctor() == (0, [])


def test_a_sound_vault_is_one_line(clinic):
    code, out, err = clinic.command("doctor", token=clinic.token)

    assert (code, err) == (0, "")
    assert out.startswith(f"{clinic.layout.instance}: sound   looked at mounts 4, policies 6, credentials 1")


ROLE, CERT, TUNE = "auth/INSTANCE-approle/role/mm-1", "auth/INSTANCE-cert/certs/mm-1", "sys/auth/INSTANCE-cert/tune"
KEY = "INSTANCE/metadata/credentials/market-maker"
MARKED = {"managed_by": "vault-binance/INSTANCE", "binance_bot": "mm-1", "binance_credential": "market-maker"}

BROKEN = [
    ("mount-missing", "DELETE", "sys/mounts/INSTANCE-transit", None),
    ("structure-older", "POST", "sys/mounts/INSTANCE/tune", {"description": "vault-binance/INSTANCE structure 1"}),
    ("cas-not-required", "POST", "INSTANCE/config", {"cas_required": False}),
    ("versions-not-kept", "POST", "INSTANCE/config", {"max_versions": 1}),
    ("versions-expire", "POST", "INSTANCE/config", {"delete_version_after": "30d"}),
    ("logins-untuned", "POST", TUNE, {"max_lease_ttl": "768h"}),
    ("mount-makes-batch-tokens", "POST", TUNE, {"token_type": "batch"}),
    ("mount-bares-log", "POST", "sys/mounts/INSTANCE/tune", {"audit_non_hmac_response_keys": ["data"]}),
    ("mount-bares-log", "POST", TUNE, {"audit_non_hmac_request_keys": ["secret_id"]}),
    ("key-expires", "POST", KEY, {"delete_version_after": "1h"}),
    ("history-shortened", "POST", KEY, {"max_versions": 1}),
    ("policy-missing", "DELETE", "sys/policies/acl/INSTANCE-signer", None),
    ("policy-differs", "PUT", "sys/policies/acl/INSTANCE-signer", {"policy": "# vault-binance/INSTANCE\n# old"}),
    ("policy-not-ours", "PUT", "sys/policies/acl/INSTANCE-signer", {"policy": "# of somebody else"}),
    ("role-grants-other", "POST", ROLE, {"token_policies": ["INSTANCE-reader", "INSTANCE-writer"]}),
    ("role-grants-other", "POST", CERT, {"token_policies": ["root"]}),
    ("role-with-default-policy", "POST", ROLE, {"token_no_default_policy": False}),
    ("role-with-default-policy", "POST", CERT, {"token_no_default_policy": False}),
    ("role-without-secret", "POST", ROLE, {"bind_secret_id": False, "token_bound_cidrs": "10.0.0.0/8"}),
    ("secret-ids-never-end", "POST", ROLE, {"secret_id_ttl": 0}),
    ("secret-ids-live-long", "POST", ROLE, {"secret_id_ttl": "99d"}),
    ("tokens-never-end", "POST", ROLE, {"token_period": 60}),
    ("tokens-never-end", "POST", CERT, {"token_period": 60}),
    ("tokens-live-long", "POST", ROLE, {"token_max_ttl": "99d"}),
    ("tokens-live-long", "POST", CERT, {"token_ttl": 0}),
    ("role-makes-batch-tokens", "POST", ROLE, {"token_type": "batch"}),
    ("certificate-of-any-name", "POST", CERT, {"allowed_common_names": []}),
    ("role-of-no-bot", "POST", "auth/INSTANCE-approle/role/mm_1", {"token_policies": ["INSTANCE-reader"]}),
    ("entity-unmarked", "POST", "ENTITY", {"metadata": {**MARKED, "managed_by": "somebody", "owner": "the desk"}}),
    ("entity-with-policies", "POST", "ENTITY", {"policies": ["default"]}),
    ("metadata-glob", "POST", "ENTITY", {"metadata": {**MARKED, "binance_credential": "*"}}),
    ("metadata-wrong", "POST", "ENTITY", {"metadata": {**MARKED, "binance_bot": "mm-2"}}),
    ("group-missing", "DELETE", "GROUP-writer", None),
    ("group-not-ours", "POST", "GROUP-writer", {"metadata": {"team": "desk"}}),
    ("group-policies", "POST", "GROUP-writer", {"policies": ["default"]}),
    (
        "group-factor-unclear",
        "POST",
        "GROUP-writer",
        {"metadata": {"managed_by": "vault-binance/INSTANCE", "second_factor": "idp"}},
    ),
    ("enforcement-missing", "DELETE", "ENFORCEMENT", None),
]


@pytest.mark.parametrize(
    ("code", "method", "path", "body"), BROKEN, ids=[f"{n}-{row[0]}" for n, row in enumerate(BROKEN)]
)
def test_what_is_broken_by_hand_is_found_and_its_remedy_mends_it(clinic, code, method, path, body):
    clinic.root(method, clinic.own(path), json.loads(clinic.own(json.dumps(body))))

    rows = clinic.doctor()[1]
    assert rows[0]["code"] == code, rows
    for row in rows:  # a group that is gone is missed by the enforcement too
        clinic.mend(row["mend"])

    assert clinic.doctor() == (0, [])


class TestTies:
    def test_a_bot_without_its_tie_is_finished_by_bot_add(self, clinic):
        aliases = clinic.root("GET", clinic.own("ENTITY"))["aliases"]
        (tie,) = [one["id"] for one in aliases if one["mount_type"] == "approle"]
        clinic.root("DELETE", f"identity/entity-alias/id/{tie}")

        clinic.mend(clinic.found("bot-incomplete")["mend"])

        assert clinic.doctor() == (0, [])

    def test_a_role_that_was_made_again_is_another_login(self, clinic):
        clinic.root("DELETE", clinic.own(ROLE))
        clinic.root("POST", clinic.own(ROLE), {"token_policies": [clinic.layout.policy("reader")]} | TERMS)

        clinic.mend(clinic.found("login-of-another")["mend"])
        clinic.mend("vault-binance bot add mm-1 --credential market-maker")

        assert clinic.doctor() == (0, [])

    def test_an_entity_without_any_login_is_what_is_left_of_a_bot(self, clinic):
        marked = json.loads(clinic.own(json.dumps(MARKED))) | {"binance_bot": "mm-2"}
        clinic.root("POST", f"identity/entity/name/{clinic.layout.entity('mm-2')}", {"metadata": marked})

        clinic.mend(clinic.found("bot-without-login")["mend"])

        assert clinic.doctor() == (0, [])

    def test_a_bot_whose_credential_is_not_there(self, clinic):
        marked = json.loads(clinic.own(json.dumps(MARKED))) | {"binance_credential": "hedger"}
        clinic.root("POST", clinic.own("ENTITY"), {"metadata": marked})

        assert clinic.found("credential-missing")["mend"] == "vault-binance key put hedger"

    @pytest.mark.parametrize("verb", ["suspend", "revoke", "remove"])
    def test_a_bot_that_was_ended_in_order_is_no_finding(self, fresh_clinic, verb):
        code, _, err = fresh_clinic.command("bot", verb, "mm-1", *(["--yes"] if verb == "remove" else []))

        assert (code, fresh_clinic.doctor()) == (0, (0, [])), err


def enforced(
    clinic: Clinic, *, methods: slice = slice(None), more: tuple[str, ...] = (), groups: slice = slice(None)
) -> None:
    """Write the enforcement with these of its methods and groups."""
    found = clinic.root("GET", clinic.own("ENFORCEMENT"))
    body = {
        "mfa_method_ids": [*found["mfa_method_ids"][methods], *more],
        "identity_group_ids": found["identity_group_ids"][groups],
    }
    clinic.root("POST", clinic.own("ENFORCEMENT"), body)


TERMS = {
    "token_ttl": 900,
    "token_max_ttl": 86400,
    "token_no_default_policy": True,
    "token_type": "service",
    "secret_id_ttl": 86400,
}


class TestPeople:
    def test_an_issuer_has_no_other_role(self, clinic):
        clinic.member("issuer", "writer")

        clinic.mend(clinic.found("issuer-and-another")["mend"])

        assert clinic.doctor() == (0, [])

    def test_a_bot_is_no_operator(self, clinic):
        bot = clinic.root("GET", clinic.own("ENTITY"))["id"]
        clinic.root("POST", clinic.own("GROUP-writer"), {"member_entity_ids": [bot]})

        clinic.mend(clinic.found("bot-in-group")["mend"])

        assert clinic.doctor() == (0, [])

    @pytest.mark.parametrize("through_another", [False, True])
    def test_a_bot_gets_nothing_by_somebody_elses_group(self, clinic, through_another):
        bot, name = clinic.root("GET", clinic.own("ENTITY"))["id"], f"g{token_hex(4)}"
        group = clinic.root("POST", "identity/group", {"name": name, "member_entity_ids": [bot]})["id"]
        if through_another:
            clinic.root("POST", "identity/group", {"name": f"{name}-all", "member_group_ids": [group], "policies": "x"})

        found = clinic.found("bot-in-another-group")
        clinic.mend(found["mend"])
        assert group in found["what"]

        clinic.root("POST", f"identity/group/id/{group}", {"member_entity_ids": []})
        assert clinic.doctor() == (0, [])

    def test_a_login_that_was_made_somebody_elses_is_grave_and_is_taken_back(self, clinic):
        """An auditor sees no entity but ours: that the tie is gone is all there is to be seen."""
        role = clinic.root("GET", clinic.own("auth/INSTANCE-approle/role/mm-1/role-id"))["role_id"]
        accessor = clinic.root("GET", clinic.own("sys/mounts/auth/INSTANCE-approle"))["accessor"]
        other = clinic.root("POST", "identity/entity", {"name": f"e{token_hex(4)}"})["id"]
        tie = {"name": role, "mount_accessor": accessor, "canonical_id": other}
        clinic.root("POST", "identity/entity-alias", tie)

        assert clinic.doctor()[0] == 12
        clinic.mend(clinic.found("bot-incomplete")["mend"])
        assert clinic.doctor() == (0, [])

    def test_an_entity_of_our_name_in_other_letters_is_judged_too(self, clinic):
        name = clinic.layout.entity("evil").upper()
        metadata = {"binance_bot": "evil", "binance_credential": "*"}
        clinic.root("POST", "identity/entity", {"name": name, "metadata": metadata})
        assert "metadata-glob" in {one["code"] for one in clinic.doctor()[1]}
        clinic.root("DELETE", f"identity/entity/name/{name}")

    def test_a_group_holds_no_other_group(self, clinic):
        other = clinic.root("POST", "identity/group", {"name": f"g{token_hex(4)}"})["id"]
        clinic.root("POST", clinic.own("GROUP-writer"), {"member_group_ids": [other]})

        clinic.mend(clinic.found("group-of-groups")["mend"])

        assert clinic.doctor() == (0, [])

    def test_a_group_is_internal(self, clinic):
        path = clinic.own("GROUP-writer")
        body = {name: clinic.root("GET", path)[name] for name in ("name", "policies", "metadata")}
        clinic.root("DELETE", path)
        clinic.root("POST", "identity/group", {**body, "type": "external"})

        rows = {row["code"]: row for row in clinic.doctor()[1]}
        assert rows.keys() == {"group-of-groups", "enforcement-misses-group", "enforcement-hits-others"}
        clinic.mend(rows["group-of-groups"]["mend"])

        assert clinic.doctor() == (0, [])

    def test_a_transit_key_that_can_leave_is_ended(self, clinic):
        clinic.root("POST", f"{clinic.layout.transit_mount}/keys/arb", {"type": "ed25519", "exportable": True})

        clinic.mend(clinic.found("transit-key-can-leave")["mend"])

        assert clinic.doctor() == (0, [])

    @pytest.mark.parametrize("field", ["auth_method_accessors", "identity_entity_ids", "identity_group_ids"])
    def test_the_enforcement_is_for_nobody_else(self, clinic, field):
        enforcement = clinic.root("GET", clinic.own("ENFORCEMENT"))
        others = {
            "auth_method_accessors": clinic.root("GET", f"sys/auth/{clinic.layout.instance}_people")["accessor"],
            "identity_entity_ids": clinic.member()[1],
            "identity_group_ids": clinic.root("POST", "identity/group", {"name": f"g{token_hex(4)}"})["id"],
        }
        body = {name: enforcement[name] for name in ("mfa_method_ids", "identity_group_ids")}
        clinic.root("POST", clinic.own("ENFORCEMENT"), body | {field: [*body.get(field, ()), others[field]]})

        clinic.mend(clinic.found("enforcement-hits-others")["mend"])

        assert clinic.doctor() == (0, [])

    def test_the_enforcement_leaves_out_no_group(self, clinic):
        enforced(clinic, groups=slice(1, None))

        clinic.mend(clinic.found("enforcement-misses-group")["mend"])

        assert clinic.doctor() == (0, [])

    @pytest.mark.parametrize("beside", [True, False])
    def test_a_method_of_somebody_else_is_no_second_factor(self, clinic, beside):
        theirs = clinic.root("POST", "identity/mfa/method/totp", {"issuer": "everybody"})["method_id"]
        enforced(clinic, methods=slice(None) if beside else slice(0), more=(theirs,))

        clinic.mend(clinic.found("enforcement-of-another-method")["mend"])

        assert clinic.doctor() == (0, [])

    def test_a_method_that_apps_do_not_know_is_told(self, clinic):
        (method,) = clinic.root("GET", clinic.own("ENFORCEMENT"))["mfa_method_ids"]
        clinic.root(
            "POST", f"identity/mfa/method/totp/{method}", {"algorithm": "SHA256", "issuer": clinic.layout.managed_by}
        )

        assert clinic.doctor()[0] == 0
        clinic.mend(clinic.found("method-differs")["mend"])
        assert clinic.doctor() == (0, [])

    @pytest.mark.parametrize("weak", [{"key_size": 1}, {"max_validation_attempts": 100_000}])
    def test_a_method_whose_codes_can_be_guessed_is_told_and_nobody_is_enrolled_in_it(self, clinic, weak):
        """A key of one byte is one of 256: whoever has the password tries each once."""
        (method,) = clinic.root("GET", clinic.own("ENFORCEMENT"))["mfa_method_ids"]
        path = f"identity/mfa/method/totp/{method}"
        clinic.root("POST", path, {"issuer": clinic.layout.managed_by, **weak})

        assert clinic.doctor()[0] == 12
        user = clinic.root("POST", "identity/entity", {"name": f"e{token_hex(4)}"})["id"]
        for command in (("setup",), ("operator", "add", "--entity", user, "--role", "writer", "--code", "-")):
            code, _, err = clinic.command(*command)
            assert code == 10, err
            assert "guessed" in err
        clinic.mend(clinic.found("method-weak")["mend"])
        assert clinic.doctor() == (0, [])

    def test_a_weak_method_that_was_there_before_us_is_not_taken(self, clinic_at, dev_vault):
        """Our issuer is no secret: anybody may have made one under it."""
        clinic = clinic_at(dev_vault)
        body = {"issuer": clinic.layout.managed_by, "key_size": 1, "max_validation_attempts": 100_000}
        theirs = clinic.root("POST", "identity/mfa/method/totp", body)["method_id"]
        assert clinic.command("setup", "--audit", "external:X-1")[0] == 0
        assert theirs not in clinic.root("GET", clinic.own("ENFORCEMENT"))["mfa_method_ids"]

    def test_with_the_providers_second_factor_its_role_must_ask_for_one(self, clinic):
        mount = f"{clinic.layout.instance}_ci"
        clinic.command("setup", "--second-factor", "idp")
        clinic.root("POST", f"sys/auth/{mount}", {"type": "jwt"})
        role = {"role_type": "jwt", "user_claim": "sub", "bound_claims": {"groups": "desk"}}
        clinic.root("POST", f"auth/{mount}/role/people", role)
        root = clinic.server.root_token.reveal()

        untold = clinic.doctor(token=root)[1]
        told = clinic.doctor("--login", f"auth/{mount}/role/people", token=root)[1]
        clinic.root("POST", f"auth/{mount}/role/people", role | {"bound_claims": {"amr": "mfa"}})
        proven = clinic.doctor("--login", f"auth/{mount}/role/people", token=root)[1]

        assert [row["code"] for row in untold] == ["token-is-root", "not-seen"]
        assert [row["code"] for row in told] == ["second-factor-unproven", "token-is-root"]
        assert [row["code"] for row in proven] == ["token-is-root"]

    def test_a_user_that_carries_a_role_itself_goes_around_the_second_factor(self, clinic):
        path = f"auth/{clinic.layout.instance}_people/users/al"
        clinic.root("POST", path, {"password": "p", "token_policies": [clinic.layout.policy("writer")]})

        code, rows = clinic.doctor("--login", path, token=clinic.server.root_token.reveal())

        assert (code, [row["code"] for row in rows]) == (12, ["login-without-group", "token-is-root"])

    def test_a_login_that_is_not_there_is_not_fine(self, clinic):
        root = clinic.server.root_token.reveal()

        assert clinic.command("doctor", "--login", "auth/userpass/users/nobody", token=root)[0] == 23

    def test_a_login_that_an_auditor_may_not_look_at_is_not_seen(self, clinic):
        path = f"auth/{clinic.layout.instance}_people/users/al"

        code, rows = clinic.doctor("--login", path)

        assert (code, [(row["severity"], row["where"]) for row in rows]) == (12, [("UNKNOWN", path)])


class TestTokens:
    """Of others, told by accessor."""

    def made(self, clinic: Clinic, policy: str = "", **settings: Any) -> Any:
        names = settings.pop("policies", [])
        if policy:
            names = [f"{clinic.layout.instance}_{token_hex(3)}"]
            clinic.root("PUT", f"sys/policies/acl/{names[0]}", {"policy": clinic.own(policy)})
        return clinic.root("POST", "auth/token/create", {"policies": names or ["default"], "ttl": "1h"} | settings)

    @pytest.mark.parametrize(
        ("code", "policy"),
        [
            ("token-reads-values", 'path "INSTANCE/*" { capabilities = ["read"] }'),
            ("token-writes-entities", 'path "identity/entity/name/*" { capabilities = ["update"] }'),
            ("token-writes-groups", 'path "identity/group" { capabilities = ["update"] }'),
            ("token-mints-secret-ids", 'path "auth/+/role/+/secret-id" { capabilities = ["update"] }'),
            ("token-writes-policies", 'path "sys/policies/acl/*" { capabilities = ["update"] }'),
            ("token-makes-tokens", 'path "auth/token/*" { capabilities = ["update", "sudo"] }'),
            ("token-makes-tokens", 'path "auth/token/roles/*" { capabilities = ["update"] }'),
            ("token-writes-entities", 'path "identity/entity-alias*" { capabilities = ["update"] }'),
            ("token-writes-entities", 'path "identity/alias" { capabilities = ["update"] }'),
            ("token-writes-entities", 'path "identity/persona" { capabilities = ["update"] }'),
            ("token-ends-audit", 'path "sys/audit/*" { capabilities = ["delete", "sudo"] }'),
            ("token-sets-up", 'path "sys/policies/acl/INSTANCE-reader" { capabilities = ["update"] }'),
        ],
    )
    def test_what_a_token_should_not_be_able_to(self, clinic, code, policy):
        token = self.made(clinic, policy)

        assert code in {row["code"] for row in clinic.doctor("--accessor", token["accessor"])[1]}
        assert code in {row["code"] for row in clinic.doctor(token=token["client_token"])[1]}

    @pytest.mark.parametrize(
        ("code", "settings"),
        [
            ("token-is-root", {"policies": ["root"], "ttl": 0}),
            ("token-renewed-for-ever", {"period": "1h"}),
        ],
    )
    def test_a_token_without_an_end_is_ended_by_the_remedy(self, clinic, code, settings):
        accessor = self.made(clinic, **settings)["accessor"]

        (row,) = clinic.doctor("--accessor", accessor)[1]
        clinic.mend(row["mend"])

        assert (row["code"], row["where"]) == (code, f"accessor {accessor}")
        assert clinic.command("doctor", "--accessor", accessor, token=clinic.token)[0] == 23

    @pytest.mark.parametrize("role", OPERATOR_ROLES)
    def test_a_role_by_its_group_is_no_finding_and_by_itself_is_one(self, clinic, role):
        token, _ = clinic.member(role)
        accessor = clinic.client.must("GET", "auth/token/lookup-self", token=token)["accessor"]
        alone = self.made(clinic, policies=[clinic.layout.policy(role)])["accessor"]

        assert clinic.doctor("--accessor", accessor) == (0, [])
        codes = [row["code"] for row in clinic.doctor("--accessor", alone)[1]]
        assert codes == ["auditor-without-group" if role == "auditor" else "token-without-group"]

    def test_issuer_and_provisioner_in_one_hand(self, clinic):
        token, _ = clinic.member("issuer", "provisioner")

        codes = [row["code"] for row in clinic.doctor("--accessor", accessor_of(clinic, token))[1]]

        assert codes == ["issuer-and-another", "token-issuer-and-another"]

    def test_root_sees_everything_and_is_the_finding(self, clinic):
        code, rows = clinic.doctor(token=clinic.server.root_token.reveal())

        assert (code, [row["code"] for row in rows]) == (12, ["token-is-root"])

    @pytest.mark.parametrize("given", [("--accessor", "hvs.CAESI-token-in-the-wrong-place"), ("--login", "auth/../x")])
    def test_what_is_no_accessor_and_no_login_is_refused_and_not_repeated(self, clinic, given):
        code, out, err = clinic.command("doctor", *given, token=clinic.token)

        assert (code, out) == (10, "")
        assert given[1] not in err


def accessor_of(clinic: Clinic, token: str) -> str:
    return str(clinic.client.must("GET", "auth/token/lookup-self", token=token)["accessor"])


class TestWithLess:
    def holding(self, clinic: Clinic, text: str) -> str:
        name = f"{clinic.layout.instance}_{token_hex(3)}"
        clinic.root("PUT", f"sys/policies/acl/{name}", {"policy": text})
        return str(clinic.root("POST", "auth/token/create", {"policies": [name], "ttl": "5m"})["client_token"])

    def test_what_setup_needs_sees_the_structure_and_not_the_bots(self, clinic):
        token = self.holding(clinic, policy_texts.render("setup", clinic.layout))

        code, rows = clinic.doctor(token=token)

        assert code == 12
        assert {row["code"] for row in rows} == {"token-sets-up", "not-seen"}
        assert clinic.own("auth/INSTANCE-approle/role") in {row["where"] for row in rows}
        assert "sys/audit" not in {row["where"] for row in rows}

    def test_with_almost_nothing_all_is_told_and_nothing_is_green(self, clinic):
        token = self.holding(clinic, "# nothing")

        code, rows = clinic.doctor(token=token)

        assert (code, {row["severity"] for row in rows}) == (12, {"UNKNOWN"})
        assert all("auditor" in row["why"] for row in rows), rows

    def test_the_lines_that_are_printed_are_what_it_takes(self, clinic):
        lines, rows = ["# nothing"], clinic.doctor(token=self.holding(clinic, "# nothing"))[1]
        for _ in range(2):  # what is in a folder is asked for once the folder is seen
            lines += [row["mend"] for row in rows]
            rows = clinic.doctor(token=self.holding(clinic, "\n".join(lines)))[1]

        assert rows == []

    def test_a_token_that_has_ended_is_an_error_and_no_report(self, clinic):
        code, out, err = clinic.command("doctor", token="hvs.of-nobody")

        assert (code, out) == (21, "")
        assert "permission denied" in err

    def test_a_vault_that_is_away_is_the_usual_error(self, clinic):
        clinic.monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
        clinic.monkeypatch.setenv("VAULT_MAX_RETRIES", "0")
        clinic.monkeypatch.setenv("VAULT_TOKEN", "t")

        assert run(["doctor"]) == 20


class TestAudit:
    @pytest.fixture
    def silent(self, clinic_at, vault_binary, tmp_path) -> Iterator[Clinic]:
        """An instance in a Vault without any audit device."""
        with DevVault(vault_binary, hooks=QUICK) as server:
            made = clinic_at(server)
            made.build()
            yield made

    def test_without_a_device_nobody_could_prove_anything(self, silent, tmp_path):
        remedy = silent.found("audit-missing")["mend"]

        silent.mend(remedy.replace("/var/log/vault/audit.log", str(tmp_path / "audit.log")))

        assert silent.doctor() == (0, [])

    def test_a_trail_elsewhere_is_taken_at_its_word(self, silent):
        silent.command("setup", "--audit", "external:SEC-4711")

        code, out, _ = silent.command("doctor", token=silent.token)

        assert (code, "audit trail elsewhere, by its record: SEC-4711" in out) == (0, True)


class TestInTheVaultOfFortyTeams:
    def test_it_finds_nothing_of_theirs_and_changes_nothing(self, teams, clinic_at):
        clinic = clinic_at(teams.server, layout=Layout(f"binance_{token_hex(4)}"))
        clinic.build()
        before = teams.snapshot()

        _, rows = clinic.doctor()

        assert {row["code"] for row in rows} <= {"audit-missing"}, rows  # another test may have made a device
        assert changed(before, teams.snapshot()) == {}

    def test_their_entity_and_policy_that_are_called_as_ours_are_not_judged(self, teams, clinic_at):
        clinic = clinic_at(teams.server, layout=Layout(f"binance_{token_hex(4)}"))
        clinic.build()
        name = f"{clinic.layout.instance}-desk"
        theirs = {"policies": [name], "metadata": {"team": "*"}}
        teams.client.must("PUT", f"sys/policies/acl/{name}", {"policy": 'path "*" { capabilities = ["read"] }'})
        teams.client.must("POST", f"identity/entity/name/{name}", theirs)

        assert {row["code"] for row in clinic.doctor()[1]} <= {"audit-missing"}

    def test_what_others_wrote_forges_no_line(self, teams, clinic_at):
        clinic = clinic_at(teams.server, layout=Layout(f"binance_{token_hex(4)}"))
        clinic.build()
        forged = {"binance_credential": "x\n\x1b[2Ksound", "binance_bot": "mm-1"}
        clinic.root("POST", clinic.own("ENTITY"), {"metadata": forged})

        out = clinic.command("doctor", token=clinic.token)[1]

        assert "\x1b" not in out
        assert "\\n\\x1b[2Ksound" in out
