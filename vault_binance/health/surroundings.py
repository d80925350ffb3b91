"""What is around a key and stops a bot all the same: the account behind it, and the futures API beside it.

Rules of the file
- Pure. The account is judged only where it stops every key of it (reference: Binance, 5).
- What could not be asked is told where somebody would otherwise take silence for consent.
"""

from __future__ import annotations

from datetime import UTC, datetime

from vault_binance.health.values import Finding, Reply, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vault_binance.health.values import Surroundings, TradingStatus

NORMAL = "Normal"


def surroundings_of(surroundings: Surroundings, futures: Reply, *, needs_futures: bool = False) -> Iterable[Finding]:
    """`needs_futures`: the key was given to a bot for that."""
    yield from _account(surroundings)
    yield from _futures(futures, needs_futures=needs_futures)


def _account(surroundings: Surroundings) -> Iterable[Finding]:
    if not surroundings.asked:
        return
    if surroundings.trading is not None and surroundings.trading.locked:
        yield _locked(surroundings.trading)
    if surroundings.status not in {None, NORMAL}:
        yield Finding(
            Severity.MEDIUM,
            "account-not-normal",
            f"the account's status is {surroundings.status!a}, not {NORMAL}",
            "what it stops is documented nowhere; no key can do more than its account",
            "look at the account at Binance",
        )
    if surroundings.status is None or surroundings.trading is None:
        yield Finding(
            Severity.LOW,
            "account-unchecked",
            "the state of the account could not be checked",
            "Binance gave no answer to it",
            "ask again, or look at the account at Binance",
        )


def _locked(trading: TradingStatus) -> Finding:
    until = _moment(trading.recovers_at)
    return Finding(
        Severity.HIGH,
        "trading-locked",
        "the account is locked for trading by API",
        f"orders are refused{f', as planned until {until}' if until else ''}, whichever key they come with",
        "look at the account at Binance; a new key does not help",
    )


def _moment(time_ms: int | None) -> str:
    """Binance writes 0 for no plan."""
    try:
        return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC" if time_ms else ""
    except (OverflowError, ValueError, OSError):
        return ""


def _futures(futures: Reply, *, needs_futures: bool) -> Iterable[Finding]:
    match futures:
        case Reply.UNASKED | Reply.ACCEPTED:
            return
        case Reply.REFUSED:
            yield Finding(  # reference: Binance, 4, 10.1 and 17
                Severity.HIGH if needs_futures else Severity.MEDIUM,
                "futures-refused",
                "the futures API refuses the key",
                "it was made before the futures account, or Portfolio Margin has taken futures from it, most often",
                "open the futures account first, then make a new key: an older one cannot be mended",
            )
        case Reply.WITHHELD:
            yield Finding(
                Severity.LOW,
                "futures-unchecked",
                "the futures API was not asked",
                "spot's address is replaced and futures' is not, and a key is shown to no other host",
                "set VAULT_BINANCE_FUTURES_URL too",
            )
        case Reply.SILENT:
            yield Finding(
                Severity.LOW, "futures-unchecked", "the futures API could not be asked", "no answer", "ask again"
            )
