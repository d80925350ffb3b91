"""Why was it denied? Vault answers 403 for a dead token and for a missing policy; three more questions tell them apart.

Rules of the file
- Each question may itself be denied; then the answer says less, and never less than the 403 said.
- No value is asked for, only what the token may know of itself.
"""

from __future__ import annotations

from vault_binance.errors import PermissionDenied, VaultBinanceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.layout import Layout
    from vault_binance.redacted import Redacted
    from vault_binance.vault.port import BotVault, TokenInfo


def denied(vault: BotVault, token: Redacted, path: str, name: str, layout: Layout) -> PermissionDenied:
    """The error for a 403 on `path`, with what was found out about `token`."""
    return PermissionDenied(f"permission denied reading {path}", hint=_why(vault, token, path, name, layout))


def _why(vault: BotVault, token: Redacted, path: str, name: str, layout: Layout) -> str:
    try:
        info = vault.token_info(token)
    except PermissionDenied:
        return (
            "the token is refused as a whole: it has ended (time, uses, revoked), the bot is suspended, or the policy "
            f"{layout.policy('reader')} is gone. An operator sees which: vault-binance bot list, and policy list"
        )
    except VaultBinanceError:
        return "and Vault would not say more about this token"
    who = f"this token (accessor {info.accessor}, policies: {', '.join(info.policies) or 'none'})"
    if _may_read(vault, token, path):
        return f'{who} has "read" there by its policies: a bound address, or a control above them, refused it'
    return f'{who} has no "read" there. {_missing(vault, token, info, name, layout)}'


def _may_read(vault: BotVault, token: Redacted, path: str) -> bool:
    try:
        return not {"read", "root"}.isdisjoint(vault.capabilities(token, path))
    except VaultBinanceError:
        return False


def _missing(vault: BotVault, token: Redacted, info: TokenInfo, name: str, layout: Layout) -> str:
    if not name:
        return "A policy of your own has to grant it"
    policy = layout.policy("reader")
    admin = f"a provisioner for: vault-binance bot add BOT --credential {name}"
    rule = f"The policy {policy} grants it to entities whose metadata says binance_credential={name}"
    if policy not in info.policies:
        return f"It lacks the policy {policy}. Ask {admin}"
    try:
        lent = vault.entity_metadata(token, info.entity_id).get("binance_credential", "nothing")
    except VaultBinanceError:
        return f"{rule}. Ask {admin}"
    meant = ". Ask" if lent in {name, "nothing"} else f": did you mean {lent}? Otherwise ask"
    return f"{rule}; this entity's says {lent!a}{meant} {admin}"
