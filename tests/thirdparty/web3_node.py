"""web3.py, unmodified, against the sandbox's chain: reads, calls, transactions that it signs, logs,
filters and fees over HTTP, on a node that makes a block of each transaction.

Runs in an environment of its own; argv[1] is a JSON file with addresses, ABIs and the mnemonic.
"""

import importlib.metadata
import json
import sys
from pathlib import Path

from eth_account import Account
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import (
    BadFunctionCallOutput,
    BlockNotFound,
    ContractCustomError,
    ContractLogicError,
    TransactionNotFound,
    Web3RPCError,
)

SETUP = json.loads(Path(sys.argv[1]).read_text())
W3 = Web3(Web3.HTTPProvider(SETUP["url"]))
NOBODY = Web3.to_checksum_address("0x" + "11" * 20)
GWEI = 10**9
DONE = []
Account.enable_unaudited_hdwallet_features()


def account(role):
    path = f"m/44'/60'/0'/0/{list(SETUP['accounts']).index(role)}"
    found = Account.from_mnemonic(SETUP["mnemonic"], account_path=path)
    assert found.address.lower() == SETUP["accounts"][role]
    return found


def contract(label):
    address = Web3.to_checksum_address(SETUP["contracts"][label])
    return W3.eth.contract(address=address, abi=SETUP["abis"][label])


def refused(ask, kind, words=""):
    try:
        answer = ask()
    except kind as e:
        found = e
    else:
        raise AssertionError(f"{answer} in place of {kind.__name__} {words!r}")
    assert words in str(found), found
    return found


ME, OTHER = account("desk"), account("rival")
USDC, DAI, WETH = contract("token.USDC"), contract("token.DAI"), contract("token.WETH")
ROUTER, QUOTER = contract("uniswap_v3.router"), contract("uniswap_v3.quoter")
POOL = contract("pool.uniswap_v3 WETH/USDC 500")


def send(**more):
    """A signed transaction, mined: its receipt and itself."""
    fields = {"chainId": 1337, "nonce": W3.eth.get_transaction_count(ME.address), "to": NOBODY}
    fields |= {"value": 5, "gas": 60_000, "maxFeePerGas": 9 * GWEI, "maxPriorityFeePerGas": GWEI}
    fields = {name: value for name, value in (fields | more).items() if value is not None}
    signed = ME.sign_transaction(fields)
    name = W3.eth.send_raw_transaction(signed.raw_transaction)
    assert name == signed.hash
    receipt = W3.eth.wait_for_transaction_receipt(name, timeout=5, poll_latency=0.01)
    assert W3.eth.get_raw_transaction(name) == signed.raw_transaction
    return receipt, W3.eth.get_transaction(name)


def act(function, who=ME, **more):
    """A contract's function, signed and mined."""
    nonce = W3.eth.get_transaction_count(who.address)
    built = function.build_transaction({"from": who.address, "nonce": nonce} | more)
    name = W3.eth.send_raw_transaction(who.sign_transaction(built).raw_transaction)
    receipt = W3.eth.wait_for_transaction_receipt(name, timeout=5, poll_latency=0.01)
    assert receipt["status"] == 1, receipt
    assert receipt["gasUsed"] <= built["gas"]
    return receipt


def reading():
    assert W3.is_connected()
    assert (W3.eth.chain_id, W3.net.version, W3.net.listening) == (1337, "1337", True)
    assert W3.eth.syncing is False
    head = W3.eth.get_block("latest")
    assert head["number"] == W3.eth.block_number
    assert W3.eth.get_block(head["hash"]) == head
    assert W3.eth.get_block(0)["number"] == W3.eth.get_block("earliest")["number"] == 0
    assert W3.eth.get_block("pending")["number"] == head["number"] + 1
    whole = W3.eth.get_block("latest", True)["transactions"]
    assert [each["hash"] for each in whole] == head["transactions"]
    assert W3.eth.get_block_transaction_count(head["hash"]) == len(whole)
    for which in ("latest", head["hash"]):
        assert W3.eth.get_transaction_by_block(which, 0) == whole[0]
        raw = W3.eth.get_raw_transaction_by_block(which, 0)
        assert Web3.keccak(raw) == whole[0]["hash"]
        assert Account.recover_transaction(raw) == whole[0]["from"]
    receipts = W3.eth.get_block_receipts("latest")
    assert receipts[0] == W3.eth.get_transaction_receipt(whole[0]["hash"])
    refused(lambda: W3.eth.get_block(10**7), BlockNotFound)
    refused(lambda: W3.eth.get_transaction("0x" + "00" * 32), TransactionNotFound)
    refused(lambda: W3.eth.get_transaction_receipt("0x" + "00" * 32), TransactionNotFound)
    funds = W3.eth.get_balance(ME.address)
    for at in ("latest", "pending", head["number"], head["hash"]):
        assert W3.eth.get_balance(ME.address, at) == funds
        assert USDC.functions.balanceOf(ME.address).call(block_identifier=at) > 10**12
    assert W3.eth.get_storage_at(POOL.address, 4)[-16:] == (
        POOL.functions.liquidity().call().to_bytes(16)
    )
    assert Web3.keccak(W3.eth.get_code(USDC.address)) == Web3.keccak(W3.eth.get_code(DAI.address))
    for method, params, code in (("eth_nonsense", [], -32601), ("eth_getBalance", [], -32602)):
        assert W3.provider.make_request(method, params)["error"]["code"] == code
    DONE.append("blocks, transactions, states by number and hash")


def sending():
    listed = [{"address": USDC.address, "storageKeys": ["0x" + "00" * 31 + "07"]}]
    old = {"maxFeePerGas": None, "maxPriorityFeePerGas": None, "gasPrice": 7 * GWEI}
    for kind, more in (
        (2, {}),
        (0, old),
        (0, old | {"chainId": None}),  # before EIP-155
        (1, old | {"type": 1, "accessList": listed}),
        (2, {"accessList": listed}),
    ):
        receipt, told = send(**more)
        assert receipt["type"] == told["type"] == kind
        assert (told["value"], told["to"], told["from"]) == (5, NOBODY, ME.address)
        base = W3.eth.get_block(receipt["blockNumber"])["baseFeePerGas"]
        price = told["gasPrice"] if "gasPrice" in more else base + GWEI
        assert receipt["effectiveGasPrice"] == price
        assert receipt["gasUsed"] == 21_000 + 4_300 * ("accessList" in more)
        for each in told.get("accessList", []):
            (wanted,) = more["accessList"]
            assert each["address"] == wanted["address"]
            assert [HexBytes(slot) for slot in each["storageKeys"]] == [HexBytes("07".zfill(64))]
        assert len(told.get("accessList", [])) == len(more.get("accessList", []))
    nonce = W3.eth.get_transaction_count(OTHER.address)
    terms = {"chainId": 1337, "address": USDC.address, "nonce": nonce}
    _, told = send(authorizationList=[OTHER.sign_authorization(terms)], gas=100_000)
    assert (told["type"], told["authorizationList"][0]["nonce"]) == (4, nonce)
    assert W3.eth.get_code(OTHER.address) == bytes.fromhex("ef0100") + HexBytes(USDC.address)
    for more, words in (
        ({"nonce": 0}, "nonce too low"),
        ({"value": 10**40}, "nsufficient funds"),
        ({"gas": 20_000}, "intrinsic gas too low"),
        ({"chainId": 1}, "invalid chain id"),
        ({"maxFeePerGas": 1, "maxPriorityFeePerGas": 1}, "less than block base fee"),
    ):
        refused(lambda more=more: send(**more), Web3RPCError, words)
    refused(lambda: W3.eth.send_raw_transaction(b"\x02\xff"), Web3RPCError)
    created = W3.eth.contract(abi=[], bytecode="0x6001600c60003960016000f300")
    receipt = act(created.constructor())
    assert W3.eth.get_code(receipt["contractAddress"]) == b"\x00"
    DONE.append("transactions of types 0, 1, 2 and 4, what is refused, a contract created")


def contracts():
    before = USDC.functions.balanceOf(OTHER.address).call()
    receipt = act(USDC.functions.transfer(OTHER.address, 7))
    (event,) = USDC.events.Transfer().process_receipt(receipt)
    assert event["args"] == {"from": ME.address, "to": OTHER.address, "value": 7}
    assert USDC.functions.balanceOf(OTHER.address).call() == before + 7
    at = receipt["blockNumber"] - 1
    assert USDC.functions.balanceOf(OTHER.address).call(block_identifier=at) == before
    unlocked = USDC.functions.approve(ROUTER.address, 10**30).transact({"from": ME.address})
    assert W3.eth.wait_for_transaction_receipt(unlocked, poll_latency=0.01)["status"] == 1
    most = 10**40
    for ask in (
        DAI.functions.transfer(NOBODY, most).call,
        DAI.functions.transfer(NOBODY, most).estimate_gas,
    ):
        refused(lambda ask=ask: ask({"from": ME.address}), ContractLogicError, "exceeds balance")
    swap = (WETH.address, USDC.address, 500, ME.address, 2 * 10**9, 10**18, 0, 0)
    refused(
        lambda: ROUTER.functions.exactInputSingle(swap).call({"from": ME.address}),
        ContractLogicError,
        "STF",
    )
    late = contract("universal_router").functions.execute(b"\x08", [b""], 1)
    why = refused(lambda: late.call({"from": ME.address}), ContractCustomError)
    assert why.data == Web3.to_hex(Web3.keccak(text="TransactionDeadlinePassed()")[:4])
    nothing = W3.eth.contract(address=NOBODY, abi=USDC.abi)
    refused(lambda: nothing.functions.symbol().call(), BadFunctionCallOutput)
    broke = Web3.to_checksum_address("0x" + "77" * 20)
    pay = {"from": broke, "to": NOBODY, "value": 10**19}
    rich = {broke: {"balance": hex(10**20)}}
    for ask in (W3.eth.call, W3.eth.estimate_gas):
        refused(lambda ask=ask: ask(pay), Web3RPCError, "nsufficient funds")
    assert W3.eth.estimate_gas(pay, "latest", rich) == 21_000
    assert W3.eth.call(pay, "latest", rich) == b""
    DONE.append("calls by ABI, reasons of reverts, custom errors, estimates")


def overrides():
    slot = Web3.keccak(bytes(12) + bytes.fromhex(ME.address[2:]) + bytes(32))
    mine = USDC.functions.balanceOf(ME.address)
    for field in ("state", "stateDiff"):
        put = {USDC.address: {field: {Web3.to_hex(slot): "0x" + (123).to_bytes(32).hex()}}}
        assert mine.call({}, "latest", put) == 123
        name = USDC.functions.symbol()
        if field == "stateDiff":
            assert name.call({}, "latest", put) == "USDC"
    code = {NOBODY: {"code": "0x600760005260206000f3"}}
    assert int.from_bytes(W3.eth.call({"to": NOBODY}, "latest", code)) == 7
    asked = {"from": ME.address, "to": USDC.address}
    asked["data"] = USDC.encode_abi("transfer", [NOBODY, 3])
    again = {"from": ME.address, "to": USDC.address}
    again["data"] = USDC.encode_abi("balanceOf", [NOBODY])
    was = USDC.functions.balanceOf(NOBODY).call()
    (block,) = W3.eth.simulate_v1({"blockStateCalls": [{"calls": [asked, again]}]}, "latest")
    moved, told = block["calls"]
    assert (moved["status"], int.from_bytes(told["returnData"])) == (1, was + 3)
    assert moved["logs"][0]["address"] == USDC.address
    assert USDC.functions.balanceOf(NOBODY).call() == was
    DONE.append("state overrides, eth_simulateV1")


def logs():
    first = W3.eth.block_number + 1
    filters = {
        "events": USDC.events.Approval.create_filter(from_block="latest"),
        "mine": USDC.events.Approval.create_filter(
            from_block=first, argument_filters={"owner": ME.address}
        ),
        "blocks": W3.eth.filter("latest"),
        "waiting": W3.eth.filter("pending"),
        "logs": W3.eth.filter({"address": USDC.address, "fromBlock": first}),
    }
    for each in filters.values():
        each.get_new_entries()
    sent = [act(USDC.functions.approve(NOBODY, n), who) for n, who in ((1, ME), (2, OTHER))]
    names = [each["transactionHash"] for each in sent]
    told = {name: each.get_new_entries() for name, each in filters.items()}
    assert [each["args"]["value"] for each in told["events"]] == [1, 2]
    assert [each["args"]["value"] for each in told["mine"]] == [1]
    assert told["blocks"] == [each["blockHash"] for each in sent]
    assert told["waiting"] == names
    assert [each["transactionHash"] for each in told["logs"]] == names
    assert filters["logs"].get_all_entries() == told["logs"]
    for each in filters.values():
        assert each.get_new_entries() == []
        assert W3.eth.uninstall_filter(each.filter_id) is True
        assert W3.eth.uninstall_filter(each.filter_id) is False
        refused(each.get_new_entries, Web3RPCError, "filter not found")
    found = USDC.events.Approval().get_logs(from_block=first)
    assert [each["args"]["owner"] for each in found] == [ME.address, OTHER.address]
    (mine,) = USDC.events.Approval().get_logs(
        from_block=first, argument_filters={"owner": OTHER.address}
    )
    assert mine["transactionHash"] == names[1]
    block = {"blockHash": sent[0]["blockHash"]}
    assert W3.eth.get_logs(block) == sent[0]["logs"]
    refused(lambda: W3.eth.get_logs(block | {"fromBlock": 1}), Web3RPCError, "cannot specify both")
    who = OTHER.address
    everything = USDC.events.Transfer().get_logs(from_block=0)
    balance = sum(
        each["args"]["value"] * ((each["args"]["to"] == who) - (each["args"]["from"] == who))
        for each in everything
    )
    assert balance == USDC.functions.balanceOf(who).call() > 0
    DONE.append("logs and filters of logs, events, blocks and waiting transactions")


def fees():
    newest = W3.eth.block_number
    told = W3.eth.fee_history(4, newest, [10, 90])
    assert told["oldestBlock"] == newest - 3
    blocks = [W3.eth.get_block(n) for n in range(newest - 3, newest + 1)]
    assert told["baseFeePerGas"][:4] == [each["baseFeePerGas"] for each in blocks]
    assert told["baseFeePerGas"][4] == W3.eth.get_block("pending")["baseFeePerGas"]
    assert told["gasUsedRatio"] == [each["gasUsed"] / each["gasLimit"] for each in blocks]
    assert [len(each) for each in told["reward"]] == [2] * 4
    assert not W3.eth.fee_history(2, "latest").get("reward")
    assert W3.eth.max_priority_fee > 0
    assert W3.eth.gas_price > told["baseFeePerGas"][4]
    DONE.append("fee history")


def lists():
    with W3.batch_requests() as batch:
        batch.add(W3.eth.get_block("latest"))
        batch.add(USDC.functions.balanceOf(ME.address))
        batch.add(W3.eth.get_balance(ME.address))
        block, held, funds = batch.execute()
    assert block == W3.eth.get_block("latest")
    assert (held, funds) == (
        USDC.functions.balanceOf(ME.address).call(),
        W3.eth.get_balance(ME.address),
    )
    DONE.append("lists of questions")


def swapping():
    act(WETH.functions.deposit(), value=3 * 10**18)
    act(WETH.functions.approve(ROUTER.address, 10**30))
    terms = (WETH.address, USDC.address, 10**18, 500, 0)
    quoted = QUOTER.functions.quoteExactInputSingle(terms).call()[0]
    before = USDC.functions.balanceOf(ME.address).call()
    deadline = W3.eth.get_block("latest")["timestamp"] + 10**6
    swap = (WETH.address, USDC.address, 500, ME.address, deadline, 10**18, quoted, 0)
    receipt = act(ROUTER.functions.exactInputSingle(swap))
    assert USDC.functions.balanceOf(ME.address).call() == before + quoted
    (event,) = [
        POOL.events.Swap().process_log(each)
        for each in receipt["logs"]
        if each["address"] == POOL.address
    ]
    assert {event["args"]["amount0"], event["args"]["amount1"]} == {10**18, -quoted}
    assert event["args"]["sqrtPriceX96"] == POOL.functions.slot0().call()[0]
    DONE.append("a swap on v3's router, as quoted")


for each in (reading, sending, contracts, overrides, logs, fees, lists, swapping):
    each()
print(json.dumps({"web3": importlib.metadata.version("web3"), "done": DONE}))
