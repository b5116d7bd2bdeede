"""Transfers worth much, with what is known of both ends. Labels that are guessed say so."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from argosy.dialects.evm.call_words import TokenName
from argosy.dialects.evm.jsonrpc import Ask, quantity
from argosy.dialects.evm.transfers import Transfer
from argosy.errors import ArgosyError, WireError
from argosy.net.rpc import RpcClient
from argosy.net.watch.events import Label, LargeTransfer

_MOST_LABELS = 20_000
_MOST_LARGE = 200  # transfers of a block that are told, the largest
_FRESH = 3  # transactions sent, at most, of what counts as a fresh wallet
_MOST_UNITS = 10**60
CONTRACT = Label(text="contract", guess=True)
FRESH = Label(text="fresh wallet", guess=True)
AROUND_OTHERS = Label(text="trades around others", guess=True)
ROUND_TRIPS = Label(text="round trips in a block", guess=True)


class Labels:
    """What addresses are: from a table, and from what they look like and did."""

    def __init__(self, client: RpcClient, given: Mapping[str, str] | None = None) -> None:
        self._client = client
        self._given = {address.lower(): Label(text=text) for address, text in (given or {}).items()}
        self._looks: OrderedDict[str, tuple[Label, ...]] = OrderedDict()
        self._bots: OrderedDict[str, Label] = OrderedDict()

    def saw_bot(self, address: str, label: Label) -> None:
        """It did what people do not: trade around others, or there and back in one block."""
        if self._bots.get(address) != AROUND_OTHERS:
            self._bots[address] = label
        while len(self._bots) > _MOST_LABELS:
            self._bots.popitem(last=False)

    def of(self, address: str) -> tuple[Label, ...]:
        """All that is known."""
        found = [self._given[address]] if address in self._given else []
        found += [self._bots[address]] if address in self._bots else []
        return (*found, *self._looks.get(address, ()))

    async def look(self, addresses: Iterable[str]) -> None:
        """Ask what these look like, where that was not asked yet. Trouble leaves it unknown."""
        wanted = [each for each in dict.fromkeys(addresses) if each not in self._looks]
        asks = [
            ask
            for address in wanted
            for ask in (
                Ask("eth_getCode", (address, "latest")),
                Ask("eth_getTransactionCount", (address, "latest")),
            )
        ]
        try:
            answers = await self._client.batch(asks)
        except ArgosyError:
            return
        for place, address in enumerate(wanted):
            self._looks[address] = _looks(*answers[2 * place : 2 * place + 2])
        while len(self._looks) > _MOST_LABELS:
            self._looks.popitem(last=False)


def _looks(code: object, count: object) -> tuple[Label, ...]:
    if isinstance(code, str) and len(code) > 2:
        return (CONTRACT,)
    try:
        return (FRESH,) if quantity(count) <= _FRESH else ()
    except WireError:
        return ()


def large_transfers(
    transfers: Iterable[Transfer],
    names: Mapping[str, TokenName],
    prices: Mapping[str, Decimal],
    least_usd: Decimal,
) -> list[LargeTransfer]:
    """Those worth that much, in order, without labels yet; of tokens with a name and a price."""
    found = []
    for each in transfers:
        price, name = prices.get(each.token), names.get(each.token)
        if price is None or name is None or each.amount > _MOST_UNITS:
            continue
        amount = Decimal(each.amount).scaleb(-name.decimals)
        if amount * price >= least_usd:
            told = LargeTransfer(
                transaction=each.transaction,
                token=each.token,
                symbol=name.symbol,
                amount=amount,
                usd=amount * price,
                sender=each.sender,
                recipient=each.recipient,
            )
            found.append(told)
    if len(found) > _MOST_LARGE:
        least = sorted((each.usd for each in found), reverse=True)[_MOST_LARGE - 1]
        found = [each for each in found if each.usd >= least][:_MOST_LARGE]
    return found
