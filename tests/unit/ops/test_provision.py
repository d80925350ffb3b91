"""What setup plans for what it finds: the table of cases, and what carrying out asks of Vault."""

from dataclasses import replace

import pytest

from vault_binance.errors import ConfigError, NotOurs, PermissionDenied
from vault_binance.layout import POLICIES, STRUCTURE_VERSION, Layout
from vault_binance.ops.policy_texts import render_all
from vault_binance.ops.provision import KV_CONFIG, Facts, Step, Verb, carry_out, describe, look, plan
from vault_binance.testing.fake_vault import FakeVault
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.operator_port import KvConfig, Mount

LAYOUT = Layout("desk")
OURS = describe(LAYOUT)
KV = Mount("desk", "kv", "kv_1", OURS, "2")
APPROLE = Mount("desk-approle", "approle", "auth_approle_1", OURS)
CERT = Mount("desk-cert", "cert", "auth_cert_1", OURS)
TEXTS = render_all(LAYOUT, approle_accessor="auth_approle_1")
NOTHING = Facts(None, None, None, None, dict.fromkeys(TEXTS), ("file/",))
EVERYTHING = Facts(KV, KV_CONFIG, APPROLE, CERT, TEXTS, ("file/",))


def verbs(facts, *, adopt=False):
    """What is planned for the three mounts, the policies and the audit device."""
    steps = plan(facts, LAYOUT, adopt=adopt)
    return [(step.verb, step.name) for step in steps if step.kind != "policy"], [
        step.verb for step in steps if step.kind == "policy"
    ]


def test_all_of_it_where_nothing_is():
    others, policies = verbs(NOTHING)

    made = [(Verb.ENABLE, name) for name in ("desk/", "desk-approle/", "desk-cert/")]
    assert others == [*made, (Verb.KEEP, "file/")]
    assert policies == [Verb.WRITE] * len(POLICIES)


def test_nothing_where_all_is():
    assert {step.verb for step in plan(EVERYTHING, LAYOUT)} == {Verb.KEEP}


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (replace(EVERYTHING, kv_config=KvConfig(cas_required=False, max_versions=10)), (Verb.CONFIGURE, "desk/")),
        (replace(EVERYTHING, kv_config=KvConfig(cas_required=True, max_versions=0)), (Verb.CONFIGURE, "desk/")),
        (replace(EVERYTHING, kv=None, kv_config=None), (Verb.ENABLE, "desk/")),
        (replace(EVERYTHING, approle=None), (Verb.ENABLE, "desk-approle/")),
        (replace(EVERYTHING, cert=None), (Verb.ENABLE, "desk-cert/")),
        (replace(EVERYTHING, audit_devices=()), (Verb.MISS, "-")),
        (replace(EVERYTHING, audit_devices=None), (Verb.KEEP, "-")),
        (replace(EVERYTHING, policies=TEXTS | {"desk-reader": None}), (Verb.WRITE, "desk-reader")),
        (replace(EVERYTHING, policies=TEXTS | {"desk-reader": ""}), (Verb.WRITE, "desk-reader")),
        (
            replace(EVERYTHING, policies=TEXTS | {"desk-reader": f"# {LAYOUT.managed_by}\n# old"}),
            (Verb.WRITE, "desk-reader"),
        ),
        (replace(EVERYTHING, approle=replace(APPROLE, accessor="auth_approle_2")), (Verb.WRITE, "desk-provisioner")),
    ],
)
def test_what_is_missing_or_differs_and_nothing_else(facts, step):
    found = [(one.verb, one.name) for one in plan(facts, LAYOUT)]

    assert step in found
    if step[0] is not Verb.ENABLE:
        usual = {(one.verb, one.name) for one in plan(EVERYTHING, LAYOUT)}
        assert {one for one in found if one[0] is not Verb.KEEP} - usual <= {step}


FOREIGN = {
    "the mount desk/": replace(EVERYTHING, kv=replace(KV, description="of somebody else")),
    "the mount auth/desk-approle/": replace(EVERYTHING, approle=replace(APPROLE, description="")),
    "the mount auth/desk-cert/": replace(EVERYTHING, cert=replace(CERT, description="vault-binance/other structure 1")),
    "the policy desk-reader": replace(EVERYTHING, policies=TEXTS | {"desk-reader": "# of somebody else"}),
    "the policy desk-writer": replace(EVERYTHING, policies=TEXTS | {"desk-writer": f" # {LAYOUT.managed_by}"}),
}


@pytest.mark.parametrize("label", FOREIGN)
def test_what_is_somebody_elses_is_named_and_refused(label):
    with pytest.raises(NotOurs, match=f"already: {label}. nothing was changed"):
        plan(FOREIGN[label], LAYOUT)


def test_all_of_it_is_named_at_once():
    facts = replace(FOREIGN["the mount desk/"], policies=dict.fromkeys(TEXTS, "# theirs"))

    with pytest.raises(NotOurs) as raised:
        plan(facts, LAYOUT)

    assert raised.value.message.count("desk") == 1 + len(TEXTS)
    assert "--adopt" in raised.value.hint


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("the mount desk/", [(Verb.ADOPT, "desk/")]),
        ("the mount auth/desk-approle/", [(Verb.ADOPT, "desk-approle/")]),
        ("the mount auth/desk-cert/", [(Verb.ADOPT, "desk-cert/")]),
        ("the policy desk-reader", [(Verb.WRITE, "desk-reader")]),
    ],
)
def test_adopting_is_one_step_for_each(label, expected):
    steps = plan(FOREIGN[label], LAYOUT, adopt=True)

    assert [(step.verb, step.name) for step in steps if step.verb is not Verb.KEEP] == expected


@pytest.mark.parametrize("adopt", [False, True])
@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (replace(NOTHING, kv=replace(KV, version="1", description="")), "KV v1"),
        (replace(NOTHING, kv=replace(KV, version="", description="")), "KV v1"),
        (replace(NOTHING, kv=replace(KV, kind="transit", version="")), "is transit"),
        (replace(NOTHING, approle=replace(APPROLE, kind="userpass", description="theirs")), "is userpass"),
        (replace(NOTHING, cert=replace(CERT, kind="approle")), "desk-cert/ is approle, not cert"),
        (replace(NOTHING, kv=replace(KV, description=f"{LAYOUT.managed_by} structure 99")), "structure 99"),
        (replace(NOTHING, approle=replace(APPROLE, description=f"{LAYOUT.managed_by} structure 2")), "newer"),
        (replace(NOTHING, cert=replace(CERT, description=f"{LAYOUT.managed_by} structure 2")), "newer"),
    ],
)
def test_what_cannot_be_taken_over_is_said_first(facts, told, adopt):
    """`--adopt` would not help, so it is not offered."""
    with pytest.raises(ConfigError, match=told) as raised:
        plan(facts, LAYOUT, adopt=adopt)
    assert "--adopt" not in raised.value.hint


@pytest.mark.parametrize(
    "description", ["vault-binance/des", "vault-binance/desk2 structure 1", f"{OURS} and more", f"x {OURS}", OURS[:-1]]
)
def test_a_mark_is_matched_whole(description):
    with pytest.raises(NotOurs):
        plan(replace(EVERYTHING, kv=replace(KV, description=description)), LAYOUT)


def test_an_older_structure_is_ours():
    older = OURS.replace(str(STRUCTURE_VERSION), str(STRUCTURE_VERSION - 1))

    assert {step.verb for step in plan(replace(EVERYTHING, kv=replace(KV, description=older)), LAYOUT)} == {Verb.KEEP}


class TestCarryingOut:
    @pytest.fixture
    def fake(self):
        return FakeVault()

    @pytest.fixture
    def vault(self, fake):
        return HvacVault(fake, fake.root_token)

    def test_the_plan_is_then_nothing_to_do(self, vault):
        carry_out(vault, LAYOUT, plan(look(vault, LAYOUT), LAYOUT))

        left = plan(look(vault, LAYOUT), LAYOUT)
        assert {step.verb for step in left if step.kind != "audit device"} == {Verb.KEEP}

    def test_looking_writes_nothing(self, fake, vault):
        look(vault, LAYOUT)

        assert {method for method, _ in fake.calls} == {"GET"}

    def test_what_is_kept_or_missed_asks_nothing(self, fake, vault):
        carry_out(vault, LAYOUT, [Step(Verb.KEEP, "kv-v2", "desk/"), Step(Verb.MISS, "audit device", "-")])

        assert fake.calls == []

    def test_the_policies_come_last_and_name_the_mount_by_its_accessor(self, fake, vault):
        carry_out(vault, LAYOUT, plan(look(vault, LAYOUT), LAYOUT))

        written = [path for method, path in fake.calls if method in {"POST", "PUT"}]
        assert [path.startswith("sys/policies/") for path in written] == sorted(
            path.startswith("sys/policies/") for path in written
        )
        assert vault.auth_mount("desk-approle").accessor in vault.policy("desk-provisioner")

    def test_without_the_right_to_see_audit_devices_it_goes_on(self, vault, monkeypatch):
        def refused():
            raise PermissionDenied("not yours")

        monkeypatch.setattr(vault, "audit_devices", refused)

        assert look(vault, LAYOUT).audit_devices is None
