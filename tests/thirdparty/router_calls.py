"""Calls of the Universal Router by uniswap-universal-router-decoder: for each a line of JSON with
its data, and what it was made from, in the words of argosy.model.calls.
"""

import json
import random
import sys

from uniswap_universal_router_decoder import FunctionRecipient, RouterCodec
from web3 import Web3

ROUTER = sys.argv[1]
CODEC = RouterCodec()
RNG = random.Random(int(sys.argv[2]))
NATIVE = "0x" + "00" * 20


def address() -> str:
    return Web3.to_checksum_address("0x" + RNG.randbytes(20).hex())


def amount(bits: int = 128) -> int:
    return RNG.getrandbits(RNG.randint(1, bits))


def recipient():
    """(the kind, the address where it is a custom one, what it comes to)."""
    kind = RNG.choice(list(FunctionRecipient))
    if kind is FunctionRecipient.CUSTOM:
        custom = address()
        return kind, custom, custom.lower()
    return kind, None, "" if kind is FunctionRecipient.SENDER else ROUTER


def swap(protocol, path, give, limit, *, exact_in, to="", fees=(), hooks=()):
    told = {"action": "swap", "protocol": protocol, "path": [each.lower() for each in path]}
    told |= {"amount": give, "limit": limit, "exact_in": exact_in, "recipient": to}
    return told | {"fees": list(fees), "hooks": [each.lower() for each in hooks]}


def v2(chain):
    kind, custom, to = recipient()
    path = [address() for _ in range(RNG.randint(2, 4))]
    give, limit = amount(), amount()
    exact_in = RNG.random() < 0.5
    name = "v2_swap_exact_in" if exact_in else "v2_swap_exact_out"
    chain = getattr(chain, name)(kind, give, limit, path, custom)
    return chain, [swap("uniswap_v2", path, give, limit, exact_in=exact_in, to=to)]


def v3(chain):
    kind, custom, to = recipient()
    tokens = [address() for _ in range(RNG.randint(2, 4))]
    fees = [RNG.choice((100, 500, 3000, 10000)) for _ in tokens[1:]]
    give, limit = amount(), amount()
    exact_in = RNG.random() < 0.5
    path = [tokens[0]]
    for fee, token in zip(fees, tokens[1:], strict=True):
        path += [fee, token]
    name = "v3_swap_exact_in" if exact_in else "v3_swap_exact_out"
    chain = getattr(chain, name)(kind, give, limit, path, custom)
    told = swap("uniswap_v3", tokens, give, limit, exact_in=exact_in, to=to, fees=fees)
    return chain, [told]


def v4(chain):
    tokens = sorted((address() for _ in range(2)), key=str.lower)
    hooks = address() if RNG.random() < 0.3 else NATIVE
    fee = RNG.choice((100, 3000))
    key = CODEC.encode.v4_pool_key(*tokens, fee, 60, hooks)
    zero, exact_in = RNG.random() < 0.5, RNG.random() < 0.5
    give, limit = amount(), amount()
    builder = chain.v4_swap()
    name = "swap_exact_in_single" if exact_in else "swap_exact_out_single"
    builder = getattr(builder, name)(key, zero, give, limit, RNG.randbytes(RNG.randint(0, 40)))
    path = tokens if zero else tokens[::-1]
    told = [swap("uniswap_v4", path, give, limit, exact_in=exact_in, fees=[fee], hooks=[hooks])]
    if RNG.random() < 0.5:
        start, *rest = (address() for _ in range(RNG.randint(2, 4)))
        fees = [RNG.choice((100, 3000)) for _ in rest]
        more = amount(100)
        between = rest if exact_in else [start, *rest][:-1]
        keys = [
            CODEC.encode.v4_path_key(token, fee, 10, NATIVE, b"")
            for token, fee in zip(between, fees, strict=True)
        ]
        end = start if exact_in else rest[-1]
        name = "swap_exact_in" if exact_in else "swap_exact_out"
        builder = getattr(builder, name)(end, keys, more, 7)
        told.append(
            swap(
                "uniswap_v4",
                [start, *rest],
                more,
                7,
                exact_in=exact_in,
                fees=fees,
                hooks=[NATIVE] * len(fees),
            )
        )
    builder = builder.settle_all(tokens[0], give).take_all(tokens[1], limit)
    told.append({"action": "note", "what": "settle", "contract": tokens[0].lower()})
    told.append({"action": "transfer", "token": tokens[1].lower(), "least": limit})
    return builder.build_v4_swap(), told


def payments(chain):
    kind, custom, to = recipient()
    token, much = address(), amount()
    which = RNG.randrange(6)
    if which == 0:
        chain = chain.wrap_eth(kind, much, custom)
        return chain, [{"action": "wrap", "wrap": True, "amount": much, "recipient": to}]
    if which == 1:
        chain = chain.unwrap_weth(kind, much, custom)
        return chain, [{"action": "wrap", "wrap": False, "least": much, "recipient": to}]
    if which == 2:
        chain = chain.sweep(kind, token, much, custom)
        row = {"least": much}
    elif which == 3:
        bps = RNG.randint(1, 10_000)
        chain = chain.pay_portion(kind, token, bps, custom)
        row = {"portion_bps": bps}
    elif which == 4:
        chain = chain.transfer(kind, token, much, custom)
        row = {"amount": much}
    else:
        chain = chain.permit2_transfer_from(kind, token, much, custom)
        row = {"amount": much}
    return chain, [{"action": "transfer", "token": token.lower(), "recipient": to} | row]


for _ in range(int(sys.argv[3])):
    chain, expected = CODEC.encode.chain(), []
    for _ in range(RNG.randint(1, 5)):
        chain, told = RNG.choice((v2, v3, v4, payments))(chain)
        expected += told
    data = chain.build(RNG.choice((None, 1_900_000_000)))
    CODEC.decode.function_input(data)
    print(json.dumps({"data": data, "actions": expected}))
