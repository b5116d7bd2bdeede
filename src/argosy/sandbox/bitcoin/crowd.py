"""Who pays whom on the simulated chain: wallets with seeded habits. The same seed makes the same
chain, hash for hash.
"""

import random

import msgspec

from argosy.sandbox.bitcoin.chain import COIN, Chain, Waiting
from argosy.sandbox.bitcoin.encoding import Tx, TxIn, TxOut
from argosy.sandbox.bitcoin.scripts import address_of, pay_to

_COINS = 6  # each has to begin with
_CHANGE = 2_000  # satoshi; less is left to the miner


class CrowdSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Who there is, and how they pay."""

    seed: int = 7
    people: int = 12
    payments: int = 10  # a step
    steps_per_block: int = 3
    whale_share: float = 0.02
    replace_share: float = 0.05


class Crowd:
    """Wallets, and `step`, which makes each of them act."""

    def __init__(self, chain: Chain, settings: CrowdSettings | None = None) -> None:
        self.chain = chain
        self.settings = settings or CrowdSettings()
        self.names = [f"person{n}" for n in range(self.settings.people)] + ["exchange", "miner"]
        self._rng = random.Random(self.settings.seed)

    def address(self, name: str) -> str:
        """Where a wallet is paid."""
        return address_of(pay_to(name))

    def open(self) -> None:
        """Hand some of the miner's first coins around, a few to each, and mine that."""
        outputs = [TxOut(COIN, pay_to(name)) for name in self.names[:-1] for _ in range(_COINS)]
        spent, total = [], 0
        for place, value in self._coins("miner"):
            spent.append(TxIn(*place))
            total += value
            if total > (len(outputs) + 1) * COIN:
                break
        change = total - len(outputs) * COIN - COIN // 100
        outputs.append(TxOut(change, pay_to("miner")))
        self.chain.submit(Tx(tuple(spent), tuple(outputs)))
        self.chain.mine()

    def step(self) -> None:
        """A few payments; now and then, as miners have luck, a block."""
        for _ in range(self.settings.payments):
            self._act()
        if self._rng.random() * self.settings.steps_per_block < 1:
            self.chain.mine()

    def _act(self) -> None:
        source, target = self._rng.sample(self.names, 2)
        rate = max(1, round(self._rng.lognormvariate(1.5, 0.8)))
        draw = self._rng.random()
        if draw < self.settings.whale_share:
            self.pay("miner", "exchange", 40 * COIN, rate)
        elif draw < self.settings.whale_share + self.settings.replace_share and self.chain.pool:
            self.replace(self._rng.choice(sorted(self.chain.pool)))
        else:
            self.pay(source, target, self._rng.randrange(10_000, COIN // 4), rate)

    def pay(self, source: str, target: str, value: int, rate: int) -> Waiting | None:
        """One wallet pays another, at so many satoshi a virtual byte; None: it cannot."""
        spent, total = [], 0
        for place, coin_value in self._coins(source):
            spent.append(TxIn(*place))
            total += coin_value
            fee = rate * (10 + 41 * len(spent) + 34 * 2)
            if total >= value + fee:
                break
        else:
            return None
        outputs = [TxOut(value, pay_to(target))]
        if total - value - fee >= _CHANGE:
            outputs.append(TxOut(total - value - fee, pay_to(source)))
        return self.chain.submit(Tx(tuple(spent), tuple(outputs)))

    def replace(self, txid: str) -> Waiting | None:
        """Pay more for a waiting transaction, out of its last output; None: that has too little."""
        entry = self.chain.pool[txid]
        last = entry.tx.outputs[-1]
        family = sum(each.fee for each in self.chain.family([txid]))
        more = family + 2 * entry.vsize
        if last.value <= more + _CHANGE:
            return None
        outputs = (*entry.tx.outputs[:-1], TxOut(last.value - more, last.script))
        return self.chain.submit(Tx(entry.tx.inputs, outputs))

    def _coins(self, name: str) -> list[tuple[tuple[str, int], int]]:
        script = pay_to(name)
        height = len(self.chain.best)
        found = [
            (place, coin.out.value)
            for place, coin in self.chain.coins.items()
            if coin.out.script == script
            and self.chain.free(place)
            and not (coin.new and height - (coin.height or 0) < 100)
        ]
        return sorted(found, key=lambda each: (-each[1], each[0]))
