"""Whom a policy test is about: the policies somebody holds and the identity that fills them, from here or from Vault.

Rules of the file
- From here: the roles as rendered, and files of the team's own; no network. A name that is both is refused.
- From Vault: the text that is there under the name, evaluated by us. No token is asked, and whoever runs it is told so.
- What could not be known is a note, never a silence: an absent policy grants nothing, a suspended bot has no right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError, PermissionDenied, SecretNotFound
from vault_binance.layout import POLICIES
from vault_binance.ops.policy_texts import SETUP, of_this_vault, render
from vault_binance.policy.access import Access, Policy
from vault_binance.policy.subject import Named, Subject
from vault_binance.policy.text import parse_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vault_binance.layout import Layout
    from vault_binance.policy.spec import Case
    from vault_binance.vault.operator_port import Entity, OperatorVault

OWN = "own"
"""Id and name of the entity where none is named: `identity/entity/id/own` is one's own."""

_NAME = re.compile(r"[A-Za-z0-9_][\w.-]{0,127}", re.ASCII)
_LARGEST = 1 << 20
"""Bytes: no policy is larger; whoever names another file by mistake shall not wait."""


@dataclass(frozen=True, slots=True)
class Holder:
    policies: tuple[Policy, ...]
    subject: Subject | None
    active: bool = True

    @property
    def access(self) -> Access:
        """What it may do: nothing where it is suspended."""
        return Access(self.policies if self.active else (), self.subject)


def read_text(path: Path) -> str:
    """A file as UTF-8; raises ConfigError that names it."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)  # a device has no size, and may have no end
        return (data if len(data) <= _LARGEST else b"\xff").decode("utf-8")
    except OSError as error:
        raise ConfigError(f"cannot read {str(path)!a}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{str(path)!a} is no UTF-8 text of at most 1 MB", hint="is it the right file?") from None


def policy_file(path: Path) -> Policy:
    return parse_policy(path.name, read_text(path))


class Here:
    """Policies by their names, without Vault: roles, files relative to `base`, and those of `folder` by their stems."""

    def __init__(self, layout: Layout, base: Path, folder: Path | None = None) -> None:
        self.layout, self._base = layout, base
        if folder is not None and not folder.is_dir():
            raise ConfigError(f"{str(folder)!a} is no directory")
        self.files = {file.stem: file for file in sorted(folder.glob("*.hcl"))} if folder else {}
        if twice := [name for name in self.files if self.role(name)]:
            raise ConfigError(f"{twice[0]} is a file in {str(folder)!a} and a role of ours", hint="rename the file")
        self.used: dict[str, Policy] = {}
        self.notes: list[str] = []

    def role(self, name: str) -> str:
        """The role that a name means, as `reader` or `binance-reader`; empty where it means none."""
        return next((role for role in (*POLICIES, SETUP) if name in {role, self.layout.policy(role)}), "")

    def policy(self, name: str) -> Policy:
        if name not in self.used:
            self.used[name] = self._policy(name)
        return self.used[name]

    def _policy(self, name: str) -> Policy:
        if role := self.role(name):
            return parse_policy(role, render(role, self.layout))
        if name.endswith(".hcl"):
            return policy_file(self._base / name)
        if name in self.files:
            return policy_file(self.files[name])
        raise ConfigError(
            f"{name!a} is no role of ours and no file that is known here",
            hint=f"roles: {', '.join(POLICIES)}; name a file with its .hcl, or give --policies DIR",
        )

    def holder(self, case: Case) -> Holder:
        if case.bot:
            return self.bot(case.bot, case.metadata)
        names = case.policies or (case.who,)
        return Holder(tuple(map(self.policy, names)), Subject(OWN, OWN, case.metadata))

    def bot(self, name: str, metadata: Mapping[str, str]) -> Holder:
        """As `bot add` makes it; its credential is to be said."""
        marks = {"managed_by": self.layout.managed_by, "binance_bot": name}
        return Holder((self.policy("reader"),), Subject(OWN, self.layout.entity(name), marks | dict(metadata)))


class There(Here):
    """The same names, with the texts that Vault has; files stay files."""

    def __init__(self, layout: Layout, base: Path, vault: OperatorVault, folder: Path | None = None) -> None:
        super().__init__(layout, base, folder)
        self._vault = vault
        self._expected = cache(lambda: of_this_vault(vault, layout))  # for whoever names a role of ours

    def _policy(self, name: str) -> Policy:
        if name.endswith(".hcl") or name in self.files:
            return super()._policy(name)
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{name!a} is no name of a policy", hint="letters, digits, dots, hyphens, underscores")
        role = self.role(name)
        full = self.layout.policy(role) if role else name
        text = "" if full == "root" else self._vault.policy(full)
        if text is None:
            self.notes.append(f"there is no policy {full} in Vault: it grants nothing")
        elif role in POLICIES and text != self._expected()[full]:
            self.notes.append(
                f"{full} in Vault differs from here, and was judged as it is there: policy diff shows how"
            )
        return parse_policy(full, text or "")

    def bot(self, name: str, metadata: Mapping[str, str]) -> Holder:  # noqa: ARG002  the entity's own count
        """As it is in Vault: what its login gives it, and its entity. Policies of its groups are not looked at."""
        entity = self._vault.entity(self.layout.entity(name))
        if entity is None:
            raise SecretNotFound(f"there is no bot {name} in Vault", hint="vault-binance bot list")
        if entity.disabled:
            self.notes.append(f"{name} is suspended: Vault refuses it everything")
        names = dict.fromkeys((*self._login_policies(name), *entity.policies))
        return Holder(tuple(map(self.policy, names)), subject_of(entity), active=not entity.disabled)

    def _login_policies(self, name: str) -> Sequence[str]:
        """Of its AppRole role, else of its certificate's: what a token gets besides the entity's own policies."""
        role = self._vault.role(self.layout.approle_mount, name)
        role = role or self._vault.certificate_role(self.layout.cert_mount, name)
        if role is None:
            self.notes.append(f"{name} has no login of ours: only its entity's own policies were judged")
            return ()
        default = () if role.get("token_no_default_policy") else ("default",)
        return (*default, *role.get("token_policies", ()))

    def myself(self) -> Holder | None:
        """Whoever asks, by their token; None where it may not read all its policies: half of them would mislead."""
        token = self._vault.own_token()
        try:
            entity = self._vault.entity_by_id(token.entity_id) if token.entity_id else None
            return Holder(
                tuple(map(self.policy, dict.fromkeys(token.policies))), subject_of(entity) if entity else None
            )
        except PermissionDenied as error:
            self.notes.append(f"which rule it is cannot be said: this token may not see {error.path}")
            return None


def subject_of(entity: Entity) -> Subject:
    """What is known of an entity without its logins' metadata and without its groups."""
    aliases = {alias.mount_accessor: Named(alias.id, alias.name) for alias in entity.aliases}
    return Subject(entity.id, entity.name, entity.metadata, aliases)
