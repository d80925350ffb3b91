"""Trying again what failed for a while: for one-shot commands. The lease machine waits by itself, with none below."""

from __future__ import annotations

from vault_binance.errors import VaultUnavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    _Result = TypeVar("_Result")

_SHORTEST_PAUSE = 0.05
_LONGEST_PAUSE = 5.0
_LONGEST_OBEYED = 60.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0


def again(call: Callable[[], _Result], max_retries: int, sleep: Callable[[float], None]) -> _Result:
    """Call until it succeeds or fails for good, at most `max_retries` times more; only for calls safe to repeat."""
    for retry in range(max_retries):
        try:
            return call()
        except VaultUnavailable as error:
            asked = _pause(retry) if error.retry_after is None else error.retry_after
            sleep(min(max(asked, _SHORTEST_PAUSE), _LONGEST_OBEYED))  # a server that says 0 would have us spin
    return call()


def until(
    deadline: float,
    call: Callable[[], _Result],
    sleep: Callable[[float], None],
    clock: Callable[[], float],
    away: Callable[[VaultUnavailable], object] = bool,
) -> _Result:
    """Call until it succeeds, fails for good, or the deadline is there; pauses double from one second to a minute.

    `away` is told of each failure that is waited after.
    """
    pause = _FIRST_WAIT
    while True:
        try:
            return call()
        except VaultUnavailable as error:
            if (left := deadline - clock()) <= 0:
                raise
            away(error)
            sleep(min(max(pause, error.retry_after or 0.0), left))
            pause = min(2 * pause, _LONGEST_WAIT)


def _pause(retry: int) -> float:
    """Seconds before try `retry` + 2: 0.2 doubling to 5, with full jitter (reference: Vault, 6.3); never zero."""
    import random

    return random.uniform(_SHORTEST_PAUSE, min(_LONGEST_PAUSE, 0.2 * 2 ** min(retry, 10)))  # noqa: S311  no secret depends on it
