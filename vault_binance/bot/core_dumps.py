"""No core file of a process that holds a secret; the command it becomes gets back the limit that was meant for it."""

from __future__ import annotations

import resource

STARTED_WITH = resource.getrlimit(resource.RLIMIT_CORE)
"""Soft and hard limit in bytes, before this program touched them."""


def forbid() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, STARTED_WITH[1]))


def allow_again() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, STARTED_WITH)
