"""binance-sdk-wallet, with binance-sdk-sub-account beside it."""

from binance_sdk_sub_account.sub_account import SubAccount
from binance_sdk_wallet.wallet import Wallet
from obey import EMAIL, obey
from sdk import code_of, configuration


def connect():
    return Wallet(config_rest_api=configuration()).rest_api, SubAccount(config_rest_api=configuration()).rest_api


obey(
    connect,
    {
        "account": lambda apis: apis[0].get_api_key_permission().data().enable_reading,
        "email": lambda apis: apis[1].query_sub_account_list(email=EMAIL).data().sub_accounts,
    },
    code_of,
)
