"""A client for tests: it signs with the key it was given, and leaves nothing behind."""

from argosy.sandbox.evm.accounts import private_key
from argosy.testing.onchain import on_chain
from sandbox.evm.chains import chain_or_skip


async def test_it_is_of_the_account_of_its_key():
    with chain_or_skip() as chain:
        async with on_chain(chain.node.url, private_key("rival"), chain="here") as client:
            assert client.rpc.chain == "here"
            assert client.sender.address == chain.layout.accounts["rival"]
            assert not client.sender.transactions
