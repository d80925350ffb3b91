"""docs/howto/restarts.md: what a service manager is told of our exit codes."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT
from vault_binance import errors


def test_no_exit_code_that_trying_again_mends_keeps_a_bot_down():
    """The list of the systemd unit: what is not transient, and what a bot's command can end with."""
    page = (ROOT / "docs" / "howto" / "restarts.md").read_text()
    (listed,) = re.findall(r"^RestartPreventExitStatus=(.+)$", page, re.MULTILINE)
    usage = 2
    permanent = (
        errors.ConfigError,
        errors.PermissionDenied,
        errors.SecretNotFound,
        errors.LoginRefused,
        errors.LeaseEnded,
    )
    codes = {int(code) for code in listed.split()}
    assert codes == {usage, *(error.exit_code for error in permanent)}
    assert errors.VaultUnavailable.exit_code not in codes
