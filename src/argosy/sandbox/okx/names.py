"""OKX's names for instruments and the numbers it writes. Knows no orders and no accounts."""

from decimal import Decimal

from argosy.model import InstrumentKind
from argosy.sandbox.engine import Listing, Order, Spec, fixed
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.world import Venue

FIRST_CODE = 10_458  # any number will do; clients must take it from the instruments
TYPES = {
    InstrumentKind.SPOT: "SPOT",
    InstrumentKind.PERPETUAL: "SWAP",
    InstrumentKind.FUTURE: "FUTURES",
    InstrumentKind.OPTION: "OPTION",
}
ALL_TYPES = frozenset({"SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"})
CONTRACTS = frozenset({"SWAP", "FUTURES", "OPTION"})


def strip(units: int, decimals: int) -> str:
    """Units of the last decimal as OKX writes them, without padding zeros: '8476.9', '8477'."""
    text = fixed(units, decimals)
    return text.rstrip("0").rstrip(".") if decimals else text


def price(spec: Spec, units: int | None) -> str:
    """A price, '' for none."""
    return strip(units, spec.price_decimals) if units else ""


def size(spec: Spec, units: int) -> str:
    """A size."""
    return strip(units, spec.size_decimals)


def type_of(spec: Spec) -> str:
    """SPOT, SWAP, FUTURES or OPTION."""
    return TYPES[spec.instrument.kind]


def type_of_order(order: Order) -> str:
    """As `type_of`, MARGIN for spot on margin."""
    return "MARGIN" if order.spec.is_spot and order.is_margin else type_of(order.spec)


def family_of(spec: Spec) -> str:
    """'BTC-USD'; the underlying has the same name."""
    return f"{spec.instrument.base}-{spec.instrument.quote}"


class Names:
    """Finds listings by what OKX calls them."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.listings: dict[str, Listing] = {}
        self.codes: dict[str, int] = {}
        self._by_code: dict[int, Listing] = {}
        for listing in venue.engine.listings.values():
            self._add(listing)

    def _add(self, listing: Listing) -> None:
        inst_id = listing.spec.instrument.venue_symbol
        code = FIRST_CODE + 7 * len(self.listings)
        self.listings[inst_id] = listing
        self.codes[inst_id] = code
        self._by_code[code] = listing

    def listing(self, inst_id: str) -> Listing:
        """The listing called `inst_id`; Fault 51001."""
        found = self.listings.get(inst_id)
        if found is None:
            raise Fault("51001")
        return found

    def coded(self, code: str) -> Listing:
        """The listing with that instIdCode; Fault 51001."""
        found = self._by_code.get(int(code)) if code.isdecimal() and len(code) < 20 else None
        if found is None:
            raise Fault("51001")
        return found

    def of_type(self, inst_type: str, family: str = "") -> list[Listing]:
        """Every listing of a type (and family) in order; MARGIN is spot with leverage."""
        return [
            listing
            for listing in self.listings.values()
            if is_of(listing.spec, inst_type) and family in {"", family_of(listing.spec)}
        ]

    def indices(self) -> dict[str, Listing]:
        """A listing that carries each index: 'BTC-USDT', 'BTC-USD', ..."""
        found: dict[str, Listing] = {}
        for listing in self.listings.values():
            found.setdefault(family_of(listing.spec), listing)
        return found

    def index_price(self, listing: Listing) -> Decimal:
        """The underlying's index price: options are listed in coin, their index is in quote."""
        spec = listing.spec
        if spec.instrument.kind is InstrumentKind.OPTION:
            for other in self.listings.values():
                same = family_of(other.spec) == family_of(spec)
                if same and other.spec.instrument.kind is not InstrumentKind.OPTION:
                    return other.spec.price(other.index)
        return spec.price(listing.index)

    def usd(self, currency: str) -> Decimal:
        """What one unit of a currency is worth in USD, by its index; stable coins are worth one."""
        if currency in {"USD", "USDT", "USDC"}:
            return Decimal(1)
        listing = self.listings.get(f"{currency}-USDT")
        return Decimal(0) if listing is None else listing.spec.price(listing.index)


def is_of(spec: Spec, inst_type: str) -> bool:
    """Whether an instrument is listed under that type."""
    if inst_type == "MARGIN":
        return spec.is_spot and spec.instrument.margin
    return inst_type in {"", "ANY", type_of(spec)}
