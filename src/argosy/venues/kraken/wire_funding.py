"""Replies of Kraken's funding methods as it documents them, one to one. Decodes; never interprets.

https://docs.kraken.com/api-reference/funding (2026-11-27).
"""

from decimal import Decimal

import msgspec


class WithdrawMethod(msgspec.Struct, frozen=True):
    """A row of WithdrawMethods."""

    asset: str
    method: str
    method_id: str = ""
    network: str = ""
    network_id: str = ""
    minimum: Decimal | None = None


class DepositMethod(msgspec.Struct, frozen=True):
    """A row of DepositMethods; `limit` is false where there is none."""

    method: str
    limit: bool | str | float = False
    minimum: Decimal | None = None
    fee: Decimal | None = None
    address_setup_fee: Decimal | None = msgspec.field(default=None, name="address-setup-fee")
    gen_address: bool | None = msgspec.field(default=None, name="gen-address")


class DepositAddress(msgspec.Struct, frozen=True):
    """A row of DepositAddresses."""

    address: str
    expiretm: str | int = "0"  # unix seconds; 0: it does not expire
    new: bool = False
    tag: str = ""
    memo: str = ""


class WithdrawAddress(msgspec.Struct, frozen=True):
    """A row of WithdrawAddresses: what was approved on the website, under the name `key`."""

    address: str
    asset: str
    method: str
    key: str
    verified: bool = False
    memo: str | None = None
    tag: str | None = None


class WithdrawInfo(msgspec.Struct, frozen=True):
    """WithdrawInfo: `amount` is what would be sent, after the fee."""

    method: str
    fee: Decimal
    limit: Decimal | None = None
    amount: Decimal | None = None


class Reference(msgspec.Struct, frozen=True):
    """What Withdraw and WalletTransfer answer."""

    refid: str


class FundingRow(msgspec.Struct, frozen=True):
    """A row of WithdrawStatus and DepositStatus."""

    asset: str
    refid: str
    amount: Decimal
    status: str
    method: str = ""
    network: str = ""
    aclass: str = ""
    txid: str | None = None
    info: str | None = None  # the address
    fee: Decimal | None = None
    time: Decimal = Decimal(0)
    status_prop: str | None = msgspec.field(default=None, name="status-prop")
    key: str | None = None
    originators: list[str] | None = None


withdraw_methods = msgspec.json.Decoder(list[WithdrawMethod])
deposit_methods = msgspec.json.Decoder(list[DepositMethod])
deposit_addresses = msgspec.json.Decoder(list[DepositAddress])
withdraw_addresses = msgspec.json.Decoder(list[WithdrawAddress])
withdraw_info = msgspec.json.Decoder(WithdrawInfo)
reference = msgspec.json.Decoder(Reference)
funding_rows = msgspec.json.Decoder(list[FundingRow])
done = msgspec.json.Decoder(bool)
