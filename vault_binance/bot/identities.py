"""Who a bot is: a RoleID with its SecretID, or a token from outside; what a platform vouches for is in platforms.py.

Rules of the file
- `ours` says whose the token is: what a login made for us is ours to revoke; one handed in never is.
- What is renewed says so in its lease: a token that somebody else keeps alive is not renewable to us.
- A wrapped SecretID is opened only if its creation path is exactly the one of this bot's role: anything else may have
  been opened and wrapped again by somebody on the way (reference: Vault, 2.2).
- The SecretID is kept in memory and nowhere else.
- Each class costs a bot's start-up a quarter of a millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault_binance.errors import ConfigError, PermissionDenied, WrappedTokenInvalid
from vault_binance.vault.port import Lease

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from vault_binance.config import BotSettings, Config
    from vault_binance.redacted import Redacted
    from vault_binance.vault.port import BotVault

    class Identity(Protocol):
        """`log_in` gives a lease that this process may use; `ours` says whether its token is ours to revoke."""

        @property
        def ours(self) -> bool: ...
        def log_in(self, vault: BotVault) -> Lease: ...


@dataclass(frozen=True, slots=True)
class AppRole:
    """RoleID and SecretID; with a `creation_path` the SecretID is still inside its wrapping token."""

    mount: str
    role_id: Redacted
    secret_id: Redacted
    creation_path: str = ""

    @property
    def ours(self) -> bool:
        return True

    @property
    def wrapped(self) -> bool:
        return bool(self.creation_path)

    def log_in(self, vault: BotVault) -> Lease:
        secret_id = self.opened(vault) if self.wrapped else self.secret_id
        return vault.log_in(self.mount, {"role_id": self.role_id, "secret_id": secret_id})

    def opened(self, vault: BotVault) -> Redacted:
        """The SecretID out of its wrapping token, which this uses up."""
        info = vault.wrapping_info(self.secret_id)
        if info.creation_path != self.creation_path:
            raise WrappedTokenInvalid(
                f"the wrapping token was made at {info.creation_path!a}, not at {self.creation_path!a}: not opened",
                hint="somebody may have opened the SecretID and wrapped it again, or it belongs to another bot. "
                "If VAULT_BINANCE_BOT is right, treat it as intercepted: vault-binance bot revoke BOT",
            )
        return vault.unwrap_secret_id(self.secret_id)


@dataclass(frozen=True, slots=True)
class Token:
    """A token from outside, never revoked; `kept_alive` by whoever writes its file, as Vault Agent does."""

    token: Redacted
    kept_alive: bool = False

    @property
    def ours(self) -> bool:
        return False

    def log_in(self, vault: BotVault) -> Lease:
        """What the token says of itself; where it may not ask, a lease without an end: a read shows what it is worth.

        Raises ConfigError for a token with a limit of uses: it would end in the middle of a run, unannounced.
        """
        try:
            info = vault.token_info(self.token)
        except PermissionDenied:
            return Lease(self.token, accessor="", ttl=0, renewable=False)
        if info.num_uses:
            raise ConfigError(
                f"the token has {info.num_uses} uses left: too few to stay with",
                hint="a bot that keeps running needs one without a limit of uses (token_num_uses=0)",
            )
        return Lease(self.token, info.accessor, info.ttl, info.renewable and not self.kept_alive, info.policies)


def token_for(vault: BotVault, identity: Identity) -> Redacted:
    """A token for one use. One from outside is not looked up: that costs a request, and may cost one of its uses."""
    return identity.token if isinstance(identity, Token) else identity.log_in(vault).token


def identity_from(settings: BotSettings, config: Config) -> Identity:
    """Who this process is. A bot's own identity goes before a token that happens to lie about."""
    method = settings.auth or _by_what_is_set(settings, config)
    _refuse_strangers(method, settings)
    if method == "approle":
        return _approle(settings)
    if method == "token":
        return _token(settings, config)
    from vault_binance.bot.platforms import certificate, jwt  # of few bots, so that few pay for it

    return certificate(settings, config) if method == "cert" else jwt(settings, method)


def _by_what_is_set(settings: BotSettings, config: Config) -> str:
    if settings.role_id or settings.secret_id or settings.wrapped_secret_id:
        return "approle"
    if settings.jwt:
        return "jwt"
    # ~/.vault-token is a person's, and comes last; without a bot's name a certificate is for the connection alone.
    given = config.token is not None and config.token_source != "login"  # noqa: S105  where from, not what
    return "cert" if config.client_cert and settings.bot and not given else "token"


def _refuse_strangers(method: str, settings: BotSettings) -> None:
    """Raise ConfigError for a proof that belongs to another method than the one this bot logs in with."""
    proofs = {
        "VAULT_BINANCE_ROLE_ID": (settings.role_id, "approle"),
        "VAULT_BINANCE_SECRET_ID": (settings.secret_id, "approle"),
        "VAULT_BINANCE_WRAPPED_SECRET_ID": (settings.wrapped_secret_id, "approle"),
        "VAULT_BINANCE_JWT": (settings.jwt, "jwt kubernetes"),
    }
    own = [name for name, (proof, methods) in proofs.items() if proof and method in methods]
    for name, (proof, methods) in proofs.items():
        if proof and method not in methods:
            said = f"VAULT_BINANCE_AUTH={method}" if settings.auth else own[0]
            raise ConfigError(f"{said} and {name} are both set: who is this bot?", hint="unset one of them")


def _approle(settings: BotSettings) -> AppRole:
    from vault_binance.redacted import Redacted

    mount = settings.auth_mount or settings.layout.approle_mount
    if settings.role_id and settings.wrapped_secret_id:
        path = _creation_path(settings)
        return AppRole(mount, Redacted(settings.role_id), settings.wrapped_secret_id, path)
    if settings.role_id and settings.secret_id:
        return AppRole(mount, Redacted(settings.role_id), settings.secret_id)
    missing = "a SecretID" if settings.role_id else "VAULT_BINANCE_ROLE_ID"
    raise ConfigError(f"half an identity: {missing} is not set", hint=WHO)


def _creation_path(settings: BotSettings) -> str:
    role = settings.auth_role or settings.bot
    if not role:
        raise ConfigError("VAULT_BINANCE_BOT is not set: whose wrapped SecretID is this?", hint=WHO)
    if settings.auth_mount:
        return f"auth/{settings.auth_mount}/role/{role}/secret-id"
    return settings.layout.secret_id_path(role)


def _token(settings: BotSettings, config: Config) -> Token:
    if config.token is None and not config.token_source:
        unnamed = config.client_cert and not settings.bot
        hint = "VAULT_CLIENT_CERT is set: name the bot too, as in VAULT_BINANCE_BOT=mm-1" if unnamed else WHO
        raise ConfigError("nobody to log in as: no RoleID, no certificate, no JWT, no token", hint=hint)
    return Token(config.needed_token(), kept_alive=config.token_source == "file")  # noqa: S105  where from, not what


WHO = (
    "a bot needs VAULT_BINANCE_BOT, and VAULT_BINANCE_ROLE_ID with VAULT_BINANCE_WRAPPED_SECRET_ID,\n"
    "or VAULT_CLIENT_CERT with VAULT_CLIENT_KEY, or VAULT_BINANCE_JWT, each also as NAME_FILE;\n"
    "anybody else VAULT_TOKEN"
)
