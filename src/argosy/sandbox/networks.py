"""Which networks the simulated venues offer for which currency, with fees and limits. No state."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

D = Decimal


class NetworkRule(NamedTuple):
    """One way in and out of a venue for one currency."""

    currency: str
    chain: str
    fee: Decimal
    minimum: Decimal  # of a withdrawal
    confirmations: int  # until a deposit is credited
    decimals: int = 8
    maximum: Decimal = D(500)
    min_deposit: Decimal = D("0.00005")
    unlock: int = 3  # confirmations until a deposit may be withdrawn again


NETWORKS: Mapping[str, tuple[NetworkRule, ...]] = {
    "kraken": (
        NetworkRule("BTC", "bitcoin", D("0.00015"), D("0.0004"), 3),
        NetworkRule("ETH", "ethereum", D("0.001"), D("0.004"), 20),
        NetworkRule("SOL", "solana", D("0.01"), D("0.05"), 1),
        NetworkRule("XRP", "ripple", D("0.3"), D("2"), 1, maximum=D(100_000)),
        NetworkRule("DOGE", "dogecoin", D("4"), D("20"), 40, maximum=D(1_000_000)),
        NetworkRule("USDT", "ethereum", D("4"), D("10"), 20, maximum=D(1_000_000)),
        NetworkRule("USDT", "tron", D("2.5"), D("5"), 20, maximum=D(1_000_000)),
    ),
    "okx": (
        NetworkRule("BTC", "bitcoin", D("0.0002"), D("0.001"), 1),
        NetworkRule("ETH", "ethereum", D("0.0004"), D("0.001"), 12, unlock=32),
        NetworkRule("SOL", "solana", D("0.008"), D("0.1"), 1, maximum=D(10_000)),
        NetworkRule("XRP", "ripple", D("0.2"), D("1"), 1, maximum=D(100_000)),
        NetworkRule("DOGE", "dogecoin", D("4"), D("10"), 30, maximum=D(1_000_000), unlock=40),
        NetworkRule("USDT", "ethereum", D("2"), D("2"), 12, 6, D(1_000_000), unlock=32),
        NetworkRule("USDT", "tron", D("1.5"), D("2"), 20, 6, D(1_000_000), unlock=38),
        NetworkRule("USDC", "ethereum", D("2"), D("2"), 12, 6, D(1_000_000), unlock=32),
    ),
}


def same_networks(first: str, second: str) -> list[tuple[str, str]]:
    """(currency, chain) that two venues both have."""
    theirs = {(rule.currency, rule.chain) for rule in NETWORKS[second]}
    return [
        (rule.currency, rule.chain)
        for rule in NETWORKS[first]
        if (rule.currency, rule.chain) in theirs
    ]
