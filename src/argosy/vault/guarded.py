"""The signer that a desk gets: it judges, counts and writes down, and only then has the key sign.
The key's own signer is reached through this alone.
"""

from typing import Any, NoReturn

import structlog

from argosy.dialects.evm.keccak import keccak256
from argosy.errors import Blocked
from argosy.model import ContractCall
from argosy.ports import Clock, TxFields, TxSigner
from argosy.vault.limits import GAS, Limits
from argosy.vault.policy import Judged, Policy
from argosy.vault.spending import OpenBook, SpendingBook

_log = structlog.get_logger(__name__)
_NONE_YET = ""  # the key of what has no nonce


class GuardedSigner:
    """A TxSigner within limits. Whatever it refuses is Blocked, and was not signed."""

    __slots__ = ("__signer", "_book", "_clock", "_policy")

    def __init__(self, signer: TxSigner, limits: Limits, book: SpendingBook, clock: Clock) -> None:
        self.__signer = signer
        self._policy = Policy(limits, signer.address)
        self._book = book
        self._clock = clock

    @property
    def address(self) -> str:
        """See TxSigner."""
        return self.__signer.address

    @property
    def limits(self) -> Limits:
        """What it goes by."""
        return self._policy.limits

    def __repr__(self) -> str:
        return f"GuardedSigner({self.address})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signer is not written anywhere: it holds a key")

    def sign(self, fields: TxFields) -> tuple[bytes, str]:
        """See TxSigner. An empty transfer to ourselves, which cancels, counts nothing.

        Raises:
            Blocked: the policy or a cap says no; what, how much, and which setting.
            NotSent: what is spent could not be written down.
        """
        told = {"chain": fields.chain_id, "nonce": fields.nonce, "to": fields.to}
        try:
            judged = self._policy.transaction(fields)
            if not judged.cancels:
                self._count(f"nonce {fields.nonce}", judged)
        except Blocked as e:
            _log.warning("signing blocked", address=self.address, why=str(e), **told)
            raise
        self._say(judged, told)
        return self.__signer.sign(fields)

    def sign_typed(self, typed: dict[str, Any]) -> bytes:
        """See TxSigner. Raises as `sign` does."""
        now_ns = self._clock.now_ns()
        try:
            judged = self._policy.typed(typed, now_ns // 10**9)
            name = keccak256(repr(typed).encode()).hex()[:32]
            self._count(f"typed {name}", judged)
        except Blocked as e:
            _log.warning("signing blocked", address=self.address, why=str(e), typed=True)
            raise
        self._say(judged, {"typed": True})
        return self.__signer.sign_typed(typed)

    def review(self, call: ContractCall, gas_cost: int = 0) -> str:
        """What a call would be, before anything is done for it; signs and counts nothing.

        Raises:
            Blocked: as `sign` would.
        """
        fields = TxFields(
            chain_id=self.limits.chain_id,
            nonce=-1,
            to=call.to,
            value=call.value,
            data=call.data,
            gas=1,
            max_fee=gas_cost,
            priority_fee=0,
        )
        try:
            judged = self._policy.transaction(fields)
            with self._book.opened(self._clock.now_ns()) as book:
                self._within(book, _NONE_YET, judged)
        except Blocked as e:
            _log.warning("review blocked", address=self.address, to=call.to, why=str(e))
            raise
        return judged.words

    def close(self) -> None:
        """Have the key forgotten, where its signer can do that."""
        forget = getattr(self.__signer, "close", None)
        if forget is not None:
            forget()

    def spent(self) -> dict[str, int]:
        """What the last day let go, by token."""
        return self._book.day(self._clock.now_ns())

    # --- caps -------------------------------------------------------------------------------------

    def _count(self, key: str, judged: Judged) -> None:
        now_ns = self._clock.now_ns()
        with self._book.opened(now_ns) as book:
            self._within(book, key, judged)
            if any(judged.spends.values()):
                book.write(key, judged.spends, now_ns)

    def _within(self, book: OpenBook, key: str, judged: Judged) -> None:
        limits = self.limits
        for token, amount in {**judged.checked, **judged.spends}.items():
            if not amount:
                continue
            each, daily = limits.per_transaction.get(token), limits.per_day.get(token)
            if each is None and daily is None:
                if token == GAS or limits.uncapped:
                    continue
                name = limits.name(token)
                raise Blocked(
                    f"{judged.words}: {limits.amount(token, amount)} would leave, and no cap for"
                    f" {name} is set; set {limits.setting}.per_transaction.{name} or per_day.{name}"
                )
            most = max(amount, judged.checked.get(token, 0))
            if each is not None and most > each:
                self._over(judged, token, most, each, "per_transaction", "at once")
            counted = judged.spends.get(token, 0)
            if daily is not None:
                before = book.total(token, key)
                now = book.merged(key, {token: counted})[token] if counted else most
                if before + now > daily:
                    said = f"in 24 hours, {limits.amount(token, before)} of it before"
                    self._over(judged, token, before + now, daily, "per_day", said)

    def _over(
        self, judged: Judged, token: str, amount: int, cap: int, setting: str, when: str
    ) -> NoReturn:
        limits = self.limits
        name = GAS if token == GAS else limits.name(token)
        raise Blocked(
            f"{judged.words}: {limits.amount(token, amount)} would leave {when}; the cap"
            f" is {limits.amount(token, cap)}, by {limits.setting}.{setting}.{name}"
        )

    def _say(self, judged: Judged, told: dict[str, Any]) -> None:
        spends = {
            self.limits.name(token): str(amount)
            for token, amount in judged.spends.items()
            if amount
        }
        _log.info("signing allowed", address=self.address, what=judged.words, most=spends, **told)
