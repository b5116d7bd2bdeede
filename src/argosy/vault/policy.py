"""Whether something may be signed, from what it is alone: the chain, the contract, the calldata,
who could take or receive what. Anything not understood is refused. Caps are `guarded`'s part.
"""

from typing import Annotated, Any

import msgspec

from argosy.dialects.evm.functions import unhex
from argosy.dialects.evm.outgoing import (
    EVERY_ITEM,
    NATIVE,
    Allowance,
    Outgoing,
    permit2_call,
    token_call,
    wrapper_call,
)
from argosy.dialects.pools.outgoing import RouterKind, pair_liquidity, router_call
from argosy.dialects.pools.position_calls import position_call
from argosy.errors import Blocked, WireError
from argosy.ports import TxFields
from argosy.vault.limits import GAS, Limits

DATA_MAX = 128 * 1024  # bytes of calldata
_UNLIMITED = 1 << 255  # and above: what wallets write for "any amount"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """Something that may be signed, if the caps allow it."""

    words: str
    spends: dict[str, int]  # counted: what leaves, or may from then on be taken unseen
    checked: dict[str, int]  # held against the caps, and counted when it leaves
    cancels: bool = False


class Policy:
    """Judges what one address is asked to sign."""

    def __init__(self, limits: Limits, owner: str) -> None:
        self.limits = limits
        self.owner = owner.lower()

    # --- transactions -----------------------------------------------------------------------------

    def transaction(self, fields: TxFields) -> Judged:
        """What a transaction is.

        Raises:
            Blocked: it is not allowed, whatever the amounts.
        """
        limits = self.limits
        if fields.chain_id != limits.chain_id:
            raise Blocked(
                f"a transaction for chain {fields.chain_id}: this key signs for {limits.chain_id}"
                " alone here; is the node another chain's?"
            )
        if fields.to is None:
            raise Blocked("a transaction that creates a contract: none is signed here")
        to = fields.to.lower()
        try:
            call = unhex(fields.data)
        except WireError as e:
            raise Blocked(f"a transaction to {to}: {e}") from e
        if len(call) > DATA_MAX or min(fields.value, fields.gas, fields.max_fee) < 0:
            raise Blocked(f"a transaction to {to} with {len(call)} bytes, or an amount below 0")
        gas = fields.gas * fields.max_fee
        if to == self.owner:
            if fields.value or call:
                raise Blocked(
                    f"a transaction to {to}, ourselves, that is not empty: only an empty one, which"
                    " cancels another, is signed"
                )
            return Judged(words="cancel", spends={}, checked={}, cancels=True)
        try:
            found = self._outgoing(to, call, fields.value)
        except WireError as e:
            raise self._refused(to, call, f"which is not understood ({e})") from e
        judged = self._judged(found, fields.value)
        judged.spends[GAS] = gas
        return judged

    def _outgoing(self, to: str, call: bytes, value: int) -> Outgoing:
        """Raises WireError for what is malformed, Blocked for what is not allowed."""
        limits = self.limits
        kind = limits.routers.get(to)
        if kind is not None:
            provided = pair_liquidity(call) if kind is RouterKind.V2 else None
            if provided is not None:
                return provided
            return router_call(kind, call, owner=self.owner, wrapper=limits.wrapper, value=value)
        if to == limits.permit2:
            return permit2_call(call)
        if to in limits.managers:
            return position_call(call)
        ours = to in limits.contracts or to in limits.collections
        if ours or to in limits.tokens:
            found = token_call(self.owner, to, call)
            if found is None and to == limits.wrapper:
                found = wrapper_call(call)
            if found is not None:
                return found
            if ours:
                return Outgoing(words=f"call {to} 0x{call[:4].hex()}")
            raise self._refused(to, call, f"{limits.name(to)}, but no transfer or approval")
        if not call:
            return Outgoing(words=f"transfer to {to}", receivers=(to,))
        shares = token_call(self.owner, to, call)
        given = () if shares is None or shares.spends else shares.allowances
        if shares is not None and given and all(one.spender in limits.routers for one in given):
            return shares  # of a pair, for the router that takes liquidity out of it
        raise self._refused(to, call, "a contract that is not allowed")

    def _refused(self, to: str, call: bytes, why: str) -> Blocked:
        return Blocked(
            f"a call of 0x{call[:4].hex()} at {to}, {why}; to allow that contract, add it to"
            f" {self.limits.setting}.contracts"
        )

    # --- typed data -------------------------------------------------------------------------------

    def typed(self, typed: dict[str, Any], now_s: int) -> Judged:
        """What typed data allows: a permission of Permit2, or whatever a contract that is named in
        the settings makes of it.

        Raises:
            Blocked: it is neither, or not allowed.
        """
        domain = typed.get("domain") if isinstance(typed, dict) else None
        domain = domain if isinstance(domain, dict) else {}
        contract = str(domain.get("verifyingContract", "")).lower()
        chain_id = domain.get("chainId")
        if type(chain_id) is not int or chain_id != self.limits.chain_id:
            raise Blocked(
                f"typed data for chain {str(chain_id)[:40]}: this key signs for"
                f" {self.limits.chain_id} alone here"
            )
        if contract == self.limits.permit2:
            return self._judged(_permit(typed, now_s, self.limits), 0)
        if contract in self.limits.typed_data:
            kind = str(typed.get("primaryType", ""))[:40]
            return Judged(words=f"typed data {kind} for {contract}", spends={}, checked={})
        raise Blocked(
            f"typed data for {contract[:42] or 'no contract'}, which is not understood; to sign it"
            f" unread, add that contract to {self.limits.setting}.typed_data"
        )

    # --- who gets what ----------------------------------------------------------------------------

    def _judged(self, found: Outgoing, value: int) -> Judged:
        limits = self.limits
        for receiver in found.receivers:
            if receiver != self.owner and receiver not in limits.recipients:
                raise Blocked(
                    f"{found.words}: {receiver} would receive it; to allow that, add it to"
                    f" {limits.setting}.recipients"
                )
        spends: dict[str, int] = {}
        checked: dict[str, int] = {}
        for token, amount in (*found.spends, *([(NATIVE, value)] if value else [])):
            if token not in limits.collections:
                spends[token] = spends.get(token, 0) + amount
        for given in found.allowances:
            self._allowance(found.words, given, spends, checked)
        return Judged(words=found.words, spends=spends, checked=checked)

    def _allowance(
        self, words: str, given: Allowance, spends: dict[str, int], checked: dict[str, int]
    ) -> None:
        """A permission for a router is counted when the router takes; what others take is not seen
        here, so that it counts when they are let.
        """
        limits, spender = self.limits, given.spender
        if not given.amount:
            return
        router = spender in limits.routers or spender == limits.permit2
        if not router and spender not in limits.contracts | limits.managers:
            raise Blocked(
                f"{words}: {spender} could take {limits.name(given.token)}; to allow that, add it"
                f" to {limits.setting}.contracts"
            )
        if given.token in limits.collections:
            return
        if given.amount == EVERY_ITEM:
            raise Blocked(
                f"{words}: {spender} could take all of {given.token}; if those are items, not"
                f" amounts, add it to {limits.setting}.collections"
            )
        if spender == limits.permit2:
            return  # it takes nothing without a permission that is judged here
        where = checked if router else spends
        amount = min(given.amount, _UNLIMITED)
        where[given.token] = max(where.get(given.token, 0), amount)


_TYPES = {
    "EIP712Domain": (
        ("name", "string"),
        ("chainId", "uint256"),
        ("verifyingContract", "address"),
    ),
    "PermitDetails": (
        ("token", "address"),
        ("amount", "uint160"),
        ("expiration", "uint48"),
        ("nonce", "uint48"),
    ),
    "PermitSingle": (
        ("details", "PermitDetails"),
        ("spender", "address"),
        ("sigDeadline", "uint256"),
    ),
}


_Number = Annotated[int, msgspec.Meta(ge=0)]
_Address = Annotated[str, msgspec.Meta(pattern="^0x[0-9a-fA-F]{40}$")]


class _Details(msgspec.Struct, forbid_unknown_fields=True):
    token: _Address
    amount: _Number
    expiration: _Number
    nonce: _Number


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    details: _Details
    spender: _Address
    sigDeadline: _Number  # noqa: N815  # as Permit2 names it


class _Domain(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    chainId: int  # noqa: N815
    verifyingContract: str  # noqa: N815


class _Typed(msgspec.Struct, forbid_unknown_fields=True):
    types: dict[str, list[dict[str, str]]]
    primaryType: str  # noqa: N815
    domain: _Domain
    message: _Message


def _permit(typed: dict[str, Any], now_s: int, limits: Limits) -> Outgoing:
    """Permit2's permission for one token (PermitSingle), and nothing beside it."""
    try:
        told = msgspec.convert(typed, _Typed)
    except msgspec.ValidationError as e:
        raise Blocked(f"typed data for Permit2 that is no permission for one token: {e}") from None
    types = {
        name: tuple((part.get("name"), part.get("type")) for part in parts if len(part) == 2)
        for name, parts in told.types.items()
    }
    whole = sum(map(len, told.types.values())) == sum(map(len, _TYPES.values()))
    if (
        not whole
        or types != _TYPES
        or told.primaryType != "PermitSingle"
        or told.domain.name != "Permit2"
    ):
        raise Blocked("typed data for Permit2 that is no permission for one token")
    details, spender = told.message.details, told.message.spender.lower()
    latest = max(details.expiration, told.message.sigDeadline)
    if latest > now_s + limits.permit_s:
        raise Blocked(
            f"a permission for {spender} that is good for {latest - now_s} s; at most"
            f" {limits.permit_s} are, by {limits.setting}.permit_s"
        )
    given = Allowance(
        token=details.token.lower(),
        spender=spender,
        amount=details.amount,
        expires_s=details.expiration,
    )
    return Outgoing(words=f"Permit2 permit to {spender}", allowances=(given,))
