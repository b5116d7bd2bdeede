"""What a transaction asks a contract for, as values: swaps, allowances, transfers, fills. Amounts
are in smallest units, addresses hex text in lower case. Read by `dialects.evm.calldata`.

An empty recipient or sender is whoever sent the transaction. These are wishes: whether they come
true only the chain tells.
"""

from typing import Literal

import msgspec

NATIVE = "0x" + "00" * 20  # the chain's own coin where a token is named
EVERYTHING = (1 << 256) - 1  # as allowances and repayments write "all"


class Swap(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="swap"):
    """A swap along `path`, from the token given to the token got; `fees` of each hop in millionths.

    Exact in: `amount` is given and `limit` the least to get. Exact out: `amount` is got and `limit`
    the most to give. A limit of 0 for what is got accepts any price. `protocol` is the family whose
    words the router speaks; a fork has the same. An amount of 0 to a v3 router, or 2**255 to a
    universal one, means all that the router holds.
    """

    protocol: Literal["uniswap_v2", "uniswap_v3", "uniswap_v4"]
    path: tuple[str, ...]
    amount: int
    limit: int
    exact_in: bool
    recipient: str = ""
    fees: tuple[int, ...] = ()
    hooks: tuple[str, ...] = ()  # v4: of each hop
    native_in: bool = (
        False  # paid in the chain's coin, or got in it, where the path has its wrapper
    )
    native_out: bool = False
    price_limit: int = 0  # v3: the square root price at which it stops; 0: none
    deadline: int = 0  # seconds of the chain; 0: none is told


class LiquidityChange(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="liquidity"
):
    """Liquidity put in or taken out. `amounts` are the most given or asked for of each token,
    `least` what is insisted on; `liquidity` is in the pool's unit, `position` an id of v3 or v4.
    """

    protocol: Literal["uniswap_v2", "uniswap_v3", "uniswap_v4"]
    kind: Literal["add", "remove", "collect", "create"]
    tokens: tuple[str, ...] = ()
    fee: int = 0
    ticks: tuple[int, ...] = ()  # lower and upper, where it has them
    amounts: tuple[int, ...] = ()
    least: tuple[int, ...] = ()
    liquidity: int = 0
    position: int | None = None
    recipient: str = ""
    deadline: int = 0


class Allowance(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="allowance"):
    """`spender` may take up to `amount` of `owner`'s tokens. `permitted`: by a signature of the
    owner, whoever sends it. `everything`: of all tokens of an NFT contract.
    """

    token: str
    spender: str
    amount: int
    owner: str = ""
    permitted: bool = False
    everything: bool = False
    by: str = "approve"
    deadline: int = 0

    @property
    def unlimited(self) -> bool:
        """Whether it is more than any token has: 2**96 and above."""
        return self.everything or self.amount >= 1 << 96


class TokenTransfer(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="transfer"):
    """Tokens that move. `least`: the amount is whatever is there, and at least this (a sweep);
    `portion_bps`: a part of whatever is there. `token_id`: one of an NFT contract.
    """

    token: str
    recipient: str
    amount: int = 0
    sender: str = ""
    least: int | None = None
    portion_bps: int | None = None
    token_id: int | None = None


class Wrap(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="wrap"):
    """The chain's coin becomes a token (`wrap`), or is it no longer. An empty token is the router's
    own wrapper; `least`: the amount is whatever is there, and at least this.
    """

    wrap: bool
    amount: int = 0
    token: str = ""
    recipient: str = ""
    least: int | None = None


class OrderItem(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered or wanted: `kind` 0 coin, 1 token, 2 and 3 NFTs, 4 and 5 any of several."""

    kind: int
    token: str
    token_id: int
    amount: int
    recipient: str = ""


class NftOrder(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="nft_order"):
    """An order of Seaport that is filled, matched, validated or cancelled; each order is one."""

    kind: Literal["fill", "match", "validate", "cancel"]
    offerer: str
    offer: tuple[OrderItem, ...]
    wanted: tuple[OrderItem, ...]
    recipient: str = ""
    protocol: str = "seaport"
    deadline: int = 0


class LendingAction(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="lending"):
    """What is done with a lending pool, for `account`."""

    kind: Literal[
        "supply", "withdraw", "borrow", "repay", "collateral", "liquidate", "flash_loan", "category"
    ]
    asset: str = ""
    amount: int = 0
    account: str = ""
    recipient: str = ""
    collateral: str = ""  # liquidate: what is seized
    on: bool = True  # collateral: used as such, or no longer
    protocol: str = "aave_v3"


class Note(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="note"):
    """Something understood that moves nothing: a check, a counter, a settlement within a router."""

    what: str
    contract: str = ""
    number: int = 0


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", tag="unknown"):
    """What is not understood: a selector, or a router's command, that no table has."""

    selector: str
    size: int  # bytes that came with it
    contract: str = ""
    why: str = ""


Action = (
    Swap
    | LiquidityChange
    | Allowance
    | TokenTransfer
    | Wrap
    | NftOrder
    | LendingAction
    | Note
    | Unknown
)


class DecodedCall(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction's call: the function's name, and its actions in order."""

    to: str
    selector: str
    function: str  # empty: not known
    actions: tuple[Action, ...]

    @property
    def known(self) -> bool:
        """Whether all of it was understood."""
        return not any(isinstance(each, Unknown) for each in self.actions)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its actions, each once: "swap", "allowance", ..."""
        return tuple(dict.fromkeys(str(each.__struct_config__.tag) for each in self.actions))
