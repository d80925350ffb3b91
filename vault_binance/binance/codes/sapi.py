"""Codes of /sapi: the wallet, withdrawals, transfers, margin, sub-accounts.

Sources: reference, Binance, 8, 10 and 11; developers.binance.com, error codes of the wallet and of margin, for names
and meanings. Not here: savings, loans, tokens and other products that need no bot.
"""

from __future__ import annotations

from functools import partial

from vault_binance.binance.codes.row import Fate, Outcome, Part, Row
from vault_binance.binance.codes.shared import BUILT, MEND
from vault_binance.binance.codes.statuses import LIMIT_WAIT, LOOK

SAPI = frozenset({Part.SAPI})

_request = partial(Row, Outcome.REQUEST, of=SAPI)
_account = partial(Row, Outcome.ACCOUNT, of=SAPI)
_later = partial(Row, Outcome.LATER, of=SAPI)
_limit = partial(Row, Outcome.LIMIT, of=SAPI, wait=LIMIT_WAIT)

_FUNDS = ("the balance is too small, or locked in orders", "the funds are in another wallet of the account")
_LOOK_AT_FUNDS = "compare the amount with the free balance of that wallet"
_SUPPORT = "look at the account at Binance; its support can lift this"
_BORROWED = ("the margin account borrows more, or less, than it may",)
_AMOUNT = "mend the amount"
_SAFETY = ("a change of password, of the second factor or of the log-in, a short while ago",)
_WAIT_A_DAY = "wait until the time has passed; nothing else helps"
_HALTED = ("the asset or its network is halted at Binance",)
_OTHER_ASSET = "look at the asset at Binance, and wait or take another"

ROWS = (
    _later(-1004, "SERVER_BUSY", "Binance is busy", ("load",), "wait a minute"),
    _later(-3000, "INNER_FAILURE", "Binance failed", ("a fault inside Binance",), LOOK, fate=Fate.UNKNOWN),
    _account(-3001, "NEED_ENABLE_2FA", "the account has no second factor", ("2FA is off",), "switch it on at Binance"),
    _request(-3002, "ASSET_DEFICIENCY", "the account does not have this asset", _FUNDS, _LOOK_AT_FUNDS),
    _account(
        -3003,
        "NO_OPENED_MARGIN_ACCOUNT",
        "there is no margin account",
        ("it was never opened", "the pair has no isolated account yet"),
        "open it at Binance; a key gets margin rights only after that",
    ),
    _account(-3004, "TRADE_NOT_ALLOWED", "trading is not allowed", ("the account is restricted",), _SUPPORT),
    _account(-3005, "TRANSFER_OUT_NOT_ALLOWED", "transfers out are not allowed", ("open debt", "a halt"), _SUPPORT),
    _request(-3006, "EXCEED_MAX_BORROWABLE", "that is more than may be borrowed", _BORROWED, _AMOUNT),
    _later(
        -3007,
        "HAS_PENDING_TRANSACTION",
        "another transaction of this account is not finished",
        ("two requests at the same time", "one that was sent twice"),
        "wait for the first one, and look whether it did what was wanted",
    ),
    _account(-3008, "BORROW_NOT_ALLOWED", "borrowing is not allowed", _BORROWED, _SUPPORT),
    _request(-3009, "ASSET_NOT_MORTGAGEABLE", "margin does not take this asset", _HALTED, _OTHER_ASSET),
    _request(-3010, "REPAY_NOT_ALLOWED", "repaying is not allowed", ("more than is owed",), _AMOUNT),
    _request(-3012, "ASSET_ADMIN_BAN_BORROW", "this asset cannot be borrowed now", _HALTED, _OTHER_ASSET),
    _account(-3014, "ACCOUNT_BAN_BORROW", "this account may not borrow", ("a ban on the account",), _SUPPORT),
    _request(-3015, "REPAY_EXCEED_LIABILITY", "that is more than is owed", ("repaid already",), _AMOUNT),
    _account(-3018, "ACCOUNT_BAN_MORTGAGE", "this account may not transfer in", ("a ban on the account",), _SUPPORT),
    _account(-3019, "ACCOUNT_BAN_ROLLOUT", "this account may not transfer out", ("a ban on the account",), _SUPPORT),
    _request(
        -3020,
        "EXCEED_MAX_ROLLOUT",
        "that is more than may be transferred out",
        ("it is collateral for open debt", "it is locked in orders"),
        "repay, or transfer less",
    ),
    _request(-3021, "PAIR_ADMIN_BAN_TRADE", "margin does not trade this pair", _HALTED, _OTHER_ASSET),
    _account(
        -3022,
        "ACCOUNT_BAN_TRADE",
        "the trading of this account is banned",
        ("a breach of Binance's trading rules", "a check of the account that is not finished"),
        _SUPPORT,
    ),
    _account(
        -3023,
        "WARNING_MARGIN_LEVEL",
        "the margin level is too low for this",
        ("prices moved against the account",),
        "repay or add collateral",
    ),
    _request(-3026, "VALIDATION_FAILED", "a parameter has a value that it may not have", (BUILT,), MEND),
    _request(-3027, "NOT_VALID_MARGIN_ASSET", "margin does not know this asset", (BUILT,), MEND),
    _request(-3028, "NOT_VALID_MARGIN_PAIR", "margin does not know this pair", (BUILT,), MEND),
    _later(
        -3029,
        "TRANSFER_FAILED",
        "the transfer failed",
        ("a fault inside Binance", "a wallet that is locked"),
        "look at both wallets and at the history of transfers before asking again",
        fate=Fate.UNKNOWN,
    ),
    _request(-3038, "LISTEN_KEY_NOT_FOUND", "there is no such listenKey", ("it ran out",), "make a new one"),
    _request(-3041, "BALANCE_NOT_CLEARED", "the balance is not enough", _FUNDS, _LOOK_AT_FUNDS),
    _later(-3044, "SYSTEM_BUSY", "Binance is busy", ("load",), "wait a minute"),
    _later(-3045, "SYSTEM", "Binance has none of this asset to lend now", ("high demand",), "wait, or take another"),
    _account(
        -3999,
        "NOT_WHITELIST_USER",
        "this is only for accounts that Binance has invited",
        ("a sub-account or broker endpoint asked by an ordinary account",),
        "ask Binance for it, or do without",
    ),
    _request(-4001, "CAPITAL_INVALID", "the operation is not valid", (BUILT,), MEND),
    _request(
        -4003,
        "CAPITAL_IEV",
        "the e-mail address is not valid",
        ("not that of a sub-account", "a + that was sent raw"),
        MEND,
    ),
    Row(
        Outcome.KEY,
        -4004,
        "CAPITAL_UA",
        "the key is not authorized for this request",
        ("it lacks a permission", "the request was not signed"),
        "look at the key at Binance",
        of=SAPI,
    ),
    _limit(
        -4005,
        "CAPITAL_TOO_MANY_REQUEST",
        "too many requests",
        ("an endpoint that is asked too often",),
        "wait a minute",
    ),
    _account(
        -4006,
        "CAPITAL_ONLY_SUPPORT_PRIMARY_ACCOUNT",
        "only a master account may ask this",
        ("the key belongs to a sub-account",),
        "ask with a key of the master account",
    ),
    _request(-4007, "CAPITAL_ADDRESS_VERIFICATION_NOT_PASS", "the address is not valid", ("another network's",), MEND),
    _request(-4008, "CAPITAL_ADDRESS_TAG_VERIFICATION_NOT_PASS", "the tag is not valid", ("a memo is missing",), MEND),
    _account(
        -4010,
        "CAPITAL_WHITELIST_EMAIL_CONFIRM",
        "the e-mail on the address list was answered",
        ("a link used twice",),
        "go on",
    ),
    _account(
        -4011,
        "CAPITAL_WHITELIST_EMAIL_EXPIRED",
        "the e-mail on the address list is not valid",
        ("it is too old",),
        "send anew",
    ),
    _account(
        -4012, "CAPITAL_WHITELIST_CLOSE", "the list of addresses is off", ("it was never switched on",), "switch it on"
    ),
    _account(
        -4013,
        "CAPITAL_WITHDRAW_2FA_VERIFY",
        "the account has no second factor",
        ("2FA is off",),
        "switch it on at Binance",
    ),
    _account(
        -4014, "CAPITAL_WITHDRAW_LOGIN_DELAY", "no withdrawal within two minutes of a log-in", _SAFETY, _WAIT_A_DAY
    ),
    _account(-4015, "CAPITAL_WITHDRAW_RESTRICTED_MINUTE", "withdrawals are limited for now", _SAFETY, _WAIT_A_DAY),
    _account(
        -4016,
        "CAPITAL_WITHDRAW_RESTRICTED_PASSWORD",
        "no withdrawal within 24 hours of a new password",
        _SAFETY,
        _WAIT_A_DAY,
    ),
    _account(
        -4017,
        "CAPITAL_WITHDRAW_RESTRICTED_UNBIND_2FA",
        "no withdrawal within 24 hours of a lifted second factor",
        _SAFETY,
        _WAIT_A_DAY,
    ),
    _request(-4018, "CAPITAL_WITHDRAW_ASSET_NOT_EXIST", "there is no such asset", (BUILT,), MEND),
    _request(-4019, "CAPITAL_WITHDRAW_ASSET_PROHIBIT", "this asset cannot be withdrawn now", _HALTED, _OTHER_ASSET),
    _request(-4021, "CAPITAL_WITHDRAW_AMOUNT_MULTIPLE", "the amount is off the asset's steps", (BUILT,), _AMOUNT),
    _request(-4022, "CAPITAL_WITHDRAW_MIN_AMOUNT", "the amount is too small to withdraw", (BUILT,), _AMOUNT),
    _account(
        -4023,
        "CAPITAL_WITHDRAW_MAX_AMOUNT",
        "that is more than may be withdrawn within 24 hours",
        ("the daily limit of this account",),
        _WAIT_A_DAY,
    ),
    _request(-4024, "CAPITAL_WITHDRAW_USER_NO_ASSET", "the account does not have this asset", _FUNDS, _LOOK_AT_FUNDS),
    _request(-4026, "CAPITAL_WITHDRAW_USER_ASSET_NOT_ENOUGH", "the balance is not enough", _FUNDS, _LOOK_AT_FUNDS),
    _request(-4028, "CAPITAL_WITHDRAW_MORE_THAN_FEE", "the amount does not cover the fee", (BUILT,), _AMOUNT),
    _request(-4029, "CAPITAL_WITHDRAW_NOT_EXIST", "there is no such withdrawal", ("another account's",), MEND),
    _request(-4033, "CAPITAL_WITHDRAW_ILLEGAL_ADDRESS", "the address is not valid", ("another network's",), MEND),
    _account(
        -4034,
        "CAPITAL_WITHDRAW_ADDRESS_CHEAT",
        "the address is suspected of fraud",
        ("it is on a list of Binance's",),
        "do not send there before you know who gave you this address",
    ),
    _account(
        -4035,
        "CAPITAL_WITHDRAW_NOT_WHITE_ADDRESS",
        "the address is not on the account's list of addresses",
        ("an address that nobody approved",),
        "did you want this withdrawal? Then put the address on the list at Binance; if not, disable the key now",
    ),
    _account(
        -4036,
        "CAPITAL_WITHDRAW_NEW_ADDRESS",
        "the address is new on the list, and has to wait",
        ("it was put there a short while ago",),
        _WAIT_A_DAY,
    ),
    _limit(
        -4041, "CAPITAL_MINUTE_TOO_SMALL", "asked again within a minute", ("a loop without a pause",), "wait a minute"
    ),
    _account(
        -4046,
        "CAPITAL_AGREEMENT_NOT_CONFIRMED",
        "an agreement is not confirmed",
        ("new terms that wait for a click",),
        "log in at Binance and read what it asks for",
    ),
    _request(-4047, "CAPITAL_DATE_INTERVAL_LIMIT", "the time span is over 90 days", (BUILT,), "ask for it in pieces"),
    _later(
        -4060,
        "CAPITAL_WITHDRAW_USER_ASSET_LOCK_DEPOSIT",
        "a deposit is not confirmed often enough, and is locked",
        ("it arrived a short while ago",),
        "wait for its confirmations",
    ),
    _request(-5002, "ASSET_ASSET_NOT_ENOUGH", "the balance is not enough", _FUNDS, _LOOK_AT_FUNDS),
    _request(-5003, "ASSET_USER_HAVE_NO_ASSET", "the account does not have this asset", _FUNDS, _LOOK_AT_FUNDS),
    _request(-5007, "AMOUNT_OVER_ZERO", "the amount is not above zero", (BUILT,), _AMOUNT),
    _later(
        -5010,
        "TRANSFER_FAIL",
        "the transfer failed",
        ("a fault inside Binance", "a wallet that is locked"),
        "look at both wallets and at the history of transfers before asking again",
        fate=Fate.UNKNOWN,
    ),
    _account(
        -5011, "FUTURE_ACCT_NOT_EXIST", "there is no futures account", ("it was never opened",), "open it at Binance"
    ),
    Row(
        Outcome.REQUEST,
        -5012,
        "TRANSFER_PENDING",
        "the transfer is under way; or an account of it does not exist",
        ("it was sent twice", "a sub-account that is not this master's, or has no futures account"),
        "look at the history of transfers before asking again",
        of=SAPI,
        fate=Fate.UNKNOWN,
    ),
    _account(
        -5021,
        "PARENT_SUB_HAVE_NO_RELATION",
        "the sub-account is not this master's",
        ("the wrong e-mail address",),
        MEND,
    ),
    _request(
        -9000,
        "Unsupported operation",
        "the sub-account's key cannot have this",
        ("rights to FIX for a key that is not Ed25519",),
        "make the key with an Ed25519 public key, or leave the rights out",
    ),
    _request(
        -71012,
        "IPv6 not supported",
        "an address of IPv6 cannot stand on a key's list",
        ("seen at Binance.US",),
        "give an address of IPv4, and see that the bot leaves by it",
    ),
)
