"""Binance's JSON made into plain values: every field may be missing, misspelled or of another kind.

Rules of the file
- Total: what is not as expected is None, "Binance did not say".
- What is kept of a text is printable and short. Only `address_in` reads one, for a fact that is shown and decides
  nothing.
"""

from __future__ import annotations

from vault_binance.binance.bodies import LONGEST_NAME, has_any
from vault_binance.binance.codes.table import LONGEST_WAIT_S
from vault_binance.binance.port import Account
from vault_binance.health.values import Restrictions, TradingStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

LONGEST_STATUS = 40

MOST_UNKNOWN = 20
"""Flags that are on and unknown: each is a finding, and nobody reads more of them."""

_FIELDS = {
    "ipRestrict": "ip_restrict",
    "enableReading": "enable_reading",
    "enableWithdrawals": "enable_withdrawals",
    "enableInternalTransfer": "enable_internal_transfer",
    "permitsUniversalTransfer": "permits_universal_transfer",
    "enableSpotAndMarginTrading": "enable_spot_and_margin_trading",
    "enableMargin": "enable_margin",
    "enableFutures": "enable_futures",
    "enableVanillaOptions": "enable_vanilla_options",
    "enablePortfolioMarginTrading": "enable_portfolio_margin_trading",
    "enableFixApiTrade": "enable_fix_api_trade",
    "enableFixReadOnly": "enable_fix_read_only",
}
_TIMES = {"createTime": "create_time", "tradingAuthorityExpirationTime": "trading_authority_expiration_time"}


_ACCOUNT_FIELDS = frozenset({"canTrade", "canWithdraw", "accountType", "uid", "balances"})
_FUTURES_FIELDS = frozenset({"assets", "positions", "totalWalletBalance", "availableBalance"})


def is_restrictions(answer: Mapping[str, Any]) -> bool:
    """Whether it can be Binance's: without any known field it would read as a key that may do nothing."""
    return has_any(answer, _FIELDS)


def is_account(answer: Mapping[str, Any]) -> bool:
    return has_any(answer, _ACCOUNT_FIELDS)


def is_futures_account(answer: Mapping[str, Any]) -> bool:
    return has_any(answer, _FUTURES_FIELDS)


def restrictions(answer: Mapping[str, Any]) -> Restrictions:
    flags = {ours: flag(answer.get(theirs)) for theirs, ours in _FIELDS.items()}
    times = {ours: whole(answer.get(theirs)) for theirs, ours in _TIMES.items()}
    others = answer.keys() - _FIELDS.keys() - _TIMES.keys()
    unknown = tuple(sorted(name for name in others if _is_name(name) and flag(answer[name]))[:MOST_UNKNOWN])
    return Restrictions(**flags, **times, unknown=unknown)  # type: ignore[arg-type]  # the tables give each its kind


def _is_name(text: str) -> bool:
    return text.isidentifier() and text.isascii() and len(text) <= LONGEST_NAME


def account(answer: Mapping[str, Any]) -> Account:
    return Account(
        can_trade=flag(answer.get("canTrade")),
        can_withdraw=flag(answer.get("canWithdraw")),
        account_type=printable(answer.get("accountType")),
        uid=whole(answer.get("uid")),
    )


def account_status(answer: Mapping[str, Any]) -> str | None:
    return printable(answer.get("data"))[:LONGEST_STATUS] or None


def trading_status(answer: Mapping[str, Any]) -> TradingStatus:
    data = answer.get("data")
    inner = data if isinstance(data, dict) else {}
    return TradingStatus(flag(inner.get("isLocked")), whole(inner.get("plannedRecoverTime")) or None)


def maintenance(answer: Mapping[str, Any]) -> bool | None:
    return {0: False, 1: True}.get(status) if (status := whole(answer.get("status"))) is not None else None


def flag(value: object) -> bool | None:
    """Binance writes booleans as the text "true" in places (reference: Binance, 8)."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def whole(value: object) -> int | None:
    """An integer that has a meaning; JSON's may have thousands of digits."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def seconds(text: str) -> float | None:
    plausible = text.isascii() and text.isdigit() and len(text) < 10
    return min(float(text), LONGEST_WAIT_S) if plausible else None


def printable(value: object) -> str:
    return "".join(c for c in value if c.isprintable())[:200] if isinstance(value, str) else ""


def address_in(text: str) -> str:
    """The caller's address at the end of a -2015 of futures, ", request ip: x.x.x.x" (reference: Binance, 5)."""
    from ipaddress import ip_address

    _, told, end = text.rpartition("request ip:")
    if "%" in end:  # behind it Python takes any words for an interface's name
        return ""
    try:
        return str(ip_address(end.strip())) if told else ""
    except ValueError:
        return ""
