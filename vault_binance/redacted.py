"""A secret that hides itself.

Rules of the file
- `repr`, `str`, `format` and `%s` show a mask of fixed length: not even the secret's length is told.
- Pickling raises: a spawned worker that got asterisks would trade with asterisks (design, section 8).
- `.reveal()` is the only way to the value, so that one grep finds every place where a secret comes into the open.
- Where secrets must be plain for a moment, in what is sent to Vault and what it answers, they stand in a Hidden: a
  traceback that shows variables, as an error tracker's does, shows none.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn, Self

MASK = "********"


class Redacted:
    """A string that no print, log, traceback or pickle shows."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        return self.__value

    def __repr__(self) -> str:
        return f"Redacted({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time; a plain string is never equal, so that none is compared by accident."""
        if not isinstance(other, Redacted):
            return NotImplemented
        lenient = "surrogatepass"  # what cannot be encoded raises with the secret in hand
        from hmac import compare_digest  # loads OpenSSL's hashes: 3 ms that no start-up needs

        return compare_digest(self.__value.encode(errors=lenient), other.__value.encode(errors=lenient))

    __hash__ = None  # type: ignore[assignment]  # a hash would be a fingerprint of the secret

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            "a Redacted secret cannot be pickled: let the other process fetch its own credential, "
            "or pass .reveal() on purpose",
        )


class Hidden(dict[str, object]):
    """A dict that keeps its plain values out of `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "{...}"

    def __sentry_repr__(self) -> str:
        """Tell an error tracker as little: it takes a mapping apart by itself too."""
        return repr(self)

    def __rich_repr__(self) -> Iterator[object]:
        """Tell rich as little: it takes a dict apart by itself, whatever its repr says."""
        return iter(())
