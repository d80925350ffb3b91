"""What the default policy adds to the role of a person: bots have none of it. Data, checked against a real server.

A team may have written its own `default`: these are the paths that Vault and OpenBao ship.
"""

from __future__ import annotations

OWN_TOKEN = "one's own token: looked up, renewed, ended, asked what it may do; a bot's own policy grants the same"
OWN_ENTITY = "one's own entity, as its owner sees it"
WRAPPING = "putting a value of one's own into a wrapping token, and opening one that was handed over"
LEASES = (
    "renewing and looking up any lease whose id is known. Nothing of ours has such leases; on a KV v1 mount with "
    "`leased_passthrough` a renewal answers with the value (reference: Vault, 2.4)"
)
NOTHING = "nothing of ours"

DEFAULT = {
    "auth/token/lookup-self": OWN_TOKEN,
    "auth/token/renew-self": OWN_TOKEN,
    "auth/token/revoke-self": OWN_TOKEN,
    "sys/capabilities-self": OWN_TOKEN,
    "identity/entity/id/{{identity.entity.id}}": OWN_ENTITY,
    "identity/entity/name/{{identity.entity.name}}": OWN_ENTITY,
    "sys/wrapping/wrap": WRAPPING,
    "sys/wrapping/lookup": WRAPPING,
    "sys/wrapping/unwrap": WRAPPING,
    "cubbyhole/*": "a place that no other token sees, gone with the token",
    "sys/renew": LEASES,
    "sys/leases/renew": LEASES,
    "sys/leases/lookup": LEASES,
    "sys/internal/ui/resultant-acl": "what one's own policies grant, as Vault's user interface asks",
    "sys/tools/hash": "hashes of what one sends",
    "sys/tools/hash/*": "hashes of what one sends",
    "sys/control-group/request": NOTHING,
    "identity/oidc/provider/+/authorize": "a login at an application that trusts this Vault as its OIDC provider",
}
"""Path -> what it is good for."""
