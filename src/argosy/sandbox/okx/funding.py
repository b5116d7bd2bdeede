"""REST endpoints of /api/v5/asset: the funding account, apart from the one that trades.

https://www.okx.com/docs-v5/en/#funding-account-rest-api (read 2026-11).
"""

from decimal import Decimal

from argosy.model.money import decimals_of, plain
from argosy.sandbox.engine import Account, EntryKind, Refused
from argosy.sandbox.networks import NetworkRule
from argosy.sandbox.okx.args import Args, Row, ms
from argosy.sandbox.okx.call import Call, paged
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.wallet import Deposit, Stage, Withdrawal

ZERO = Decimal(0)
_WORDS = {
    "bitcoin": "Bitcoin",
    "dogecoin": "Dogecoin",
    "ethereum": "ERC20",
    "ripple": "Ripple",
    "solana": "Solana",
    "tron": "TRC20",
}
_STATES = {
    Stage.REQUESTED: "0",
    Stage.HELD: "17",
    Stage.BROADCAST: "1",
    Stage.DONE: "2",
    Stage.CANCELLED: "-2",
    Stage.FAILED: "-1",
}
_FIRST_WITHDRAWAL, _FIRST_DEPOSIT, _FIRST_MOVE = 67_485_000, 88_300_000, 754_000_000


def _chain(rule: NetworkRule) -> str:
    return f"{rule.currency}-{_WORDS[rule.chain]}"


def asset_balances(call: Call) -> list[Row]:
    """GET /asset/balances."""
    call.exchange.venue.wallet.settle()
    wanted = set(call.args.text("ccy").split(",")) - {""}
    return [
        {"availBal": plain(amount), "bal": plain(amount), "ccy": currency, "frozenBal": "0"}
        for currency, amount in call.exchange.funding[call.account.name].items()
        if amount and (not wanted or currency in wanted)
    ]


def currencies(call: Call) -> list[Row]:
    """GET /asset/currencies: a row for each chain."""
    wallet = call.exchange.venue.wallet
    wanted = set(call.args.text("ccy").split(",")) - {""}
    return [
        _currency(rule, closed=(rule.currency, rule.chain) in wallet.suspended)
        for rule in wallet.rules
        if not wanted or rule.currency in wanted
    ]


def _currency(rule: NetworkRule, *, closed: bool) -> Row:
    fee = plain(rule.fee)
    return {
        "burningFeeRate": "",
        "canDep": not closed,
        "canInternal": True,
        "canWd": not closed,
        "ccy": rule.currency,
        "chain": _chain(rule),
        "ctAddr": "",
        "depEstOpenTime": "",
        "depQuotaFixed": "",
        "depQuoteDailyLayer2": "",
        "fee": fee,
        "logoLink": "",
        "mainNet": rule.chain != "tron",
        "maxFee": fee,
        "maxFeeForCtAddr": fee,
        "maxWd": plain(rule.maximum),
        "minDep": plain(rule.min_deposit),
        "minDepArrivalConfirm": str(rule.confirmations),
        "minFee": fee,
        "minFeeForCtAddr": fee,
        "minInternal": "0.0001",
        "minWd": plain(rule.minimum),
        "minWdUnlockConfirm": str(rule.unlock),
        "name": rule.currency,
        "needTag": False,
        "usedDepQuotaFixed": "",
        "usedWdQuota": "0",
        "wdEstOpenTime": "",
        "wdQuota": "1000000",
        "wdTickSz": str(rule.decimals),
    }


def deposit_address(call: Call) -> list[Row]:
    """GET /asset/deposit-address: one a chain, credited to the funding account."""
    wallet, currency = call.exchange.venue.wallet, call.args.need("ccy")
    rules = wallet.networks(currency)
    if not rules:
        raise Fault("51000", "ccy")
    return [
        {
            "addr": wallet.address(call.account, rule),
            "ccy": currency,
            "chain": _chain(rule),
            "ctAddr": "",
            "selected": True,
            "to": "6",
            "verifiedName": "",
        }
        for rule in rules
    ]


# --- withdrawals ---


def withdraw(call: Call) -> list[Row]:
    """POST /asset/withdrawal, on chain: `amt` arrives, the fee comes on top of it."""
    args, wallet, account = call.args, call.exchange.venue.wallet, call.account
    wallet.settle()
    currency, address = args.need("ccy"), args.need("toAddr")
    args.need("amt")
    args.choice("dest", frozenset({"4"}))  # internal transfers to other customers are not there
    amount, client_id = args.number("amt"), _client_id(args)
    rule = _rule(wallet.networks(currency), args.text("chain"))
    if amount is None or amount <= 0 or decimals_of(amount) > rule.decimals:
        raise Fault("51000", "amt")
    if (rule.currency, rule.chain) in wallet.suspended:
        raise Fault("58214", _chain(rule))
    if amount < rule.minimum:
        raise Fault("58206")
    if amount > rule.maximum:
        raise Fault("58205")
    if not any(
        one.chain == rule.chain and one.address == address
        for one in wallet.approved(account, currency)
    ):
        raise Fault("58207")
    if client_id and any(one.client_id == client_id for one in _own(call)):
        raise Fault("58404")
    try:
        made = wallet.withdraw(account, rule, amount, address, client_id=client_id)
    except Refused:
        raise Fault("58350") from None
    return [
        {
            "amt": plain(amount),
            "ccy": currency,
            "chain": _chain(rule),
            "clientId": client_id,
            "wdId": _wd_id(made),
        }
    ]


def _client_id(args: Args) -> str:
    client_id = args.text("clientId")
    if client_id and not (client_id.isascii() and client_id.isalnum() and len(client_id) <= 32):
        raise Fault("51000", "clientId")
    return client_id


def _rule(rules: list[NetworkRule], chain: str) -> NetworkRule:
    """By its name; without one the main chain, which is the first."""
    if not rules:
        raise Fault("51000", "ccy")
    found = next((rule for rule in rules if chain in {"", _chain(rule)}), None)
    if found is None:
        raise Fault("58010", chain)
    return found


def _own(call: Call) -> list[Withdrawal]:
    wallet = call.exchange.venue.wallet
    return [one for one in wallet.withdrawals if one.account is call.account]


def _wd_id(withdrawal: Withdrawal) -> str:
    return str(_FIRST_WITHDRAWAL + withdrawal.number)


def cancel_withdrawal(call: Call) -> list[Row]:
    """POST /asset/cancel-withdrawal."""
    wd_id = call.args.need("wdId")
    found = next((one for one in _own(call) if _wd_id(one) == wd_id), None)
    if found is None:
        raise Fault("58215")
    if found.stage is Stage.CANCELLED:
        raise Fault("58220")
    if not call.exchange.venue.wallet.cancel(found):
        raise Fault("58216")
    return [{"wdId": wd_id}]


def withdrawal_history(call: Call) -> list[Row]:
    """GET /asset/withdrawal-history, newest first, paged by ts."""
    call.exchange.venue.wallet.settle()
    return _listed(call.args, [_withdrawal(one) for one in _own(call)], "wdId", "clientId")


def _withdrawal(one: Withdrawal) -> Row:
    return {
        "addrEx": None,
        "amt": plain(one.amount),
        "areaCodeFrom": "",
        "areaCodeTo": "",
        "ccy": one.rule.currency,
        "chain": _chain(one.rule),
        "clientId": one.client_id,
        "fee": plain(one.fee),
        "feeCcy": one.rule.currency,
        "from": one.account.name,
        "nonTradableAsset": False,
        "note": "",
        "state": _STATES[one.stage],
        "to": one.address,
        "toAddrType": "1",
        "ts": ms(one.requested_ns),
        "txId": "" if one.tx is None else one.tx.id,
        "type": "4",
        "wdId": _wd_id(one),
    }


# --- deposits ---


def deposit_history(call: Call) -> list[Row]:
    """GET /asset/deposit-history, newest first, paged by ts."""
    wallet = call.exchange.venue.wallet
    wallet.settle()
    now_ns = call.exchange.engine.now_ns()
    own = [one for one in wallet.deposits if one.account is call.account]
    return _listed(call.args, [_deposit(one, now_ns) for one in own], "depId")


def _deposit(one: Deposit, now_ns: int) -> Row:
    confirmations = one.tx.confirmations(now_ns)
    credited = "2" if confirmations >= one.rule.unlock else "1"
    return {
        "actualDepBlkConfirm": str(confirmations),
        "amt": plain(one.tx.amount),
        "areaCodeFrom": "",
        "ccy": one.tx.currency,
        "chain": _chain(one.rule),
        "depId": str(_FIRST_DEPOSIT + one.number),
        "from": "",
        "fromWdId": "",
        "state": credited if one.credited else "0",
        "to": one.tx.address,
        "ts": ms(one.seen_ns),
        "txId": one.tx.id,
        "type": "4",
    }


def _listed(args: Args, rows: list[Row], *ids: str) -> list[Row]:
    """What the filters leave, a page of it; `type` filters and is not shown."""
    names = ("ccy", "txId", "state", "type", *ids)
    kept = [
        row for row in rows if all(args.text(name, str(row[name])) == row[name] for name in names)
    ]
    page = paged(args, sorted(kept, key=lambda row: int(str(row["ts"]))), "ts")
    return [{name: value for name, value in row.items() if name != "type"} for row in page]


# --- between funding and trading ---


def transfer(call: Call) -> list[Row]:
    """POST /asset/transfer between funding (6) and trading (18) of one account."""
    args, exchange, account = call.args, call.exchange, call.account
    exchange.venue.wallet.settle()
    currency = args.need("ccy")
    args.need("amt")
    amount, client_id = args.number("amt"), _client_id(args)
    ends = (args.need("from"), args.need("to"))
    if ends[0] == ends[1]:
        raise Fault("58123")
    if set(ends) != {"6", "18"}:
        raise Fault("51000", "from")
    if amount is None or amount <= 0:
        raise Fault("51000", "amt")
    if client_id and any(row["clientId"] == client_id for row in _moves(call, account)):
        raise Fault("58404")
    funding = exchange.funding[account.name]
    signed = amount if ends[1] == "18" else -amount
    if funding.get(currency, ZERO) < signed:
        raise Fault("58350")
    try:
        exchange.engine.deposit(account, currency, signed, EntryKind.TRANSFER)
    except Refused:
        raise Fault("58350") from None
    funding[currency] = funding.get(currency, ZERO) - signed
    row: Row = {
        "transId": str(_FIRST_MOVE + len(exchange.moves) + 1),
        "ccy": currency,
        "clientId": client_id,
        "from": ends[0],
        "amt": plain(amount),
        "to": ends[1],
    }
    exchange.moves.append((account, row))
    return [row]


def _moves(call: Call, account: Account) -> list[Row]:
    return [row for owner, row in call.exchange.moves if owner is account]


def transfer_state(call: Call) -> list[Row]:
    """GET /asset/transfer-state, by transId or clientId: transfers are done at once here."""
    args = call.args
    name = "transId" if args.has("transId") else "clientId"
    if not args.has(name):
        raise Fault("50015", "transId", "clientId")
    rest = {"instId": "", "state": "success", "subAcct": "", "toInstId": "", "type": "0"}
    return [row | rest for row in _moves(call, call.account) if row[name] == args.text(name)]
