"""What setup plans for what it finds: the table of cases, and what carrying out asks of Vault."""

from dataclasses import replace

import pytest

from tests.rows import each_row
from vault_binance.errors import ConfigError, NotOurs, PermissionDenied
from vault_binance.layout import OPERATOR_ROLES, POLICIES, STRUCTURE_VERSION, Layout
from vault_binance.ops import structure
from vault_binance.ops.policy_texts import render_all
from vault_binance.ops.setup.audit_trail import AuditTrail
from vault_binance.ops.setup.mounts import Mounts
from vault_binance.ops.setup.provision import Facts, carry_out, look, plan
from vault_binance.ops.setup.second_factor import People
from vault_binance.ops.setup.steps import Step, Verb
from vault_binance.ops.structure import KV_CONFIG, SecondFactor, description
from vault_binance.testing.fake_vault import FakeVault
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.operator_port import Enforcement, KvConfig, Mount, TotpMethod

LAYOUT = Layout("desk")
OURS = description(LAYOUT)
OLDER = OURS.replace(str(STRUCTURE_VERSION), str(STRUCTURE_VERSION - 1))
KV = Mount("desk", "kv", "kv_1", OURS, "2")
TRANSIT = Mount("desk-transit", "transit", "transit_1", OURS)
APPROLE = Mount("desk-approle", "approle", "auth_approle_1", OURS, "", 900, 30 * 86400)
CERT = Mount("desk-cert", "cert", "auth_cert_1", OURS, "", 900, 86400)
MOUNTS = Mounts(KV, KV_CONFIG, TRANSIT, APPROLE, CERT)
TEXTS = render_all(LAYOUT, approle_accessor="auth_approle_1")
METHOD = TotpMethod("m-1", "vault-binance/desk")
GROUPS = {one.name: replace(one, id=f"g-{one.name}") for one in structure.groups(LAYOUT, SecondFactor.TOTP)}
IDP_GROUPS = {one.name: replace(one, id=f"g-{one.name}") for one in structure.groups(LAYOUT, SecondFactor.IDP)}
ENFORCED = Enforcement("desk-operators", ("m-1",), tuple(one.id for one in GROUPS.values()))
PEOPLE = People(GROUPS, METHOD, ENFORCED)
NOBODY = People(dict.fromkeys(GROUPS), None, None)
NOTHING = Facts(Mounts(), dict.fromkeys(TEXTS), NOBODY, ("file/",))
EVERYTHING = Facts(MOUNTS, TEXTS, PEOPLE, ("file/",))
WRITER = GROUPS["desk-writer"]


def having(**changes):
    """All of it, except for some mounts, or the people."""
    people = {name: changes.pop(name) for name in ("groups", "method", "enforcement") if name in changes}
    return replace(EVERYTHING, mounts=replace(MOUNTS, **changes), people=replace(PEOPLE, **people))


def with_writer(**changes):
    return having(groups=GROUPS | {"desk-writer": replace(WRITER, **changes)})


def done(facts, **wishes):
    """What is planned besides what is kept."""
    return [(step.verb, step.name) for step in plan(facts, LAYOUT, **wishes) if step.verb is not Verb.KEEP]


def test_all_of_it_where_nothing_is():
    steps = plan(NOTHING, LAYOUT)

    mounts = [(Verb.ENABLE, name) for name in ("desk/", "desk-transit/", "desk-approle/", "desk-cert/")]
    policies = [(Verb.WRITE, LAYOUT.policy(role)) for role in POLICIES]
    groups = [(Verb.WRITE, LAYOUT.group(role)) for role in OPERATOR_ROLES]
    people = [*groups, (Verb.ENABLE, "vault-binance/desk"), (Verb.WRITE, "desk-operators")]
    assert [(step.verb, step.name) for step in steps] == [*mounts, *policies, *people, (Verb.KEEP, "file/")]


def test_nothing_where_all_is():
    assert {step.verb for step in plan(EVERYTHING, LAYOUT)} == {Verb.KEEP}


@each_row(
    ("facts", "step"),
    [
        (having(kv_config=KvConfig(cas_required=False, max_versions=10)), (Verb.CONFIGURE, "desk/")),
        (having(kv_config=KvConfig(cas_required=True, max_versions=0)), (Verb.CONFIGURE, "desk/")),
        (having(kv=None, kv_config=None), (Verb.ENABLE, "desk/")),
        (having(transit=None), (Verb.ENABLE, "desk-transit/")),
        (having(approle=None), (Verb.ENABLE, "desk-approle/")),
        (having(cert=None), (Verb.ENABLE, "desk-cert/")),
        (having(approle=replace(APPROLE, default_lease_ttl=0)), (Verb.CONFIGURE, "desk-approle/")),
        (having(cert=replace(CERT, max_lease_ttl=86401)), (Verb.CONFIGURE, "desk-cert/")),
        (replace(EVERYTHING, audit_devices=()), (Verb.MISS, "-")),
        (replace(EVERYTHING, audit_devices=None), (Verb.MISS, "-")),
        (replace(EVERYTHING, policies=TEXTS | {"desk-reader": None}), (Verb.WRITE, "desk-reader")),
        (replace(EVERYTHING, policies=TEXTS | {"desk-reader": ""}), (Verb.WRITE, "desk-reader")),
        (
            replace(EVERYTHING, policies=TEXTS | {"desk-reader": f"# {LAYOUT.managed_by}\n# old"}),
            (Verb.WRITE, "desk-reader"),
        ),
        (having(approle=replace(APPROLE, accessor="auth_approle_2")), (Verb.WRITE, "desk-provisioner")),
        (with_writer(policies=("desk-writer", "admin")), (Verb.CONFIGURE, "desk-writer")),
        (with_writer(metadata=WRITER.metadata | {"second_factor": "sms"}), (Verb.CONFIGURE, "desk-writer")),
        (having(method=None, enforcement=None), (Verb.ENABLE, "vault-binance/desk")),
        (having(enforcement=None), (Verb.WRITE, "desk-operators")),
        (having(enforcement=replace(ENFORCED, groups=ENFORCED.groups[:3])), (Verb.CONFIGURE, "desk-operators")),
        (having(enforcement=replace(ENFORCED, methods=("m-1", "m-2"))), (Verb.CONFIGURE, "desk-operators")),
        (having(enforcement=replace(ENFORCED, mount_kinds=("userpass",))), (Verb.CONFIGURE, "desk-operators")),
        (having(enforcement=replace(ENFORCED, mount_accessors=("a",))), (Verb.CONFIGURE, "desk-operators")),
        (having(enforcement=replace(ENFORCED, entities=("e",))), (Verb.CONFIGURE, "desk-operators")),
    ],
)
def test_what_is_missing_or_differs_and_nothing_else(facts, step):
    found = done(facts)

    assert step in found
    if step[0] is not Verb.ENABLE:
        assert found == [step]


FOREIGN = {
    "the mount desk/": having(kv=replace(KV, description="of somebody else")),
    "the mount desk-transit/": having(transit=replace(TRANSIT, description="")),
    "the mount auth/desk-approle/": having(approle=replace(APPROLE, description="")),
    "the mount auth/desk-cert/": having(cert=replace(CERT, description="vault-binance/other structure 1")),
    "the policy desk-reader": replace(EVERYTHING, policies=TEXTS | {"desk-reader": "# of somebody else"}),
    "the policy desk-writer": replace(EVERYTHING, policies=TEXTS | {"desk-writer": f" # {LAYOUT.managed_by}"}),
    "the group desk-writer": with_writer(metadata={"managed_by": "vault-binance/desk2"}),
    "the login enforcement desk-operators": having(enforcement=replace(ENFORCED, methods=("theirs",))),
}


@each_row("label", FOREIGN)
def test_what_is_somebody_elses_is_named_and_refused(label):
    with pytest.raises(NotOurs, match=f"already: {label}. nothing was changed"):
        plan(FOREIGN[label], LAYOUT)


def test_all_of_it_is_named_at_once():
    facts = replace(FOREIGN["the mount desk/"], policies=dict.fromkeys(TEXTS, "# theirs"))

    with pytest.raises(NotOurs) as raised:
        plan(facts, LAYOUT)

    assert raised.value.message.count("desk") == 1 + len(TEXTS)
    assert "--adopt" in raised.value.hint


@each_row(
    ("label", "expected"),
    [
        ("the mount desk/", [(Verb.ADOPT, "desk/")]),
        ("the mount desk-transit/", [(Verb.ADOPT, "desk-transit/")]),
        ("the mount auth/desk-approle/", [(Verb.ADOPT, "desk-approle/")]),
        ("the mount auth/desk-cert/", [(Verb.ADOPT, "desk-cert/")]),
        ("the policy desk-reader", [(Verb.WRITE, "desk-reader")]),
        ("the group desk-writer", [(Verb.ADOPT, "desk-writer")]),
        ("the login enforcement desk-operators", [(Verb.ADOPT, "desk-operators")]),
    ],
)
def test_adopting_is_one_step_for_each(label, expected):
    assert done(FOREIGN[label], adopt=True) == expected


@each_row("adopt", [False, True])
@each_row(
    ("facts", "told"),
    [
        (having(kv=replace(KV, version="1", description="")), "KV v1"),
        (having(kv=replace(KV, version="", description="")), "KV v1"),
        (having(kv=replace(KV, kind="transit", version="")), "is transit"),
        (having(transit=replace(TRANSIT, kind="kv", version="2")), "desk-transit/ is kv, not transit"),
        (having(approle=replace(APPROLE, kind="userpass", description="theirs")), "is userpass"),
        (having(cert=replace(CERT, kind="approle")), "desk-cert/ is approle, not cert"),
        (having(kv=replace(KV, description=f"{LAYOUT.managed_by} structure 99")), "structure 99"),
        (having(transit=replace(TRANSIT, description=f"{LAYOUT.managed_by} structure 3")), "newer"),
        (having(approle=replace(APPROLE, description=f"{LAYOUT.managed_by} structure 3")), "newer"),
        (having(cert=replace(CERT, description=f"{LAYOUT.managed_by} structure 3, audit external:x")), "newer"),
        (with_writer(kind="external", metadata={}), "the group desk-writer is external"),
    ],
)
def test_what_cannot_be_taken_over_is_said_first(facts, told, adopt):
    """`--adopt` would not help, so it is not offered."""
    with pytest.raises(ConfigError, match=told) as raised:
        plan(facts, LAYOUT, adopt=adopt)
    assert "--adopt" not in raised.value.hint


@each_row(
    "text",
    [
        "vault-binance/des",
        "vault-binance/desk2 structure 1",
        f"{OURS} and more",
        f"x {OURS}",
        OURS[:-1],
        f"{OURS}\n",
        f"{OURS}, audit external:",
        f"{OURS}, audit external:a b",
        f"{OURS}, audit external:-x",
        f"{OURS}, audit external:{'x' * 101}",
    ],
)
def test_a_mark_is_matched_whole(text):
    with pytest.raises(NotOurs):
        plan(having(kv=replace(KV, description=text)), LAYOUT)


class TestAnOlderStructure:
    def test_is_ours_and_gets_what_it_lacks_and_its_number_last(self):
        old = Mounts(
            replace(KV, description=OLDER),
            KV_CONFIG,
            None,
            Mount("desk-approle", "approle", "auth_approle_1", OLDER),
            Mount("desk-cert", "cert", "auth_cert_1", OLDER),
        )
        steps = done(replace(EVERYTHING, mounts=old, people=NOBODY))

        lacking = [(Verb.ENABLE, "desk-transit/"), (Verb.CONFIGURE, "desk-approle/"), (Verb.CONFIGURE, "desk-cert/")]
        assert steps[:3] == lacking
        assert steps[-3:] == [(Verb.MARK, name) for name in ("desk/", "desk-approle/", "desk-cert/")]

    def test_says_what_it_was(self):
        (step,) = (one for one in plan(having(kv=replace(KV, description=OLDER)), LAYOUT) if one.verb is Verb.MARK)

        assert step.note == "structure 2; it was 1"


class TestTheSecondFactor:
    AS_IDP = having(groups=IDP_GROUPS, enforcement=None)

    def test_is_what_our_groups_say(self):
        assert done(self.AS_IDP) == []
        assert done(having(groups=IDP_GROUPS, method=None, enforcement=None)) == []

    def test_is_the_stricter_where_they_disagree(self):
        """As after a change that was interrupted."""
        mixed = GROUPS | {"desk-writer": IDP_GROUPS["desk-writer"]}

        assert done(having(groups=mixed)) == [(Verb.CONFIGURE, "desk-writer")]

    def test_handed_to_the_identity_provider_ends_our_rule_last_and_no_enrolment(self):
        steps = done(EVERYTHING, factor=SecondFactor.IDP)

        groups = [(Verb.CONFIGURE, LAYOUT.group(role)) for role in OPERATOR_ROLES]
        assert steps == [*groups, (Verb.REMOVE, "desk-operators")]

    def test_handed_to_the_identity_provider_leaves_a_rule_of_others(self):
        theirs = replace(ENFORCED, methods=("theirs",))

        assert done(having(groups=IDP_GROUPS, enforcement=theirs), factor=SecondFactor.IDP) == []

    def test_taken_back_uses_the_method_in_which_people_are_enrolled(self):
        steps = done(self.AS_IDP, factor=SecondFactor.TOTP)

        groups = [(Verb.CONFIGURE, LAYOUT.group(role)) for role in OPERATOR_ROLES]
        assert steps == [*groups, (Verb.WRITE, "desk-operators")]

    def test_warns_where_somebody_may_not_be_enrolled(self):
        people = GROUPS | {"desk-writer": replace(WRITER, members=("e-1", "e-2"), groups=("g",))}
        steps = {step.name: step for step in plan(having(groups=people, enforcement=None), LAYOUT)}

        assert "3 of them already: whoever is not enrolled cannot log in" in steps["desk-operators"].note
        assert done(having(groups=people)) == []

    def test_is_no_difference_for_the_order_of_lists(self):
        assert done(having(enforcement=replace(ENFORCED, groups=ENFORCED.groups[::-1]))) == []


class TestTheAuditTrail:
    FILE = AuditTrail("file", "/var/log/a.log")
    ELSEWHERE = AuditTrail("external", "SEC-1")
    RECORDED = f"{OURS}, audit external:SEC-1"

    def test_asked_for_is_made_before_all_else(self):
        steps = plan(replace(NOTHING, audit_devices=()), LAYOUT, audit=self.FILE)

        assert (steps[0].verb, steps[0].name) == (Verb.ENABLE, "desk/")
        assert steps[0].note == "file, file_path=/var/log/a.log"
        assert Verb.MISS not in {step.verb for step in steps}

    def test_of_our_name_is_not_made_again(self):
        assert done(replace(EVERYTHING, audit_devices=("desk/",)), audit=self.FILE) == []

    def test_elsewhere_is_recorded_on_the_kv_mount_alone(self):
        steps = done(replace(EVERYTHING, audit_devices=None), audit=self.ELSEWHERE)

        assert steps == [(Verb.MARK, "desk/")]

    def test_elsewhere_is_recorded_from_the_start(self):
        (kv,) = (one for one in plan(NOTHING, LAYOUT, audit=self.ELSEWHERE) if one.name == "desk/")

        assert kv.target.description == self.RECORDED

    @each_row("devices", [None, (), ("file/",)])
    @each_row("audit", [None, ELSEWHERE])
    def test_recorded_is_enough_and_stays(self, devices, audit):
        recorded = replace(having(kv=replace(KV, description=self.RECORDED)), audit_devices=devices)

        assert done(recorded, audit=audit) == []

    def test_recorded_survives_an_older_structure(self):
        old = having(kv=replace(KV, description=self.RECORDED.replace("structure 2", "structure 1")))
        (step,) = (one for one in plan(old, LAYOUT) if one.verb is Verb.MARK)

        assert step.target.description == self.RECORDED

    def test_recorded_is_replaced_by_another(self):
        recorded = having(kv=replace(KV, description=self.RECORDED))
        (step,) = (one for one in plan(recorded, LAYOUT, audit=AuditTrail("external", "b/2#x")) if one.target)

        assert step.note == "structure 2, audit external:b/2#x"


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
        assert look(vault, LAYOUT).mounts.cert.max_lease_ttl == 86400

    def test_a_method_that_is_there_is_found_without_its_enforcement(self, vault):
        """As after an interruption between the two."""
        theirs, ours = vault.make_totp_method("theirs"), vault.make_totp_method(LAYOUT.managed_by)
        carry_out(vault, LAYOUT, plan(look(vault, LAYOUT), LAYOUT))

        assert set(vault.totp_methods()) == {theirs.id, ours.id}
        assert vault.enforcement("desk-operators").methods == (ours.id,)

    def test_members_stay_whatever_is_written(self, vault):
        entity = vault.write_entity("alice")
        vault.write_group("desk-writer", policies=["admin"], metadata={"of": "the desk"}, members=[entity.id])
        carry_out(vault, LAYOUT, plan(look(vault, LAYOUT), LAYOUT, adopt=True))
        carry_out(vault, LAYOUT, plan(look(vault, LAYOUT), LAYOUT, factor=SecondFactor.IDP))

        group = vault.group("desk-writer")
        assert (group.members, group.policies) == ((entity.id,), ("desk-writer",))
        assert group.metadata == {"managed_by": "vault-binance/desk", "second_factor": "idp"}
        assert vault.enforcement("desk-operators") is None

    def test_a_device_that_the_server_refuses_is_missing_and_the_rest_is_done(self, fake, vault, monkeypatch):
        monkeypatch.setattr(vault, "enable_audit", lambda *_: False)
        steps = carry_out(vault, LAYOUT, plan(look(vault, LAYOUT), LAYOUT, audit=AuditTrail("syslog")))

        assert [step.name for step in steps if step.verb is Verb.MISS] == ["desk/"]
        assert vault.mount("desk").description == OURS

    def test_looking_writes_nothing(self, fake, vault):
        look(vault, LAYOUT)

        assert {method for method, _ in fake.calls} == {"GET", "LIST"}

    def test_what_is_kept_or_missed_asks_nothing(self, fake, vault):
        carry_out(vault, LAYOUT, [Step(Verb.KEEP, "kv-v2", "desk/"), Step(Verb.MISS, "audit device", "-")])

        assert fake.calls == []

    def test_the_policies_come_after_the_mounts_and_name_one_by_its_accessor(self, fake, vault):
        carry_out(vault, LAYOUT, plan(look(vault, LAYOUT), LAYOUT))

        written = [path for method, path in fake.calls if method in {"POST", "PUT"}]
        mounts = [number for number, path in enumerate(written) if path.startswith(("sys/mounts/", "sys/auth/"))]
        policies = [number for number, path in enumerate(written) if path.startswith("sys/policies/")]
        assert max(mounts) < min(policies)
        assert vault.auth_mount("desk-approle").accessor in vault.policy("desk-provisioner")

    def test_without_the_right_to_see_audit_devices_it_goes_on(self, vault, monkeypatch):
        def refused():
            raise PermissionDenied("not yours")

        monkeypatch.setattr(vault, "audit_devices", refused)

        assert look(vault, LAYOUT).audit_devices is None
