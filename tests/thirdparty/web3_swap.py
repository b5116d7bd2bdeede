"""A swap on v3's router that web3.py sends and signs, mined by itself: what came of it, as JSON.

argv: a JSON file with addresses, ABIs and the mnemonic; "sell" an amount of ether, or "buy" one.
"""

import json
import sys
from pathlib import Path

from eth_account import Account
from web3 import Web3

SETUP = json.loads(Path(sys.argv[1]).read_text())
SELL, AMOUNT = sys.argv[2] == "sell", int(sys.argv[3])
W3 = Web3(Web3.HTTPProvider(SETUP["url"]))
Account.enable_unaudited_hdwallet_features()
PATH = f"m/44'/60'/0'/0/{list(SETUP['accounts']).index('rival')}"
ME = Account.from_mnemonic(SETUP["mnemonic"], account_path=PATH)


def contract(label):
    address = Web3.to_checksum_address(SETUP["contracts"][label])
    return W3.eth.contract(address=address, abi=SETUP["abis"][label])


def act(function, **more):
    nonce = W3.eth.get_transaction_count(ME.address)
    fees = {"maxFeePerGas": 50 * 10**9, "maxPriorityFeePerGas": 2 * 10**9}
    built = function.build_transaction({"from": ME.address, "nonce": nonce} | fees | more)
    sent = W3.eth.send_raw_transaction(ME.sign_transaction(built).raw_transaction)
    W3.provider.make_request("evm_mine", [])
    receipt = W3.eth.get_transaction_receipt(sent)
    assert receipt["status"] == 1, receipt
    return receipt


WETH, USDC = contract("token.WETH"), contract("token.USDC")
ROUTER, QUOTER = contract("uniswap_v3.router"), contract("uniswap_v3.quoter")
POOL = contract("pool.uniswap_v3 WETH/USDC 500")
for token in (WETH, USDC):
    act(token.functions.approve(ROUTER.address, 2**256 - 1))
deadline = W3.eth.get_block("latest")["timestamp"] + 10**6
if SELL:
    act(WETH.functions.deposit(), value=AMOUNT)
    terms = (WETH.address, USDC.address, AMOUNT, 500, 0)
    quoted = QUOTER.functions.quoteExactInputSingle(terms).call()[0]
    terms = (WETH.address, USDC.address, 500, ME.address, deadline, AMOUNT, quoted, 0)
    swap = ROUTER.functions.exactInputSingle(terms)
else:
    terms = (USDC.address, WETH.address, AMOUNT, 500, 0)
    quoted = QUOTER.functions.quoteExactOutputSingle(terms).call()[0]
    terms = (USDC.address, WETH.address, 500, ME.address, deadline, AMOUNT, quoted, 0)
    swap = ROUTER.functions.exactOutputSingle(terms)
receipt = act(swap)
(log,) = [each for each in receipt["logs"] if each["address"] == POOL.address]
args = POOL.events.Swap().process_log(log)["args"]
amounts = [args["amount0"], args["amount1"]]  # WETH is token 0 or 1, by its address
weth, usdc = amounts if int(WETH.address, 16) < int(USDC.address, 16) else amounts[::-1]
print(
    json.dumps(
        {
            "hash": receipt["transactionHash"].to_0x_hex(),
            "block": receipt["blockNumber"],
            "index": log["logIndex"],
            "weth": weth,
            "usdc": usdc,
            "quoted": quoted,
            "sqrt_price": args["sqrtPriceX96"],
            "tick": args["tick"],
        }
    )
)
