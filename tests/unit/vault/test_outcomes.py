"""Every failure of Vault has a class: each status for each operation."""

from __future__ import annotations

from tests.rows import each_row
from vault_binance.errors import (
    ConfigError,
    LeaseEnded,
    LoginRefused,
    PermissionDenied,
    SecretNotFound,
    VaultBinanceError,
    VaultUnavailable,
    WrappedTokenInvalid,
)
from vault_binance.vault.outcomes import Operation, failure, outcome

STATUSES = range(400, 600)

TRANSIENT = {412, 429} | (set(range(500, 600)) - {501})
"""Design, section 8."""

EXPECTED = {
    (Operation.LOG_IN, 400): LoginRefused,
    (Operation.LOG_IN, 403): LoginRefused,
    (Operation.LOOK_UP_WRAPPING, 400): WrappedTokenInvalid,
    (Operation.LOOK_UP_WRAPPING, 403): WrappedTokenInvalid,
    (Operation.UNWRAP, 400): WrappedTokenInvalid,
    (Operation.UNWRAP, 403): WrappedTokenInvalid,
    (Operation.RENEW, 400): LeaseEnded,
    (Operation.RENEW, 404): LeaseEnded,
    (Operation.RENEW, 500): LeaseEnded,
    (Operation.RENEW_LEASE, 400): LeaseEnded,
    (Operation.RENEW_LEASE, 404): LeaseEnded,
    (Operation.RENEW_LEASE, 500): LeaseEnded,
}
EVERYWHERE = {403: PermissionDenied, 404: SecretNotFound, 501: ConfigError}


@each_row("operation", Operation)
def test_every_status_has_the_class_of_the_design_for_every_operation(operation):
    for status in STATUSES:
        elsewhere = VaultUnavailable if status in TRANSIENT else EVERYWHERE.get(status, VaultBinanceError)
        assert outcome(operation, status) is EXPECTED.get((operation, status), elsewhere)


@each_row("operation", Operation)
def test_what_is_raised_is_what_the_table_says_with_the_path_and_what_to_do(operation):
    for status in STATUSES:
        error = failure(operation, status, "kv/data/maker", retry_after=3.0, sealed=status == 503)
        assert type(error) is outcome(operation, status)
        assert error.transient is (status in TRANSIENT and (operation, status) not in EXPECTED)
        assert "kv/data/maker" in error.message or isinstance(error, WrappedTokenInvalid)
        assert error.hint or type(error) in {VaultBinanceError, SecretNotFound}
        if error.transient:
            assert error.retry_after == 3.0


@each_row("operation", [Operation.RENEW, Operation.RENEW_LEASE])
@each_row("status", [400, 404, 500])
def test_what_cannot_be_renewed_says_so_to_a_machine_and_what_to_do_to_people(operation, status):
    error = failure(operation, status, "auth/token/renew-self")
    assert (error.reason, error.transient, error.exit_code) == ("not-renewable", False, 25)
    assert "past its maximum TTL" in error.hint
    assert error.hint.endswith("log in again" if operation is Operation.RENEW else "read the secret again")


def test_a_sealed_vault_a_limited_rate_and_the_rest_are_told_apart():
    hints = {failure(Operation.READ, *arguments, "p", sealed=sealed).hint for arguments, sealed in SITUATIONS}
    assert len(hints) == len(SITUATIONS)


SITUATIONS = [((503,), True), ((503,), False), ((429,), False)]
