"""Terraform files held against the provider's own schema (reference: Terraform, 3).

The schema stays out of the repository; it is what `terraform providers schema -json` writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.terraform_rules import LIVE, Finding
from tests.terraform_source import Expression

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.terraform_source import Block, Folder

META = {"count", "depends_on", "for_each", "provider"}
META_BLOCKS = {"lifecycle", "provisioner", "connection"}
BUILT_IN = {"terraform_data"}
DEPRECATED_ON_PURPOSE = {("vault_policy", "allow_overwrite")}
"""Its false is what the provider's next major version does by itself; until then the default overwrites."""

SECTIONS = {"resource": "resource_schemas", "data": "data_source_schemas", "ephemeral": "ephemeral_resource_schemas"}
KINDS: Mapping[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "bool": (bool,)}


@dataclass(frozen=True)
class Schema:
    """What the provider knows."""

    content: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Schema:
        return cls(json.loads(path.read_text())["provider_schemas"]["registry.terraform.io/hashicorp/vault"])

    def body(self, block: Block) -> Mapping[str, Any] | None:
        """What may stand in a block: of a resource, of the provider."""
        if block.kind == "provider":
            return dict(self.content["provider"]["block"])
        found = self.content[SECTIONS[block.kind]].get(block.labels[0])
        return dict(found["block"]) if found else None


def findings(folder: Folder, schema: Schema) -> list[Finding]:
    found: list[Finding] = []
    for block in folder.all(*LIVE, "provider"):
        if block.labels[0] in BUILT_IN:
            continue
        body = schema.body(block)
        if body is None:
            found.append(Finding("unknown_type", block.place, block.labels[0]))
        else:
            found += [Finding(name, block.place, says) for name, says in _body(block, body, block.labels[0])]
    return found


def _body(block: Block, body: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    attributes, nested = body.get("attributes", {}), body.get("block_types", {})
    if body.get("deprecated"):
        yield "deprecated", kind
    present = {*block.arguments, *(inner.kind for inner in block.blocks)}
    for name, facts in attributes.items():
        if facts.get("required") and name not in present:
            yield "required", f"{name} is missing"
    for name, value in block.arguments.items():
        if name not in META:
            yield from _argument(name, value, attributes, kind)
    for name in block.arguments:
        if attributes.get(name, {}).get("write_only") and f"{name}_version" not in present:
            yield "write_only", f"{name} is sent anew only with another {name}_version, which is missing"
    for inner in block.blocks:
        yield from _nested(inner, attributes, nested, kind)


def _argument(name: str, value: object, attributes: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    facts = attributes.get(name)
    if facts is None:
        yield "unknown_argument", name
        return
    if name == "id" or not (facts.get("required") or facts.get("optional")):
        yield "computed", f"{name} is the provider's to say"
    if facts.get("deprecated") and (kind, name) not in DEPRECATED_ON_PURPOSE:
        yield "deprecated", name
    if facts.get("sensitive") and not facts.get("write_only"):
        yield "sensitive", f"{name} would be in the state"
    if not _fits(value, facts["type"]):
        yield "type", f"{name} is not {json.dumps(facts['type'])}"


def _nested(
    inner: Block, attributes: Mapping[str, Any], nested: Mapping[str, Any], kind: str
) -> Iterator[tuple[str, str]]:
    if inner.kind in META_BLOCKS:
        return
    if inner.kind in nested:
        yield from _body(inner, nested[inner.kind]["block"], kind)
    elif (shape := _object(attributes.get(inner.kind, {}).get("type"))) is not None:
        yield from _body(inner, {"attributes": {n: {"type": t, "optional": True} for n, t in shape.items()}}, kind)
    else:
        yield "unknown_argument", inner.kind


def _object(shape: object) -> Mapping[str, Any] | None:
    """Of an attribute that is written as a block, what may stand in it: `tune`."""
    match shape:
        case ["list" | "set", ["object", dict() as members]]:
            return members
    return None


def _fits(value: object, wanted: object) -> bool:
    """Whether a literal has the type; an expression may, and is Terraform's own to judge."""
    if value is None or isinstance(value, Expression):
        return True
    match wanted:
        case str():
            return isinstance(value, KINDS[wanted]) and (wanted == "bool") == isinstance(value, bool)
        case ["list" | "set", one]:
            return isinstance(value, list) and all(_fits(item, one) for item in value)
        case ["map", one]:
            return isinstance(value, dict) and all(_fits(item, one) for item in value.values())
    return True
