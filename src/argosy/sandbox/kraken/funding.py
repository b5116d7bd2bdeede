"""Kraken's funding methods: methods, addresses, withdrawals, deposits, and the futures wallet.

https://docs.kraken.com/api-reference/funding (read 2026-11-27)
"""

from decimal import Decimal
from typing import Any

from argosy.model import Permission
from argosy.model.money import decimals_of
from argosy.model.time import SECOND
from argosy.sandbox.engine import Account, EntryKind, Refused
from argosy.sandbox.ids import kraken_id
from argosy.sandbox.keys import ApiKey
from argosy.sandbox.kraken.intake import decimal_of
from argosy.sandbox.kraken.names import asset_code, asset_of
from argosy.sandbox.kraken.private import Method
from argosy.sandbox.kraken.public import Parameters, whole
from argosy.sandbox.kraken.wire import INVALID, KrakenError, places
from argosy.sandbox.networks import NetworkRule
from argosy.sandbox.wallet import Approved, Deposit, Stage, Withdrawal
from argosy.sandbox.world import Venue

WITHDRAW = Permission.WITHDRAW
MOST_ROWS = 500
# (currency, chain) -> how a withdrawal's method is called, its network, and a deposit's method
_NAMES = {
    ("BTC", "bitcoin"): ("Bitcoin", "Bitcoin", "Bitcoin"),
    ("ETH", "ethereum"): ("Ether", "Ethereum", "Ether (Hex)"),
    ("SOL", "solana"): ("Solana", "Solana", "Solana"),
    ("XRP", "ripple"): ("XRP", "XRP Ledger", "Ripple XRP"),
    ("DOGE", "dogecoin"): ("Dogecoin", "Dogecoin", "Dogecoin"),
    ("USDT", "ethereum"): ("Tether USD (ERC20)", "Ethereum", "Tether USD (ERC20)"),
    ("USDT", "tron"): ("Tether USD (TRC20)", "Tron", "Tether USD (TRC20)"),
}
_STATUS = {
    Stage.REQUESTED: ("Initial", ""),
    Stage.HELD: ("Pending", "onhold"),
    Stage.BROADCAST: ("Settled", ""),
    Stage.DONE: ("Success", ""),
    Stage.CANCELLED: ("Failure", "canceled"),
    Stage.FAILED: ("Failure", ""),
}


def _method(rule: NetworkRule) -> str:
    return _NAMES[rule.currency, rule.chain][0]


def _deposit_method(rule: NetworkRule) -> str:
    return _NAMES[rule.currency, rule.chain][2]


class Funding:
    """The methods under /0/private that bring funds in and out."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._wallet = venue.wallet
        self.futures: dict[tuple[str, str], Decimal] = {}  # (account, currency), nothing else
        self._moves = 0
        self.methods: dict[str, Method] = {
            "DepositMethods": Method(self.deposit_methods),
            "DepositAddresses": Method(self.deposit_addresses),
            "DepositStatus": Method(self.deposit_status),
            "WithdrawMethods": Method(self.withdraw_methods, WITHDRAW),
            "WithdrawAddresses": Method(self.withdraw_addresses, WITHDRAW),
            "WithdrawInfo": Method(self.withdraw_info, WITHDRAW),
            "Withdraw": Method(self.withdraw, WITHDRAW),
            "WithdrawStatus": Method(self.withdraw_status),
            "WithdrawCancel": Method(self.withdraw_cancel, WITHDRAW),
            "WalletTransfer": Method(self.wallet_transfer, WITHDRAW),
        }

    def _account(self, key: ApiKey) -> Account:
        self._wallet.settle()
        return self._venue.account(key.account)

    def _asset(self, parameters: Parameters) -> str:
        """Our name of the asset that was asked for, '' for none; 'EQuery:Unknown asset'."""
        name = parameters.get("asset", "")
        if not name:
            return ""
        specs = self._venue.specs()
        listed = [part for spec in specs for part in (spec.instrument.base, spec.instrument.quote)]
        found = asset_of(name, listed)
        if found is None:
            raise KrakenError("EQuery:Unknown asset")
        return found

    def _need_asset(self, parameters: Parameters) -> str:
        found = self._asset(parameters)
        if not found:
            raise KrakenError(f"{INVALID}:asset")
        return found

    def _open(self, currency: str) -> list[NetworkRule]:
        return [
            rule
            for rule in self._wallet.networks(currency)
            if (rule.currency, rule.chain) not in self._wallet.suspended
        ]

    # --- deposits ---

    def deposit_methods(self, key: ApiKey, parameters: Parameters) -> Any:
        """DepositMethods of an asset."""
        del key
        rules = self._open(self._need_asset(parameters))
        if not rules:
            raise KrakenError("EFunding:No funding method")
        return [
            {
                "method": _deposit_method(rule),
                "limit": False,
                "fee": "0.0000000000",
                "gen-address": True,
                "minimum": places(rule.min_deposit, 8),
            }
            for rule in rules
        ]

    def deposit_addresses(self, key: ApiKey, parameters: Parameters) -> Any:
        """DepositAddresses: none until one was made by `new`."""
        account = self._account(key)
        rules = self._open(self._need_asset(parameters))
        method = parameters.get("method", "")
        rule = next((one for one in rules if _deposit_method(one) == method), None)
        if rule is None:
            raise KrakenError("EFunding:No funding method")
        new = parameters.get("new", "").lower() == "true"
        if not new and not self._wallet.has_address(account, rule):
            return []
        row: dict[str, Any] = {"address": self._wallet.address(account, rule), "expiretm": "0"}
        return [row | {"new": True} if new else row]

    def deposit_status(self, key: ApiKey, parameters: Parameters) -> Any:
        """DepositStatus, newest first."""
        account = self._account(key)
        own = [one for one in self._wallet.deposits if one.account is account]
        return self._page(parameters, [_deposit(one) for one in own], 25)

    # --- withdrawals ---

    def withdraw_methods(self, key: ApiKey, parameters: Parameters) -> Any:
        """WithdrawMethods of an asset, or all."""
        del key
        return [
            {
                "asset": asset_code(rule.currency),
                "method": _method(rule),
                "network": _NAMES[rule.currency, rule.chain][1],
                "minimum": places(rule.minimum, 8),
            }
            for rule in self._open(self._asset(parameters))
        ]

    def withdraw_addresses(self, key: ApiKey, parameters: Parameters) -> Any:
        """WithdrawAddresses: what the customer approved, with the names he gave."""
        account, currency = self._account(key), self._asset(parameters)
        method = parameters.get("method", "")
        return [
            {
                "address": one.address,
                "asset": asset_code(rule.currency),
                "method": _method(rule),
                "key": one.label,
                "verified": True,
            }
            for rule in self._wallet.networks(currency)
            for one in self._wallet.approved(account, rule.currency)
            if one.chain == rule.chain and method in {"", _method(rule)}
        ]

    def withdraw_info(self, key: ApiKey, parameters: Parameters) -> Any:
        """WithdrawInfo: the fee, and what would be left of the amount."""
        account = self._account(key)
        rule, _ = self._destination(account, parameters)
        amount = decimal_of(parameters.get("amount", ""), "amount")
        free = self._venue.engine.available(account, rule.currency)
        return {
            "method": _method(rule),
            "limit": places(max(Decimal(0), free - rule.fee), 8),
            "amount": places(amount - rule.fee, 8),
            "fee": places(rule.fee, 8),
        }

    def _destination(
        self, account: Account, parameters: Parameters
    ) -> tuple[NetworkRule, Approved]:
        currency, label = self._need_asset(parameters), parameters.get("key", "")
        approved = self._wallet.approved(account, currency)
        one = next((each for each in approved if each.label == label), None)
        rule = None if one is None else self._wallet.network(currency, one.chain)
        if one is None or rule is None:
            raise KrakenError("EFunding:Unknown withdraw key")
        return rule, one

    def withdraw(self, key: ApiKey, parameters: Parameters) -> Any:
        """Withdraw: the fee is part of the amount."""
        account = self._account(key)
        rule, one = self._destination(account, parameters)
        amount = decimal_of(parameters.get("amount", ""), "amount")
        if parameters.get("address", one.address) != one.address:
            raise KrakenError("EFunding:Invalid withdrawal address")
        if (rule.currency, rule.chain) in self._wallet.suspended:
            raise KrakenError("EFunding:No funding method")
        most = parameters.get("max_fee", "")
        if most and decimal_of(most, "max_fee") < rule.fee:
            raise KrakenError("EFunding:Max fee exceeded")
        net = amount - rule.fee
        if net < rule.minimum or net > rule.maximum or decimals_of(amount) > rule.decimals:
            raise KrakenError("EFunding:Invalid amount")
        try:
            made = self._wallet.withdraw(account, rule, net, one.address, label=one.label)
        except Refused:
            raise KrakenError("EFunding:Insufficient funds") from None
        return {"refid": _refid(made)}

    def withdraw_status(self, key: ApiKey, parameters: Parameters) -> Any:
        """WithdrawStatus, newest first."""
        account = self._account(key)
        own = [one for one in self._wallet.withdrawals if one.account is account]
        return self._page(parameters, [_withdrawal(one) for one in own], MOST_ROWS)

    def withdraw_cancel(self, key: ApiKey, parameters: Parameters) -> Any:
        """WithdrawCancel: false for what is on its way or over."""
        account, currency = self._account(key), self._need_asset(parameters)
        for one in self._wallet.withdrawals:
            mine = one.account is account and one.rule.currency == currency
            if mine and _refid(one) == parameters.get("refid"):
                return self._wallet.cancel(one)
        raise KrakenError("EFunding:Unknown reference id")

    def wallet_transfer(self, key: ApiKey, parameters: Parameters) -> Any:
        """WalletTransfer from spot to futures, at once."""
        account, currency = self._account(key), self._need_asset(parameters)
        ends = (parameters.get("from"), parameters.get("to"))
        if ends != ("Spot Wallet", "Futures Wallet"):
            raise KrakenError(INVALID)
        amount = decimal_of(parameters.get("amount", ""), "amount")
        if amount <= 0:
            raise KrakenError("EFunding:Invalid amount")
        try:
            self._venue.engine.deposit(account, currency, -amount, EntryKind.TRANSFER)
        except Refused:
            raise KrakenError("EFunding:Insufficient funds") from None
        held = (account.name, currency)
        self.futures[held] = self.futures.get(held, Decimal(0)) + amount
        self._moves += 1
        return {"refid": kraken_id("B", self._moves)}

    def _page(self, parameters: Parameters, rows: list[dict[str, Any]], usual: int) -> Any:
        currency, method = self._asset(parameters), parameters.get("method", "")
        limit = min(whole(parameters, "limit", usual), MOST_ROWS)
        start, end = whole(parameters, "start", 0), whole(parameters, "end", 2**40)
        kept = [
            row
            for row in reversed(rows)
            if start <= row["time"] <= end
            and (not currency or row["asset"] == asset_code(currency))
            and method in {"", row["method"]}
        ]
        return kept[:limit]


def _refid(one: Withdrawal | Deposit) -> str:
    return kraken_id("A" if isinstance(one, Withdrawal) else "Q", one.number)


def _withdrawal(one: Withdrawal) -> dict[str, Any]:
    status, prop = _STATUS[one.stage]
    row = {
        "method": _method(one.rule),
        "network": _NAMES[one.rule.currency, one.rule.chain][1],
        "aclass": "currency",
        "asset": asset_code(one.rule.currency),
        "refid": _refid(one),
        "txid": None if one.tx is None else one.tx.id,
        "info": one.address,
        "amount": places(one.amount, 8),
        "fee": places(one.fee, 8),
        "time": one.requested_ns // SECOND,
        "status": status,
        "key": one.label,
    }
    return row | ({"status-prop": prop} if prop else {})


def _deposit(one: Deposit) -> dict[str, Any]:
    return {
        "method": _deposit_method(one.rule),
        "aclass": "currency",
        "asset": asset_code(one.tx.currency),
        "refid": _refid(one),
        "txid": one.tx.id,
        "info": one.tx.address,
        "amount": places(one.tx.amount, 8),
        "fee": "0.00000000",
        "time": one.seen_ns // SECOND,
        "status": "Success" if one.credited else "Settled",
    }
