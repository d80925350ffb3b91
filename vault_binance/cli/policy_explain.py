"""`policy explain`: which rule decides a path, from which line, and why the others did not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_binance.cli.output import in_format, note, show_one, show_rows
from vault_binance.config import layout_from
from vault_binance.connect import operator
from vault_binance.errors import ConfigError
from vault_binance.layout import POLICIES
from vault_binance.ops.policy_holders import OWN, Here, Holder, There, policy_file
from vault_binance.policy.cases import asked_path
from vault_binance.policy.explain import bounds, explained
from vault_binance.policy.spec import ASKABLE
from vault_binance.policy.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_binance.layout import Layout
    from vault_binance.policy.access import Stanza
    from vault_binance.policy.explain import Explanation
    from vault_binance.vault.operator_port import OperatorVault


@click.command("explain")
@click.argument("path")
@click.option("--capability", type=click.Choice(ASKABLE), help="Ask for this one alone; list adds the slash.")
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="A role of ours; with --live a policy in Vault.")
@click.option(
    "--policy", "files", multiple=True, metavar="FILE", type=click.Path(path_type=Path), help="A file of yours."
)
@click.option("--bot", metavar="NAME", help="As this bot; with --live as it is in Vault.")
@click.option("--metadata", "given", multiple=True, metavar="KEY=VALUE", help="Metadata of the entity that asks.")
@click.option("--live", is_flag=True, help="With the texts that Vault has; with nobody named, as yourself.")
@in_format()
@click.pass_obj
def explain(
    environ: Mapping[str, str],
    path: str,
    capability: str | None,
    roles: tuple[str, ...],
    files: tuple[Path, ...],
    bot: str | None,
    given: tuple[str, ...],
    live: bool,
    format_: str,
) -> None:
    """Say which rule decides a path, and why.

    Other rules that match are told with what they lost by. Roles and policies named together are those of one token.
    With nobody named, every role of ours has a row. PATH is as the API has it, without v1/; a slash at its end asks for
    listing.
    """
    layout, metadata = layout_from(environ), _metadata(given)
    path = asked_path(_checked(path), capability or "")
    if bot and (roles or files):
        raise ConfigError(
            "a bot has the policies that it has: --role and --policy are for others", hint="leave one out"
        )
    if live and bot and metadata:
        raise ConfigError("with --live the bot's own metadata counts", hint="leave --metadata out")
    if not live:
        here = Here(layout, Path())
        found = _here(here, layout, roles, files, bot, metadata)
    else:
        with operator(environ) as (vault, _):
            here = There(layout, Path(), vault)
            named = bool(roles or files or bot)
            found = _here(here, layout, roles, files, bot, metadata) if named else _myself(here, vault, path, format_)
    for text in dict.fromkeys(here.notes):
        note(text)
    _tell({who: explained(holder.access, path) for who, holder in found.items()}, capability, format_)


def _checked(path: str) -> str:
    if not path.strip("/"):
        raise ConfigError("there is no path", hint="as in binance/data/credentials/market-maker")
    return path


def _metadata(given: Sequence[str]) -> dict[str, str]:
    if wrong := [pair for pair in given if not pair.partition("=")[0] or "=" not in pair]:
        raise ConfigError(f"{wrong[0]!a} is no KEY=VALUE", hint="as in --metadata binance_credential=market-maker")
    return dict(pair.split("=", 1) for pair in given)


def _here(
    holders: Here,
    layout: Layout,
    roles: Sequence[str],
    files: Sequence[Path],
    bot: str | None,
    metadata: Mapping[str, str],
) -> dict[str, Holder]:
    subject = Subject(OWN, OWN, metadata)
    if bot:
        layout.entity(bot)
        if not metadata:
            note("without --live nobody knows which credential it has: say it, as --metadata binance_credential=NAME")
        return {bot: holders.bot(bot, metadata)}
    if roles or files:
        held = (*map(holders.policy, roles), *map(policy_file, files))
        return {", ".join([*roles, *(file.name for file in files)]): Holder(held, subject)}
    return {role: Holder((holders.policy(role),), subject) for role in POLICIES}


def _myself(holders: There, vault: OperatorVault, path: str, format_: str) -> dict[str, Holder]:
    """By one's own policies, where one may read them; else what the server says of one's token, and no more."""
    may = vault.capabilities([path])[path]
    if me := holders.myself():
        note(f"Vault itself says of this token: {_words(may)}")
        return {"me": me}
    show_one({"path": path, "who": "me", "may": _words(may) if format_ == "table" else list(may)}, format_)
    return {}


def _words(may: Sequence[str]) -> str:
    return {"deny": "nothing", "root": "everything"}.get(words := ", ".join(may), words)


def _tell(found: Mapping[str, Explanation], capability: str | None, format_: str) -> None:
    if not found:
        return
    if format_ != "table":
        show_rows([_row(who, one, capability) for who, one in found.items()], format_)
    elif len(found) == 1:
        ((who, one),) = found.items()
        show_one(_whole(who, one, capability), "table")
    else:
        show_rows([_line(who, one, capability) for who, one in found.items()], "table")
        _tell_of_others(found)


def _tell_of_others(found: Mapping[str, Explanation]) -> None:
    """Who would be granted it under another name; where nobody is granted anything, what may have been meant."""
    missing = {who: _missing(one) for who, one in found.items()}
    for who, texts in missing.items():
        for text in texts:
            note(f"{who}: {text}")
    if any(missing.values()) or any(one.rule for one in found.values()):
        return
    note("nobody: no rule of these matches")
    for hint in dict.fromkeys(hint for one in found.values() for hint in one.hints):
        note(f"{', '.join(who for who, one in found.items() if hint in one.hints)}: {hint}")


def _line(who: str, one: Explanation, capability: str | None) -> dict[str, object]:
    return {
        "who": who,
        "may": _may(one, capability),
        "rule": one.rule.path if one.rule else "",
        "written": ", ".join(stanza.place for stanza in one.stanzas),
        "and": "; ".join(bounds(one.rule)) if one.rule else "",
    }


def _whole(who: str, one: Explanation, capability: str | None) -> dict[str, object]:
    """All there is to say, a line each."""
    row: dict[str, object] = {"path": one.path, "who": who, "may": _may(one, capability)}
    row["because"] = f"{one.rule.path}\n" + "\n".join(map(_written, one.stanzas)) if one.rule else _without_rule(one)
    if one.rule and (limits := bounds(one.rule)):
        row["and only"] = "\n".join(limits)
    if one.beaten:
        row["not by"] = "\n".join(f"{other.pattern} ({_places(other.stanzas)}): {other.why}" for other in one.beaten)
    if missing := _missing(one):
        row["would"] = "\n".join(missing)
    if one.hints:
        row["hint"] = "\n".join(one.hints)
    return row


def _without_rule(one: Explanation) -> str:
    return "the policy root: no rule is asked" if one.may == ("root",) else "no rule matches"


def _row(who: str, one: Explanation, capability: str | None) -> dict[str, object]:
    return {
        "who": who,
        "path": one.path,
        "may": list(one.may),
        "allowed": None if capability is None else _has(one, capability),
        "rule": one.rule.path if one.rule else None,
        "written": [stanza.place for stanza in one.stanzas],
        "bounds": bounds(one.rule) if one.rule else [],
        "beaten": [{"rule": b.pattern, "written": _places(b.stanzas), "why": b.why} for b in one.beaten],
        "missing": _missing(one),
        "hints": list(one.hints),
    }


def _may(one: Explanation, capability: str | None) -> str:
    if capability is None:
        return _words(one.may)
    return f"{capability}: {'yes' if _has(one, capability) else 'no'}"


def _has(one: Explanation, capability: str) -> bool:
    return not {capability, "root"}.isdisjoint(one.may)


def _written(stanza: Stanza) -> str:
    """Where a rule stands and what it says there, templates unfilled."""
    granted = ", ".join(sorted(stanza.rule.capabilities)) or "no capability"
    as_written = f" as {stanza.rule.path}" if "{{" in stanza.rule.path else ""
    return f"{stanza.place}{as_written}: {granted}"


def _places(stanzas: Sequence[Stanza]) -> str:
    return ", ".join(stanza.place for stanza in stanzas)


def _missing(one: Explanation) -> list[str]:
    return [
        f"{missing.stanza.place} is for whom {' and '.join(f'{k} is {v}' for k, v in missing.properties.items())}"
        for missing in one.missing
    ]
