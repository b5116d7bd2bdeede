"""Kraken's three ways to call an asset or a pair: XXBTZUSD (key), XBTUSD (altname), BTC/USD (v2).

https://docs.kraken.com/api/docs/rest-api/get-tradable-asset-pairs (read 2026-11-22)
"""

from argosy.sandbox.engine import Listing, Spec
from argosy.sandbox.world import Venue

_OLD = {"BTC": "XBT", "DOGE": "XDG"}
_CODES = {
    "BTC": "XXBT",
    "ETH": "XETH",
    "XRP": "XXRP",
    "DOGE": "XXDG",
    "USD": "ZUSD",
    "EUR": "ZEUR",
}
_KEYS = {
    "BTC/USD": "XXBTZUSD",
    "ETH/USD": "XETHZUSD",
    "XRP/USD": "XXRPZUSD",
    "DOGE/USD": "XDGUSD",
    "BTC/EUR": "XXBTZEUR",
    "ETH/BTC": "XETHXXBT",
    "USDT/USD": "USDTZUSD",
}
ASSET_DECIMALS = {"USD": (4, 2), "EUR": (4, 2), "USDT": (8, 4), "USDC": (8, 4)}


def asset_alt(currency: str) -> str:
    """BTC -> XBT."""
    return _OLD.get(currency, currency)


def asset_code(currency: str) -> str:
    """BTC -> XXBT."""
    return _CODES.get(currency, currency)


def asset_of(name: str, known: list[str]) -> str | None:
    """Any way to write an asset -> ours; None when unknown."""
    for currency in known:
        if name.upper() in {currency, asset_alt(currency), asset_code(currency)}:
            return currency
    return None


def pair_alt(spec: Spec) -> str:
    """BTC/USD -> XBTUSD."""
    return asset_alt(spec.instrument.base) + asset_alt(spec.instrument.quote)


def pair_key(spec: Spec) -> str:
    """BTC/USD -> XXBTZUSD."""
    return _KEYS.get(spec.instrument.venue_symbol, pair_alt(spec))


def pair_ws(spec: Spec) -> str:
    """BTC/USD -> XBT/USD, the v1 name."""
    return f"{asset_alt(spec.instrument.base)}/{asset_alt(spec.instrument.quote)}"


class Names:
    """Finds listings by any of their names."""

    def __init__(self, venue: Venue) -> None:
        self._by_name: dict[str, Listing] = {}
        self._by_v2: dict[str, Listing] = {}
        self._by_v1: dict[str, Listing] = {}
        for listing in venue.engine.listings.values():
            spec = listing.spec
            self._by_v2[spec.instrument.venue_symbol] = listing
            self._by_v1[pair_ws(spec)] = listing
            flat = spec.instrument.venue_symbol.replace("/", "")
            for name in (pair_key(spec), pair_alt(spec), pair_ws(spec), flat):
                self._by_name[name] = listing
            self._by_name[spec.instrument.venue_symbol] = listing

    def rest(self, name: str) -> Listing | None:
        """By what REST takes: key, altname, wsname, v2 symbol."""
        return self._by_name.get(name.upper())

    def v2(self, symbol: str) -> Listing | None:
        """By what WebSocket v2 takes."""
        return self._by_v2.get(symbol)

    def v1(self, symbol: str) -> Listing | None:
        """By what WebSocket v1 takes; it knows XBT/USD and BTC/USD."""
        return self._by_v1.get(symbol) or self._by_v2.get(symbol)
