"""What a test's server is dressed with when it has started: policies, a bot's login, short lives.

    role = AppRole("bot", policies=("ro",), ttl=2)
    with RaftVault(hooks=[Policies({"ro": 'path "secret/data/*" { capabilities = ["read"] }'}), role]) as server:
        role_id, secret_id = role.new_login(server)

Rules of the file
- A hook is called with the server, by whatever server it is given to, once it has started fresh; a function of yours
  is one too. They run in the order in which they stand.
- A hook keeps nothing: the same may dress many servers.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault_binance.redacted import Redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.testing.server import Server


@dataclass(frozen=True, slots=True)
class Policies:
    """Policies in HCL, by their names."""

    texts: Mapping[str, str]

    def __call__(self, server: Server) -> None:
        for name, text in self.texts.items():
            server.must("PUT", f"sys/policies/acl/{name}", {"policy": text})


@dataclass(frozen=True, slots=True)
class AppRole:
    """A role to log in by, at an AppRole mount that is made if it is not there. `ttl` and `max_ttl` in seconds."""

    name: str
    policies: tuple[str, ...] = ()
    mount: str = "approle"
    ttl: int = 0
    max_ttl: int = 0

    def __call__(self, server: Server) -> None:
        if f"{self.mount}/" not in server.must("GET", "sys/auth")["data"]:
            server.must("POST", f"sys/auth/{self.mount}", {"type": "approle"})
        limits = {"token_ttl": self.ttl, "token_max_ttl": self.max_ttl}
        server.must("POST", self._path, {"token_policies": list(self.policies), **limits})

    def new_login(self, server: Server) -> tuple[Redacted, Redacted]:
        """The RoleID, and a SecretID that is new with each call."""
        role_id = server.must("GET", f"{self._path}/role-id")["data"]["role_id"]
        return Redacted(role_id), Redacted(server.must("POST", f"{self._path}/secret-id")["data"]["secret_id"])

    @property
    def _path(self) -> str:
        return f"auth/{self.mount}/role/{self.name}"


@dataclass(frozen=True, slots=True)
class ShortTtls:
    """No token of these mounts lives longer than `seconds`, whoever makes it; hooks that make a mount stand before."""

    seconds: int
    mounts: tuple[str, ...] = ("auth/token",)

    def __call__(self, server: Server) -> None:
        for mount in self.mounts:
            server.must(
                "POST",
                f"sys/mounts/{mount}/tune",
                {"default_lease_ttl": f"{self.seconds}s", "max_lease_ttl": f"{self.seconds}s"},
            )
