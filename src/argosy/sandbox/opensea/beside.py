"""The simulated market beside the sandbox's chain: its collection, its Seaport, its time."""

from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.link import Link
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.ours import at
from argosy.sandbox.opensea.book import Book, Collection

SLUG = "argosy-test"
CHAIN = "sandbox"
FEE_PERCENT = 2.5


def book_beside(chain: EvmChain) -> Book:
    """A book of the chain's collection, which follows its orders on a connection of its own."""
    layout = chain.layout
    link = Link(chain.node.url)
    seaport: Contract = at(link, layout.artifacts["seaport"], layout.contracts["seaport"])

    nfts: Contract = at(link, layout.artifacts["collection"], layout.contracts["collection"])

    def now_s() -> int:
        return int(link.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    return Book(
        (
            Collection(
                slug=SLUG,
                name="Argosy test collection",
                contract=layout.contracts["collection"],
                supply=20,
                fees=((layout.accounts["deployer"], FEE_PERCENT),),
            ),
        ),
        chain=CHAIN,
        chain_id=chain.settings.chain_id,
        seaport=layout.contracts["seaport"],
        now_s=now_s,
        currencies={layout.tokens["WETH"].address: "WETH"},
        contract=seaport,
        nfts=nfts,
    )
