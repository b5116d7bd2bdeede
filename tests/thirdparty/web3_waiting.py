"""web3.py, unmodified, against the sandbox's chain where blocks are made by hand: what waits,
nonces and replacement over HTTP, streams over WebSocket.

Runs in an environment of its own; argv[1] is a JSON file with addresses, ABIs and the mnemonic.
"""

import asyncio
import json
import sys
from pathlib import Path

from eth_account import Account
from web3 import AsyncWeb3, Web3, WebSocketProvider
from web3.exceptions import TimeExhausted, TransactionNotFound, Web3RPCError
from web3.utils.subscriptions import (
    LogsSubscription,
    NewHeadsSubscription,
    PendingTxSubscription,
)

SETUP = json.loads(Path(sys.argv[1]).read_text())
W3 = Web3(Web3.HTTPProvider(SETUP["url"]))
NOBODY = Web3.to_checksum_address("0x" + "11" * 20)
GWEI = 10**9
DONE = []
PATIENCE_S = 10
Account.enable_unaudited_hdwallet_features()


def account(role):
    path = f"m/44'/60'/0'/0/{list(SETUP['accounts']).index(role)}"
    return Account.from_mnemonic(SETUP["mnemonic"], account_path=path)


ME, OTHER = account("desk"), account("rival")


def token(w3):
    address = Web3.to_checksum_address(SETUP["contracts"]["token.USDC"])
    return w3.eth.contract(address=address, abi=SETUP["abis"]["token.USDC"])


USDC = token(W3)


def mine():
    W3.provider.make_request("evm_mine", [])
    return W3.eth.get_block("latest")


def signed(who=ME, **more):
    fields = {"chainId": 1337, "to": NOBODY, "value": 5, "gas": 21_000, "nonce": 0}
    fields |= {"maxFeePerGas": 20 * GWEI, "maxPriorityFeePerGas": 2 * GWEI}
    fields["nonce"] = W3.eth.get_transaction_count(who.address, "pending")
    return who.sign_transaction(fields | more)


def send(who=ME, **more):
    return W3.eth.send_raw_transaction(signed(who, **more).raw_transaction)


def refused(ask, kind, words):
    try:
        answer = ask()
    except kind as e:
        found = e
    else:
        raise AssertionError(f"{answer} in place of {kind.__name__} {words!r}")
    assert words in str(found), found


def nonces():
    start = W3.eth.get_transaction_count(ME.address)
    early = send(nonce=start + 1)
    assert W3.eth.get_transaction_count(ME.address, "pending") == start
    first = send(nonce=start)
    assert W3.eth.get_transaction_count(ME.address, "pending") == start + 2
    assert W3.eth.get_transaction_count(ME.address) == start
    content = W3.geth.txpool.content()["pending"][ME.address.lower()]
    assert [content[str(start + n)]["hash"] for n in (0, 1)] == [
        first.to_0x_hex(),
        early.to_0x_hex(),
    ]
    told = W3.eth.get_transaction(first)
    assert (told["blockHash"], told["blockNumber"], told["transactionIndex"]) == (None, None, None)
    refused(lambda: W3.eth.get_transaction_receipt(first), TransactionNotFound, "not found")
    refused(
        lambda: W3.eth.wait_for_transaction_receipt(first, timeout=0.05, poll_latency=0.01),
        TimeExhausted,
        "not in the chain",
    )
    refused(
        lambda: W3.eth.send_raw_transaction(signed(nonce=start).raw_transaction),
        Web3RPCError,
        "already known",
    )
    block = mine()
    assert block["transactions"] == [first, early]
    assert int(W3.geth.txpool.status()["pending"], 16) == 0
    refused(lambda: send(nonce=start), Web3RPCError, "nonce too low")
    DONE.append("nonces, the pool, waiting for a receipt")


def replacing():
    nonce = W3.eth.get_transaction_count(ME.address)
    slow = send()
    refused(lambda: send(nonce=nonce, value=6), Web3RPCError, "replacement transaction underpriced")
    refused(
        lambda: send(nonce=nonce, maxPriorityFeePerGas=3 * GWEI),  # the other fee is as before
        Web3RPCError,
        "replacement transaction underpriced",
    )
    fast = send(nonce=nonce, value=7, maxFeePerGas=22 * GWEI, maxPriorityFeePerGas=3 * GWEI)
    refused(lambda: W3.eth.get_transaction(slow), TransactionNotFound, "not found")
    owner = W3.eth.accounts[0]  # unlocked: web3 asks the node to sign
    own = W3.eth.send_transaction({"from": owner, "to": NOBODY, "value": 1})
    refused(
        lambda: W3.eth.modify_transaction(own, value=2),
        Web3RPCError,
        "replacement transaction underpriced",
    )
    more = {"maxFeePerGas": 30 * GWEI, "maxPriorityFeePerGas": 4 * GWEI}
    dearer = W3.eth.modify_transaction(own, value=2, **more)
    other = W3.eth.replace_transaction(dearer, {"from": owner, "to": NOBODY, "value": 3})
    block = mine()
    assert set(block["transactions"]) == {fast, other}
    assert W3.eth.get_transaction(fast)["value"] == 7
    assert W3.eth.get_transaction(other)["value"] == 3
    refused(lambda: W3.eth.get_transaction_receipt(own), TransactionNotFound, "not found")
    DONE.append("replacement by hand, modify_transaction, replace_transaction")


def ordering():
    cheap = send(ME, maxPriorityFeePerGas=GWEI)
    dear = send(OTHER, maxPriorityFeePerGas=5 * GWEI)
    stuck = send(OTHER, maxFeePerGas=1, maxPriorityFeePerGas=1)
    assert mine()["transactions"] == [dear, cheap]
    history = W3.eth.fee_history(1, "latest", [0, 100])
    assert history["reward"] == [[GWEI, 5 * GWEI]]
    for name in (cheap, dear):
        assert W3.eth.get_transaction_receipt(name)["status"] == 1
    assert W3.eth.get_transaction(stuck)["blockNumber"] is None
    assert send(OTHER, nonce=W3.eth.get_transaction_count(OTHER.address)) != stuck
    failing = send(
        to=USDC.address, value=0, gas=100_000, data=USDC.encode_abi("transfer", [NOBODY, 10**40])
    )
    mine()
    receipt = W3.eth.get_transaction_receipt(failing)
    assert (receipt["status"], receipt["logs"]) == (0, [])
    assert 21_000 < receipt["gasUsed"] < 100_000
    DONE.append("who pays most comes first, what the base fee leaves out, what fails in a block")


async def streams():
    async with AsyncWeb3(WebSocketProvider(SETUP["ws"])) as w3:
        assert await w3.is_connected()
        usdc = token(w3)
        heads = await w3.eth.subscribe("newHeads")
        logs = await w3.eth.subscribe("logs", {"address": usdc.address})
        hashes = await w3.eth.subscribe("newPendingTransactions")
        whole = await w3.eth.subscribe("newPendingTransactions", True)
        sent = send(
            to=usdc.address, value=0, gas=90_000, data=usdc.encode_abi("approve", [NOBODY, 9])
        )
        block = mine()
        told = {}
        async for message in w3.socket.process_subscriptions():
            told[message["subscription"]] = message["result"]
            if len(told) == 4:
                break
        assert told[hashes] == told[whole]["hash"] == sent
        assert told[whole]["to"] == usdc.address
        assert told[heads]["hash"] == block["hash"]
        event = usdc.events.Approval().process_log(told[logs])
        assert (event["args"]["owner"], event["args"]["value"]) == (ME.address, 9)
        assert told[logs]["transactionHash"] == sent
        for name in (heads, logs, hashes, whole):
            assert await w3.eth.unsubscribe(name)
        balances = await asyncio.gather(*(w3.eth.get_balance(ME.address) for _ in range(30)))
        assert set(balances) == {W3.eth.get_balance(ME.address)}
        async with w3.batch_requests() as batch:
            batch.add(w3.eth.get_block("latest"))
            batch.add(usdc.functions.allowance(ME.address, NOBODY))
            newest, allowed = await batch.async_execute()
        assert (newest["hash"], allowed) == (block["hash"], 9)
    DONE.append("streams of heads, logs and waiting transactions, questions in lists")


async def handlers():
    """The same by functions that web3 calls, until they end their subscriptions."""
    told = {}

    async def hear(context):
        told[context.subscription.label] = context.result
        await context.subscription.unsubscribe()

    async with AsyncWeb3(WebSocketProvider(SETUP["ws"])) as w3:
        await w3.subscription_manager.subscribe(
            [
                NewHeadsSubscription(label="head", handler=hear),
                LogsSubscription(label="log", address=USDC.address, handler=hear),
                PendingTxSubscription(label="waiting", handler=hear),
            ]
        )
        sent = send(
            to=USDC.address, value=0, gas=90_000, data=USDC.encode_abi("approve", [NOBODY, 8])
        )
        block = mine()
        await w3.subscription_manager.handle_subscriptions()
    assert told["head"]["hash"] == told["log"]["blockHash"] == block["hash"]
    assert told["log"]["transactionHash"] == told["waiting"] == sent
    DONE.append("handlers of subscriptions")


for each in (nonces, replacing, ordering):
    each()
for each in (streams, handlers):
    asyncio.run(asyncio.wait_for(each(), PATIENCE_S))
print(json.dumps({"done": DONE}))
