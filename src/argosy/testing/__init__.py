"""Public test parts: contract suites for adapters, simulated time, recordings. Needs pytest for the
suites only, and never imports it by itself.
"""

import sys

_SUITES = (
    "account",
    "lending",
    "market_feed",
    "nft_listings",
    "nft_market",
    "private_feed",
    "reference",
    "rig",
    "signer",
    "staking",
    "trading",
    "trading_wire",
    "transfers",
)

if "pytest" in sys.modules:  # under pytest, failing assertions of the suites show their values
    sys.modules["pytest"].register_assert_rewrite(*(f"{__name__}.{name}" for name in _SUITES))
