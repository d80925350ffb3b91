"""Doctor on bots: their logins at our mounts, their entities, and the tie between the two.

Rules of the file
- Pure: facts in, findings out; a mount that is not ours has no logins here.
- An entity under one of our names is ours to judge where it is marked, or where our policies would read its metadata.
- Two bots that read one credential are two bots; a removed one is a tombstone, and a suspended one may be half.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vault_binance.layout import NAME_PATTERN, SECRET_ID_TTL, TOKEN_MAX_TTL, TOKEN_TTL
from vault_binance.ops.doctor.rules import found
from vault_binance.ops.doctor.seen import Login, NotSeen, seen
from vault_binance.vault.operator_port import Mount

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from vault_binance.layout import Layout
    from vault_binance.ops.doctor.rules import Finding
    from vault_binance.ops.doctor.seen import Fact, Seen
    from vault_binance.vault.operator_port import Entity

_OURS = ("managed_by", "binance_bot", "binance_credential")


@dataclass(frozen=True, slots=True)
class _Way:
    """One of our two mounts for logins: where its roles are, and what was seen of it."""

    folder: str
    accessor: str
    logins: Mapping[str, Login]

    def finish(self, name: str, credential: str = "NAME") -> str:
        """What completes a bot that has this login and not the rest."""
        made = f"bot add {name} --credential {shlex.quote(credential)}"
        command = f"bot enroll {name}" if self.folder.endswith("/certs") else made
        return f"vault-binance {command}   (or: vault delete {self.folder}/{name})"


def _ways(facts: Seen, layout: Layout) -> Iterator[_Way]:
    for mount, folder, logins in (
        (facts.approle, f"auth/{layout.approle_mount}/role", facts.roles),
        (facts.cert, f"auth/{layout.cert_mount}/certs", facts.certificates),
    ):
        if isinstance(mount, Mount) and not isinstance(logins, NotSeen):
            yield _Way(folder, mount.accessor, logins)


def bot_findings(facts: Seen, layout: Layout) -> Iterator[Finding]:
    for way in _ways(facts, layout):
        for name, login in way.logins.items():
            yield from _login(way, name, login, facts, layout)
    known = None if isinstance(facts.credentials, NotSeen) else facts.credentials.keys()
    for entity in seen(facts.entities).values():
        if _is_judged(entity, facts, layout):
            yield from _entity(entity, known, facts, layout)


def _login(way: _Way, name: str, login: Login, facts: Seen, layout: Layout) -> Iterator[Finding]:
    path = f"{way.folder}/{name}"
    if not re.fullmatch(NAME_PATTERN, name):
        yield found("role-of-no-bot", path, f"{name} is no name of a bot", f"vault delete {shlex.quote(path)}")
        return
    if not isinstance(login.settings, NotSeen):
        yield from _settings(path, login.settings, layout)
        if "certificate" in login.settings:
            yield from _names(path, name, login.settings)
    yield from _tie(way, name, login.alias, facts, layout)


def _settings(path: str, role: Mapping[str, Any], layout: Layout) -> Iterator[Finding]:
    """Both kinds of mounts have the same settings for tokens; an AppRole has those for SecretIDs besides."""
    reader, write = layout.policy("reader"), f"vault write {path}"
    policies = set(role.get("token_policies") or ())
    if not policies or not policies <= {reader, layout.policy("signer")}:
        fact = f"token_policies: {', '.join(sorted(policies)) or 'none'}"
        yield found("role-grants-other", path, fact, f"{write} token_policies={reader}")
    if not role.get("token_no_default_policy"):
        yield found(
            "role-with-default-policy", path, "token_no_default_policy is off", f"{write} token_no_default_policy=true"
        )
    if period := _number(role, "token_period"):
        yield found("tokens-never-end", path, f"token_period is {period} s", f"{write} token_period=0")
    ttls = _number(role, "token_ttl"), _number(role, "token_max_ttl")
    if not (0 < ttls[0] <= TOKEN_TTL and 0 < ttls[1] <= TOKEN_MAX_TTL):
        fact = f"token_ttl is {ttls[0]} s, token_max_ttl {ttls[1]} s"
        yield found("tokens-live-long", path, fact, f"{write} token_ttl={TOKEN_TTL} token_max_ttl={TOKEN_MAX_TTL}")
    if "batch" in str(role.get("token_type")):
        fact = f"token_type is {role['token_type']}"
        yield found("role-makes-batch-tokens", path, fact, f"{write} token_type=service")
    if "secret_id_ttl" in role:
        yield from _secret_ids(path, role)


def _secret_ids(path: str, role: Mapping[str, Any]) -> Iterator[Finding]:
    write = f"vault write {path}"
    if not role.get("bind_secret_id"):
        yield found("role-without-secret", path, "bind_secret_id is off", f"{write} bind_secret_id=true")
    ttl = _number(role, "secret_id_ttl")
    if not ttl:
        yield found("secret-ids-never-end", path, "secret_id_ttl is 0", f"{write} secret_id_ttl={SECRET_ID_TTL}")
    elif ttl > SECRET_ID_TTL:
        fact = f"secret_id_ttl is {ttl} s"
        yield found("secret-ids-live-long", path, fact, f"{write} secret_id_ttl={SECRET_ID_TTL}")


def _number(role: Mapping[str, Any], name: str) -> int:
    return int(role.get(name) or 0)


def _names(path: str, name: str, role: Mapping[str, Any]) -> Iterator[Finding]:
    names = list(role.get("allowed_common_names") or ())
    if names != [name]:
        fact = f"allowed_common_names: {', '.join(names) or 'any'}"
        yield found("certificate-of-any-name", path, fact, f"vault write {path} allowed_common_names={name}")


def _tie(way: _Way, name: str, alias: Fact[str], facts: Seen, layout: Layout) -> Iterator[Finding]:
    """A login is an alias of the bot's entity at that mount, and of no other's."""
    path, full_name = f"{way.folder}/{name}", layout.entity(name)
    entities = facts.entities
    entity = entities.get(full_name)
    if isinstance(entity, NotSeen) or isinstance(alias, NotSeen):
        return
    if (other := _tied(seen(entities), way.accessor, alias)) not in {"", full_name}:
        remedy = f"vault-binance bot remove {name}   (then bot add; and look at {other})"
        yield found("login-of-another", path, f"tied to {other}", remedy)
        return
    if entity is None or "removed" in entity.metadata:
        yield found("bot-incomplete", path, f"no entity {full_name}", way.finish(name))
        return
    tied = [one.name for one in entity.aliases if one.mount_accessor == way.accessor]
    if not tied:
        remedy = way.finish(name, entity.metadata.get("binance_credential") or "NAME")
        yield found("bot-incomplete", path, f"{full_name} is not tied to it", remedy)
    elif alias not in tied:
        remedy = f"vault-binance bot remove {name}   (then bot add)"
        yield found("login-of-another", path, f"{full_name} is tied to another login", remedy)


def _tied(entities: Mapping[str, Entity], accessor: str, alias: str) -> str:
    """Who logs in under this name at that mount, of those that were seen; empty for nobody."""
    for name, entity in entities.items():
        if any((one.mount_accessor, one.name) == (accessor, alias) for one in entity.aliases):
            return name
    return ""


def _is_judged(entity: Entity, facts: Seen, layout: Layout) -> bool:
    """What another team has under a name that begins as ours is theirs."""
    accessors = {way.accessor for way in _ways(facts, layout)}
    return any(key in entity.metadata for key in _OURS[1:]) or (
        layout.is_marked(entity.metadata) or any(one.mount_accessor in accessors for one in entity.aliases)
    )


def _entity(entity: Entity, credentials: Collection[str] | None, facts: Seen, layout: Layout) -> Iterator[Finding]:
    path, write = _entity_path(entity)
    if not layout.is_marked(entity.metadata):
        yield found("entity-unmarked", path, f"{entity.name} lacks our mark", f"{write} {_metadata(entity, layout)}")
    if entity.policies:
        fact = f"policies: {', '.join(entity.policies)}"
        yield found("entity-with-policies", path, fact, f"{write} policies=")
    others = [one for one in entity.groups if one not in {group.id for group in seen(facts.groups).values() if group}]
    if others and layout.is_marked(entity.metadata):
        fact = f"{entity.name} is in {', '.join(others)}"
        mend = f"vault read identity/group/id/{others[0]}   (and take it out of its members)"
        yield found("bot-in-another-group", path, fact, mend)
    yield from _metadata_findings(entity, credentials, layout)
    if not (entity.aliases or entity.disabled or _bot(entity, layout) in _logins(facts)):
        yield found("bot-without-login", path, f"nothing logs in as {entity.name}", _completed(entity, layout))


def _completed(entity: Entity, layout: Layout) -> str:
    """Name and metadata are whatever somebody wrote there: what is no name of ours is not repeated in a command."""
    name, credential = _bot(entity, layout), entity.metadata.get("binance_credential", "")
    if not re.fullmatch(NAME_PATTERN, name):
        return f"vault delete {shlex.quote(f'identity/entity/id/{entity.id}')}   (no bot can have this name)"
    named = credential if re.fullmatch(NAME_PATTERN, credential) else "NAME"
    return f"vault-binance bot add {name} --credential {named}   (or: bot remove {name})"


def _logins(facts: Seen) -> set[str]:
    return {name for logins in (facts.roles, facts.certificates) if not isinstance(logins, NotSeen) for name in logins}


def _metadata_findings(entity: Entity, credentials: Collection[str] | None, layout: Layout) -> Iterator[Finding]:
    path, write = _entity_path(entity)
    bot, credential = (entity.metadata.get(key, "") for key in _OURS[1:])
    if _is_glob(bot) or _is_glob(credential):
        fact = f"binance_bot={bot}, binance_credential={credential}"
        yield found("metadata-glob", path, fact, f"{write} {_metadata(entity, layout)}")
    elif "removed" in entity.metadata:
        return
    elif bot != _bot(entity, layout) or not re.fullmatch(NAME_PATTERN, credential):
        fact = f"binance_bot={bot}, binance_credential={credential}"
        yield found("metadata-wrong", path, fact, f"{write} {_metadata(entity, layout)}")
    elif credentials is not None and credential not in credentials:
        fact = f"nothing at {layout.shown_path(credential)}"
        yield found("credential-missing", path, fact, f"vault-binance key put {credential}")


def _entity_path(entity: Entity) -> tuple[str, str]:
    """Where it is, and what writes there: by its id where its name is none of ours, as a path may not carry it."""
    path = f"identity/entity/name/{entity.name}"
    by_id = f"identity/entity/id/{entity.id}"
    return path, f"vault write {shlex.quote(path if re.fullmatch(NAME_PATTERN, entity.name) else by_id)}"


def _is_glob(value: str) -> bool:
    return "*" in value or "+" in value


def _bot(entity: Entity, layout: Layout) -> str:
    return entity.name.removeprefix(f"{layout.instance}-")


def _metadata(entity: Entity, layout: Layout) -> str:
    """As it should be, for `vault write`, which replaces the whole map: what else is there is repeated."""
    credential = entity.metadata.get("binance_credential", "")
    right = dict(entity.metadata) | {
        "managed_by": layout.managed_by,
        "binance_bot": _bot(entity, layout),
        "binance_credential": credential if re.fullmatch(NAME_PATTERN, credential) else "NAME",
    }
    return " ".join(f"metadata={shlex.quote(f'{key}={value}')}" for key, value in right.items())
