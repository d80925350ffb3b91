"""Doctor on the parts of an instance that stand still: mounts, their settings, policies, keys, the audit trail.

Rules of the file
- Pure: facts in, findings out. What could not be seen is no finding here; `doctor.assess` tells it.
- What it should look like is in structure.py, once for setup, Terraform and doctor.
- What is not marked as ours is named and not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_binance.layout import MAX_VERSIONS, STRUCTURE_VERSION
from vault_binance.ops import policy_texts, structure
from vault_binance.ops.doctor.rules import found
from vault_binance.ops.doctor.seen import NotSeen, seen
from vault_binance.vault.operator_port import Mount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vault_binance.layout import Layout
    from vault_binance.ops.doctor.rules import Finding
    from vault_binance.ops.doctor.seen import Fact, Seen

SETUP = "vault-binance setup"
ADOPT = "vault-binance setup --adopt   (or another instance: --instance NAME)"
_NO_EXPIRY = {"", "0", "0s"}


def wanted(layout: Layout) -> dict[str, Mount]:
    """The four mounts by the paths at which their description is read."""
    return {f"sys/mounts/{structure.place(one)}": one for one in structure.mounts(layout)}


def mounts(facts: Seen, layout: Layout) -> dict[str, Fact[Mount | None]]:
    """What is there, in the order and by the paths of `wanted`."""
    return dict(zip(wanted(layout), (facts.kv, facts.transit, facts.approle, facts.cert), strict=True))


def is_ours(mount: Fact[Mount | None], layout: Layout) -> bool:
    """Whether what is in it is ours to judge."""
    return isinstance(mount, Mount) and structure.mark(mount.description, layout) is not None


def newer(facts: Seen, layout: Layout) -> list[Finding]:
    """Where this is found, nothing else of the structure can be judged."""
    numbers = _numbers(facts, layout)
    where = [path for path, number in numbers.items() if number > STRUCTURE_VERSION]
    if not where:
        return []
    fact = f"structure {max(numbers.values())}, and this program knows {STRUCTURE_VERSION}"
    return [found("structure-newer", ", ".join(where), fact, "upgrade vault-binance on this machine")]


def absent(facts: Seen, layout: Layout) -> list[Finding]:
    """Where this is found, there is nothing else to be judged."""
    if any(mounts(facts, layout).values()):
        return []
    return [found("not-set-up", f"sys/mounts/{layout.kv_mount}", f"no instance {layout.instance} here", SETUP)]


def _numbers(facts: Seen, layout: Layout) -> dict[str, int]:
    marks = {
        path: structure.mark(mount.description, layout)
        for path, mount in mounts(facts, layout).items()
        if isinstance(mount, Mount)
    }
    return {path: one.structure for path, one in marks.items() if one}


def structure_findings(facts: Seen, layout: Layout) -> Iterator[Finding]:
    yield from _mounts(facts, layout)
    yield from _kv_config(facts, layout)
    yield from _keys(facts, layout)
    yield from _policies(facts, layout)
    yield from _audit(facts, layout)


def _mounts(facts: Seen, layout: Layout) -> Iterator[Finding]:
    there = mounts(facts, layout)
    for path, right in wanted(layout).items():
        mount = there[path]
        if not isinstance(mount, NotSeen):
            yield from _mount(path, mount, right, layout)
    older = [path for path, number in _numbers(facts, layout).items() if number < STRUCTURE_VERSION]
    if older:
        number = min(_numbers(facts, layout).values())
        yield found("structure-older", ", ".join(older), f"structure {number}, now {STRUCTURE_VERSION}", SETUP)


def _mount(path: str, mount: Mount | None, right: Mount, layout: Layout) -> Iterator[Finding]:
    if mount is None:
        yield found("mount-missing", path, f"no {right.kind} mount {right.path}/", SETUP)
    elif (mount.kind, mount.version) != (right.kind, right.version):
        kind = f"KV v{mount.version or 1}" if mount.kind == "kv" else mount.kind
        remedy = "vault-binance --instance NAME setup   (another instance; this mount stays as it is)"
        yield found("mount-of-another-kind", path, f"{right.path}/ is {kind}", remedy)
    elif not is_ours(mount, layout):
        yield found("mount-not-ours", path, f"{right.path}/ is somebody else's", ADOPT)
    else:
        yield from _in_clear(mount, right)
        if right.max_lease_ttl:
            yield from _tuning(mount, right)


def _in_clear(mount: Mount, right: Mount) -> Iterator[Finding]:
    path = f"sys/{'auth' if right.max_lease_ttl else 'mounts'}/{right.path}/tune"
    if mount.in_clear:
        fact = f"in the audit log in clear: {', '.join(sorted({*mount.in_clear}))}"
        mend = f"vault write {path} audit_non_hmac_request_keys= audit_non_hmac_response_keys="
        yield found("mount-bares-log", path, fact, f"{mend}   (and whatever was logged meanwhile is known)")


def _tuning(mount: Mount, right: Mount) -> Iterator[Finding]:
    path = f"sys/auth/{right.path}/tune"
    had = (mount.default_lease_ttl, mount.max_lease_ttl)
    if had != (right.default_lease_ttl, right.max_lease_ttl):
        yield found("logins-untuned", path, f"TTLs are {had[0]} and {had[1]} s (0: the server's)", SETUP)
    if "batch" in mount.token_type:
        fact = f"token_type is {mount.token_type}"
        yield found("mount-makes-batch-tokens", path, fact, f"vault write {path} token_type=default-service")


def _kv_config(facts: Seen, layout: Layout) -> Iterator[Finding]:
    config, path = facts.kv_config, f"{layout.kv_mount}/config"
    if config is None or isinstance(config, NotSeen):
        return
    if not config.cas_required:
        yield found("cas-not-required", path, "cas_required is off", SETUP)
    if config.max_versions != MAX_VERSIONS:
        yield found("versions-not-kept", path, f"max_versions is {config.max_versions}, not {MAX_VERSIONS}", SETUP)
    if config.delete_version_after not in _NO_EXPIRY:
        yield found("versions-expire", path, f"delete_version_after is {config.delete_version_after}", SETUP)


def _keys(facts: Seen, layout: Layout) -> Iterator[Finding]:
    for name, key in seen(facts.credentials).items():
        path = f"{layout.kv_mount}/metadata/credentials/{name}"
        if key.delete_version_after not in _NO_EXPIRY:
            fact = f"delete_version_after is {key.delete_version_after}"
            yield found("key-expires", path, fact, f"vault patch {path} delete_version_after=0s")
        if 0 < key.max_versions < MAX_VERSIONS:
            fact = f"max_versions is {key.max_versions}"
            yield found("history-shortened", path, fact, f"vault patch {path} max_versions=0")
    for name, kept in seen(facts.transit_keys).items():
        if kept.exportable or kept.plaintext_backup:
            fact = "exportable" if kept.exportable else "allow_plaintext_backup"
            path = f"{layout.transit_mount}/keys/{name}"
            gone = f"vault write {path}/config deletion_allowed=true && vault delete {path}"
            remedy = f"{gone}   (after its successor is in use; Vault never takes {fact} back)"
            yield found("transit-key-can-leave", path, f"{fact} is on", remedy)


def _policies(facts: Seen, layout: Layout) -> Iterator[Finding]:
    apply = "vault-binance policy apply"
    texts = _texts(facts, layout)
    for name, text in facts.policies.items():
        path = f"sys/policies/acl/{name}"
        if isinstance(text, NotSeen):
            continue
        if text is None:
            yield found("policy-missing", path, f"no policy {name}", apply)
        elif text and not policy_texts.is_ours(text, layout):
            remedy = f"{apply} --adopt   (or another instance: --instance NAME)"
            yield found("policy-not-ours", path, f"{name} is somebody else's", remedy)
        elif text != texts.get(name, text):
            yield found("policy-differs", path, f"{name} is not as it is here", f"{apply}   (see: policy diff)")


def _texts(facts: Seen, layout: Layout) -> Mapping[str, str]:
    """The provisioner's names the AppRole mount; without that it cannot be compared."""
    if isinstance(facts.approle, Mount):
        return policy_texts.render_all(layout, approle_accessor=facts.approle.accessor)
    texts = policy_texts.render_all(layout)
    return {name: text for name, text in texts.items() if policy_texts.NO_ACCESSOR not in text}


def external_audit(facts: Seen, layout: Layout) -> str:
    """The team's own trail, as it was recorded; empty where none was."""
    mark = structure.mark(facts.kv.description, layout) if isinstance(facts.kv, Mount) else None
    return mark.audit if mark else ""


def _audit(facts: Seen, layout: Layout) -> Iterator[Finding]:
    if facts.audit_devices == () and not external_audit(facts, layout):
        remedy = f"{SETUP} --audit=file:/var/log/vault/audit.log   (or, with a trail elsewhere: --audit=external:REF)"
        yield found("audit-missing", "sys/audit", "no audit device is enabled", remedy)
