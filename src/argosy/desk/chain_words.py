"""What watching a chain told, in lines for people."""

from collections.abc import Mapping
from decimal import Decimal

from argosy.analytics.mev import (
    Arbitrage,
    BackRun,
    FrontRun,
    JustInTime,
    Mev,
    Sandwich,
    SandwichAttempt,
)
from argosy.dialects.evm.call_words import Names, amount_of, call_words, named, short
from argosy.net.chain_fees import GWEI
from argosy.net.watch.events import (
    BlockUndone,
    BlockWatched,
    Label,
    LargeTransfer,
    PendingAgain,
    PendingDecoded,
    PendingEnded,
    WatchEvent,
)

Pools = Mapping[str, tuple[str, str]]  # (token 0, token 1) by pool


def event_lines(event: WatchEvent, names: Names, pools: Pools) -> list[str]:
    """An event; of a block one line for each thing that it brought."""
    if isinstance(event, PendingDecoded):
        call = event.call
        words = call_words(call, names) if call is not None else f"malformed: {event.problem}"
        sender = short(event.transaction.sender)
        return [f"pending    {short_hash(event.transaction.hash)} {sender}: {words}"]
    if isinstance(event, PendingEnded):
        return [f"{event.fate:10} {short_hash(event.hash)}{_end(event)}"]
    if isinstance(event, PendingAgain):
        return [f"again      {short_hash(event.hash)}: its block is dropped, it waits again"]
    if isinstance(event, BlockUndone):
        head = event.block.head
        return [f"undone     block {head.number} {short_hash(head.hash)} is dropped"]
    if isinstance(event, BlockWatched):
        return block_lines(event, names, pools)
    return [f"gap        {event.why}"]


def short_hash(text: str) -> str:
    """A hash as people can compare it."""
    return f"{text[:8]}…{text[-4:]}"


def _end(event: PendingEnded) -> str:
    told = f" in block {event.block_number}" if event.block_number else ""
    told += f" by {short_hash(event.by)}" if event.by else ""
    return f"{told} after {event.waited_ns / 1e9:.1f} s"


def block_lines(block: BlockWatched, names: Names, pools: Pools) -> list[str]:
    """A block, and below it what it brought."""
    head = block.head
    if block.problem:
        return [f"block      {head.number} {short_hash(head.hash)}: not read: {block.problem}"]
    counts = f"{block.transactions} transactions, {block.failed} failed, {len(block.trades)} trades"
    fee = f"base fee {gwei(head.base_fee)} gwei"
    lines = [f"block      {head.number} {short_hash(head.hash)}: {counts}, {fee}"]
    lines += [f"  {mev_words(each, names, pools)}" for each in block.mev]
    lines += [f"  {arbitrage_words(each, names)}" for each in block.arbitrage]
    lines += [f"  {transfer_words(each)}" for each in block.transfers]
    for event in block.events:
        told = ", ".join(f"{name} {str(value)[:70]}" for name, value in event.arguments.items())
        lines.append(f"  event     {event.name} of {short(event.contract)}: {told}")
    return lines


def _pair(pool: str, names: Names, pools: Pools) -> str:
    tokens = pools.get(pool)
    return "/".join(named(token, names) for token in tokens) if tokens else short_hash(pool)


def _amount(amount: int, pool: str, which: int, names: Names, pools: Pools) -> str:
    tokens = pools.get(pool)
    return amount_of(amount, tokens[which], names) if tokens else f"{amount} units"


def mev_words(found: Mev, names: Names, pools: Pools) -> str:
    """Who took what from whom."""
    pair = _pair(found.pool, names, pools)
    if isinstance(found, Sandwich):
        given = 0 if found.front.forward else 1
        gain = _amount(found.profit, found.pool, given, names, pools)
        told = f"sandwich  in {pair}: {short(found.attacker)} made {gain}"
        return told + _losses(found, names, pools)
    if isinstance(found, SandwichAttempt):
        told = f"attempted sandwich in {pair} by {short(found.attacker)}: {found.reason}"
        return told + _losses(found, names, pools)
    if isinstance(found, FrontRun):
        who, whom = short(found.runner.sender), short(found.victim.trade.sender)
        return f"front-run in {pair}: {who} before {whom}, seen {found.later_ns / 1e6:.0f} ms later"
    if isinstance(found, BackRun):
        how = "a cycle" if found.cycle else "right after"
        who, whom = short(found.runner.sender), short(found.leader.sender)
        return f"back-run  in {pair}: {who} after {whom} ({how})"
    return _just_in_time(found, pair)


def _losses(found: Sandwich | SandwichAttempt, names: Names, pools: Pools) -> str:
    got, told = 1 if found.front.forward else 0, ""
    for victim in found.victims:
        told += f", {short(victim.trade.sender)} lost "
        loss = victim.loss
        if loss:
            told += _amount(loss, found.pool, got, names, pools)
        else:
            told += "?" if loss is None else "nothing"
    return told


def _just_in_time(found: JustInTime, pair: str) -> str:
    served = ", ".join(short(trade.sender) for trade in found.served[:3])
    return f"liquidity in {pair} of {short(found.provider)} for {served} alone"


def arbitrage_words(found: Arbitrage, names: Names) -> str:
    """What a cycle brought."""
    gains = ", ".join(amount_of(amount, token, names) for token, amount in found.profit.items())
    return f"arbitrage of {short(found.sender)} over {len(found.pools)} pools: {gains} before gas"


def transfer_words(found: LargeTransfer) -> str:
    """A large transfer with what is known of both ends."""
    return (
        f"transfer  {found.amount:,.4f} {found.symbol} ({found.usd:,.0f} USD) from"
        f" {_who(found.sender, found.sender_labels)} to"
        f" {_who(found.recipient, found.recipient_labels)}"
    )


def _who(address: str, labels: tuple[Label, ...]) -> str:
    told = ", ".join(label.text + ("?" if label.guess else "") for label in labels)
    return f"{short(address)} ({told})" if told else short(address)


def gwei(wei: int) -> str:
    """A price of gas: four digits, and no exponents."""
    price = Decimal(wei) / GWEI
    if price >= 1000:
        return f"{price:,.0f}"
    return f"{price:.4g}" if price >= 1 else f"{price:.9f}".rstrip("0").rstrip(".") or "0"
