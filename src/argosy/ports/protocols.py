"""What protocols on a chain can do: lending, liquid staking, markets of NFTs. Nothing is sent here:
readings to ask, deeds to do, and orders to sign are returned.

Amounts are Decimals in the token's own unit. A deed of an amount that the token cannot express, or
that is not above 0, raises ConfigError.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from argosy.errors import Reverted
from argosy.model import (
    LendingAccount,
    LendingAction,
    LendingEvent,
    Log,
    NftCollection,
    NftEvent,
    NftFee,
    NftItem,
    NftOrder,
    NftOrderStatus,
    NftPage,
    NftQuote,
    NftStats,
    Reserve,
    StakingPool,
    StakingPosition,
    WithdrawalRequest,
)
from argosy.ports.chains import Approval, Deed, Reading
from argosy.ports.rest import Call


@runtime_checkable
class Explains(Protocol):
    """Contracts whose refusals are told in words."""

    def explain(self, error: Reverted) -> Reverted:
        """The same refusal with its code and words; as it was where neither is known."""
        ...


@runtime_checkable
class Lending(Explains, Protocol):
    """One lending market. Loans are at the variable rate."""

    def markets(self) -> Reading[tuple[Reserve, ...]]:
        """Every token of it."""
        ...

    def account(self, owner: str, reserves: Sequence[Reserve]) -> Reading[LendingAccount]:
        """What an address has in it; `reserves` as `markets` told them."""
        ...

    def act(self, account: LendingAccount, reserve: Reserve, action: LendingAction) -> Deed:
        """The deed of an action by the account's owner.

        An amount of None withdraws or repays everything, interest until then included.
        """
        ...

    def after(
        self,
        account: LendingAccount,
        reserve: Reserve,
        action: LendingAction,
        *,
        seconds: int = 0,
        reserves: Sequence[Reserve] = (),
    ) -> LendingAccount:
        """The account as it would be after an action, computed.

        With `seconds`, interest at the rates of `reserves` accrues for so long first. Raises
        Unsupported where the market's rules for this account are not computed here.
        """
        ...

    def events(self, logs: Sequence[Log]) -> tuple[LendingEvent, ...]:
        """What happened, of a receipt's logs; others are left out. Raises WireError."""
        ...


@runtime_checkable
class Staking(Explains, Protocol):
    """One liquid staking pool of ether."""

    def pool(self) -> Reading[StakingPool]: ...

    def position(self, owner: str) -> Reading[StakingPosition]: ...

    def stake(self, amount: Decimal, owner: str) -> Deed: ...

    def wrap(self, amount: Decimal, owner: str) -> Deed:
        """Turn so many of the rebasing token into the one that does not rebase."""
        ...

    def unwrap(self, amount: Decimal, owner: str) -> Deed:
        """Turn so many wrapped tokens back."""
        ...

    def request_withdrawal(self, amount: Decimal, owner: str, *, wrapped: bool = False) -> Deed:
        """Ask for ether for so many tokens, in as many requests as the protocol's limits need."""
        ...

    def requests(self, owner: str) -> Reading[tuple[WithdrawalRequest, ...]]:
        """What an address asked for and has not claimed, oldest first."""
        ...

    def claim(self, requests: Sequence[WithdrawalRequest], owner: str) -> Deed:
        """Take the ether of requests that are finalized. ConfigError where one is not."""
        ...


@runtime_checkable
class NftMarket(Explains, Protocol):
    """Orders for NFTs, signed off the chain and fulfilled on it."""

    def counter(self, owner: str) -> Reading[int]:
        """What an order of theirs must carry to count."""
        ...

    def missing(self, item: NftItem, owner: str) -> Reading[str]:
        """Why they could not sell an item, in words; empty: they have it. Reverted: nobody has."""
        ...

    def listing(
        self,
        item: NftItem,
        price: int,
        owner: str,
        *,
        counter: int,
        salt: int,
        start_s: int,
        end_s: int,
        money: str = "",
        fees: Sequence[NftFee] = (),
    ) -> NftOrder:
        """An order that sells an item at a fixed price, fees out of it; unsigned.

        `money` is a token's address; empty: ether.
        """
        ...

    def bid(
        self,
        item: NftItem,
        price: int,
        owner: str,
        *,
        counter: int,
        salt: int,
        start_s: int,
        end_s: int,
        money: str,
        fees: Sequence[NftFee] = (),
    ) -> NftOrder:
        """An order that buys an item, or any of a collection (kind ANY_*); unsigned."""
        ...

    def hash(self, order: NftOrder) -> str:
        """What names the order."""
        ...

    def typed(self, order: NftOrder) -> dict[str, Any]:
        """What the offerer signs, as eth_signTypedData_v4 takes it (EIP-712)."""
        ...

    def permissions(self, order: NftOrder) -> tuple[Approval, ...]:
        """What the offerer must have allowed before the order can be fulfilled."""
        ...

    def status(self, order: NftOrder) -> Reading[NftOrderStatus]: ...

    def problems(self, order: NftOrder, taker: str, at_s: int) -> Reading[tuple[str, ...]]:
        """Why it could not be fulfilled by `taker` now, in words; empty: nothing is known."""
        ...

    def fulfil(self, order: NftOrder, taker: str, identifier: int | None = None) -> Deed:
        """Take the other side of it. `identifier` is the token to give to a bid for any."""
        ...

    def cancel(self, orders: Sequence[NftOrder], owner: str) -> Deed: ...

    def cancel_all(self, owner: str) -> Deed:
        """End every order that was signed so far, by raising the counter."""
        ...

    def events(self, logs: Sequence[Log]) -> tuple[NftEvent, ...]:
        """What happened, of a receipt's logs; others are left out. Raises WireError."""
        ...


@runtime_checkable
class NftListings(Protocol):
    """A market's own book of signed orders, over REST."""

    def collection(self, slug: str) -> Call[NftCollection]: ...

    def stats(self, slug: str) -> Call[NftStats]: ...

    def listings(self, slug: str, limit: int = 100, after: str = "") -> Call[NftPage]:
        """A page of all listings. `after` is the `next` of the page before."""
        ...

    def best_listings(self, slug: str, limit: int = 100, after: str = "") -> Call[NftPage]:
        """The cheapest first."""
        ...

    def best_listing(self, slug: str, identifier: str) -> Call[NftQuote]: ...

    def offers(self, slug: str, limit: int = 100, after: str = "") -> Call[NftPage]: ...

    def best_offer(self, slug: str, identifier: str) -> Call[NftQuote]: ...

    def order(self, protocol: str, order_hash: str) -> Call[NftQuote]: ...

    def events(
        self, slug: str, kinds: Sequence[str] = (), limit: int = 50, after: str = ""
    ) -> Call[NftPage]: ...

    def post_listing(self, order: NftOrder) -> Call[NftQuote]:
        """Put a signed listing into the book."""
        ...

    def post_offer(self, order: NftOrder, slug: str = "") -> Call[NftQuote]:
        """Put a signed bid into the book; `slug` for one on any of a collection."""
        ...

    def cancel(self, protocol: str, order_hash: str) -> Call[None]:
        """Have the market withhold its co-signature: only for orders whose zone it signs for."""
        ...
