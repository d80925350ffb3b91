"""A policy test, run: each case by the text of its policies, or by what the server says of a token.

Rules of the file
- A case that needs a token is left out without Vault, and said; if nothing is left, there was no test.
- Everything is read before anything is judged: a bad file or name ends the run before Vault is asked for cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError
from vault_binance.policy.cases import Outcome, answered, asked_path, judged, untouched
from vault_binance.policy.spec import ME, wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_binance.ops.policy_holders import Here
    from vault_binance.policy.spec import Case
    from vault_binance.vault.operator_port import OperatorVault


@dataclass(frozen=True, slots=True)
class Tested:
    """`untouched` are rules of the policies in use that no case was about; `notes` what was not done or known."""

    outcomes: tuple[Outcome, ...]
    untouched: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if not outcome.holds)


def run_cases(cases: Sequence[Case], holders: Here, vault: OperatorVault | None = None) -> Tested:
    """Run all cases. Raises ConfigError for a name that means nothing, PermissionDenied for what may not be read."""
    judgeable = [case for case in cases if not case.needs_vault]
    held = [(case, holders.holder(case)) for case in judgeable]
    tried = [(case, holder.access) for case, holder in held]
    outcomes = [outcome for case, access in tried for outcome in judged(case, access)]
    notes = list(dict.fromkeys(holders.notes))
    asked = [case for case in cases if case.needs_vault]
    if vault is not None:
        outcomes += [outcome for case in asked for outcome in _of_token(case, vault)]
    elif asked:
        notes.append(f"left out: {len(asked)} cases about a token, which only a server can answer: --live")
    if unnamed := sorted(set(holders.files) - set(holders.used)):
        notes.append(f"no case names {', '.join(unnamed)}")
    if not outcomes:
        raise ConfigError("every case is about a token: nothing was tested", hint="run it with --live")
    order = {id(case): number for number, case in enumerate(cases)}
    outcomes.sort(key=lambda outcome: order[id(outcome.case)])
    return Tested(tuple(outcomes), tuple(untouched(holders.used.values(), tried)), tuple(notes))


def _of_token(case: Case, vault: OperatorVault) -> list[Outcome]:
    paths = list(dict.fromkeys(asked_path(case.path, word) for word, _ in wanted(case)))
    return answered(case, vault.capabilities(paths, accessor="" if case.who == ME else case.accessor))
