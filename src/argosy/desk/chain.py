"""One address on one chain, as the desk uses it: nodes, a sender with its journal, what gas costs.
Venues of the same chain share it, as nonces are the address's own.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec
import structlog

from argosy.dialects.evm.chains import ChainInfo
from argosy.dialects.evm.data_fees import Sample, data_fees
from argosy.dialects.evm.jsonrpc import quantity
from argosy.errors import ArgosyError, ConfigError, NotSent, StreamGap
from argosy.model import HeadChanged, VenueId
from argosy.model.time import SECOND
from argosy.net.audit import Tap
from argosy.net.chain_fees import Fees
from argosy.net.contracts import ContractClient
from argosy.net.heads import HeadFollower
from argosy.net.rpc import RpcClient, RpcNode, RpcSettings
from argosy.net.tx import TxSender, TxSettings, usual_fees
from argosy.net.tx_journal import Transaction, TxStore
from argosy.portfolio.explained import Explained
from argosy.ports import Clock
from argosy.vault.guarded import GuardedSigner

_log = structlog.get_logger(__name__)
_RETRY_S = 2.0


class ChainTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How an address trades on a chain."""

    tx: TxSettings
    slippage: Decimal = Decimal("0.005")  # a fraction: what a market order accepts beyond the quote
    deadline_s: int = 120  # from when a swap is sent; later it reverts
    fees_s: float = 12.0  # between two looks at what gas costs
    unchecked_tokens: frozenset[str] = frozenset()  # addresses: traded though they cannot be tried


class ChainAccount:
    """`run` keeps it going; `ready` says when it may send."""

    def __init__(
        self,
        info: ChainInfo,
        nodes: list[RpcNode],
        signer: GuardedSigner | None,
        store: TxStore | None,
        terms: ChainTerms,
        *,
        clock: Clock,
        rng: random.Random,
        tap: Tap | None,
        settings: RpcSettings | None = None,
        relay: RpcNode | None = None,
    ) -> None:
        self.id = VenueId(info.key)  # as logs name it
        self.info = info
        self.terms = terms
        self.signer = signer
        self.rpc = RpcClient(
            chain=info.key,
            nodes=nodes,
            clock=clock,
            rng=rng,
            tap=tap,
            settings=settings,
            relay=relay,
        )
        self.sender: TxSender | None = None
        if signer is not None and store is not None:
            self.sender = TxSender(self.rpc, signer, store, terms.tx)
        self.contracts = ContractClient(self.rpc, self.sender, self.settle)
        self.explained = Explained()  # one wallet, whatever the venues that trade from it
        self.explained_by = ""  # the venue that compares it with the chain
        self.fees: Fees | None = None  # as last told
        self.samples: dict[str, Sample] = {}  # kinds of transactions whose data fees are followed
        self._data: dict[str, int] = {}  # what posting each costs, as last told
        self.detail = "connecting"
        self.on_settled: list[Callable[[Transaction], None]] = []
        self.on_head: list[Callable[[HeadChanged], None]] = []
        self._turns: dict[tuple[str, str], asyncio.Lock] = {}
        self._clock = clock
        self._opened = asyncio.Event()
        self._fees_ns = 0
        self._block_s = 0  # the newest block's time

    @property
    def address(self) -> str:
        """Whose it is; ConfigError where there is no key."""
        if self.signer is None:
            raise ConfigError(f"no key for {self.info.key}: set chains.{self.info.key}.key")
        return self.signer.address

    def turn(self, token: str, spender: str) -> asyncio.Lock:
        """Held by who lets a spender take a token, until what takes it is sent."""
        return self._turns.setdefault((token, spender), asyncio.Lock())

    def forget_key(self) -> None:
        """It signs no more."""
        if self.signer is not None:
            self.signer.close()

    @property
    def ready(self) -> bool:
        """Whether transactions can be sent: the chain was asked where nonces stand."""
        return self.sender is not None and self._opened.is_set()

    async def opened(self) -> None:
        """Wait until the chain was asked where nonces stand."""
        await self._opened.wait()

    def must_be_ready(self) -> TxSender:
        """The sender; NotSent while it is not ready, ConfigError where there is no key."""
        if self.sender is None:
            raise ConfigError(f"no key for {self.info.key}: set chains.{self.info.key}.key")
        if not self._opened.is_set():
            raise NotSent(f"{self.info.key} is not connected yet: {self.detail}")
        return self.sender

    def deadline_s(self) -> int:
        """Until when a swap that is sent now may be mined: by the chain's clock, where that is
        ahead of ours.
        """
        return max(self._clock.now_ns() // SECOND, self._block_s) + self.terms.deadline_s

    async def native_balance(self) -> int:
        """What the address holds of the chain's own currency, in wei."""
        return quantity(await self.rpc.call("eth_getBalance", self.address, "latest"))

    def gas_cost(self, gas: int, data: int | None = 0) -> Decimal | None:
        """What so much gas costs about now, in the chain's currency, and `data` wei for posting it;
        None while nobody knows.
        """
        if self.fees is None or data is None:
            return None
        price = self.fees.base_fee + self.fees.priority_fee
        return Decimal(gas * price + data).scaleb(-18)

    def data_cost(self, like: str) -> int | None:
        """What posting a transaction like a sample costs about now, in wei: 0 on a chain that takes
        nothing for it; None while nobody knows.
        """
        return self._data.get(like) if self.info.data_fee else 0

    async def data_costs(self, samples: Sequence[Sample]) -> tuple[int, ...]:
        """What posting each costs now, in wei. Raises as ContractClient.ask."""
        if not self.info.data_fee or not samples:
            return (0,) * len(samples)
        return await self.contracts.ask(data_fees(self.info, samples))

    async def run(self) -> None:
        """Follow the chain until cancelled: settle what is open at each new head."""
        async with self.rpc:
            try:
                await self._open()
                await self._follow()
            finally:
                self._opened.clear()
                if self.sender is not None:
                    self.sender.close()

    async def _open(self) -> None:
        while True:
            try:
                told = quantity(await self.rpc.call("eth_chainId"))
                if told != self.info.id:
                    raise ConfigError(
                        f"the node of {self.info.key} is on chain {told}, not on {self.info.id}"
                    )
                if self.sender is not None:
                    await self.sender.open()
            except ConfigError:
                raise
            except ArgosyError as e:
                self.detail = str(e) or type(e).__name__
                await self._clock.sleep(_RETRY_S)
            else:
                self.detail = ""
                self._opened.set()
                return

    async def _follow(self) -> None:
        follower = HeadFollower(self.rpc)
        pause_s = min(max(self.info.block_s / 4, 0.1), 2.0)
        while True:
            try:
                changed = await follower.poll()
                if changed is not None:
                    self._block_s = changed.tip.timestamp_s
                    for hear_head in self.on_head:
                        hear_head(changed)
                    await self.settle()
                await self._look_at_fees()
                self.detail = ""
            except StreamGap:
                continue
            except ArgosyError as e:
                self.detail = str(e) or type(e).__name__
            await self._clock.sleep(pause_s)

    async def settle(self) -> None:
        """See what became of open transactions, and tell."""
        if self.sender is None or not self._opened.is_set():
            return
        for transaction in await self.sender.settle():
            for hear in self.on_settled:
                hear(transaction)

    async def _look_at_fees(self) -> None:
        now_ns = self._clock.monotonic_ns()
        if now_ns < self._fees_ns:
            return
        self._fees_ns = now_ns + round(self.terms.fees_s * 1e9)
        self.fees = await usual_fees(self.rpc, self.terms.tx.urgency)
        samples = dict(self.samples)
        told = await self.data_costs(list(samples.values()))
        self._data = dict(zip(samples, told, strict=True))
