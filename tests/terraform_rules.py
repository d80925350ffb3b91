"""What our Terraform may never do, as rules over its files (reference: Terraform, 17).

Rules of the file
- A rule takes a folder and gives findings; it asks neither Terraform nor Vault, and decides on no message text.
- A rule is proven by a folder that breaks it (tests/contract/test_terraform_static.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.terraform_source import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.terraform_source import Block, Folder

LIVE = ("resource", "data", "ephemeral")
BANNED = {
    "vault_approle_auth_backend_login": "the token is in the state",
    "vault_approle_auth_backend_role_secret_id": "the SecretID is in the state, or stays alive behind it",
    "vault_generic_endpoint": "what it writes and is answered is in the state",
    "vault_generic_secret": "the value is in the state",
    "vault_kv_secret": "the value is in the state",
    "vault_kv_secret_v2": "the value is in the state, or overwrites what is live",
    "vault_kv_secret_subkeys_v2": "the names of a secret's fields are in the state",
    "vault_token": "the token is in the state",
}
GUARDED = (
    "vault_audit",
    "vault_auth_backend",
    "vault_identity_mfa_totp",
    "vault_mount",
    "vault_transit_secret_backend_key",
)
"""What takes data, logins, enrolments or a part of the audit log with it when it is destroyed."""

FALSE_FOR_EVER = ("allow_plaintext_backup", "deletion_allowed", "exportable")
ROLES = (
    "vault_approle_auth_backend_role",
    "vault_cert_auth_backend_role",
    "vault_jwt_auth_backend_role",
    "vault_kubernetes_auth_backend_role",
)
KEPT = {
    "vault_identity_entity": {"disabled"},
    "vault_identity_group": {"member_entity_ids"},
}
"""What people change at the command line, and an apply must not change back."""

SECRETS = {
    "a token of Vault's": r"\bhv[sbr]\.[A-Za-z0-9_-]{8,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "64 letters and digits, as Binance's keys": r"\b[A-Za-z0-9]{64}\b",
    "a UUID, as SecretIDs": r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
}
LOOKS = re.compile(r'path "sys/audit" \{\s*capabilities = \["read", "sudo"\]\s*\}')
"""Vault demands sudo of whoever asks whether anything is written down at all."""

SUDO_FILES = ("ci.hcl", "setup.hcl", "setup.hcl.tftpl")
"""Policies of whoever makes mounts and audit devices: Vault demands sudo there."""

SECRET_NAME = re.compile(r"secret_?id$|(^|_)(password|secret|token|private_key|jwt)$")


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    place: str
    says: str


RULES: dict[str, Callable[[Folder], Iterator[tuple[str, str]]]] = {}


def rule(check: Callable[[Folder], Iterator[tuple[str, str]]]) -> Callable[[Folder], Iterator[tuple[str, str]]]:
    RULES[check.__name__] = check
    return check


def findings(folder: Folder) -> list[Finding]:
    return [Finding(name, place, says) for name, check in RULES.items() for place, says in check(folder)]


def of_type(folder: Folder, *types: str) -> Iterator[Block]:
    return (block for block in folder.all("resource") if block.labels[0] in types)


@rule
def banned_type(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in folder.all(*LIVE):
        if says := BANNED.get(block.labels[0]):
            yield block.place, says


@rule
def runs_a_command(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in folder.all("provisioner", "data"):
        if block.kind == "provisioner" or block.labels[0] == "external":
            yield block.place, "what a command prints or takes is nobody's to check"


@rule
def ephemeral_block(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in folder.all("ephemeral"):
        yield block.place, "it opens a secret at each plan, and breaks tests with mocks"


@rule
def irreversible(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in folder.all("resource"):
        for name in FALSE_FOR_EVER:
            if block.arguments.get(name, False) is not False:
                yield block.place, f"{name} can never be taken back"


@rule
def not_guarded(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in of_type(folder, *GUARDED):
        lifecycle = block.inner("lifecycle")
        if lifecycle is None or lifecycle.arguments.get("prevent_destroy") is not True:
            yield block.place, "prevent_destroy = true is missing"


@rule
def beside_an_audit_device(folder: Folder) -> Iterator[tuple[str, str]]:
    """While a Vault's first device is made, what else is asked may be answered 500, whether it was done or not."""
    waits = {".".join(block.labels): set(block.arguments.get("depends_on", ())) for block in folder.all("resource")}
    after = {".".join(block.labels) for block in of_type(folder, "vault_audit")}
    while more := {name for name, others in waits.items() if others & after} - after:
        after |= more
    for block in folder.all("resource"):
        if after and ".".join(block.labels) not in after:
            yield block.place, "it does not wait for the audit device: depends_on"


@rule
def undoes_the_command_line(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in folder.all("resource"):
        lifecycle = block.inner("lifecycle")
        ignored = set(lifecycle.arguments.get("ignore_changes", ())) if lifecycle else set()
        for name in sorted(KEPT.get(block.labels[0], set()) - ignored):
            yield block.place, f"ignore_changes lacks {name}"


@rule
def loses_members(folder: Folder) -> Iterator[tuple[str, str]]:
    """The provider then sends null for the members at each change of the group, which is none of them to Vault."""
    for block in of_type(folder, "vault_identity_group"):
        if "external_member_entity_ids" in block.arguments:
            yield block.place, "external_member_entity_ids empties the group at its next change"


@rule
def overwrites_a_policy(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in of_type(folder, "vault_policy"):
        if block.arguments.get("allow_overwrite") is not False:
            yield block.place, "allow_overwrite = false is missing"


@rule
def policy_in_a_string(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in of_type(folder, "vault_policy"):
        text = block.arguments.get("policy")
        if not isinstance(text, Expression) or text.startswith(('"', "<<")):
            yield block.place, "a policy is a file of policies/, rendered by modules/policies"


@rule
def role_without_limits(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in of_type(folder, *ROLES):
        wanted = {"token_ttl", "token_max_ttl", "token_policies", "token_type", "token_bound_cidrs"}
        if block.labels[0] == "vault_approle_auth_backend_role":
            wanted |= {"secret_id_ttl", "secret_id_num_uses", "secret_id_bound_cidrs"}
        for name in sorted(wanted - set(block.arguments)):
            yield block.place, f"{name} is not set: without it there is no limit"
        if block.arguments.get("token_no_default_policy") is not True:
            yield block.place, "token_no_default_policy = true is missing"


@rule
def login_without_proof(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in of_type(folder, *ROLES):
        if block.arguments.get("bind_secret_id", True) is not True:
            yield block.place, "without a SecretID the RoleID alone would log in"
        if block.labels[0] == "vault_jwt_auth_backend_role":
            yield from _jwt_without_proof(block)


def _jwt_without_proof(block: Block) -> Iterator[tuple[str, str]]:
    if block.arguments.get("role_type") != "jwt":
        yield block.place, "the provider makes an oidc role unless role_type says jwt"
    if block.arguments.get("bound_claims_type") != "string":
        yield block.place, "a star in a claim would be a pattern"
    for name in ("bound_audiences", "bound_claims"):
        if not block.arguments.get(name):
            yield block.place, f"without {name} every token of the issuer would log in"


@rule
def second_factor_for_others(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in of_type(folder, "vault_identity_mfa_login_enforcement"):
        for name in ("auth_method_accessors", "auth_method_types", "identity_entity_ids"):
            if name in block.arguments:
                yield block.place, f"{name} asks people of other teams, or bots"


@rule
def provider_by_hand(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in folder.all("provider"):
        if block.arguments.get("skip_tls_verify", False) is not False:
            yield block.place, "skip_tls_verify lets anybody answer for Vault"
        for inner in block.everywhere():
            for name in sorted({"token", "password", "jwt", "parameters"} & set(inner.arguments)):
                yield inner.place, f"{name} comes from the environment, never from a file"


@rule
def secret_in_a_file(folder: Folder) -> Iterator[tuple[str, str]]:
    for name, text in folder.files.items():
        for what, pattern in SECRETS.items():
            if re.search(pattern, text):
                yield f"{folder.name}/{name}", what


@rule
def secret_asked_or_told(folder: Folder) -> Iterator[tuple[str, str]]:
    """Terraform keeps an input's value in the plan and an output's in the state, sensitive or not."""
    for block in folder.all("variable", "output"):
        if SECRET_NAME.search(block.labels[0]) and not _is_lookup(block):
            yield block.place, "a secret has no way through Terraform"
        for name in ("sensitive", "ephemeral"):
            if name in block.arguments:
                yield block.place, f"{name}: what has to be hidden has no way through Terraform"


def _is_lookup(block: Block) -> bool:
    """A structured input that describes a login and carries none: variable `jwt` names an audience and a subject."""
    return block.kind == "variable" and str(block.arguments.get("type", "")).startswith("object(")


@rule
def sudo(folder: Folder) -> Iterator[tuple[str, str]]:
    for name, text in folder.files.items():
        bare = LOOKS.sub("", re.sub(r"#.*", "", text))
        if not name.endswith(".tf") and name not in SUDO_FILES and re.search(r'"(sudo|root)"', bare):
            yield f"{folder.name}/{name}", "sudo is for the policy of whoever makes mounts"


@rule
def undocumented(folder: Folder) -> Iterator[tuple[str, str]]:
    for block in folder.all("variable", "output"):
        for name in ("description", *(("type",) if block.kind == "variable" else ())):
            if not block.arguments.get(name):
                yield block.place, f"{name} is missing"


@rule
def out_of_order(folder: Folder) -> Iterator[tuple[str, str]]:
    for kind in ("variable", "output"):
        names = [block.labels[0] for block in folder.all(kind)]
        if names != sorted(names):
            yield folder.name, f"{kind}s are not in alphabetical order"


@rule
def versions(folder: Folder) -> Iterator[tuple[str, str]]:
    settings: dict[str, Any] = {}
    for block in folder.all("terraform", "required_providers"):
        settings |= block.arguments
    if settings.get("required_version") != ">= 1.11.0, < 2.0.0":
        yield folder.name, "required_version is not >= 1.11.0, < 2.0.0"
    wanted = "~> 5.11" if folder.all("provider") else ">= 5.10.1, < 6.0.0"
    provider = settings.get("vault", {"source": "hashicorp/vault", "version": wanted})
    if provider != {"source": "hashicorp/vault", "version": wanted}:
        yield folder.name, f"the provider is not hashicorp/vault {wanted}"
    if folder.all(*LIVE) and "vault" not in settings:
        yield folder.name, "the provider's source and version are missing"
