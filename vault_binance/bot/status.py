"""What a person asks of a lease first: who, in which phase, how old, until when, and what failed last.

Rules of the file
- No secret and no part of one: an accessor tells a lease apart and opens nothing.
- Every field is always there, so that whoever reads one needs no second look; null is what does not apply, or has no
  end. Seconds are as of `updated`, the time of day. A file that stands still and does not say `ended` belongs to a
  process that was killed.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from math import isfinite

from vault_binance.bot import journal
from vault_binance.bot.written import Written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.bot.keeping import Keeper
    from vault_binance.bot.snapshot import Snapshot

FIELDS = {
    "credential": "its name, or the path that it is read from",
    "instance": "the instance that we asked for it",
    "bot": "the bot's name, empty where it has not told one",
    "pid": "the process that keeps the lease",
    "updated": "when this was written (RFC 3339)",
    "phase": "logged out, holding, wavering (Vault is away), refused, closing, ended",
    "reason": "why it is refused or has ended, in one word; else empty",
    "usable": "whether the credential may be handed out",
    "version": "of the credential that was read last",
    "age_seconds": "since Vault was last asked for it and answered",
    "usable_for_seconds": "until it is too old to be handed out, if Vault said nothing more",
    "latest": "what is wrong with the latest version while an older one stays in use, such as deleted; else empty",
    "lease": "accessor, expires_in_seconds and renewable of the token's lease, null where there is none",
    "failures": "in a row; 0 after an answered read",
    "last_error": "error, reason and hint of what failed last; it stays after a recovery",
}
"""Every field of a status, and what it says."""


def status_of(keeper: Keeper) -> dict[str, object]:
    """As of now, fit for JSON; may be called from any thread."""
    session, left = keeper.state.session, keeper.until()
    return {
        "credential": keeper.name,
        "instance": keeper.instance,
        "bot": keeper.bot,
        "pid": os.getpid(),
        "updated": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "phase": session.phase.value,
        "reason": session.reason,
        "usable": bool(left),
        "version": session.version,
        "age_seconds": _seconds(keeper.age()),
        "usable_for_seconds": _seconds(left),
        "latest": session.missing,
        "lease": _lease(keeper),
        "failures": session.failures,
        "last_error": journal.why(keeper.state.error) or None,
    }


def _lease(keeper: Keeper) -> dict[str, object] | None:
    lease = keeper.state.session.lease
    if lease is None:
        return None
    expires_in = _seconds(keeper.left())
    return {"accessor": lease.accessor, "expires_in_seconds": expires_in, "renewable": lease.renewable}


def _seconds(value: float | None) -> float | None:
    return round(value, 3) if value is not None and isfinite(value) else None


class StatusFile(Written):
    """The status as a file of one JSON object."""

    def text(self, fetcher: Snapshot) -> str:
        return json.dumps(fetcher.status(), indent=2) + "\n"
