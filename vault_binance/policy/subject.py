"""Whom a policy is for: the identity that fills its templates.

Rules of the file
- A value goes into a path as it is, stars and slashes included, as Vault does it (OpenBao refuses those by default).
- A template that asks for what the subject has not is no error: its rule is not there for this subject.

Source: reference Vault, 4.5; tests/contract/test_policy_contract.py for every kind of property.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = r"[^{}]*[^{}\s]"
_LOGIN = rf"entity\.aliases\.[^.{{}}]+\.(?:id|name|metadata\.{_KEY}|custom_metadata\.{_KEY})"
_ENTITY = rf"entity\.(?:id|name|metadata\.{_KEY})"
_GROUP = rf"groups\.(?:ids|names)\.[^.{{}}]+\.(?:id|name|metadata\.{_KEY})"
TEMPLATE = re.compile(rf"\{{\{{\s*identity\.({_ENTITY}|{_LOGIN}|{_GROUP})\s*\}}\}}")
"""A template that means something to Vault; its group is the property's name in `properties`."""


@dataclass(frozen=True, slots=True)
class Named:
    """A login (alias) or a group of the subject's; `custom_metadata` is a login's alone."""

    id: str
    name: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    custom_metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """The identity entity whose properties fill the templates. `aliases` by the accessor of their auth mount.

    `groups` are all it is in, through other groups too.
    """

    id: str
    name: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, Named] = field(default_factory=dict)
    groups: tuple[Named, ...] = ()


def filled(path: str, subject: Subject | None) -> str | None:
    """The path with its templates filled in; None where the subject lacks a property."""
    if "{{" not in path:
        return path
    known = properties(subject)
    if any(name not in known for name in TEMPLATE.findall(path)):
        return None
    return TEMPLATE.sub(lambda template: known[template[1]], path)


def properties(subject: Subject | None) -> dict[str, str]:
    """Each by its name in a template. A group whose name has a dot has none by it: Vault reads up to the first."""
    if subject is None:
        return {}
    found = _named("entity", Named(subject.id, subject.name, subject.metadata))
    for accessor, alias in subject.aliases.items():
        found |= _named(f"entity.aliases.{accessor}", alias)
    for group in subject.groups:
        found |= _named(f"groups.ids.{group.id}", group)
        found |= {} if "." in group.name else _named(f"groups.names.{group.name}", group)
    return found


def _named(prefix: str, thing: Named) -> dict[str, str]:
    metadata = {f"{prefix}.metadata.{key}": value for key, value in thing.metadata.items()}
    custom = {f"{prefix}.custom_metadata.{key}": value for key, value in thing.custom_metadata.items()}
    return {f"{prefix}.id": thing.id, f"{prefix}.name": thing.name, **metadata, **custom}
