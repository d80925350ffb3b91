"""What `@pytest.mark.binance(...)` may say, and what it means.

Rules of the file
- A term that is not known is refused with the one that may have been meant: a test that runs on other terms than it
  says shows nothing.
- The nearest marker wins, term by term: a class says what its tests share.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

from vault_binance.credentials import KeyType
from vault_binance.errors import ConfigError
from vault_binance.layout import check_name
from vault_binance.testing.emulator.state import PERMISSIONS, WORDS
from vault_binance.testing.provisioned import TRADING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Protocol

    class Marker(Protocol):
        """As pytest has it."""

        @property
        def args(self) -> tuple[object, ...]: ...
        @property
        def kwargs(self) -> Mapping[str, object]: ...


SAYS = {
    "credential": ('"market-maker"', "the credential's name in Vault"),
    "bot": ('"mm-1"', "the bot's name"),
    "key_type": ('"hmac"', "`hmac`, `ed25519` or `rsa`: what kind of key Binance made"),
    "permissions": ('("spot-trading",)', "what the key may do at Binance beyond reading"),
    "ip_list": ('("127.0.0.1",)', "from where Binance takes the key; empty for anywhere"),
}
"""Each term, what it is where nobody said, and what it says: for the documentation."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Of the key and the bot that a test starts from."""

    credential: str = "market-maker"
    bot: str = "mm-1"
    key_type: KeyType = KeyType.HMAC
    permissions: Mapping[str, bool] = field(default_factory=lambda: dict(TRADING))
    ip_list: tuple[str, ...] = ("127.0.0.1",)


def terms_of(markers: Iterable[Marker]) -> Terms:
    """From the markers of one test, the nearest first. Raises ConfigError for what no test can mean."""
    said: dict[str, object] = {}
    for marker in markers:
        if marker.args:
            raise ConfigError(f"binance({marker.args[0]!r}): its terms have names", hint=f"as in {_EXAMPLE}")
        for name in marker.kwargs:
            _known(name, SAYS, f"binance({name}=...)")
        said = {**marker.kwargs, **said}
    return Terms(**{name: _READ[name](value) for name, value in said.items()})  # type: ignore[arg-type]  # as _READ says


_EXAMPLE = '@pytest.mark.binance(credential="arb", permissions=["futures"])'


def _credential(value: object) -> str:
    return check_name(str(value), "credential")


def _bot(value: object) -> str:
    return check_name(str(value), "bot")


def _key_type(value: object) -> KeyType:
    name = str(value)
    _known(name.lower(), [each.lower() for each in KeyType], f"binance(key_type={name!r})")
    return KeyType(name.upper())


def _permissions(value: object) -> Mapping[str, bool]:
    """Our words or Binance's names; a mapping may switch one off."""
    said = value if isinstance(value, dict) else dict.fromkeys(_texts(value), True)
    for name in said:
        if name not in PERMISSIONS:
            _known(name, WORDS, f"binance(permissions=[{name!r}])")
    return {WORDS.get(name, name): bool(allowed) for name, allowed in said.items()}


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(each) for each in value)  # type: ignore[attr-defined]  # a collection, or it raises


_READ = {"credential": _credential, "bot": _bot, "key_type": _key_type, "permissions": _permissions, "ip_list": _texts}


def _known(name: str, known: Collection[str], where: str) -> None:
    if name in known:
        return
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
    raise ConfigError(f"{where}: there is no such thing", hint=hint)
