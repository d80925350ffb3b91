"""An answer that is not shaped as Vault's is said to be so, once for all calls of the operators' door."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from vault_binance.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    _Door = TypeVar("_Door", bound=type)


def understood(door: _Door) -> _Door:
    """Make each public call of `door` raise ConfigError where it cannot take apart what came back."""
    for name, call in list(vars(door).items()):
        if callable(call) and not name.startswith("_"):
            setattr(door, name, _understood(call))
    return door


def _understood(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ConfigError(
                f"what answered is not a Vault: {type(error).__name__} in {call.__name__}",
                hint="VAULT_ADDR may name a proxy or another service",
            ) from error

    return checked
