"""Notices as log records: stable event names, accessor, version and seconds, never a value.

Rules of the file
- The logger is `vault_binance.lease`; the message is `lease.<kind>` and its facts as name=value, in one order.
- The facts are attributes of the record too (`event`, `accessor`, ...), for logs that are machines' food. Each has one
  type: seconds are a number, or None where there is no end, which JSON can say and infinity it cannot.
- Of an error of ours its sentence is told, which holds no value; of any other its class alone.
- The whole list is docs/reference/events.md, which is drawn from here.
"""

from __future__ import annotations

import json
import logging
import re
from contextlib import suppress
from math import inf

from vault_binance.errors import VaultBinanceError
from vault_binance.notices import NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_binance.notices import Notice

LOGGER = logging.getLogger("vault_binance.lease")

LEVELS = {
    NoticeKind.CREATED: logging.INFO,
    NoticeKind.RENEWED: logging.DEBUG,
    NoticeKind.ROTATED: logging.INFO,
    NoticeKind.EXPIRED: logging.WARNING,
    NoticeKind.DELETED: logging.WARNING,
    NoticeKind.UNREACHABLE: logging.WARNING,
    NoticeKind.REFUSED: logging.ERROR,
    NoticeKind.RECOVERED: logging.INFO,
    NoticeKind.REVOKED: logging.INFO,
    NoticeKind.ENDED: logging.INFO,
}
"""A token that could not be given back is no more than INFO: that is the rule after a refusal."""

CALLBACK_FAILED, FILE_FAILED = "lease.callback_failed", "lease.file_failed"
REPORT_FAILED = "lease.report_failed"
KEY_CHECKED, KEY_UNCHECKED = "lease.key_checked", "lease.key_unchecked"

_EXPLAINED = {NoticeKind.UNREACHABLE, NoticeKind.REFUSED, NoticeKind.DELETED, NoticeKind.ENDED}
"""What has just failed is their reason."""


def record(notice: Notice, name: str, error: BaseException | None = None) -> None:
    """Log one notice about the credential `name`; `error` is the last failure."""
    _log(level_of(notice), facts_of(notice, name, error))


def level_of(notice: Notice) -> int:
    """That of its kind; an end that nobody asked for is an error."""
    unasked = notice.kind is NoticeKind.ENDED and notice.detail != "closed"
    return logging.ERROR if unasked else LEVELS[notice.kind]


def facts_of(notice: Notice, name: str, error: BaseException | None = None) -> dict[str, object]:
    """What there is to say, without what does not apply; `ttl` in seconds, None for a lease without end."""
    facts = {
        "event": f"lease.{notice.kind}",
        "credential": name,
        "accessor": notice.accessor or None,
        "version": notice.version,
        "ttl": notice.ttl,
        "detail": notice.detail or None,
    }
    if notice.kind in _EXPLAINED and notice.detail != "closed":
        facts |= why(error)
    return {key: None if value == inf else value for key, value in facts.items() if value is not None}


def why(error: BaseException | None) -> dict[str, str]:
    """A failure's class, and its sentence and hint where they are ours."""
    words = {"error": type(error).__name__} if error else {}
    if isinstance(error, VaultBinanceError):
        words |= {"reason": error.message} | ({"hint": error.hint} if error.hint else {})
    return words


def guarded(callback: Callable[..., object], *arguments: object) -> object:
    """Call what belongs to somebody else: what it raises is logged, and stops nothing."""
    try:
        return callback(*arguments)
    except (Exception, SystemExit):  # noqa: BLE001
        callback_failed(callback)
        return None


def callback_failed(callback: Callable[..., object]) -> None:
    """Log the exception that is being handled; the traceback is of the bot's own code."""
    name = getattr(callback, "__qualname__", type(callback).__name__)  # its repr might show what it is bound to
    _log(logging.ERROR, {"event": CALLBACK_FAILED, "callback": name}, traced=True)


def file_failed(path: str, error: OSError) -> None:
    """Log that a status or metrics file cannot be written."""
    _log(logging.WARNING, {"event": FILE_FAILED, "path": path, "reason": error.strerror or type(error).__name__})


def report_failed(reason: str) -> None:
    """Log that what was found out about the key could not be left in Vault."""
    _log(logging.WARNING, {"event": REPORT_FAILED, "reason": reason})


def key_checked(name: str, version: int, *, high: int, medium: int, worst: str) -> None:
    """Log what Binance said of a key; `worst` is its first finding, empty where there is none."""
    level = logging.ERROR if high else logging.WARNING if medium else logging.INFO
    facts = {"credential": name, "version": version, "high": high, "medium": medium, "worst": worst or None}
    _log(level, {"event": KEY_CHECKED, **{key: fact for key, fact in facts.items() if fact is not None}})


def key_unchecked(name: str, error: VaultBinanceError) -> None:
    """Log that Binance could not be asked about a key."""
    _log(logging.WARNING, {"event": KEY_UNCHECKED, "credential": name, **why(error)})


def _log(level: int, facts: Mapping[str, object], *, traced: bool = False) -> None:
    if not LOGGER.isEnabledFor(level):
        return
    text = " ".join(f"{key}={_word(value)}" for key, value in facts.items() if key != "event")
    try:
        LOGGER.log(level, "%s %s", facts["event"], text, extra=facts, exc_info=traced)
    except Exception:  # a filter of the bot's raised, or its record factory uses one of our names
        with suppress(Exception):
            LOGGER.log(level, "%s %s", facts["event"], text, exc_info=traced)


def _word(value: object) -> str:
    """One word of a line; text with blanks, quotes or line ends in quotes, so that no name can forge a fact."""
    text = "never" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return text if re.fullmatch(r"[\w./:@+-]+", text, re.ASCII) else json.dumps(text)
