"""Sub-accounts and their API keys, made by the key of a master account (reference: Binance, 8).

Rules of the file
- A secret is told once, and only where there is one: not with a public key.
- Binance's spelling is kept: `apiKey` where a key is made, `apikey` where it is listed, "true" as text.
- A key made here is a key like any other, from the next request on.
- Not documented, and so a guess: the codes for an email or a key that is none of the caller's (-4001).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from vault_binance.credentials import KeyType
from vault_binance.redacted import Redacted
from vault_binance.testing.emulator.call import Endpoint, missing, reads, refused
from vault_binance.testing.emulator.keys import derived_token, public_part
from vault_binance.testing.emulator.state import TRADING, EmulatedKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault_binance.testing.emulator.account import Account
    from vault_binance.testing.emulator.call import Call
    from vault_binance.testing.emulator.state import State

FLAGS = {
    "canTrade": TRADING,
    "canMarginLoanRepay": "enableMargin",
    "canFuturesTrade": "enableFutures",
    "canUniversalTransfer": "permitsUniversalTransfer",
    "canVanillaOptions": "enableVanillaOptions",
}
FIX_FLAGS = {"canFixApiTrading": "enableFixApiTrade", "canFixApiReading": "enableFixReadOnly"}
UNRESTRICTED, RESTRICTED, THIRD_PARTY = "1", "2", "3"
LONGEST_LIST = 500
MOST_KEYS = 30
WEIGHT = 3000


def open_account(call: Call) -> tuple[Any, State]:
    """A virtual sub-account: its address is made of the name that was asked for."""
    name, uid = call.text("subAccountString"), call.state.next_uid()
    email = f"{name}_virtual@{call.uid}.emulator.test"
    account = replace(call.state.account(uid), email=email, master=call.uid)
    return {"email": email}, call.state.with_account(account)


def accounts(call: Call) -> Mapping[str, Any]:
    rows = [
        {"subUserId": each.uid, "email": each.email, "isFreeze": False, "createTime": call.now_ms}
        | {"isManagedSubAccount": False, "isAssetManagementSubAccount": False}
        for each in call.state.accounts.values()
        if each.master == call.uid
    ]
    return {"subAccounts": rows}


def create(call: Call) -> tuple[Any, State]:
    """Version 1: without FIX, and an Ed25519 key if a public one is given."""
    if _public_key(call)[0] is KeyType.RSA:
        raise missing("publicKey")
    return _created(call, FLAGS)


def create_with_fix(call: Call) -> tuple[Any, State]:
    """Version 2: a public key comes in the body, and FIX flags with an Ed25519 key alone."""
    if "publicKey" in call.in_query:
        raise refused(400, -1102, "Mandatory parameter 'publicKey' was not sent in the body.")
    return _created(call, {**FLAGS, **FIX_FLAGS})


def _created(call: Call, known: Mapping[str, str]) -> tuple[Any, State]:
    account, name, flags = _sub_account(call), call.text("apiName"), _flags(call, known)
    kind, pem = _public_key(call)
    if kind is not KeyType.ED25519 and any(call.flag(flag) for flag in FIX_FLAGS if flag in known):
        raise refused(400, -9000, "Unsupported operation")
    if len(_keys(call, account)) >= MOST_KEYS:
        raise refused(400, -4001, "The number of API keys of this sub-account has reached its limit.")
    status, addresses = _addresses(call)
    number, state = call.state.next_number()
    secret = None if pem else Redacted(derived_token(state.seed, number, "secretKey"))
    key = EmulatedKey(
        api_key=derived_token(state.seed, number, "apiKey"),
        key_type=kind,
        uid=account.uid,
        create_time_ms=call.now_ms,
        secret=secret,
        public_key_pem=pem,
        permissions=flags,
        ip_list=addresses,
        name=name,
    )
    told = {"apiName": name, "apiKey": key.api_key, **({"secretKey": secret.reveal()} if secret else {})}
    return {**told, **_shown(key, known), "status": int(status), "ipList": list(addresses)}, state.with_key(key)


def listed(call: Call) -> Mapping[str, Any]:
    account, wanted = _sub_account(call), call.maybe("subAccountApiKey")
    page, size = call.whole("page", 1), min(call.whole("size", 30), 100)
    found = [each for each in _keys(call, account) if wanted in {"", each.api_key}]
    rows = [
        {
            "email": account.email,
            **_named(each),
            **_shown(each, {**FLAGS, **FIX_FLAGS}),
            "timestamp": each.create_time_ms,
        }
        for each in found[(page - 1) * size : page * size]
    ]
    return {"total": len(found), "rows": rows}


def delete(call: Call) -> tuple[Any, State]:
    return {}, call.state.with_key(replace(_key(call), deleted=True))


def permit(call: Call) -> tuple[Any, State]:
    """All flags are set anew: what is not sent is off."""
    key, known = _key(call), {**FLAGS, **FIX_FLAGS}
    if key.key_type is not KeyType.ED25519 and any(call.flag(flag) for flag in FIX_FLAGS):
        raise refused(400, -9000, "Unsupported operation")
    changed = replace(key, permissions=_flags(call, known))
    told = {**_named(changed), **_shown(changed, known), "timestamp": call.now_ms}
    return told, call.state.with_key(changed)


def restrict(call: Call) -> tuple[Any, State]:
    """Add addresses to the list (status 2), or end the restriction (status 1)."""
    key, (status, given) = _key(call), _addresses(call)
    addresses = tuple(dict.fromkeys((*key.ip_list, *given))) if status == RESTRICTED else ()
    changed = replace(key, ip_list=addresses)
    told = {"status": status, "ipList": list(addresses), "updateTime": call.now_ms, "apiKey": key.api_key}
    return told, call.state.with_key(changed)


def restriction(call: Call) -> Mapping[str, Any]:
    return _restriction(_key(call), call.now_ms)


def unlist(call: Call) -> tuple[Any, State]:
    key, gone = _key(call), _split(call.text("ipAddress"))
    changed = replace(key, ip_list=tuple(each for each in key.ip_list if each not in gone))
    return _restriction(changed, call.now_ms), call.state.with_key(changed)


def _restriction(key: EmulatedKey, now_ms: int) -> Mapping[str, Any]:
    restricted = "true" if key.ip_list else "false"
    return {"ipRestrict": restricted, "ipList": list(key.ip_list), "updateTime": now_ms, "apiKey": key.api_key}


def _sub_account(call: Call) -> Account:
    email = call.text("email")
    for account in call.state.accounts.values():
        if account.email == email and account.master == call.uid:
            return account
    raise refused(400, -4001, "The sub-account does not exist.")


def _keys(call: Call, account: Account) -> list[EmulatedKey]:
    return [each for each in call.state.keys.values() if each.uid == account.uid and not each.deleted]


def _key(call: Call) -> EmulatedKey:
    account, wanted = _sub_account(call), call.text("subAccountApiKey")
    for key in _keys(call, account):
        if key.api_key == wanted:
            return key
    raise refused(400, -4001, "The API key does not exist.")


def _public_key(call: Call) -> tuple[KeyType, str]:
    text = call.maybe("publicKey")
    if not text:
        return KeyType.HMAC, ""
    try:
        return public_part(text)
    except ValueError:
        raise missing("publicKey") from None


def _addresses(call: Call) -> tuple[str, tuple[str, ...]]:
    """`status` and the addresses it asks for; a list with blanks is refused (reference: Binance, 10.3)."""
    text = call.maybe("ipAddress")
    status = call.maybe("status", RESTRICTED if text else UNRESTRICTED)
    if status not in {UNRESTRICTED, RESTRICTED, THIRD_PARTY}:
        raise missing("status")
    if status == THIRD_PARTY:
        call.text("thirdPartyName")
    if status == RESTRICTED and (not text or " " in text or len(text) > LONGEST_LIST):
        raise missing("ipAddress")
    return status, _split(text) if status == RESTRICTED else ()


def _split(text: str) -> tuple[str, ...]:
    return tuple(each for each in text.split(",") if each)


def _flags(call: Call, known: Mapping[str, str]) -> dict[str, bool]:
    return {permission: call.flag(flag) for flag, permission in known.items()}


def _named(key: EmulatedKey) -> Mapping[str, Any]:
    return {"apiName": key.name, "apikey": key.api_key}


def _shown(key: EmulatedKey, known: Mapping[str, str]) -> Mapping[str, bool]:
    return {flag: key.may(permission) for flag, permission in known.items()}


_API = "sub-account/subAccountApi"

_reading = partial(reads, by_uid=True)
_changing = partial(Endpoint, WEIGHT, needs=(TRADING,), by_uid=True)

ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "/sapi/v1/sub-account/virtualSubAccount"): _changing(open_account),
    ("GET", "/sapi/v1/sub-account/list"): _reading(1, accounts),
    ("POST", f"/sapi/v1/{_API}"): _changing(create),
    ("POST", f"/sapi/v2/{_API}"): _changing(create_with_fix),
    ("GET", f"/sapi/v1/{_API}"): _reading(WEIGHT, listed),
    ("DELETE", f"/sapi/v1/{_API}"): _changing(delete),
    ("POST", f"/sapi/v1/{_API}Permission"): _changing(permit),
    ("POST", f"/sapi/v2/{_API}/ipRestriction"): _changing(restrict),
    ("GET", f"/sapi/v1/{_API}/ipRestriction"): _reading(WEIGHT, restriction),
    ("DELETE", f"/sapi/v1/{_API}/ipRestriction/ipList"): _changing(unlist),
}
