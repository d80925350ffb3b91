"""Starting a bot with its credential in the environment, and with nothing else of ours.

Rules of the file
- The command is found before anything is lent: a mistyped name costs no login.
- What belongs to Vault does not reach the child: VAULT_*, BAO_* and our own variables, unless named to be passed.
- The process is replaced, so signals, exit code and terminal are the child's own; a supervised one is started beside
  us, as the leader of a process group. Nothing is written to disk.
- Other names than the usual ones are a profile's, which is loaded only where somebody asked for one.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager

from vault_binance.bot import core_dumps
from vault_binance.errors import CommandFailed, ConfigError
from vault_binance.redacted import Hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import NoReturn

    from vault_binance.bot.profiles import Profile
    from vault_binance.credentials import Credentials

SCRUBBED_PREFIXES = ("VAULT_", "BAO_")
KEEPS_ENVIRONMENT = frozenset({"docker", "docker-compose", "podman", "podman-compose", "pm2", "nerdctl"})
"""Commands that store their environment on disk, where `inspect` or a dump file shows it."""
PLAIN = ("BINANCE_API_KEY", "BINANCE_API_SECRET")
"""The names that most bots read (reference: peers, 8.10); they name the key's owner, not its environment."""


class Handover:
    """How a command gets its credential.

    `profile` None is the pair under its PLAIN names. `passed` are variables of Vault's that reach the command all the
    same. With `overwrite` no variable of the profile's that was there before does. No dataclass: that would cost every
    start.
    """

    def __init__(
        self, profile: Profile | None = None, passed: Collection[str] = (), *, overwrite: bool = False
    ) -> None:
        self.profile, self.passed, self.overwrite = profile, passed, overwrite

    @property
    def names(self) -> Collection[str]:
        """Every variable that the credential may be given in."""
        return self.profile.names if self.profile else PLAIN

    @property
    def files(self) -> Sequence[str]:
        """Those that are given a path to the secret."""
        return self.profile.files if self.profile else ()

    def check(self, environ: Mapping[str, str]) -> None:
        """Raises ConfigError for what `environment` would, as far as it is known before anything is lent."""
        self._environment(environ, {})
        if self.profile:
            self.profile.check(environ)

    def variables(self, credentials: Credentials, environ: Mapping[str, str]) -> Mapping[str, str]:
        """The credential's variables; raises ConfigError where the command would not understand one."""
        return self.profile.variables(credentials, environ) if self.profile else variables_for(credentials)

    @contextmanager
    def environment(self, environ: Mapping[str, str], credentials: Credentials) -> Iterator[Mapping[str, str]]:
        """The environment of a command that is started within the block."""
        variables = self.variables(credentials, environ)
        if not self.files:
            yield self._environment(environ, variables)
            return
        from vault_binance.bot.secret_file import placed

        with placed(credentials.secret, self.files) as paths:
            yield self._environment(environ, Hidden(variables, **paths))  # type: ignore[arg-type]  # of texts

    def _environment(self, environ: Mapping[str, str], variables: Mapping[str, str]) -> Mapping[str, str]:
        return child_environment(environ, variables, passed=self.passed, overwrite=self.overwrite, reserved=self.names)


def find_command(command: str, environ: Mapping[str, str]) -> str:
    """The path of `command`, by PATH as a shell would; raises CommandFailed with 127 or 126."""
    if os.sep in command:
        candidates = [command]
    else:
        candidates = [os.path.join(folder, command) for folder in os.get_exec_path(dict(environ))]  # noqa: PTH118
    files = [path for path in candidates if os.path.isfile(path)]  # noqa: PTH113
    for path in files:
        if os.access(path, os.X_OK):
            return path
    if files:
        raise CommandFailed(f"{files[0]!a} is not executable", hint=f"chmod +x {files[0]!a}", exit_code=126)
    if os.sep in command and os.path.isdir(command):  # noqa: PTH112
        raise CommandFailed(f"{command!a} is a directory", hint="nothing was lent", exit_code=126)
    raise CommandFailed(f"command not found: {command!a}", hint="nothing was lent; is it on PATH?", exit_code=127)


def child_environment(
    environ: Mapping[str, str],
    variables: Mapping[str, str],
    *,
    passed: Collection[str] = (),
    overwrite: bool = False,
    reserved: Collection[str] = (),
) -> Mapping[str, str]:
    """The child's environment: `environ` without what is Vault's, with the credential's variables.

    Raises ConfigError where the parent has one of the variables already: an old key in the environment is what this
    tool is there to replace, and which one wins must be said. `reserved` are more of them, for another credential: a
    live key has no place beside one of the testnet.
    """
    clean = {name: value for name, value in environ.items() if name in passed or not name.startswith(SCRUBBED_PREFIXES)}
    taken = sorted({*variables, *reserved} & set(clean))
    if taken and not overwrite:
        raise ConfigError(
            f"the environment already has {' and '.join(taken)}",
            hint="unset them, or let the lent credential win: exec --overwrite",
        )
    kept = {name: text for name, text in clean.items() if name not in taken}
    return Hidden(kept, **variables)  # type: ignore[return-value]  # of texts


def variables_for(credentials: Credentials) -> Mapping[str, str]:
    """The pair under its PLAIN names."""
    pair = (credentials.api_key.reveal(), credentials.secret.reveal())
    return Hidden(zip(PLAIN, pair, strict=True))  # type: ignore[return-value]  # of texts


def warning_for(command: str) -> str:
    """A warning where the command keeps its environment on disk, else empty."""
    name = os.path.basename(command)  # noqa: PTH119
    if name not in KEEPS_ENVIRONMENT:
        return ""
    return (
        f"{name} keeps the environment of what it starts on disk, credential included: "
        "put vault-binance exec inside the container or process instead"
    )


def replace_process(path: str, argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Become the command. Returns only by raising CommandFailed, with this process as it was."""
    # Python ignores these two, and what is ignored stays ignored across execve: the bot would not notice a closed pipe.
    before = [(number, signal.signal(number, signal.SIG_DFL)) for number in _IGNORED_BY_PYTHON]
    core_dumps.allow_again()
    try:
        os.execve(path, list(argv), dict(environ))  # noqa: S606  no shell on purpose
    except (OSError, ValueError) as error:
        raise _not_started(path, error) from None
    finally:
        for number, disposition in before:
            signal.signal(number, disposition)


def start_beside(path: str, argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Start the command as a child that leads a process group of its own; returns its pid. Raises CommandFailed.

    Not by fork: a lease is kept in another thread, and its copy in a forked child would begin to log in.
    """
    core_dumps.allow_again()
    try:
        return os.posix_spawn(path, list(argv), dict(environ), setpgroup=0, setsigdef=_IGNORED_BY_PYTHON)
    except (OSError, ValueError) as error:
        raise _not_started(path, error) from None
    finally:
        core_dumps.forbid()


_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def _not_started(path: str, error: OSError | ValueError) -> CommandFailed:
    if isinstance(error, FileNotFoundError):
        return CommandFailed(f"the interpreter that {path!a} names does not exist", exit_code=127)
    if isinstance(error, OSError):
        return CommandFailed(f"cannot start {path!a}: {error.strerror}", exit_code=126)
    return CommandFailed(  # its text would quote the variable
        f"cannot start {path!a}: an argument or a variable has a character that none may have", exit_code=126
    )
