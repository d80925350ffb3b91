"""What doctor alone asks through the operators' door, on a real Vault: what is there, and what is not."""

from __future__ import annotations

from vault_binance.vault.operator_port import TransitKey


def test_a_token_is_found_by_its_accessor_without_being_told(real):
    made = real.made("POST", "auth/token/create", {"policies": ["default"], "period": "1h", "explicit_max_ttl": "2h"})

    info = real.operator.token(made["auth"]["accessor"])

    assert (info.accessor, info.policies, info.path) == (made["auth"]["accessor"], ("default",), "auth/token/create")
    assert (info.period, info.explicit_max_ttl) == (3600, 7200)
    assert real.operator.token("NoTokenHasThisAccessor00") is None


def test_policies_of_the_identity_are_told_apart_from_the_tokens_own(real):
    login = real.login('path "x" { capabilities = ["read"] }')
    real.operator.write_policy(f"{real.name}-more", 'path "y" { capabilities = ["read"] }')
    real.made("POST", f"identity/entity/name/{login.name}", {"policies": [f"{real.name}-more"]})
    accessor = real.ask("GET", "auth/token/lookup-self", token=login.token()).body["data"]["accessor"]

    info = real.operator.token(accessor)

    assert info.identity_policies == (f"{real.name}-more",)
    assert info.policies == ("default", login.name, f"{real.name}-more")


def test_capabilities_are_the_callers_own_or_those_of_an_accessor(real):
    token = real.made("POST", "auth/token/create", {"policies": ["default"]})["auth"]

    own = real.operator.capabilities(["sys/audit", "auth/token/lookup-self"])
    others = real.operator.capabilities(["sys/audit", "auth/token/lookup-self"], accessor=token["accessor"])

    assert own == {"sys/audit": ("root",), "auth/token/lookup-self": ("root",)}
    assert others == {"sys/audit": ("deny",), "auth/token/lookup-self": ("read",)}


def test_transit_keys_say_whether_they_may_leave(real):
    real.operator.enable_transit(real.name, "of a test")
    assert real.operator.transit_keys(real.name) == ()
    for name, exportable in (("kept", False), ("loose", True)):
        real.made("POST", f"{real.name}/keys/{name}", {"type": "ed25519", "exportable": exportable})

    assert sorted(real.operator.transit_keys(real.name)) == ["kept", "loose"]
    assert real.operator.transit_key(real.name, "loose") == TransitKey("loose", exportable=True, plaintext_backup=False)
    assert real.operator.transit_key(real.name, "none") is None


def test_of_a_login_that_is_not_there_nothing_is_told(real):
    assert real.operator.login_role(f"auth/{real.name}/role/people") is None
    assert real.operator.certificate_roles(real.name) == ()


def test_a_mount_of_keys_tells_whether_versions_expire(real):
    operator = real.kv()
    operator.write_secret(real.name, "maker", {"a": "b"}, cas=0)
    real.made("POST", f"{real.name}/config", {"delete_version_after": "90m"})
    real.made("POST", f"{real.name}/metadata/maker", {"delete_version_after": "30m", "max_versions": 2})

    metadata = operator.secret_metadata(real.name, "maker")

    assert operator.kv_config(real.name).delete_version_after == "1h30m0s"
    assert (metadata.delete_version_after, metadata.max_versions) == ("30m0s", 2)
