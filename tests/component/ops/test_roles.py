"""Who is refused is told which role may, by the text of the policies themselves."""

from __future__ import annotations

from tests.rows import each_row
from vault_binance.errors import PermissionDenied
from vault_binance.layout import Layout
from vault_binance.ops.roles import advised, who_may

LAYOUT = Layout("desk")
READ, LIST, WRITE = frozenset({"read"}), frozenset({"list"}), frozenset({"create", "update"})


@each_row(
    ("path", "capabilities", "roles"),
    [
        ("desk/data/credentials/mm", WRITE, ["writer"]),
        ("desk/data/credentials/mm", READ, []),
        ("desk/metadata/credentials", LIST, ["writer", "auditor"]),
        ("desk/data/reports/mm-1", READ, ["writer", "auditor"]),
        ("auth/desk-approle/role/mm-1", WRITE, ["provisioner"]),
        ("auth/desk-approle/role/mm-1/secret-id", WRITE, ["issuer"]),
        ("sys/mounts/auth/desk-approle", READ, ["provisioner", "auditor"]),
        ("sys/policies/acl/desk-writer", WRITE, ["setup"]),
        ("binance/data/credentials/mm", WRITE, []),
    ],
)
def test_the_roles_that_may(path, capabilities, roles):
    assert who_may(LAYOUT, path, capabilities) == roles


def refused(path, capabilities):
    error = PermissionDenied("denied", hint="no policy grants this")
    error.path, error.capabilities = path, capabilities
    return advised(error, LAYOUT).hint


def test_the_hint_names_the_role_and_its_policy():
    assert refused("auth/desk-approle/role/mm-1", WRITE) == (
        "no policy grants this\nthe role provisioner may: desk-provisioner"
    )
    assert refused("sys/policies/acl/desk-writer", WRITE).endswith("vault-binance setup --output-policy")
    assert refused("desk/data/credentials/mm", READ) == "no policy grants this"


def test_a_refusal_that_names_no_path_is_left_as_it_is():
    assert advised(PermissionDenied("denied", hint="why"), LAYOUT).hint == "why"
