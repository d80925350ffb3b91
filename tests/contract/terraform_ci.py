"""The CI of a team that runs Terraform for us: a JWT mount of its own, and what the production example's README has
whoever runs the Vault do once, by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.contract.platforms import AUDIENCE, Provider
from tests.support import ROOT

if TYPE_CHECKING:
    from tests.contract.plain_client import PlainClient

STATES = ("platform", "bots")
POLICY = ROOT / "terraform/examples/production/platform/ci.hcl"


@dataclass
class Ci:
    """Vouches for the pipelines of both states; neither ever holds a root token."""

    client: PlainClient
    mount: str = "ci"
    instance: str = "binance"
    provider: Provider = field(default_factory=Provider)

    def trust(self) -> None:
        """Do what comes before Terraform: the mount, the first state's policy, a role for each pipeline."""
        make = self.client.must
        make("POST", f"sys/auth/{self.mount}", {"type": "jwt"})
        make("POST", f"auth/{self.mount}/config", {"jwt_validation_pubkeys": [self.provider.public_pem]})
        policy = POLICY.read_text().replace("binance", self.instance)  # as its first lines say
        make("PUT", f"sys/policies/acl/{self.role('platform')}", {"policy": policy})
        for state in STATES:
            make("POST", f"auth/{self.mount}/role/{self.role(state)}", self._settings(state))

    def role(self, state: str) -> str:
        """The name of the login role, and of its policy."""
        return f"{self.instance}-terraform-{state}"

    def _settings(self, state: str) -> dict[str, object]:
        return {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": [AUDIENCE],
            "bound_claims": {"sub": self.subject(state)},
            "token_policies": [self.role(state)],
            "token_no_default_policy": True,
            "token_ttl": "20m",
            "token_max_ttl": "20m",
        }

    @staticmethod
    def subject(state: str) -> str:
        return f"repo:trading/vault:environment:{state}"

    def jwt(self, state: str) -> str:
        return self.provider.jwt(self.subject(state), ends_in=1200)

    def log_in(self, state: str) -> str:
        """The token itself, which Terraform asks for by the same JWT."""
        body = {"role": self.role(state), "jwt": self.jwt(state)}
        return str(self.client.must("POST", f"auth/{self.mount}/login", body)["client_token"])
