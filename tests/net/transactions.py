"""Transactions for tests of what keeps them."""

import msgspec

from argosy.net.tx_journal import Attempt, Transaction, TxRequest, TxState

ME = "0x" + "AB" * 20


def made(nonce: int, state: TxState = TxState.PENDING, id_: str = "") -> Transaction:
    attempt = Attempt(
        kind="send", hash=f"0x{nonce:064x}", raw="0x02", max_fee=9, priority_fee=1, at_block=5
    )
    request = TxRequest(id=id_ or f"t{nonce}", to=None, data="0x00")
    return Transaction(request=request, nonce=nonce, attempts=(attempt,), state=state)


def line(transaction: Transaction, chain_id: int = 1, address: str = ME) -> bytes:
    """As desks wrote it to a file."""
    told = {
        "chain_id": chain_id,
        "address": address.lower(),
        "transaction": msgspec.to_builtins(transaction),
    }
    return msgspec.json.encode(told) + b"\n"
