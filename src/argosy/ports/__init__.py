"""One small Protocol per capability. Venues implement them without doing any I/O: an adapter says
what to send and what a received frame means; `argosy.net` sends and receives.

A venue that lacks a capability lacks the class; nothing raises "not implemented". Each Protocol
has a contract suite of the same name in `argosy.testing` that every adapter passes.
"""

from argosy.ports.chains import (
    Approval,
    Deed,
    Reading,
)
from argosy.ports.protocols import (
    Explains,
    Lending,
    NftListings,
    NftMarket,
    Staking,
)
from argosy.ports.rest import (
    Call,
    Clock,
    HttpRequest,
    HttpResponse,
    Signer,
    target,
)
from argosy.ports.signing import StoredKey, TxFields, TxSigner, Vault
from argosy.ports.streams import (
    NOTHING,
    BookChanged,
    BookView,
    Channel,
    CommandSession,
    Event,
    FeedPlan,
    FeedSession,
    SessionCall,
    Step,
    Subscription,
)
from argosy.ports.venues import (
    Account,
    BookShelf,
    MarketFeed,
    MarketReference,
    PrivateFeed,
    Trading,
    Transfers,
    Ways,
)

__all__ = [
    "NOTHING",
    "Account",
    "Approval",
    "BookChanged",
    "BookShelf",
    "BookView",
    "Call",
    "Channel",
    "Clock",
    "CommandSession",
    "Deed",
    "Event",
    "Explains",
    "FeedPlan",
    "FeedSession",
    "HttpRequest",
    "HttpResponse",
    "Lending",
    "MarketFeed",
    "MarketReference",
    "NftListings",
    "NftMarket",
    "PrivateFeed",
    "Reading",
    "SessionCall",
    "Signer",
    "Staking",
    "Step",
    "StoredKey",
    "Subscription",
    "Trading",
    "Transfers",
    "TxFields",
    "TxSigner",
    "Vault",
    "Ways",
    "target",
]
