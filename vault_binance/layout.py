"""Where things are in Vault: the one place that turns an instance's name into mounts, paths and names.

Rules of the file
- Everything derives from one instance name (design, section 6); Terraform derives the same in modules/layout.
- A name is one segment of lower-case letters, digits and hyphens, matched whole: identity metadata is inserted into
  policy paths as it is, so a slash, a star or a plus in a name would be a grant (reference: Vault, 4.4).
- An instance's name has no hyphen: `binance-transit` must be the Transit mount of `binance` and never the KV mount of
  an instance called `binance-transit`. The first hyphen ends the instance's name, in every name that we make.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NAME_PATTERN = r"[a-z0-9][a-z0-9-]{0,62}"
INSTANCE_PATTERN = r"[a-z][a-z0-9_]{0,30}"
STRUCTURE_VERSION = 2
"""Raised when what `setup` builds changes; kept in the KV mount's description, for upgrades."""

POLICIES = ("reader", "signer", "writer", "issuer", "provisioner", "auditor")
"""The six roles of design, section 6; the files of policies/ carry the same names."""

OPERATOR_ROLES = ("writer", "issuer", "provisioner", "auditor")
"""The roles of people: each has an identity group that carries its policy. The other two are bots'."""

MAX_VERSIONS = 10
"""How many versions of a credential are kept."""

TOKEN_TTL = 15 * 60
TOKEN_MAX_TTL = 24 * 3600
SECRET_ID_TTL = 30 * 86400
"""Seconds, of a bot's login (design, section 6)."""

AUTH_MAX_TTL = {"approle": SECRET_ID_TTL, "cert": TOKEN_MAX_TTL}
"""Seconds: what our auth mounts allow at most, whatever a role says. AppRole's bounds its SecretIDs too."""


def check_name(name: str, what: str) -> str:
    """Return `name` unchanged, or raise ConfigError saying what is wrong with it; `what` names it in the message."""
    if re.fullmatch(NAME_PATTERN, name):
        return name
    raise ConfigError(
        f"{what} {_shown(name)} is not a valid name: {_fault(name)}",
        hint="use lower-case letters, digits and hyphens, one segment, at most 63 characters, as in market-maker-1",
    )


def _shown(name: str) -> str:
    """Too long for a name is as long as a key: who pastes one in its place does not want it repeated."""
    return ascii(name) if len(name) <= 63 else "(not shown)"


def _fault(name: str) -> str:
    if not name:
        return "it is empty"
    if len(name) > 63:
        return f"it has {len(name)} characters"
    if name != name.strip():
        return "it begins or ends with white space (a line end, perhaps)"
    if name.startswith("-"):
        return "it begins with a hyphen"
    wrong = sorted({c for c in name if not re.fullmatch(r"[a-z0-9-]", c)})
    return "it contains " + ", ".join(ascii(c) for c in wrong)


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of one instance. Two instances in one Vault share no mount, policy or entity."""

    instance: str = "binance"

    def __post_init__(self) -> None:
        if not re.fullmatch(INSTANCE_PATTERN, self.instance):
            raise ConfigError(
                f"instance {_shown(self.instance)} is not a valid name",
                hint="use a lower-case letter, then lower-case letters, digits or underscores, at most 31 in all: "
                "binance_testnet",
            )

    @property
    def managed_by(self) -> str:
        """The mark that says an object is ours, and this instance's."""
        return f"vault-binance/{self.instance}"

    def is_marked(self, metadata: Mapping[str, str]) -> bool:
        """Whether the metadata of an entity or group carries this instance's mark."""
        return metadata.get("managed_by") == self.managed_by

    @property
    def kv_mount(self) -> str:
        return self.instance

    @property
    def transit_mount(self) -> str:
        return f"{self.instance}-transit"

    @property
    def approle_mount(self) -> str:
        return f"{self.instance}-approle"

    @property
    def cert_mount(self) -> str:
        return f"{self.instance}-cert"

    def policy(self, role: str) -> str:
        return f"{self.instance}-{role}"

    def group(self, role: str) -> str:
        """The identity group of the people who have a role; it has the name of the one policy that it carries."""
        return self.policy(role)

    @property
    def enforcement(self) -> str:
        """The login enforcement that asks members of our groups, and nobody else, for a second factor.

        Its TOTP method has no name of its own that Terraform could give: it is found here, and its issuer is our mark.
        """
        return f"{self.instance}-operators"

    def entity(self, bot: str) -> str:
        return f"{self.instance}-{check_name(bot, 'bot')}"

    def credential(self, name: str) -> str:
        """Path below the KV mount, without `data/` or `metadata/`."""
        return f"credentials/{check_name(name, 'credential')}"

    def pending(self, name: str) -> str:
        """Where the private half of a key waits for its API key: below the KV mount, as `credential`."""
        return f"pending/{check_name(name, 'credential')}"

    def report(self, bot: str) -> str:
        """What a bot found out about its key: below the KV mount, as `credential`."""
        return f"reports/{check_name(bot, 'bot')}"

    def report_path(self, bot: str) -> str:
        """The report as Vault's HTTP API names it."""
        return f"{self.kv_mount}/data/{self.report(bot)}"

    def credential_path(self, name: str) -> str:
        """The credential as Vault's HTTP API names it, for reading."""
        return f"{self.kv_mount}/data/{self.credential(name)}"

    def shown_path(self, name: str) -> str:
        """The credential as a person names it: mount and path, without `data/`."""
        return f"{self.kv_mount}/{self.credential(name)}"

    def secret_id_path(self, bot: str) -> str:
        """Where a SecretID is made; a wrapped one must say exactly this as its creation path."""
        return f"auth/{self.approle_mount}/role/{check_name(bot, 'bot')}/secret-id"
