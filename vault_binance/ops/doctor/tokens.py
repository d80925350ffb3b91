"""Doctor on tokens: the caller's own, and others that it was told of by accessor.

Rules of the file
- Pure: facts in, findings out.
- A token is asked what it may do at telling paths, under a name that nobody has: it begins with a digit, as no
  instance's name does, so no pattern of our own policies is for it.
- Vault's answer knows nothing of parameters: what a provisioner may do with entities of our names is not asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_binance.layout import OPERATOR_ROLES
from vault_binance.ops.doctor.rules import found
from vault_binance.ops.doctor.seen import NotSeen, seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.layout import Layout
    from vault_binance.ops.doctor.rules import Finding
    from vault_binance.ops.doctor.seen import Seen, Standing
    from vault_binance.vault.port import TokenInfo

PROBE = "0-vault-binance-doctor"
_WRITES = (("update",), ("create",))
_ENDS = (("delete", "sudo"), ("update", "sudo"))


def telling(layout: Layout) -> dict[str, dict[str, tuple[tuple[str, ...], ...]]]:
    """Code -> path -> the sets of capabilities each of which is enough for the finding."""
    return {
        "token-reads-values": {f"{layout.kv_mount}/data/credentials/{PROBE}": (("read",),)},
        "token-writes-entities": {
            "identity/entity": _WRITES,
            f"identity/entity/id/{PROBE}": _WRITES,
            f"identity/entity/name/{PROBE}": _WRITES,
            "identity/entity/merge": _WRITES,
            # Who ties logins is whoever they like. Ours is for identity/entity-alias, by parameters; not for these.
            **dict.fromkeys((f"identity/entity-alias/id/{PROBE}", "identity/alias", "identity/persona"), _WRITES),
        },
        "token-writes-groups": {
            "identity/group": _WRITES,
            f"identity/group/id/{PROBE}": _WRITES,
            f"identity/group/name/{PROBE}": _WRITES,
        },
        "token-mints-secret-ids": {
            f"auth/{layout.approle_mount}/role/{PROBE}/secret-id": _WRITES,
            f"auth/{layout.approle_mount}/role/{PROBE}/custom-secret-id": _WRITES,
            f"auth/{PROBE}/role/{PROBE}/secret-id": _WRITES,
        },
        "token-writes-policies": {f"sys/policies/acl/{PROBE}": _WRITES, f"sys/policy/{PROBE}": _WRITES},
        "token-makes-tokens": {"auth/token/create": (("sudo",),), f"auth/token/roles/{PROBE}": _WRITES},
        "token-ends-audit": {f"sys/audit/{PROBE}": _ENDS},
        "token-sets-up": {f"sys/policies/acl/{layout.policy('reader')}": _WRITES},
    }


def telling_paths(layout: Layout) -> list[str]:
    return [path for paths in telling(layout).values() for path in paths]


def token_findings(facts: Seen, layout: Layout) -> Iterator[Finding]:
    for standing in facts.tokens:
        info = standing.info
        if info is not None and not isinstance(info, NotSeen):
            if "root" in info.policies:
                yield found("token-is-root", _where(standing), "it is a root token", _end(standing))
                continue
            yield from _life(standing, info)
            yield from _roles(standing, info, facts, layout)
        yield from _rights(standing, layout)


def _where(standing: Standing) -> str:
    return f"accessor {standing.accessor}" if standing.accessor else "your token"


def _end(standing: Standing) -> str:
    if standing.accessor:
        return f"vault token revoke -accessor {standing.accessor}"
    return "vault-binance login   (as a member of a group; then end this one: vault token revoke)"


def _life(standing: Standing, info: TokenInfo) -> Iterator[Finding]:
    if info.period and not info.explicit_max_ttl:
        fact = f"periodic ({info.period} s), without explicit_max_ttl"
        yield found("token-renewed-for-ever", _where(standing), fact, _end(standing))
    elif not info.ttl:
        yield found("token-never-ends", _where(standing), "its TTL is 0", _end(standing))


def _roles(standing: Standing, info: TokenInfo, facts: Seen, layout: Layout) -> Iterator[Finding]:
    roles = [role for role in OPERATOR_ROLES if layout.policy(role) in info.policies]
    around = [role for role in roles if _came_by_no_group(role, info, facts, layout)]
    if around:
        code = "auditor-without-group" if around == ["auditor"] else "token-without-group"
        fact = f"{', '.join(map(layout.policy, around))}, from {info.path or 'its entity'}"
        remedy = f"take it out there, then: vault-binance operator add NAME --role {around[0]}"
        yield found(code, _where(standing), fact, remedy)
    if "issuer" in roles and len(roles) > 1:
        remedy = "give the roles to different people: vault-binance operator list"
        yield found("token-issuer-and-another", _where(standing), f"it is {' and '.join(roles)}", remedy)


def _came_by_no_group(role: str, info: TokenInfo, facts: Seen, layout: Layout) -> bool:
    """A policy of the token itself, or of an entity that is not in the role's group."""
    direct = info.policies[: len(info.policies) - len(info.identity_policies)]
    group = seen(facts.groups).get(role)
    return layout.policy(role) in direct or (group is not None and info.entity_id not in group.members)


def _rights(standing: Standing, layout: Layout) -> Iterator[Finding]:
    rights = standing.rights
    if isinstance(rights, NotSeen):
        return
    for code, paths in telling(layout).items():
        may = [
            path
            for path, needs in paths.items()
            if any({*need} <= {*rights.get(path, ())} for need in needs) and not _is_its_own(path, standing, layout)
        ]
        if may:
            word = "may read" if code == "token-reads-values" else "may write"
            shown = may[0].replace(PROBE, "ANY")
            fact = f"has sudo on {shown}" if shown == "auth/token/create" else f"{word} {shown}"
            yield found(code, _where(standing), fact, _end(standing))


def _is_its_own(path: str, standing: Standing, layout: Layout) -> bool:
    """Minting SecretIDs at our mount is what an issuer is for; a token that does not say what it is may be one."""
    issuing = path == f"auth/{layout.approle_mount}/role/{PROBE}/secret-id"
    info = standing.info
    if not issuing or info is None:
        return False
    return isinstance(info, NotSeen) or layout.policy("issuer") in info.policies
