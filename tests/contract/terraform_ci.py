"""The CI of a team that runs Terraform for us: a JWT mount of its own, and what the production example's README has
whoever runs the Vault do once, by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.contract.platforms import AUDIENCE, Provider
from tests.terraform_mirror import ROOT

if TYPE_CHECKING:
    from tests.contract.plain_client import PlainClient

STATES = ("platform", "bots")
POLICY = ROOT / "terraform/examples/production/platform/ci.hcl"


@dataclass
class Ci:
    """Vouches for the pipelines of both states; neither ever holds a root token."""

    client: PlainClient
    mount: str = "ci"
    provider: Provider = field(default_factory=Provider)

    def trust(self) -> None:
        """What comes before Terraform: the mount, the first state's policy, a role for each pipeline."""
        make = self.client.must
        make("POST", f"sys/auth/{self.mount}", {"type": "jwt"})
        make("POST", f"auth/{self.mount}/config", {"jwt_validation_pubkeys": [self.provider.public_pem]})
        make("PUT", "sys/policies/acl/binance-terraform-platform", {"policy": POLICY.read_text()})
        for state in STATES:
            make("POST", f"auth/{self.mount}/role/binance-terraform-{state}", self._role(state))

    def _role(self, state: str) -> dict[str, object]:
        return {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": [AUDIENCE],
            "bound_claims": {"sub": self.subject(state)},
            "token_policies": [f"binance-terraform-{state}"],
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
        body = {"role": f"binance-terraform-{state}", "jwt": self.jwt(state)}
        return str(self.client.must("POST", f"auth/{self.mount}/login", body)["client_token"])
