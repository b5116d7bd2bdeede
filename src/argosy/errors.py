"""Every way things fail, sorted by what we then know about the outcome.

ArgosyError
├── ConfigError        the operator must fix a setting
├── Unsupported        this venue cannot do that
├── Blocked            our own risk or compliance said no; nothing was sent
├── VenueError         the venue answered, so the outcome is known
│   ├── AuthFailed         key, signature, permission or clock refused
│   ├── RateLimited        .retry_at_ns
│   ├── VenueUnavailable   maintenance, overload; it said it did not act
│   ├── TransferRejected   a withdrawal or transfer that the venue does not take
│   │   └── AddressRefused     the address is not on the venue's list of ours
│   ├── NotKnown           no such block, transaction or address there; elsewhere there may be
│   ├── Reverted           a contract refused a call; .data is what it said
│   ├── TransactionRefused a node does not take a transaction; it is nowhere
│   │   ├── NonceUsed          a transaction with this nonce is in the chain already
│   │   └── Underpriced        its fee is too low, or too little above what it would replace
│   └── OrderRejected
│       ├── InsufficientFunds
│       ├── InvalidOrder       size, price, increments, an unknown instrument
│       ├── WouldTake          a post-only order that would have matched
│       ├── DuplicateOrder     the venue already has this client id
│       └── OrderNotFound      unknown, or already final: which one is not said
├── NotSent            no byte left; safe to retry
├── OutcomeUnknown     it may have happened: reconcile, never retry blindly
├── WireError          the venue broke its documented format; the frame is quarantined
└── StreamGap          messages were lost; rebuild state from a snapshot
"""

from argosy.model.market import GapReason
from argosy.model.time import Nanos


class ArgosyError(Exception):
    """The root of everything Argosy raises on purpose."""


class ConfigError(ArgosyError):
    """A setting is missing or wrong; the message names it, its value and what to do."""


class Unsupported(ArgosyError):
    """The venue, or this build, cannot do what was asked."""


class Blocked(ArgosyError):
    """Our own risk or compliance said no; nothing was sent."""


class VenueError(ArgosyError):
    """The venue answered with an error: the outcome is known."""

    def __init__(self, message: str, *, venue: str = "", code: str = "") -> None:
        super().__init__(message)
        self.venue = venue
        self.code = code  # as the venue writes it: "EOrder:Insufficient funds", "51008"

    def __str__(self) -> str:
        head = " ".join(part for part in (self.venue, self.code) if part)
        text = super().__str__()
        if not text or text == self.code:
            return head
        return f"{head}: {text}" if head else text


class AuthFailed(VenueError):
    """Key, signature, permission or clock refused."""


class RateLimited(VenueError):
    """Too many requests; nothing was done."""

    def __init__(
        self, message: str, *, venue: str = "", code: str = "", retry_at_ns: Nanos | None = None
    ) -> None:
        super().__init__(message, venue=venue, code=code)
        self.retry_at_ns = retry_at_ns  # None: the venue did not say


class VenueUnavailable(VenueError):
    """Maintenance or overload, and the venue says it did not act."""


class TransferRejected(VenueError):
    """The venue refused a withdrawal, a transfer or its cancellation; no funds moved."""


class AddressRefused(TransferRejected):
    """The address is not among those that were approved at the venue, or not a right one."""


class NotKnown(VenueError):
    """Whoever was asked has no such block, transaction or address; another may."""


class Reverted(VenueError):
    """A contract refused a call; the chain is as it was."""

    def __init__(self, message: str, *, venue: str = "", code: str = "", data: str = "") -> None:
        super().__init__(message, venue=venue, code=code)
        self.data = data  # 0x hex: the contract's own error, for its ABI to read


class TransactionRefused(VenueError):
    """A node does not take a transaction, and passed it on to nobody."""


class NonceUsed(TransactionRefused):
    """A transaction with this nonce is in the chain already: this one, or another."""


class Underpriced(TransactionRefused):
    """The fee is below the least, or too little above that of the one it would replace."""


class OrderRejected(VenueError):
    """The venue refused an order, an amendment or a cancellation."""


class InsufficientFunds(OrderRejected):
    """Not enough balance or margin, for an order or a transfer."""


class InvalidOrder(OrderRejected):
    """Size, price, increment, flag or instrument that the venue does not take."""


class WouldTake(OrderRejected):
    """A post-only order that would have matched at once."""


class DuplicateOrder(OrderRejected):
    """The venue already has an order, or a transfer, with this client id."""


class OrderNotFound(OrderRejected):
    """Unknown or already final; which of the two is not said."""


class NotSent(ArgosyError):
    """No byte left this machine; safe to retry."""


class OutcomeUnknown(ArgosyError):
    """The request may have been carried out: reconcile, never retry blindly."""


class WireError(ArgosyError):
    """The venue broke its documented format; the frame is quarantined and the stream goes on."""


class StreamGap(ArgosyError):
    """Messages were lost; rebuild state from a snapshot."""

    def __init__(self, message: str, *, reason: GapReason = GapReason.SEQUENCE) -> None:
        super().__init__(message)
        self.reason = reason
