"""A venue's way in and out: addresses, withdrawals through the chain, deposits from it. No wire.

Nothing runs by itself: `settle` brings everything up to now, and each look at it settles first.
"""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import count
from typing import NamedTuple, Protocol

from argosy.model.time import MILLISECOND
from argosy.sandbox.chain import Chain, Transaction, address_of
from argosy.sandbox.engine import Account, Engine, EntryKind
from argosy.sandbox.networks import NetworkRule

KEPT = 20_000  # of each kind, the newest
REVIEW_MS = 300  # between a request and its broadcast: what can be cancelled, is cancelled here


class Stage(StrEnum):
    """How far a withdrawal is."""

    REQUESTED = "requested"
    HELD = "held"  # somebody looks at it
    BROADCAST = "broadcast"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


_OVER = frozenset({Stage.DONE, Stage.CANCELLED, Stage.FAILED})


class Withdrawal:
    """Funds on their way out. `amount` arrives; amount + fee was taken."""

    def __init__(
        self,
        number: int,
        account: Account,
        rule: NetworkRule,
        amount: Decimal,
        address: str,
        *,
        at_ns: int,
        client_id: str = "",
        label: str = "",
    ) -> None:
        self.number = number
        self.account = account
        self.rule = rule
        self.amount = amount
        self.fee = rule.fee
        self.address = address
        self.requested_ns = at_ns
        self.due_ns = at_ns + REVIEW_MS * MILLISECOND  # when it is broadcast
        self.client_id = client_id
        self.label = label  # of the approved address
        self.stage = Stage.REQUESTED
        self.tx: Transaction | None = None


class Deposit:
    """Funds on their way in."""

    def __init__(
        self, number: int, account: Account, rule: NetworkRule, tx: Transaction, seen_ns: int
    ) -> None:
        self.number = number
        self.account = account
        self.rule = rule
        self.tx = tx
        self.seen_ns = seen_ns
        self.credited = False


class Approved(NamedTuple):
    """An address that a customer approved on the venue's website, under a name of his."""

    label: str
    currency: str
    chain: str
    address: str


class Purse(Protocol):
    """The account that withdrawals leave and deposits reach."""

    def change(self, account: Account, currency: str, amount: Decimal) -> None:
        """Credit, or below 0 debit: Refused(INSUFFICIENT_FUNDS) beyond what is free."""
        ...


class TradingPurse:
    """The account that trades: venues with one account."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def change(self, account: Account, currency: str, amount: Decimal) -> None:
        """Credit or debit the engine's account."""
        kind = EntryKind.WITHDRAWAL if amount < 0 else EntryKind.DEPOSIT
        self._engine.deposit(account, currency, amount, kind)


class Wallet:
    """All of one venue's. Tests switch `held`, and `failing` for what is to be refused late."""

    def __init__(
        self, venue: str, engine: Engine, chain: Chain, rules: Sequence[NetworkRule]
    ) -> None:
        self.rules = tuple(rules)
        self.purse: Purse = TradingPurse(engine)
        self.held = False  # new withdrawals wait for a review that does not end
        self.failing = False  # what is reviewed next is refused, and the funds come back
        self.suspended: set[tuple[str, str]] = set()  # (currency, chain) closed both ways
        self.withdrawals: deque[Withdrawal] = deque(maxlen=KEPT)
        self.deposits: deque[Deposit] = deque(maxlen=KEPT)
        self._leaving: list[Withdrawal] = []  # those that are not over
        self._arriving: list[Deposit] = []
        self._numbers = count(1)
        self._venue = venue
        self._engine = engine
        self._chain = chain
        self._approved: dict[str, list[Approved]] = {}
        self._owned: set[tuple[str, str]] = set()

    def networks(self, currency: str = "") -> list[NetworkRule]:
        """The networks of a currency, or all."""
        return [rule for rule in self.rules if currency in {"", rule.currency}]

    def network(self, currency: str, chain: str) -> NetworkRule | None:
        """One network."""
        return next((rule for rule in self.networks(currency) if rule.chain == chain), None)

    def address(self, account: Account, rule: NetworkRule) -> str:
        """The account's deposit address, the same for every currency of a chain."""
        found = address_of(rule.chain, f"{self._venue} {account.name}")
        if (rule.chain, found) not in self._owned:
            self._owned.add((rule.chain, found))
            self._chain.own(rule.chain, found, lambda tx: self._incoming(account, tx))
        return found

    def has_address(self, account: Account, rule: NetworkRule) -> bool:
        """Whether one was made already."""
        return (rule.chain, address_of(rule.chain, f"{self._venue} {account.name}")) in self._owned

    # --- approved addresses -----------------------------------------------------------------------

    def approve(self, account: Account, label: str, currency: str, chain: str, addr: str) -> None:
        """Let withdrawals go to an address, as a customer does on the website."""
        self._approved.setdefault(account.name, []).append(Approved(label, currency, chain, addr))

    def approved(self, account: Account, currency: str) -> list[Approved]:
        """What the account may withdraw a currency to."""
        return [one for one in self._approved.get(account.name, []) if one.currency == currency]

    # --- withdrawals ------------------------------------------------------------------------------

    def withdraw(
        self,
        account: Account,
        rule: NetworkRule,
        amount: Decimal,
        address: str,
        *,
        client_id: str = "",
        label: str = "",
    ) -> Withdrawal:
        """Take amount + fee and begin; Refused(INSUFFICIENT_FUNDS) with nothing done."""
        self.purse.change(account, rule.currency, -(amount + rule.fee))
        made = Withdrawal(
            next(self._numbers),
            account,
            rule,
            amount,
            address,
            at_ns=self._engine.now_ns(),
            client_id=client_id,
            label=label,
        )
        made.stage = Stage.HELD if self.held else Stage.REQUESTED
        self.withdrawals.append(made)
        self._leaving.append(made)
        return made

    def cancel(self, withdrawal: Withdrawal) -> bool:
        """Cancel what was not broadcast yet; whether it was."""
        self.settle()
        if withdrawal.stage not in {Stage.REQUESTED, Stage.HELD}:
            return False
        self._give_back(withdrawal, Stage.CANCELLED)
        return True

    def release(self) -> None:
        """End every review: what was held goes on."""
        self.held = False
        for withdrawal in self._leaving:
            if withdrawal.stage is Stage.HELD:
                withdrawal.stage = Stage.REQUESTED

    def settle(self) -> None:
        """Broadcast, confirm and credit what is due."""
        now_ns = self._engine.now_ns()
        for withdrawal in self._leaving:
            if withdrawal.stage is Stage.REQUESTED and withdrawal.due_ns <= now_ns:
                self._broadcast(withdrawal)
            if withdrawal.tx is not None and withdrawal.tx.confirmations(now_ns):
                withdrawal.stage = Stage.DONE
        self._leaving = [one for one in self._leaving if one.stage not in _OVER]
        for deposit in self._arriving:
            if deposit.tx.confirmations(now_ns) >= deposit.rule.confirmations:
                deposit.credited = True
                self.purse.change(deposit.account, deposit.tx.currency, deposit.tx.amount)
        self._arriving = [one for one in self._arriving if not one.credited]

    def _broadcast(self, withdrawal: Withdrawal) -> None:
        if self.failing:
            self.failing = False
            self._give_back(withdrawal, Stage.FAILED)
            return
        rule = withdrawal.rule
        withdrawal.stage = Stage.BROADCAST
        withdrawal.tx = self._chain.send(
            rule.chain, rule.currency, withdrawal.amount, withdrawal.address, withdrawal.due_ns
        )

    def _give_back(self, withdrawal: Withdrawal, stage: Stage) -> None:
        withdrawal.stage = stage
        total = withdrawal.amount + withdrawal.fee
        self.purse.change(withdrawal.account, withdrawal.rule.currency, total)

    # --- deposits ---------------------------------------------------------------------------------

    def _incoming(self, account: Account, tx: Transaction) -> None:
        """A transaction to one of our addresses; below the least deposit it is never credited."""
        rule = self.network(tx.currency, tx.chain)
        if rule is not None and tx.amount >= rule.min_deposit:
            seen = Deposit(next(self._numbers), account, rule, tx, tx.at_ns)
            self.deposits.append(seen)
            self._arriving.append(seen)
