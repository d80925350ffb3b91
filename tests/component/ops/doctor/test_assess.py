"""What doctor finds: nothing in a sound Vault, and each finding where its one fact is broken."""

from __future__ import annotations

import re
from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.health.values import Severity
from vault_binance.layout import OPERATOR_ROLES, SECRET_ID_TTL, STRUCTURE_VERSION, TOKEN_MAX_TTL, TOKEN_TTL, Layout
from vault_binance.ops import policy_texts, structure
from vault_binance.ops.bots import role_settings
from vault_binance.ops.doctor.assess import assess
from vault_binance.ops.doctor.rules import RULES
from vault_binance.ops.doctor.seen import Login, NotSeen, Seen, Standing
from vault_binance.ops.doctor.tokens import PROBE, telling_paths
from vault_binance.ops.structure import SecondFactor
from vault_binance.vault.operator_port import Alias, Entity, SecretMetadata, TransitKey
from vault_binance.vault.port import TokenInfo

LAYOUT = Layout("desk")
APPROLE, CERT = (
    replace(one, accessor=f"auth_{one.kind}_1", token_type="default-service") for one in structure.auth_mounts(LAYOUT)
)
METHOD = replace(structure.totp_method(LAYOUT), id="method-1")
GROUPS = {
    role: replace(group, id=f"group-{role}", members=(f"entity-of-a-{role}",))
    for role, group in zip(OPERATOR_ROLES, structure.groups(LAYOUT, SecondFactor.TOTP), strict=True)
}
IDP = {role: replace(one, metadata={**one.metadata, "second_factor": "idp"}) for role, one in GROUPS.items()}
ENFORCEMENT = structure.enforcement(LAYOUT, METHOD.id, [group.id for group in GROUPS.values()])
ROLE = role_settings(LAYOUT, ()) | {"bind_secret_id": True, "token_period": 0}
PINNED = {
    "certificate": "PEM",
    "allowed_common_names": ["mm-1"],
    "token_policies": ["desk-reader"],
    "token_ttl": TOKEN_TTL,
    "token_max_ttl": TOKEN_MAX_TTL,
    "token_no_default_policy": True,
    "token_type": "service",
}
MARKED = {"managed_by": LAYOUT.managed_by, "binance_bot": "mm-1", "binance_credential": "market-maker"}
TIES = (Alias("a-1", "role-id-1", APPROLE.accessor), Alias("a-2", "mm-1", CERT.accessor))
ENTITY = Entity("entity-of-mm-1", "desk-mm-1", MARKED, disabled=False, aliases=TIES)
KEY = SecretMetadata(1, (), {})
NOTHING = dict.fromkeys(telling_paths(LAYOUT), ("deny",))
AUDITOR = TokenInfo(
    "accessor-1", 3600, True, 0, ("default", "desk-auditor"), "entity-of-a-auditor", "service", ("desk-auditor",)
)
TEXTS = policy_texts.render_all(LAYOUT, approle_accessor=APPROLE.accessor)
SOUND = Seen(
    kv=structure.kv_mount(LAYOUT),
    kv_config=structure.KV_CONFIG,
    transit=structure.transit_mount(LAYOUT),
    approle=APPROLE,
    cert=CERT,
    policies=TEXTS,
    audit_devices=("file/",),
    credentials={"market-maker": KEY},
    transit_keys={"market-maker": TransitKey("market-maker", exportable=False, plaintext_backup=False)},
    roles={"mm-1": Login(ROLE, "role-id-1")},
    certificates={"mm-1": Login(PINNED, "mm-1")},
    entity_names=("desk-mm-1",),
    entities={"desk-mm-1": ENTITY},
    groups=GROUPS,
    enforcement=ENFORCEMENT,
    methods={METHOD.id: METHOD},
    tokens=(Standing(AUDITOR, NOTHING),),
)


def role(**changes):
    return replace(SOUND, roles={"mm-1": Login(ROLE | changes, "role-id-1")})


def pinned(**changes):
    return replace(SOUND, certificates={"mm-1": Login(PINNED | changes, "mm-1")})


def entity(**changes):
    return replace(SOUND, entities={"desk-mm-1": replace(ENTITY, **changes)})


def metadata(**changes):
    return entity(metadata=MARKED | changes)


def credential(**changes):
    return replace(SOUND, credentials={"market-maker": replace(KEY, **changes)})


def group(name, **changes):
    return replace(SOUND, groups=GROUPS | {name: replace(GROUPS[name], **changes)})


def enforcement(**changes):
    return replace(SOUND, enforcement=replace(ENFORCEMENT, **changes))


def method(**changes):
    return replace(SOUND, methods={METHOD.id: replace(METHOD, **changes)})


def login(role, groups=IDP):
    return replace(SOUND, groups=groups, enforcement=None, logins={"auth/oidc/role/people": role})


def kv_config(**changes):
    return replace(SOUND, kv_config=replace(structure.KV_CONFIG, **changes))


def policy(text):
    return replace(SOUND, policies=TEXTS | {"desk-reader": text})


def token(**changes):
    return replace(SOUND, tokens=(Standing(replace(AUDITOR, **changes), NOTHING),))


def right(path, *capabilities, info=AUDITOR):
    assert path in NOTHING, path
    return replace(SOUND, tokens=(Standing(info, NOTHING | {path: capabilities}),))


def described(mount, text):
    return replace(mount, description=text)


OLDER = f"{LAYOUT.managed_by} structure {STRUCTURE_VERSION - 1}"
NEWER = f"{LAYOUT.managed_by} structure {STRUCTURE_VERSION + 1}"
ISSUING = f"auth/desk-approle/role/{PROBE}/secret-id"
ROOT = replace(AUDITOR, policies=("root",), identity_policies=(), ttl=0)

BROKEN = [
    ("not-set-up", replace(SOUND, kv=None, kv_config=None, transit=None, approle=None, cert=None)),
    ("mount-missing", replace(SOUND, transit=None, transit_keys={})),
    ("mount-of-another-kind", replace(SOUND, kv=replace(SOUND.kv, version="1"), kv_config=None)),
    ("mount-of-another-kind", replace(SOUND, transit=replace(SOUND.transit, kind="kv", version="2"))),
    ("mount-not-ours", replace(SOUND, kv=described(SOUND.kv, "keys of the desk"), kv_config=None)),
    ("mount-not-ours", replace(SOUND, transit=described(SOUND.transit, "vault-binance/other structure 2"))),
    ("structure-older", replace(SOUND, cert=described(CERT, OLDER))),
    ("structure-newer", replace(SOUND, kv=described(SOUND.kv, NEWER))),
    ("cas-not-required", kv_config(cas_required=False)),
    ("versions-not-kept", kv_config(max_versions=1)),
    ("versions-expire", kv_config(delete_version_after="720h0m0s")),
    ("logins-untuned", replace(SOUND, approle=replace(APPROLE, max_lease_ttl=0))),
    ("logins-untuned", replace(SOUND, cert=replace(CERT, default_lease_ttl=0))),
    ("mount-bares-log", replace(SOUND, kv=replace(SOUND.kv, in_clear=("data",)))),
    ("mount-bares-log", replace(SOUND, approle=replace(APPROLE, in_clear=("secret_id",)))),
    ("mount-makes-batch-tokens", replace(SOUND, cert=replace(CERT, token_type="batch"))),
    ("transit-key-can-leave", replace(SOUND, transit_keys={"x": TransitKey("x", True, plaintext_backup=False)})),
    ("transit-key-can-leave", replace(SOUND, transit_keys={"x": TransitKey("x", False, plaintext_backup=True)})),
    ("key-expires", credential(delete_version_after="1h0m0s")),
    ("history-shortened", credential(max_versions=1)),
    ("policy-missing", policy(None)),
    ("policy-differs", policy(TEXTS["desk-reader"] + "\n")),
    ("policy-differs", policy("")),
    ("policy-differs", replace(SOUND, policies=policy_texts.render_all(LAYOUT, approle_accessor="auth_approle_2"))),
    ("policy-not-ours", policy("# of somebody else")),
    ("role-of-no-bot", replace(SOUND, roles={**SOUND.roles, "MM_1": Login(ROLE, "role-id-2")})),
    ("role-grants-other", role(token_policies=["desk-reader", "desk-writer"])),
    ("role-grants-other", role(token_policies=[])),
    ("role-grants-other", pinned(token_policies=["root"])),
    ("role-with-default-policy", role(token_no_default_policy=False)),
    ("role-without-secret", role(bind_secret_id=False)),
    ("secret-ids-never-end", role(secret_id_ttl=0)),
    ("secret-ids-live-long", role(secret_id_ttl=SECRET_ID_TTL + 1)),
    ("tokens-never-end", role(token_period=60)),
    ("tokens-never-end", pinned(token_period=60)),
    ("tokens-live-long", role(token_ttl=0)),
    ("tokens-live-long", pinned(token_max_ttl=TOKEN_MAX_TTL + 1)),
    ("role-makes-batch-tokens", role(token_type="batch")),
    ("role-makes-batch-tokens", pinned(token_type="default-batch")),
    ("certificate-of-any-name", pinned(allowed_common_names=None)),
    ("certificate-of-any-name", pinned(allowed_common_names=["mm-1", "mm-2"])),
    ("bot-incomplete", replace(SOUND, entities={}, entity_names=())),
    ("bot-incomplete", entity(aliases=())),
    ("bot-incomplete", entity(aliases=TIES[:1])),
    ("bot-without-login", replace(entity(aliases=()), roles={}, certificates={})),
    ("login-of-another", entity(aliases=(replace(TIES[0], name="role-id-of-old"), TIES[1]))),
    (
        "login-of-another",
        replace(
            SOUND,
            entities={"desk-mm-1": replace(ENTITY, aliases=()), "desk-mm-2": replace(ENTITY, name="desk-mm-2")},
        ),
    ),
    ("entity-unmarked", entity(metadata={"binance_bot": "mm-1", "binance_credential": "market-maker"})),
    ("entity-with-policies", entity(policies=("root",))),
    ("metadata-glob", metadata(binance_credential="*")),
    ("metadata-glob", metadata(binance_credential="market-+")),
    ("metadata-glob", metadata(binance_bot="mm-*")),
    ("metadata-wrong", metadata(binance_bot="mm-2")),
    ("metadata-wrong", metadata(binance_credential="")),
    ("metadata-wrong", metadata(binance_credential="a/b")),
    ("credential-missing", metadata(binance_credential="hedger")),
    ("group-missing", replace(SOUND, groups=GROUPS | {"writer": None})),
    ("group-not-ours", group("writer", metadata={"team": "desk"})),
    ("group-policies", group("writer", policies=("desk-writer", "root"))),
    ("group-policies", group("writer", policies=())),
    ("group-factor-unclear", group("writer", metadata=IDP["writer"].metadata)),
    ("group-of-groups", group("writer", groups=("group-of-everybody",))),
    ("group-of-groups", group("writer", kind="external")),
    ("bot-in-group", group("writer", members=(ENTITY.id,))),
    ("bot-in-another-group", entity(groups=("group-of-everybody",))),
    ("issuer-and-another", group("provisioner", members=GROUPS["issuer"].members)),
    ("issuer-and-another", group("auditor", members=(*GROUPS["issuer"].members, "entity-of-a-auditor"))),
    ("enforcement-missing", replace(SOUND, enforcement=None, methods={})),
    ("enforcement-misses-group", enforcement(groups=ENFORCEMENT.groups[1:])),
    ("enforcement-hits-others", enforcement(groups=(*ENFORCEMENT.groups, "group-of-everybody"))),
    ("enforcement-hits-others", enforcement(mount_accessors=("auth_userpass_1",))),
    ("enforcement-hits-others", enforcement(mount_kinds=("userpass",))),
    ("enforcement-hits-others", enforcement(entities=("entity-of-alice",))),
    ("enforcement-of-another-method", method(issuer="everybody")),
    ("enforcement-of-another-method", replace(SOUND, methods={METHOD.id: METHOD, "duo": None})),
    ("enforcement-left", replace(SOUND, groups=IDP, logins={"auth/oidc/role/p": {"bound_claims": {"amr": "otp"}}})),
    ("method-differs", method(algorithm="SHA256")),
    ("method-weak", method(key_size=1)),
    ("method-weak", method(attempts=100_000)),
    ("method-weak", method(skew=2)),
    ("method-weak", method(period=3600)),
    ("second-factor-unproven", login({})),
    ("second-factor-unproven", login({"bound_claims": {"groups": ["desk"]}})),
    ("second-factor-unproven", login({"bound_claims": {"amr": ["pwd", "mfa"]}})),
    ("second-factor-unproven", login({"bound_claims": {"amr": []}})),
    ("second-factor-unproven", login({"bound_claims": {"acr": "*"}, "bound_claims_type": "glob"})),
    ("login-without-group", replace(SOUND, logins={"auth/userpass/users/al": {"token_policies": ["desk-writer"]}})),
    ("login-without-group", replace(SOUND, logins={"auth/ldap/groups/desk": {"policies": ["desk-writer"]}})),
    ("audit-missing", replace(SOUND, audit_devices=())),
    ("token-is-root", replace(SOUND, tokens=(Standing(ROOT, dict.fromkeys(NOTHING, ("root",))),))),
    ("token-never-ends", token(ttl=0)),
    ("token-renewed-for-ever", token(period=3600)),
    ("token-without-group", token(policies=("default", "desk-writer"), identity_policies=())),
    (
        "token-without-group",
        token(policies=("default", "desk-writer"), identity_policies=("desk-writer",), entity_id="somebody"),
    ),
    ("auditor-without-group", token(identity_policies=())),
    ("auditor-without-group", token(entity_id="somebody")),
    (
        "token-issuer-and-another",
        replace(
            token(policies=("desk-issuer", "desk-writer"), identity_policies=("desk-issuer", "desk-writer")),
            groups={name: replace(one, members=(f"{name}-1", "entity-of-a-auditor")) for name, one in GROUPS.items()},
        ),
    ),
    ("token-reads-values", right(f"desk/data/credentials/{PROBE}", "read")),
    ("token-writes-entities", right("identity/entity", "update")),
    ("token-writes-entities", right(f"identity/entity/id/{PROBE}", "create")),
    ("token-writes-entities", right(f"identity/entity/name/{PROBE}", "read", "update")),
    ("token-writes-groups", right(f"identity/group/name/{PROBE}", "update")),
    ("token-mints-secret-ids", right(ISSUING, "update")),
    ("token-mints-secret-ids", right(f"auth/{PROBE}/role/{PROBE}/secret-id", "update")),
    ("token-writes-policies", right(f"sys/policies/acl/{PROBE}", "create", "update")),
    ("token-makes-tokens", right("auth/token/create", "create", "sudo", "update")),
    ("token-makes-tokens", right(f"auth/token/roles/{PROBE}", "create", "update")),
    ("token-writes-entities", right(f"identity/entity-alias/id/{PROBE}", "update")),
    ("token-writes-entities", right("identity/alias", "update")),
    ("token-writes-entities", right("identity/persona", "update")),
    ("token-ends-audit", right(f"sys/audit/{PROBE}", "delete", "sudo")),
    ("token-sets-up", right("sys/policies/acl/desk-reader", "read", "update")),
]


def codes(facts):
    return {finding.code for finding in assess(facts, LAYOUT).findings}


def test_a_sound_vault_has_no_finding():
    assessed = assess(SOUND, LAYOUT)

    assert (assessed.findings, assessed.unseen, assessed.exit_code) == ((), (), 0)


@each_row(("code", "facts"), BROKEN, ids=[f"{n}-{code}" for n, (code, _) in enumerate(BROKEN)])
def test_what_is_broken_is_found(code, facts):
    assert code in codes(facts)


def test_every_finding_is_among_those_that_are_shown_to_appear():
    assert {code for code, _ in BROKEN} == RULES.keys()


ALONG = {
    "issuer-and-another": {"issuer-and-another"},
    "login-of-another": {"login-of-another", "metadata-wrong"},
    "mount-not-ours": {"mount-not-ours"},
    "token-issuer-and-another": {"token-issuer-and-another", "issuer-and-another"},
    "bot-incomplete": {"bot-incomplete"},
    "group-policies": {"group-policies"},
}
"""What cannot be broken without breaking something else."""


@each_row(("code", "facts"), BROKEN, ids=[f"{n}-{code}" for n, (code, _) in enumerate(BROKEN)])
def test_one_broken_fact_is_one_kind_of_finding(code, facts):
    assert codes(facts) <= ALONG.get(code, {code})


@each_row(("code", "facts"), BROKEN, ids=[f"{n}-{code}" for n, (code, _) in enumerate(BROKEN)])
def test_a_finding_says_where_what_why_and_what_mends_it(code, facts):
    finding = next(one for one in assess(facts, LAYOUT).findings if one.code == code)

    assert (finding.severity, finding.reason) == (RULES[code].severity, RULES[code].reason)
    assert finding.where
    assert finding.fact
    assert finding.remedy


def test_only_a_finding_at_high_fails_the_command():
    for code, facts in BROKEN:
        high = any(one.severity is Severity.HIGH for one in assess(facts, LAYOUT).findings)
        assert assess(facts, LAYOUT).exit_code == (12 if high else 0), code


def test_the_worst_comes_first():
    facts = replace(
        SOUND, audit_devices=(), methods={METHOD.id: replace(METHOD, digits=8)}, cert=replace(CERT, max_lease_ttl=1)
    )

    assert [one.severity for one in assess(facts, LAYOUT).findings] == [Severity.HIGH, Severity.MEDIUM, Severity.LOW]


def test_a_remedy_repeats_no_word_of_somebody_elses_that_a_shell_would_act_on():
    """Names and metadata of entities are anybody's words, and a remedy is to be pasted."""
    told = {"binance_bot": "$(id)", "binance_credential": "$(id) *", "note": "`id`;id"}
    facts = [replace(SOUND, entities={"desk-;id": replace(ENTITY, name="desk-;id", metadata=told, aliases=())})]
    facts += [
        replace(entity(metadata=MARKED | {"binance_credential": word}, aliases=()), roles={}, certificates={})
        for word in ("$(id)", "*")
    ]

    remedies = [one.remedy.partition("   (")[0] for each in facts for one in assess(each, LAYOUT).findings]

    assert len(remedies) >= 6
    for remedy in remedies:
        assert not set("$`;*&|<>()") & {*re.sub(r"'[^']*'", "", remedy)}, remedy


class TestWhatIsRight:
    """What looks like a finding and is none."""

    @each_row(
        "facts",
        [
            replace(SOUND, credentials={**SOUND.credentials, "unused": KEY}),
            role(token_policies=["desk-signer"]),
            role(token_policies=["desk-reader", "desk-signer"], token_bound_cidrs=["10.0.0.0/8"]),
            role(token_ttl=60, secret_id_ttl=60, secret_id_num_uses=1),
            role(token_type="default"),
            credential(max_versions=20),
            entity(disabled=True),
            replace(
                SOUND,
                roles={},
                certificates={},
                entities={
                    "desk-mm-1": replace(ENTITY, disabled=True, aliases=(), metadata=MARKED | {"removed": "2026"})
                },
            ),
            replace(entity(aliases=(Alias("a", "system:mm", "auth_jwt_1"),)), roles={}, certificates={}),
            replace(SOUND, audit_devices=(), kv=structure.kv_mount(LAYOUT, "SEC-4711")),
            replace(SOUND, audit_devices=NotSeen("sys/audit"), kv=structure.kv_mount(LAYOUT, "SEC-4711")),
            login({"bound_claims": {"amr": ["mfa", "otp"]}}),
            login({"bound_claims": {"/amr": "hwk"}}),
            login({"bound_claims": {"acr": "urn:desk:gold"}}),
            login({"bound_claims": {"acr": "gold"}, "token_policies": ["desk-writer"]}),
            replace(SOUND, logins={"auth/userpass/users/al": {"token_policies": ["team"]}}),
            replace(SOUND, logins={"auth/userpass/users/al": None}),
            right("auth/token/create", "create", "update"),
            right(f"sys/audit/{PROBE}", "read", "sudo"),
            right(f"identity/entity/name/{PROBE}", "read"),
            token(period=3600, explicit_max_ttl=86400),
        ],
    )
    def test_is_no_finding(self, facts):
        assert (codes(facts), assess(facts, LAYOUT).unseen) == (set(), ())

    def test_two_bots_of_one_credential_are_two_bots(self):
        ties = (Alias("a-3", "role-id-2", APPROLE.accessor),)
        second = Entity("e-2", "desk-mm-2", MARKED | {"binance_bot": "mm-2"}, disabled=False, aliases=ties)
        roles = {**SOUND.roles, "mm-2": Login(ROLE, "role-id-2")}

        assert codes(replace(SOUND, roles=roles, entities={**SOUND.entities, "desk-mm-2": second})) == set()

    def test_an_issuer_mints_secret_ids(self):
        info = replace(
            AUDITOR, policies=("desk-issuer",), identity_policies=("desk-issuer",), entity_id="entity-of-a-issuer"
        )

        assert codes(right(ISSUING, "update", info=info)) == set()


class TestOfOthers:
    def test_an_entity_of_another_team_under_a_name_like_ours_is_not_judged(self):
        theirs = Entity(
            "e", "desk-lamp", {"team": "*"}, disabled=False, policies=("root",), aliases=(Alias("a", "x", "userpass"),)
        )

        assert codes(replace(SOUND, entities={**SOUND.entities, "desk-lamp": theirs})) == set()

    def test_unless_it_logs_in_at_our_mount(self):
        ties = (Alias("a", "role-id-9", APPROLE.accessor),)
        theirs = Entity("e", "desk-lamp", {}, disabled=False, aliases=ties)

        found = codes(replace(SOUND, entities={**SOUND.entities, "desk-lamp": theirs}))

        assert found == {"entity-unmarked", "metadata-wrong"}

    def test_a_policy_of_somebody_else_is_named_once_and_its_content_not_judged(self):
        facts = replace(SOUND, policies=dict.fromkeys(TEXTS, '# theirs\npath "*" { capabilities = ["sudo"] }'))

        assert codes(facts) == {"policy-not-ours"}

    def test_of_a_newer_structure_nothing_is_judged_but_tokens(self):
        facts = replace(token(ttl=0), kv=described(SOUND.kv, NEWER), kv_config=None, policies={}, groups={})

        assert codes(facts) == {"structure-newer", "token-never-ends"}


class TestNotSeen:
    def test_a_part_that_was_not_seen_is_told_with_who_may_look(self):
        assessed = assess(replace(SOUND, audit_devices=NotSeen("sys/audit")), LAYOUT)

        (unseen,) = assessed.unseen
        assert unseen.remedy == 'path "sys/audit" { capabilities = ["read", "sudo"] }'
        assert unseen.roles == ("auditor",)
        assert (assessed.findings, assessed.exit_code) == ((), 12)

    @each_row(
        "facts",
        [
            replace(SOUND, kv=NotSeen("sys/mounts/desk")),
            replace(SOUND, approle=NotSeen("sys/mounts/auth/desk-approle")),
            replace(SOUND, kv_config=NotSeen("desk/config")),
            replace(SOUND, credentials=NotSeen("desk/metadata/credentials", "list")),
            replace(SOUND, credentials={"market-maker": NotSeen("desk/metadata/credentials/+")}),
            replace(SOUND, transit_keys=NotSeen("desk-transit/keys", "list")),
            replace(SOUND, roles={"mm-1": Login(NotSeen("auth/desk-approle/role/+"), "role-id-1")}),
            replace(SOUND, roles={"mm-1": Login(ROLE, NotSeen("auth/desk-approle/role/+/role-id"))}),
            replace(SOUND, entity_names=NotSeen("identity/entity/name", "list")),
            replace(SOUND, entities={"desk-mm-1": NotSeen("identity/entity/name/desk-*")}),
            replace(SOUND, groups=dict.fromkeys(GROUPS, NotSeen("identity/group/name/desk-*"))),
            replace(SOUND, enforcement=NotSeen("identity/mfa/login-enforcement/desk-operators"), methods={}),
            replace(SOUND, methods={METHOD.id: NotSeen("identity/mfa/method/totp/+")}),
            replace(SOUND, logins={"auth/oidc/role/people": NotSeen("auth/oidc/role/people")}),
            replace(SOUND, tokens=(Standing(NotSeen("auth/token/lookup-self"), NOTHING),)),
            replace(SOUND, tokens=(Standing(AUDITOR, NotSeen("sys/capabilities-self", "update")),)),
        ],
    )
    def test_what_was_not_seen_is_one_row_no_finding_and_not_green(self, facts):
        assessed = assess(facts, LAYOUT)

        assert (codes(facts), len(assessed.unseen), assessed.exit_code) == (set(), 1, 12)

    def test_the_providers_second_factor_is_not_seen_without_the_login(self):
        assessed = assess(replace(SOUND, groups=IDP, enforcement=None, methods={}), LAYOUT)

        assert [one.where for one in assessed.unseen] == ["the provider's second factor"]

    def test_a_token_that_does_not_say_what_it_is_may_be_an_issuers(self):
        facts = replace(SOUND, tokens=(Standing(NotSeen("auth/token/lookup-self"), NOTHING | {ISSUING: ("update",)}),))

        assert codes(facts) == set()


FIELDS = [
    one.name
    for one in fields(Seen)
    if one.name not in {"tokens", "logins", "entities", "policies", "methods", "groups"}
]


@given(facts=st.sampled_from([facts for _, facts in BROKEN]), hidden=st.sets(st.sampled_from(FIELDS), min_size=1))
def test_whatever_is_hidden_is_told_and_nothing_that_was_seen_is_lost_in_an_error(facts, hidden):
    paths = {f"hidden/{name}" for name in hidden}
    unseen = {name: NotSeen(f"hidden/{name}") for name in hidden}

    assessed = assess(replace(facts, **unseen), LAYOUT)

    assert paths <= {one.where for one in assessed.unseen}
    assert assessed.exit_code == 12


def test_no_probe_of_a_right_can_be_met_by_a_pattern_of_our_own_names():
    assert not PROBE[0].isalpha()
