"""Lido's staking: the pool, what somebody has in it, and the queue out of it. Sends nothing.

Amounts asked for are of ether, stETH or wstETH as said; all have 18 decimals.
Source: https://docs.lido.fi/contracts/lido and .../withdrawal-queue-erc721 (2026-11-27).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.erc20 import BALANCE_OF, permissions, tokens, units
from argosy.dialects.evm.reverts import explained
from argosy.errors import ConfigError, Reverted, WireError
from argosy.model import ContractCall, StakingPool, StakingPosition, WithdrawalRequest
from argosy.model.money import plain
from argosy.ports import Deed, Reading
from argosy.venues.lido import wire

_MOST_REQUESTS = 256  # read of one owner
_D = wire.DECIMALS


class LidoStaking:
    """One deployment: `contracts` has `steth`, `wsteth` and `queue`."""

    def __init__(self, contracts: Mapping[str, str]) -> None:
        missing = {"steth", "wsteth", "queue"} - contracts.keys()
        if missing:
            raise ConfigError(f"Lido needs the addresses of: {', '.join(sorted(missing))}")
        self._steth = contracts["steth"].lower()
        self._wsteth = contracts["wsteth"].lower()
        self._queue = contracts["queue"].lower()

    def explain(self, error: Reverted) -> Reverted:
        """A refusal in words."""
        return explained(error, "lido", wire.ERRORS, wire.TEXTS)

    # --- reading ----------------------------------------------------------------------------------

    def pool(self) -> Reading[StakingPool]:
        """The pool and the length of its queue."""
        calls = (
            ContractCall(to=self._steth, data=wire.TOTAL_POOLED.data()),
            ContractCall(to=self._steth, data=wire.TOTAL_SHARES.data()),
            ContractCall(to=self._queue, data=wire.UNFINALIZED.data()),
            ContractCall(to=self._queue, data=wire.WAITING.data()),
        )

        def read(told: Sequence[Any]) -> StakingPool:
            return StakingPool(
                pooled=tokens(wire.TOTAL_POOLED.one(told[0]), _D),
                shares=tokens(wire.TOTAL_SHARES.one(told[1]), _D),
                unfinalized=tokens(wire.UNFINALIZED.one(told[2]), _D),
                waiting=wire.WAITING.one(told[3]),
            )

        return Reading(calls, read)

    def position(self, owner: str) -> Reading[StakingPosition]:
        """What an address has, wrapped and not."""
        owner = owner.lower()
        calls = (
            ContractCall(to=self._steth, data=BALANCE_OF.data(owner)),
            ContractCall(to=self._steth, data=wire.SHARES_OF.data(owner)),
            ContractCall(to=self._wsteth, data=BALANCE_OF.data(owner)),
        )

        def read(told: Sequence[Any]) -> StakingPosition:
            staked, shares, wrapped = (BALANCE_OF.one(each) for each in told)
            return StakingPosition(
                owner=owner,
                staked=tokens(staked, _D),
                shares=tokens(shares, _D),
                wrapped=tokens(wrapped, _D),
                wrapped_worth=Decimal(0),
            )

        return Reading(calls, read, self._worth)

    def _worth(self, position: StakingPosition) -> Reading[StakingPosition]:
        wrapped = int(position.wrapped.scaleb(_D))
        call = ContractCall(to=self._wsteth, data=wire.STETH_BY_WSTETH.data(wrapped))

        def read(told: Sequence[Any]) -> StakingPosition:
            return replace(position, wrapped_worth=tokens(wire.STETH_BY_WSTETH.one(told[0]), _D))

        return Reading((call,), read)

    def requests(self, owner: str) -> Reading[tuple[WithdrawalRequest, ...]]:
        """What is asked for and not claimed: ids, then states, then hints, then ether."""
        calls = (
            ContractCall(to=self._queue, data=wire.REQUESTS_OF.data(owner.lower())),
            ContractCall(to=self._queue, data=wire.LAST_CHECKPOINT.data()),
        )

        def read(told: Sequence[Any]) -> Any:
            ids, last = wire.REQUESTS_OF.one(told[0]), wire.LAST_CHECKPOINT.one(told[1])
            if len(ids) > _MOST_REQUESTS:
                raise WireError(f"{len(ids)} requests of {owner}; {_MOST_REQUESTS} are read")
            return sorted(ids), last

        return Reading(calls, read, lambda found: self._states(*found))

    def _states(self, ids: Sequence[int], last: int) -> Reading[Any]:
        call = ContractCall(to=self._queue, data=wire.STATUS.data(ids))

        def read(told: Sequence[Any]) -> tuple[WithdrawalRequest, ...]:
            rows = wire.STATUS.one(told[0])
            if len(rows) != len(ids):
                raise WireError(f"{len(rows)} states for {len(ids)} requests")
            return tuple(
                WithdrawalRequest(
                    id=number,
                    owner=str(owner),
                    amount=tokens(amount, _D),
                    shares=tokens(shares, _D),
                    at_s=at_s,
                    finalized=finalized,
                    claimed=claimed,
                )
                for number, (amount, shares, owner, at_s, finalized, claimed) in zip(
                    ids, rows, strict=True
                )
            )

        return Reading((call,), read, lambda found: self._hinted(found, last))

    def _hinted(
        self, found: tuple[WithdrawalRequest, ...], last: int
    ) -> Reading[tuple[WithdrawalRequest, ...]] | None:
        ready = [each.id for each in found if each.finalized and not each.claimed]
        if not ready:
            return None
        call = ContractCall(to=self._queue, data=wire.HINTS.data(ready, 1, last))

        def read(told: Sequence[Any]) -> tuple[WithdrawalRequest, ...]:
            hints = wire.HINTS.one(told[0])
            if len(hints) != len(ready):
                raise WireError(f"{len(hints)} hints for {len(ready)} requests")
            by_id = dict(zip(ready, hints, strict=True))
            return tuple(replace(each, hint=by_id.get(each.id, 0)) for each in found)

        return Reading((call,), read, self._payable)

    def _payable(
        self, found: tuple[WithdrawalRequest, ...]
    ) -> Reading[tuple[WithdrawalRequest, ...]]:
        ready = {each.id: each.hint for each in found if each.hint}
        call = ContractCall(
            to=self._queue, data=wire.CLAIMABLE.data(list(ready), list(ready.values()))
        )

        def read(told: Sequence[Any]) -> tuple[WithdrawalRequest, ...]:
            amounts = wire.CLAIMABLE.one(told[0])
            if len(amounts) != len(ready):
                raise WireError(f"{len(amounts)} amounts for {len(ready)} requests")
            by_id = dict(zip(ready, amounts, strict=True))
            return tuple(
                replace(each, claimable=tokens(by_id.get(each.id, 0), _D)) for each in found
            )

        return Reading((call,), read)

    # --- acting -----------------------------------------------------------------------------------

    def stake(self, amount: Decimal, owner: str) -> Deed:
        """Ether into the pool, for stETH."""
        wei = units(amount, _D, "ether")
        return Deed(
            call=ContractCall(
                to=self._steth,
                data=wire.SUBMIT.data(ZERO_ADDRESS),
                value=wei,
                sender=owner.lower(),
            ),
            words=f"stake {plain(amount)} ether with Lido",
        )

    def wrap(self, amount: Decimal, owner: str) -> Deed:
        """So many stETH into wstETH."""
        wei, owner = units(amount, _D, "stETH"), owner.lower()
        return Deed(
            call=ContractCall(to=self._wsteth, data=wire.WRAP.data(wei), sender=owner),
            words=f"wrap {plain(amount)} stETH",
            approvals=permissions(self._steth, owner, self._wsteth, wei),
            spends=((self._steth, wei),),
        )

    def unwrap(self, amount: Decimal, owner: str) -> Deed:
        """So many wstETH back into stETH."""
        wei, owner = units(amount, _D, "wstETH"), owner.lower()
        return Deed(
            call=ContractCall(to=self._wsteth, data=wire.UNWRAP.data(wei), sender=owner),
            words=f"unwrap {plain(amount)} wstETH",
            spends=((self._wsteth, wei),),
        )

    def request_withdrawal(self, amount: Decimal, owner: str, *, wrapped: bool = False) -> Deed:
        """So many stETH, or wstETH, into the queue; above 1000 in several equal requests.

        A wstETH is worth more than one stETH, so those are split at half of the limit.
        """
        symbol = "wstETH" if wrapped else "stETH"
        wei, owner = units(amount, _D, symbol), owner.lower()
        if wei < wire.LEAST:
            raise ConfigError(f"amount is {amount} {symbol}; {wire.LEAST} wei are the least")
        most = wire.MOST // 2 if wrapped else wire.MOST
        parts = -(-wei // most)
        if parts > _MOST_REQUESTS:
            raise ConfigError(f"amount is {amount} {symbol}: {parts} requests; ask for less")
        amounts = [wei // parts + (1 if n < wei % parts else 0) for n in range(parts)]
        function = wire.REQUEST_WRAPPED if wrapped else wire.REQUEST
        token = self._wsteth if wrapped else self._steth
        return Deed(
            call=ContractCall(to=self._queue, data=function.data(amounts, owner), sender=owner),
            words=f"ask Lido for the ether of {plain(amount)} {symbol}",
            approvals=permissions(token, owner, self._queue, wei),
            spends=((token, wei),),
        )

    def claim(self, requests: Sequence[WithdrawalRequest], owner: str) -> Deed:
        """The ether of finalized requests."""
        for each in requests:
            if not each.finalized or each.claimed:
                state = "claimed" if each.claimed else "not finalized yet"
                raise ConfigError(f"request {each.id} is {state}")
        ready = sorted(requests, key=lambda each: each.id)
        if not ready:
            raise ConfigError("no request is ready to be claimed")
        data = wire.CLAIM.data([each.id for each in ready], [each.hint for each in ready])
        whole = sum((each.claimable for each in ready), Decimal(0))
        return Deed(
            call=ContractCall(to=self._queue, data=data, sender=owner.lower()),
            words=f"claim {plain(whole)} ether of {len(ready)} withdrawals from Lido",
        )
