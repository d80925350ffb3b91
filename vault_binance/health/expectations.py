"""What a team wants of a key: kept in the credential's custom metadata, added to by flags.

Rules of the file
- Pure texts in, one frozen value out, and back.
- What is stored was written by anybody: a word that means nothing is ignored for judging, and told (`odd`). What was
  typed just now is refused instead.
- An expectation belongs to the credential and outlives its versions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from vault_binance.errors import ConfigError
from vault_binance.health.values import Permission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

SILENT = frozenset({Permission.READING, Permission.SPOT_TRADING, Permission.FIX_READ})
"""What is no finding although nobody asked for it: what a bot needs, and what Binance's own example has on."""

NAMES = ("allow", "forbid", "require_ip")
"""Of the custom metadata."""


@dataclass(frozen=True, slots=True)
class Expectations:
    """`allow` is no finding, `needed` (asked for by name) is one where it is missing, `forbid` is HIGH whatever it is.

    `forbid` wins over `allow`. `odd` are the names of stored settings, or words in them, that mean nothing.
    """

    allow: frozenset[Permission] = SILENT
    forbid: frozenset[Permission] = frozenset()
    require_ip: bool = True
    needed: frozenset[Permission] = frozenset()
    odd: tuple[str, ...] = ()

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Self:
        """What a credential's custom metadata asks for; total."""
        needed, strange = _permissions(metadata.get("allow", ""))
        forbid, also_strange = _permissions(metadata.get("forbid", ""))
        required = metadata.get("require_ip", "true")
        odd = [*strange, *also_strange, *(() if required in {"true", "false"} else ("require_ip",))]
        odd += [f"{permission} (allowed and forbidden)" for permission in sorted(needed & forbid)]
        return cls(SILENT | needed, forbid, required != "false", needed - forbid, tuple(odd))

    def to_metadata(self) -> dict[str, str]:
        """What reads back as this; nothing for what is the default."""
        return given(self.needed, self.forbid, require_ip=None if self.require_ip else False)

    def plus(self, allow: Iterable[str], forbid: Iterable[str], *, require_ip: bool | None) -> Self:
        """With what was typed. Raises ConfigError for a permission both allowed and forbidden."""
        needed = self.needed | {Permission(word) for word in allow}
        forbidden = self.forbid | {Permission(word) for word in forbid}
        if both := sorted(needed & forbidden):
            raise ConfigError(
                f"{', '.join(both)}: both allowed and forbidden",
                hint="which of the two? One may be stored with the credential: vault-binance key show NAME",
            )
        wanted = self.require_ip if require_ip is None else require_ip
        return replace(self, allow=self.allow | needed, forbid=forbidden, require_ip=wanted, needed=needed)


def given(allow: Iterable[str], forbid: Iterable[str], *, require_ip: bool | None) -> dict[str, str]:
    """What was typed as custom metadata, and nothing for what was not."""
    texts = {
        "allow": ",".join(sorted(allow)),
        "forbid": ",".join(sorted(forbid)),
        "require_ip": "" if require_ip is None else str(require_ip).lower(),
    }
    return {name: text for name, text in texts.items() if text}


def _permissions(text: str) -> tuple[frozenset[Permission], list[str]]:
    words = {word for part in text.split(",") if (word := part.strip())}
    known = words & set(Permission)
    return frozenset(Permission(word) for word in known), [_shown(word) for word in sorted(words - known)]


def _shown(word: str) -> str:
    """Only what looks like a permission: the text is somebody else's, and ends up in a terminal and in reports."""
    return word if re.fullmatch(r"[a-z][a-z-]{0,31}", word) else "a word that is none"
