"""What a role can do with what it is granted, beyond its errand: alone, and with another. Data, as escalations.py.

Rules of the file
- Each row is made in earnest by the test of its name in test_reach.py, which also shows what stops it.
- `log` is what to look for in Vault's audit log; values there are hashed, paths and operations are not.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """`who` are the roles that must be in one hand; `calls` are counted after everybody's own login."""

    test: str
    who: tuple[str, ...]
    calls: int
    gained: str
    how: str
    stops: str
    log: str


ALONE = (
    Reach(
        "reader_reads_older_versions",
        ("reader",),
        1,
        "the older versions of its own credential",
        "`?version=N`",
        "destroying a version once its key is dead at Binance",
        "`read` of `data/credentials/`; the version asked for is in `request.data`",
    ),
    Reach(
        "reader_wraps_its_credential",
        ("reader",),
        1,
        "its own credential, readable once by anybody for as long as it says, after the bot is suspended too",
        "a read with `X-Vault-Wrap-TTL`",
        "nothing in Vault: it had the value; delete the key at Binance",
        "`request.wrap_ttl` on the read, then `sys/wrapping/unwrap`",
    ),
    Reach(
        "signer_signs_anything",
        ("signer",),
        1,
        "a signature of its own key over any bytes, a withdrawal too",
        "`sign` or `hmac`, singly or as `batch_input`",
        "the key's permissions and IP restriction at Binance",
        "`update` of `sign/` or `hmac/`; the bytes are hashed",
    ),
    Reach(
        "writer_replaces_a_key",
        ("writer",),
        2,
        "a bot that trades with a key of the writer's own",
        "reads the current version number, and writes the next version",
        "`verify` (the fingerprint differs), `key history`; older versions are kept",
        "`update` of `data/credentials/` by whoever has no rotation to do",
    ),
    Reach(
        "writer_reads_a_half_made_key",
        ("writer",),
        1,
        "the private half of a key that is being made",
        "a read of `data/pending/`",
        "finishing `key new` soon: what waits is erased with `key put`",
        "`read` of `data/pending/`",
    ),
    Reach(
        "writer_destroys_versions",
        ("writer",),
        1,
        "no value for anybody: a credential's versions are gone, their numbers stay",
        "`destroy`, or as many new versions as are kept",
        "nothing in Vault; a key is made anew at Binance",
        "`update` of `destroy/credentials/`; a run of `update` of `data/credentials/`",
    ),
    Reach(
        "issuer_opens_what_it_mints",
        ("issuer",),
        2,
        "a SecretID of any bot, which with the bot's RoleID logs in; the RoleID it cannot look up",
        "mints it wrapped, and unwraps it itself",
        "an address bound to the role; revoking the SecretID; the RoleID kept from it",
        "`sys/wrapping/unwrap` from the issuer's address, then a login from an unknown one",
    ),
    Reach(
        "provisioner_repoints_a_bot",
        ("provisioner",),
        1,
        "nothing for itself: a live bot reads another credential, or with `*` every one, with the token it has",
        "`binance_credential` of the bot's entity",
        "nothing in Vault, which cannot limit a value of metadata; `doctor` finds it",
        "`update` of `identity/entity/name/`",
    ),
    Reach(
        "provisioner_ties_a_login_to_any_entity",
        ("provisioner",),
        1,
        "nothing for itself: at its next login a bot is whoever's entity was named, with all its rights",
        "`canonical_id` of an alias of our AppRole mount",
        "nothing in Vault, which cannot limit whose entity it is; where the entity is in one of our groups with a "
        "second factor, that factor",
        "`update` of `identity/entity-alias`; a login whose `auth.entity_id` is no bot's",
    ),
    Reach(
        "provisioner_loosens_a_bots_role",
        ("provisioner",),
        1,
        "nothing for itself: a bot without bound addresses, with another TTL, or that reads where it was to sign",
        "`token_bound_cidrs`, `token_ttl`, `token_policies` of the role",
        "the mount's maximum TTL; `doctor` compares roles with what they should be",
        "`update` of `role/`",
    ),
    Reach(
        "provisioner_ends_bots",
        ("provisioner",),
        1,
        "no value for anybody: bots are suspended, removed, let in again",
        "`disabled` of an entity, or its deletion",
        "nothing: it is the errand",
        "`update` and `delete` of `identity/entity/name/`",
    ),
    Reach(
        "auditor_sees_role_ids",
        ("auditor",),
        1,
        "half of every bot's login: the RoleID",
        "a role shows it, and so does an entity, as the name of its alias",
        "it opens nothing without a SecretID",
        "`read` of `role/+/role-id` or `identity/entity/name/`",
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
        "`update` of `identity/entity/name/` or `identity/entity-alias`, then a read by another entity than the owner",
    ),
    Reach(
        "signer_and_provisioner",
        ("signer", "provisioner"),
        2,
        "a signature by every Transit key of the instance; the rest as with a reader",
        "the provisioner re-points the bot; the bot signs",
        "as above",
        "as above, with `sign/`",
    ),
    Reach(
        "issuer_and_provisioner",
        ("issuer", "provisioner"),
        2,
        "every credential of the instance, and the rights of any entity in the Vault",
        "the provisioner makes a bot or ties a login, the issuer mints its SecretID",
        "whoever holds issuer holds no other role; the second factor where the entity is in one of our groups",
        "`update` of `identity/entity-alias` and of `secret-id` close together, then a login by a new address",
    ),
    Reach(
        "issuer_and_auditor",
        ("issuer", "auditor"),
        2,
        "every bot's credential, one login each",
        "the auditor sees the RoleID, the issuer mints the SecretID",
        "whoever holds issuer holds no other role; an address bound to the role",
        "`read` of an entity and `update` of `secret-id`, then a login from an unknown address",
    ),
    Reach(
        "issuer_and_a_bot",
        ("issuer", "reader"),
        2,
        "no value but the bot's own: a fresh SecretID for it, after its own was revoked",
        "the bot knows its RoleID, the issuer mints",
        "`bot suspend` or `bot revoke`, which end the login whoever mints",
        "`update` of `secret-id` without a delivery",
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
        "`update` of `sys/policies/acl/`",
    ),
    Reach(
        "setup_ends_the_second_factor",
        ("setup",),
        1,
        "a password alone is enough for our operators",
        "deletes or empties the enforcement",
        "an admin's token, short; `doctor` finds it",
        "`delete` or `update` of `identity/mfa/login-enforcement/`",
    ),
    Reach(
        "enroll_is_the_bot",
        ("enroll",),
        1,
        "the credential of the one bot that it is printed for",
        "pins a certificate of one's own, and logs in with it",
        "an admin's token, short; printed anew for each bot; `bot revoke`",
        "`update` of `certs/`, then a login by certificate from an unknown address",
    ),
    Reach(
        "operator_gives_its_role_to_anybody",
        ("operator",),
        1,
        "the one role that it is printed for, for anybody's entity, one's own too",
        "`member_entity_ids` of the role's group",
        "an admin's token, short; `operator list`",
        "`update` of `identity/group/name/`",
    ),
)
"""Nobody's roles: policies that are printed for one errand and never written, and what whoever holds one could do."""
