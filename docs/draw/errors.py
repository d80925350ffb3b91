"""docs/reference/errors.md: every error, its exit code, and what its caller does, from the tree in the code.

python docs/draw/errors.py > docs/reference/errors.md
"""

from __future__ import annotations

import ast
import inspect
import sys
from typing import TYPE_CHECKING

from page import for_readers, table

import vault_binance
from vault_binance import errors
from vault_binance.errors import VaultBinanceError

if TYPE_CHECKING:
    from collections.abc import Iterator

NEXT = {
    "VaultBinanceError": "nothing by itself: catch it last, and look",
    "ConfigError": "mend what the message names; nothing was sent",
    "MalformedCredentials": "store the whole pair again; it was not handed out",
    "VaultUnavailable": "try again, after `retry_after` where there is one; a lease does so itself",
    "PermissionDenied": "stop and ask: the hint says what was found out, and who may grant it",
    "WriteConflict": "look what is there now, and decide anew",
    "NotOurs": "choose another name or instance; nothing of others' is touched",
    "SecretNotFound": "`state` decides: `absent` is a wrong name, `deleted` can be brought back, `destroyed` cannot",
    "LoginRefused": "stop: trying again does not help; a new login is needed, or a bot is to be allowed again",
    "WrappedTokenInvalid": "ask for a new one; and where nothing of yours opened it, revoke the bot",
    "CredentialsStale": "pause trading; it ends by itself once Vault is back",
    "LeaseEnded": "`reason` decides: `refused` may end by itself, after every other a new lease is needed",
    "UnsafeKey": "do not start; mend the key at Binance",
    "CommandFailed": "mend the command line after `--`",
    "BinanceUnavailable": "try a read again; look first what became of a request with effects",
    "RateLimited": "wait for `retry_after` seconds, whatever else uses this address too",
    "KeyRejected": "look at the key at Binance before anything is changed; `code` is Binance's",
    "SigningError": "store the secret again, with the type that it is of",
}
"""What whoever catches it does next: a class exists only where that differs."""

CODES = {
    0: "done",
    1: "what nobody foresaw, output that could not be written, or a question that was not answered with yes",
    2: "the command line was not understood",
    10: "a setting, name or file is wrong: nothing was sent",
    12: "findings at HIGH, a part that was not seen, a promise broken, no audit trail",
    20: "Vault is away or sealed: try again",
    21: "permission denied, with the reason that was found",
    22: "somebody else wrote first, or the name is not ours: nothing was written",
    23: "no such secret: absent, deleted or destroyed",
    24: "login refused, or a wrapping token used or expired",
    25: "the lease has ended, or Vault was away for too long",
    30: "Binance is away, or limits this address: try again",
    31: "Binance refuses the key",
    32: "the secret cannot sign",
    126: "`exec`: the command is not executable",
    127: "`exec`: there is no such command",
    130: "interrupted from the keyboard",
}
"""Every exit code of the command line; under `exec` the command's own come beside them."""

AGAIN = {
    1: "look",
    10: "no",
    12: "no",
    20: "yes",
    21: "no",
    22: "look first",
    23: "no",
    24: "no",
    25: "where Vault was away",
    30: "yes",
    31: "no",
    32: "no",
    126: "no",
    127: "no",
}


def tree(kind: type[VaultBinanceError] = VaultBinanceError) -> Iterator[type[VaultBinanceError]]:
    """A class and all below it, as they stand in the file."""
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from tree(below)


def code_of(kind: type[VaultBinanceError]) -> str:
    return "126, 127" if kind is errors.CommandFailed else str(kind.exit_code)


def said(kind: type) -> str:
    return for_readers(" ".join(inspect.cleandoc(kind.__doc__ or "").split()))


def attributes(kind: type) -> list[tuple[str, str]]:
    """Those of its own, beside `message` and `hint`, and what their docstrings say."""
    (body,) = ast.parse(inspect.getsource(kind)).body
    found: list[tuple[str, str]] = []
    for scope in [body, *(node for node in ast.walk(body) if isinstance(node, ast.FunctionDef))]:
        before = ""
        for node in scope.body:  # type: ignore[attr-defined]  # a class or a function
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and before:
                found[-1] = before, " ".join(str(node.value.value).split())
            before = assigned(node)
            if before and before not in {"exit_code", "transient", "message", "hint"} and not before.startswith("_"):
                found.append((before, ""))
            else:
                before = ""
    return found


def assigned(node: ast.stmt) -> str:
    target = (
        node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
    )
    if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def section(kind: type[VaultBinanceError]) -> str:
    above = kind.__mro__[1]
    parent = f"is a [`{above.__name__}`](#{above.__name__.lower()})" if kind is not VaultBinanceError else "is the base"
    again = "yes" if kind.transient else "no"
    public = "`vault_binance`" if kind.__name__ in vault_binance.__all__ else "`vault_binance.errors`"
    own = [f"- `{name}`{': ' + meaning if meaning else ''}" for name, meaning in attributes(kind)]
    lines = [
        f"### {kind.__name__}",
        "",
        said(kind),
        "",
        f"- {parent}; import it from {public}",
        f"- exit code {code_of(kind)}; transient: {again}",
        f"- next: {NEXT[kind.__name__]}",
        *own,
        "",
    ]
    return "\n".join(lines)


def page() -> str:
    kinds = list(tree())
    rows = [
        (
            f"[`{kind.__name__}`](#{kind.__name__.lower()})",
            code_of(kind),
            "yes" if kind.transient else "",
            NEXT[kind.__name__],
        )
        for kind in kinds
    ]
    by_code = {code: [kind for kind in kinds if str(code) in code_of(kind).split(", ")] for code in CODES}
    codes = [
        (str(code), means, AGAIN.get(code, "-"), ", ".join(f"`{kind.__name__}`" for kind in by_code[code]) or "-")
        for code, means in CODES.items()
    ]
    return f"""# Errors and exit codes

Every failure is one of these classes, and a class exists only where a caller does something different next. An error
has a `message`, a `hint` that says what to do, an `exit_code`, and `transient`: whether the same call may succeed
later, unchanged. A traceback, a test runner's report and a log with `exc_info` show the hint below the message. Neither
ever holds a value, and both are for people: decide by the class and its attributes. What to do when one comes in the
night: [the runbook](../runbook.md).

{table(("class", "exit code", "transient", "what its caller does"), *rows)}

## Exit codes

A supervisor may start anew what ends with a code that says so. [A systemd service](../howto/systemd.md) has
the list for systemd.

{table(("code", "means", "try again?", "raised as"), *codes)}

Any other code that `exec` ends with is the command's own. Where a signal ended that, `exec` ends by the same one, which
a shell shows as 128 and its number.

## Each class

{chr(10).join(section(kind) for kind in kinds)}
Drawn from the code by docs/draw/errors.py.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
