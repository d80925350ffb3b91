"""A Vault with our structure in it, a credential and a bot: what the test of a bot starts from.

    with DevVault() as server, Emulator() as binance:
        vault = ProvisionedVault(server, binance)
        credential = vault.add_credential("market-maker")
        bot = vault.add_bot("mm-1", credential)
        subprocess.run([sys.executable, "bot.py"], env={**os.environ, **bot.environ})

Rules of the file
- Everything is made by the services that the commands use, so that a test meets what an operator makes.
- Each ProvisionedVault is an instance of its own on the server: tests that share one do not meet.
- It is made with the root token, as only a test may.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import token_hex

from vault_binance.binance.hosts import OVERRIDES
from vault_binance.config import Config
from vault_binance.credentials import KeyType
from vault_binance.layout import Layout
from vault_binance.ops import bots, keys, kill_switch
from vault_binance.ops.setup import provision
from vault_binance.redacted import Hidden
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.wire import Wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vault_binance.testing.emulator import Emulator, IssuedKey
    from vault_binance.testing.server import Server
    from vault_binance.vault.operator_port import OperatorVault


TRADING = {"enableSpotAndMarginTrading": True}
LOGIN_SECONDS = 300
"""How long a wrapped SecretID waits for its bot: as in the README, longer than any one test."""


class ProvisionedVault:
    """One instance on a server, set up as `vault-binance setup` does it."""

    def __init__(self, server: Server, binance: Emulator, *, instance: str = "") -> None:
        self.layout = Layout(instance or f"t{token_hex(4)}")
        self.binance = binance
        self.connection = _connection(server)
        self._wire = Wire(Config.from_environment(self.connection))
        self.operator: OperatorVault = HvacVault(self._wire, server.root_token)
        set_up(self.operator, self.layout)

    def close(self) -> None:
        """End its connection; what was made stays on the server."""
        self._wire.close()

    def add_credential(
        self,
        name: str = "market-maker",
        *,
        key_type: KeyType = KeyType.HMAC,
        permissions: Mapping[str, bool] | None = None,
        ip_list: Iterable[str] = ("127.0.0.1",),
    ) -> StoredCredential:
        """Make a key at the emulator, by default one that trades on spot from here alone, and store it.

        `permissions` are Binance's names, as for Emulator.add_key: what is not among them is off.
        """
        terms = KeyTerms(key_type, dict(TRADING if permissions is None else permissions), tuple(ip_list))
        stored = StoredCredential(self, name, terms)
        stored.rotate()
        return stored

    def add_bot(
        self, name: str, credential: StoredCredential, *, told: Callable[[Mapping[str, str]], object] | None = None
    ) -> ProvisionedBot:
        """Make a bot that may read this credential and nothing else, with a login that opens once.

        `told`, such as os.environ.update, is called with the bot's variables, now and at each new login.
        """
        bot = bots.add(self.operator, self.layout, name, credential.name)
        made = ProvisionedBot(self, name, credential, bot.role_id, told)
        made.new_login()
        return made


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a key at Binance is made with."""

    key_type: KeyType
    permissions: Mapping[str, bool]
    ip_list: tuple[str, ...]


@dataclass(slots=True)
class StoredCredential:
    """A credential in Vault. `key` is its latest version's as Binance made it, `version` is that version."""

    vault: ProvisionedVault = field(repr=False)
    name: str
    terms: KeyTerms
    key: IssuedKey = field(init=False)
    version: int = field(init=False, default=0)

    def rotate(self) -> IssuedKey:
        """Make the next key on the same terms and store it; the one before stays valid at Binance. Returns the new."""
        terms, vault = self.terms, self.vault
        self.key = vault.binance.add_key(key_type=terms.key_type, permissions=terms.permissions, ip_list=terms.ip_list)
        pair = self.key.credentials(self.name)
        self.version = keys.put(vault.operator, vault.layout, pair, {}, based_on=self.version)
        return self.key


@dataclass(slots=True)
class ProvisionedBot:
    """A bot. `environ` is all that its process needs to log in, once, and to find the emulator instead of Binance."""

    vault: ProvisionedVault = field(repr=False)
    name: str
    credential: StoredCredential
    role_id: str = field(repr=False, compare=False)
    told: Callable[[Mapping[str, str]], object] | None = field(repr=False, compare=False, default=None)
    environ: Mapping[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Shown by no print, no traceback and no comparison that fails: it logs in."""

    def new_login(self) -> Mapping[str, str]:
        """Put a new wrapped SecretID into `environ`, for one more start, and return it all."""
        self.environ = self._variables()
        if self.told:
            self.told(self.environ)
        return self.environ

    def _variables(self) -> Mapping[str, str]:
        vault = self.vault
        wrapped = bots.secret_id(vault.operator, vault.layout, self.name, wrap_ttl=LOGIN_SECONDS)
        return Hidden(  # type: ignore[return-value]  # of texts
            {
                **vault.connection,
                "VAULT_BINANCE_INSTANCE": vault.layout.instance,
                "VAULT_BINANCE_BOT": self.name,
                "VAULT_BINANCE_CREDENTIAL": self.credential.name,
                "VAULT_BINANCE_ROLE_ID": self.role_id,
                "VAULT_BINANCE_WRAPPED_SECRET_ID": wrapped.token.reveal(),
                **addresses(vault.binance),
            }
        )

    def suspend(self) -> None:
        """As `vault-binance bot suspend`: refused from now on."""
        kill_switch.suspend(self.vault.operator, self.vault.layout, self.name)

    def allow(self) -> None:
        """As `vault-binance bot allow`."""
        kill_switch.allow(self.vault.operator, self.vault.layout, self.name)

    def revoke(self) -> None:
        """As `vault-binance bot revoke`: suspended, its logins destroyed and its tokens ended."""
        kill_switch.revoke(self.vault.operator, self.vault.layout, self.name)


def addresses(binance: Emulator) -> Mapping[str, str]:
    """The variables by which it is found instead of Binance, by this package and by what `exec` starts."""
    return dict.fromkeys(("BINANCE_BASE_URL", *OVERRIDES.values()), binance.url)


def _connection(server: Server) -> dict[str, str]:
    return {"VAULT_ADDR": server.address} | ({"VAULT_CACERT": str(server.cacert)} if server.cacert else {})


def set_up(operator: OperatorVault, layout: Layout) -> None:
    """Make an instance, as `vault-binance setup` does where nothing is in its way."""
    provision.carry_out(operator, layout, provision.plan(provision.look(operator, layout), layout))
