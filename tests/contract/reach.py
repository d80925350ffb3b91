"""What a role can do with what it is granted, beyond its errand: alone, and with another. Data, as escalations.py.

Rules of the file
- Each row is made in earnest by the test of its name in test_reach.py, which also looks whether `seen` is in the log.
- `seen` are operation and path, as Vault's audit log has them in clear; `and_then` is what whoever reads it looks for.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.contract.policy_uses import CERTS, KV, ROLES, TRANSIT
from tests.contract.roles import OURS

READ, WRITTEN = f"read {KV}/data/credentials/", f"update {KV}/data/credentials/"
ENTITY, ALIAS, MINTED = "update identity/entity/name/", "update identity/entity-alias", f"update {ROLES}/"
SIGNED, UNWRAPPED = f"update {TRANSIT}/sign/", "update sys/wrapping/unwrap"
LOGIN = f"update auth/{OURS.approle_mount}/login"
ENFORCEMENT = f"identity/mfa/login-enforcement/{OURS.enforcement}"


@dataclass(frozen=True)
class Reach:
    """`who` are the roles that must be in one hand; `calls` are counted after everybody's own login."""

    test: str
    who: tuple[str, ...]
    calls: int
    gained: str
    how: str
    stops: str
    seen: tuple[str, ...]
    and_then: str = ""


ALONE = (
    Reach(
        "reader_reads_older_versions",
        ("reader",),
        1,
        "the older versions of its own credential",
        "`?version=N`",
        "destroying a version once its key is dead at Binance",
        (READ,),
        "`request.data.version`, hashed",
    ),
    Reach(
        "reader_wraps_its_credential",
        ("reader",),
        1,
        "its own credential, readable once by anybody for as long as it says, after the bot is suspended too",
        "a read with `X-Vault-Wrap-TTL`",
        "nothing in Vault: it had the value; delete the key at Binance",
        (READ, UNWRAPPED),
        "`request.wrap_ttl` on the read",
    ),
    Reach(
        "signer_signs_anything",
        ("signer",),
        1,
        "a signature of its own key over any bytes, a withdrawal too",
        "`sign` or `hmac`, singly or as `batch_input`",
        "the key's permissions and IP restriction at Binance",
        (SIGNED,),
        "the bytes are hashed",
    ),
    Reach(
        "writer_replaces_a_key",
        ("writer",),
        2,
        "a bot that trades with a key of the writer's own",
        "reads the current version number, and writes the next version",
        "`verify` (the fingerprint differs), `key history`; older versions are kept",
        (WRITTEN,),
        "by whoever has no rotation to do",
    ),
    Reach(
        "writer_reads_a_half_made_key",
        ("writer",),
        1,
        "the private half of a key that is being made",
        "a read of `data/pending/`",
        "finishing `key new` soon: what waits is erased with `key put`",
        (f"read {KV}/data/pending/",),
    ),
    Reach(
        "writer_destroys_versions",
        ("writer",),
        1,
        "no value for anybody: a credential's versions are gone, their numbers stay",
        "`destroy`, or as many new versions as are kept",
        "nothing in Vault; a key is made anew at Binance",
        (f"update {KV}/destroy/credentials/", WRITTEN),
        "a run of the latter",
    ),
    Reach(
        "issuer_opens_what_it_mints",
        ("issuer",),
        2,
        "a SecretID of any bot, which with the bot's RoleID logs in; the RoleID it cannot look up",
        "mints it wrapped, and unwraps it itself",
        "the RoleID kept from it; an address bound to the role",
        (MINTED, UNWRAPPED, LOGIN),
        "the last two from one address, or from an unknown one",
    ),
    Reach(
        "provisioner_repoints_a_bot",
        ("provisioner",),
        1,
        "nothing for itself: a live bot reads another credential, or with `*` every one, with the token it has",
        "`binance_credential` of the bot's entity",
        "nothing in Vault, which cannot limit a value of metadata; `doctor` finds `*` and `+`, the log the rest",
        (ENTITY,),
    ),
    Reach(
        "provisioner_ties_a_login_to_any_entity",
        ("provisioner",),
        1,
        "nothing for itself: at its next login a bot is whoever's entity was named, with all its rights",
        "`canonical_id` of an alias of our AppRole mount",
        "nothing in Vault, which cannot limit whose entity it is; the second factor, where that is one of our people; "
        "`doctor` finds the tie",
        (ALIAS, LOGIN),
        "the login's `auth.entity_id` is no bot's",
    ),
    Reach(
        "provisioner_loosens_a_bots_role",
        ("provisioner",),
        1,
        "nothing for itself: a bot without bound addresses, with another TTL, or that reads where it was to sign",
        "`token_bound_cidrs`, `token_ttl`, `token_policies` of the role",
        "the mount's maximum TTL; Binance's own IP restriction; `doctor` finds tokens that live long",
        (MINTED,),
        "a role, and not its `secret-id`",
    ),
    Reach(
        "provisioner_ends_bots",
        ("provisioner",),
        1,
        "no value for anybody: bots are suspended, removed, let in again",
        "`disabled` of an entity, or its deletion",
        "nothing: it is the errand",
        (ENTITY,),
        "or `delete`",
    ),
    Reach(
        "auditor_sees_role_ids",
        ("auditor",),
        1,
        "half of every bot's login: the RoleID",
        "a role shows it, and so does an entity, as the name of its alias",
        "it opens nothing without a SecretID",
        (f"read {ROLES}/", "read identity/entity/name/"),
        "the former of `role-id`",
    ),
)
"""One role in one hand."""

TOGETHER = (
    Reach(
        "reader_and_provisioner",
        ("reader", "provisioner"),
        2,
        "every credential of the instance; and with a new login the rights of any entity in the Vault",
        "the provisioner re-points the bot, or ties its login elsewhere; the bot reads",
        "whoever provisions has no bot's login: separate hosts, separate people",
        (ENTITY, READ),
        "the read is by another entity than the owner",
    ),
    Reach(
        "signer_and_provisioner",
        ("signer", "provisioner"),
        2,
        "a signature by every Transit key of the instance; the rest as with a reader",
        "the provisioner re-points the bot; the bot signs",
        "as above",
        (ENTITY, SIGNED),
        "the signature is by another entity than the owner",
    ),
    Reach(
        "issuer_and_provisioner",
        ("issuer", "provisioner"),
        2,
        "every credential of the instance, and the rights of any entity in the Vault",
        "the provisioner makes a bot or ties a login, the issuer mints its SecretID",
        "whoever holds issuer holds no other role; the second factor where the entity is in one of our groups",
        (ALIAS, MINTED, LOGIN),
        "close together, and the login from a new address",
    ),
    Reach(
        "issuer_and_auditor",
        ("issuer", "auditor"),
        2,
        "every bot's credential, one login each",
        "the auditor sees the RoleID, the issuer mints the SecretID",
        "whoever holds issuer holds no other role; an address bound to the role",
        ("read identity/entity/name/", MINTED, LOGIN),
        "the login from a new address",
    ),
    Reach(
        "issuer_and_a_bot",
        ("issuer", "reader"),
        2,
        "no value but the bot's own: a fresh SecretID for it, after its own was revoked",
        "the bot knows its RoleID, the issuer mints",
        "`bot suspend` or `bot revoke`, which end the login whoever mints",
        (MINTED, LOGIN),
        "a SecretID that nobody delivered",
    ),
)
"""Two roles in one hand, where they reach more than each by itself."""

PRINTED = (
    Reach(
        "setup_rewrites_a_role",
        ("setup",),
        1,
        "everything in the Vault, for whoever holds one of our roles: it writes what their policies say",
        "`sys/policies/acl/` of one of the six",
        "an admin's token, short; `doctor` and `policy diff` find another text",
        ("update sys/policies/acl/",),
    ),
    Reach(
        "setup_ends_the_second_factor",
        ("setup",),
        1,
        "a password alone is enough for our operators",
        "deletes or empties the enforcement",
        "an admin's token, short; `doctor` finds it",
        (f"delete {ENFORCEMENT}",),
        "or `update`",
    ),
    Reach(
        "enroll_is_the_bot",
        ("enroll",),
        1,
        "the credential of the one bot that it is printed for",
        "pins a certificate of one's own, and logs in with it",
        "an admin's token, short; printed anew for each bot; `bot revoke`",
        (f"update {CERTS}/",),
        "then a login by certificate from an unknown address",
    ),
    Reach(
        "operator_gives_its_role_to_anybody",
        ("operator",),
        1,
        "the one role that it is printed for, for anybody's entity, one's own too",
        "`member_entity_ids` of the role's group",
        "an admin's token, short; `operator list`",
        ("update identity/group/name/",),
        "more members than `operator add` has made",
    ),
)
"""Nobody's roles: policies that are printed for one errand and never written, and what whoever holds one could do."""
