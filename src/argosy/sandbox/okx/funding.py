"""REST endpoints of /api/v5/asset: the funding account, apart from the one that trades."""

from decimal import Decimal

from argosy.model.money import plain
from argosy.sandbox.engine import EntryKind, Refused
from argosy.sandbox.okx.args import Row
from argosy.sandbox.okx.call import Call
from argosy.sandbox.okx.codes import Fault

ZERO = Decimal(0)


def asset_balances(call: Call) -> list[Row]:
    """GET /asset/balances."""
    wanted = set(call.args.text("ccy").split(",")) - {""}
    return [
        {"availBal": plain(amount), "bal": plain(amount), "ccy": currency, "frozenBal": "0"}
        for currency, amount in call.exchange.funding[call.account.name].items()
        if not wanted or currency in wanted
    ]


_CHAINS = {"BTC": "Bitcoin", "USDT": "ERC20", "USDC": "ERC20", "ETH": "ERC20", "SOL": "Solana"}


def currencies(call: Call) -> list[Row]:
    """GET /asset/currencies: one chain each."""
    listed = {
        currency
        for listing in call.exchange.names.of_type("SPOT")
        for currency in (listing.spec.instrument.base, listing.spec.instrument.quote)
    }
    wanted = set(call.args.text("ccy").split(",")) - {""} or listed
    return [
        {
            "burningFeeRate": "",
            "canDep": True,
            "canInternal": True,
            "canWd": True,
            "ccy": currency,
            "chain": f"{currency}-{_CHAINS.get(currency, currency)}",
            "ctAddr": "",
            "depEstOpenTime": "",
            "depQuotaFixed": "",
            "depQuoteDailyLayer2": "",
            "fee": "0.0002",
            "logoLink": "",
            "mainNet": True,
            "maxFee": "0.0004",
            "maxFeeForCtAddr": "0.0004",
            "maxWd": "500",
            "minDep": "0.00005",
            "minDepArrivalConfirm": "1",
            "minFee": "0.0002",
            "minFeeForCtAddr": "0.0002",
            "minInternal": "0.0001",
            "minWd": "0.001",
            "minWdUnlockConfirm": "3",
            "name": currency,
            "needTag": False,
            "usedDepQuotaFixed": "",
            "usedWdQuota": "0",
            "wdEstOpenTime": "",
            "wdQuota": "1000000",
            "wdTickSz": "8",
        }
        for currency in sorted(listed & wanted)
    ]


def transfer(call: Call) -> list[Row]:
    """POST /asset/transfer between funding (6) and trading (18) of one account."""
    args, exchange, account = call.args, call.exchange, call.account
    currency = args.need("ccy")
    args.need("amt")
    amount = args.number("amt")
    ends = (args.need("from"), args.need("to"))
    if ends not in {("6", "18"), ("18", "6")}:
        raise Fault("51000", "from")
    if amount is None or amount <= 0:
        raise Fault("51000", "amt")
    funding = exchange.funding[account.name]
    signed = amount if ends[1] == "18" else -amount
    if funding.get(currency, ZERO) < signed:
        raise Fault("58350")
    try:
        exchange.engine.deposit(account, currency, signed, EntryKind.TRANSFER)
    except Refused:
        raise Fault("58350") from None
    funding[currency] = funding.get(currency, ZERO) - signed
    exchange.transfers += 1
    return [
        {
            "transId": str(754_000_000 + exchange.transfers),
            "ccy": currency,
            "clientId": args.text("clientId"),
            "from": ends[0],
            "amt": plain(amount),
            "to": ends[1],
        }
    ]
