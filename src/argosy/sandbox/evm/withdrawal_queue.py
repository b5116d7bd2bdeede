"""The queue in which staked ether is withdrawn, as Lido's WithdrawalQueueERC721: requests, which
the owner finalizes at a rate, and which are claimed then.

Written from https://docs.lido.fi/contracts/withdrawal-queue-erc721 (read 2026-11-27). Simplified:
the ether comes out of the staking token as it is finalized, where Lido's comes with the call; there
are no permits, no transfers of the requests, no pauses and no bunker mode.
"""

from argosy.sandbox.evm.own import ONE_WORD, Own
from argosy.sandbox.evm.pieces import (
    ADDRESS,
    BUBBLE,
    HASH_64,
    Variables,
    answer_list,
    call,
    put_item,
    refusal,
    text,
)

LEAST, MOST = 100, 1_000 * 10**18
# Storage: 0 owner, 1 last request, 2 last finalized, 3 checkpoints, 4 ether locked, 5 requests by
# id (amount, shares, owner, time, ether, claimed), 6 the first request of each checkpoint.
_LAST, _FINALIZED, _CHECKPOINTS, _LOCKED = "1", "2", "3", "4"
_REQUESTS, _FROM = 5, 6
_AMOUNT, _SHARES, _OWNER, _TIME, _ETHER, _CLAIMED = range(6)

_V = Variables(
    "array", "hints", "i", "id", "at", "amount", "shares", "owner", "end", "c", "hint", "found",
    "sum", "sum_shares", "ether", "rate", "receiver",
)  # fmt: skip
_get, _put = _V.get, _V.put


def _locate(mapping: int, key: str) -> str:
    """Push where an entry of a mapping lies."""
    return f"{key} PUSH0 MSTORE {mapping} 0x20 MSTORE {HASH_64}"


def _part(number: int) -> str:
    """Push the slot of a part of the request at `at`."""
    return f"{_get('at')} {number} ADD" if number else _get("at")


def _load(number: int) -> str:
    return f"{_part(number)} SLOAD"


def _store(number: int, value: str) -> str:
    return f"{value} {_part(number)} SSTORE"


def _known() -> str:
    """Find request `id`, which must exist."""
    return f"""
        {_get("id")} ISZERO @no_such JUMPI
        {_LAST} SLOAD {_get("id")} GT @no_such JUMPI
        {_put("at", _locate(_REQUESTS, _get("id")))}"""


_WAITS = f"{_FINALIZED} SLOAD {_get('id')} GT"  # pushes whether request `id` is not finalized


def _enqueue(token: str) -> str:
    """Write down a request of `amount`, which is here already, for `owner`."""
    return f"""
        {LEAST} {_get("amount")} LT @too_small JUMPI
        {hex(MOST)} {_get("amount")} GT @too_large JUMPI
        {_put("shares", call(token, "getSharesByPooledEth(uint256)", _get("amount")))}
        {_put("id", f"1 {_LAST} SLOAD ADD")} {_get("id")} {_LAST} SSTORE
        {_put("at", _locate(_REQUESTS, _get("id")))}
        {_store(_AMOUNT, _get("amount"))} {_store(_SHARES, _get("shares"))}
        {_store(_OWNER, _get("owner"))} {_store(_TIME, "TIMESTAMP")}
        {_get("amount")} PUSH0 MSTORE {_get("shares")} 0x20 MSTORE
        {_get("owner")} CALLER {_get("id")}
        !WithdrawalRequested(uint256,address,address,uint256,uint256) 0x40 PUSH0 LOG4
        {_get("id")} {_get("owner")} PUSH0 !Transfer(address,address,uint256) PUSH0 PUSH0 LOG4
        {put_item(_get("id"), _get("i"))}"""


def _requests(label: str, take: str, token: str) -> str:
    """Take each amount of a list by `take`, and put it into the queue."""
    return f"""
        {_V.array("array", 0)} {_put("owner", f"0x24 {ADDRESS}")}
        {_get("owner")} @{label}_owned JUMPI {_put("owner", "CALLER")} {label}_owned:
        {_V.count(label, "i", "PUSH0", _V.length("array"), take + _enqueue(token))}
        {answer_list(_V.length("array"))}"""


def _check_hint(label: str) -> str:
    """The checkpoint `hint` must be the one that request `id` was finalized by."""
    return f"""
        {_get("hint")} ISZERO @bad_hint JUMPI
        {_CHECKPOINTS} SLOAD {_get("hint")} GT @bad_hint JUMPI
        {_get("id")} {_locate(_FROM, _get("hint"))} SLOAD GT @bad_hint JUMPI
        {_CHECKPOINTS} SLOAD {_get("hint")} EQ @{label}_right JUMPI
        {_get("id")} {_locate(_FROM, f"1 {_get('hint')} ADD")} SLOAD GT ISZERO @bad_hint JUMPI
        {label}_right:"""


def _claim() -> str:
    """Pay request `id` to its owner."""
    return f"""
        {_get("id")} ISZERO @no_such JUMPI
        {_WAITS} @not_final JUMPI
        {_put("at", _locate(_REQUESTS, _get("id")))}
        {_load(_CLAIMED)} @claimed_already JUMPI
        {_put("owner", _load(_OWNER))} {_get("owner")} CALLER XOR @not_owner JUMPI
        {_put("ether", _load(_ETHER))} {_store(_CLAIMED, "1")}
        {_get("ether")} {_LOCKED} SLOAD SUB {_LOCKED} SSTORE
        PUSH0 PUSH0 PUSH0 PUSH0 {_get("ether")} CALLER GAS CALL ISZERO @refuse JUMPI
        {_get("ether")} PUSH0 MSTORE
        CALLER CALLER {_get("id")}
        !WithdrawalClaimed(uint256,address,address,uint256) 0x20 PUSH0 LOG4
        {_get("id")} PUSH0 CALLER !Transfer(address,address,uint256) PUSH0 PUSH0 LOG4"""


def _finalize(token: str) -> str:
    """Fix what each request up to the last one pays, and take that out of the staking token."""
    each = f"""
        {_put("at", _locate(_REQUESTS, _get("id")))}
        {_V.add("sum_shares", _load(_SHARES))}
        {_put("amount", _load(_AMOUNT))}
        {_put("ether", f"{hex(10**27)} {_get('rate')} {_load(_SHARES)} MUL DIV")}
        {_get("amount")} {_get("ether")} GT ISZERO @fin_less JUMPI
        {_put("ether", _get("amount"))} fin_less:
        {_store(_ETHER, _get("ether"))} {_V.add("sum", _get("ether"))}"""
    return f"""
        PUSH0 SLOAD CALLER XOR @refuse JUMPI
        {_put("id", "4 CALLDATALOAD")} {_put("rate", "0x24 CALLDATALOAD")}
        {_WAITS} ISZERO @no_such JUMPI
        {_LAST} SLOAD {_get("id")} GT @no_such JUMPI
        {_put("end", f"1 {_get('id')} ADD")} {_put("found", f"1 {_FINALIZED} SLOAD ADD")}
        {_V.count("fin", "id", _get("found"), _get("end"), each)}
        {call(token, "settle(uint256,uint256)", _get("sum_shares"), _get("sum"))} POP
        {_get("sum")} {_LOCKED} SLOAD ADD {_LOCKED} SSTORE
        {_put("c", f"1 {_CHECKPOINTS} SLOAD ADD")} {_get("c")} {_CHECKPOINTS} SSTORE
        {_get("found")} {_locate(_FROM, _get("c"))} SSTORE
        4 CALLDATALOAD {_FINALIZED} SSTORE
        {_get("sum")} PUSH0 MSTORE {_get("sum_shares")} 0x20 MSTORE TIMESTAMP 0x40 MSTORE
        4 CALLDATALOAD {_get("found")}
        !WithdrawalsFinalized(uint256,uint256,uint256,uint256,uint256) 0x60 PUSH0 LOG3 STOP"""


def _statuses() -> str:
    words = [_load(n) for n in (_AMOUNT, _SHARES, _OWNER, _TIME)]
    words += [f"{_WAITS} ISZERO", _load(_CLAIMED)]
    puts = " ".join(put_item(word, _get("i"), 6, n) for n, word in enumerate(words))
    body = f"{_put('id', _V.item('array', 'i'))} {_known()} {puts}"
    return f"""
        {_V.array("array", 0)}
        {_V.count("st", "i", "PUSH0", _V.length("array"), body)}
        {answer_list(_V.length("array"), 6)}"""


def _of_owner() -> str:
    """The unclaimed requests of an address."""
    body = f"""
        {_known()}
        {_load(_CLAIMED)} @own_next JUMPI
        {_load(_OWNER)} {_get("owner")} XOR @own_next JUMPI
        {put_item(_get("id"), _get("found"))} {_V.add("found", "1")}
        own_next:"""
    return f"""
        {_put("owner", f"4 {ADDRESS}")} {_put("end", f"1 {_LAST} SLOAD ADD")}
        {_V.count("own", "id", "1", _get("end"), body)}
        {answer_list(_get("found"))}"""


def _hints() -> str:
    """The checkpoint of each request between two; 0 for those that are not finalized."""
    inner = f"""
        {_get("id")} {_locate(_FROM, _get("c"))} SLOAD GT @hint_past JUMPI
        {_put("hint", _get("c"))} hint_past:"""
    body = f"""
        {_put("id", _V.item("array", "i"))} {_put("hint", "PUSH0")}
        {_WAITS} @hint_none JUMPI
        {_V.count("hint", "c", "0x24 CALLDATALOAD", _get("end"), inner)}
        hint_none: {put_item(_get("hint"), _get("i"))}"""
    return f"""
        {_V.array("array", 0)} {_put("end", "1 0x44 CALLDATALOAD ADD")}
        {_V.count("hints", "i", "PUSH0", _V.length("array"), body)}
        {answer_list(_V.length("array"))}"""


def _claimable() -> str:
    body = f"""
        {_put("id", _V.item("array", "i"))} {_put("hint", _V.item("hints", "i"))} {_known()}
        {_put("ether", "PUSH0")}
        {_WAITS} @can_none JUMPI {_load(_CLAIMED)} @can_none JUMPI
        {_check_hint("can")} {_put("ether", _load(_ETHER))}
        can_none: {put_item(_get("ether"), _get("i"))}"""
    return f"""
        {_V.array("array", 0)} {_V.array("hints", 1)}
        {_V.count("can", "i", "PUSH0", _V.length("array"), body)}
        {answer_list(_V.length("array"))}"""


def _unfinalized() -> str:
    body = f"{_put('at', _locate(_REQUESTS, _get('id')))} {_V.add('sum', _load(_AMOUNT))}"
    first = f"1 {_FINALIZED} SLOAD ADD"
    return f"""
        {_put("end", f"1 {_LAST} SLOAD ADD")}
        {_V.count("wait", "id", first, _get("end"), body)}
        {_get("sum")} {ONE_WORD}"""


def withdrawal_queue(token: str, wrapped: str) -> Own:
    """The queue of the staking token and its wrapper at two addresses."""
    item = _V.item("array", "i")
    move = ("transferFrom(address,address,uint256)", "CALLER", "ADDRESS", item)
    take = f"{_put('amount', item)} {call(token, *move)} POP"
    take_wrapped = (
        f"{call(wrapped, *move)} POP {_put('amount', call(wrapped, 'unwrap(uint256)', item))}"
    )
    claim_each = f"""
        {_put("id", item)} {_put("hint", _V.item("hints", "i"))}
        {_claim()} {_check_hint("all")}"""
    return Own(
        name="WithdrawalQueue",
        functions={
            "name()(string)": text("Withdrawals of staked ether"),
            "STETH()(address)": f"{token} {ONE_WORD}",
            "WSTETH()(address)": f"{wrapped} {ONE_WORD}",
            "MIN_STETH_WITHDRAWAL_AMOUNT()(uint256)": f"{LEAST} {ONE_WORD}",
            "MAX_STETH_WITHDRAWAL_AMOUNT()(uint256)": f"{hex(MOST)} {ONE_WORD}",
            "getLastRequestId()(uint256)": f"{_LAST} SLOAD {ONE_WORD}",
            "getLastFinalizedRequestId()(uint256)": f"{_FINALIZED} SLOAD {ONE_WORD}",
            "getLastCheckpointIndex()(uint256)": f"{_CHECKPOINTS} SLOAD {ONE_WORD}",
            "getLockedEtherAmount()(uint256)": f"{_LOCKED} SLOAD {ONE_WORD}",
            "unfinalizedRequestNumber()(uint256)": (
                f"{_FINALIZED} SLOAD {_LAST} SLOAD SUB {ONE_WORD}"
            ),
            "unfinalizedStETH()(uint256)": _unfinalized(),
            "requestWithdrawals(uint256[],address)(uint256[])": _requests("ask", take, token),
            "requestWithdrawalsWstETH(uint256[],address)(uint256[])": _requests(
                "ask_wrapped", take_wrapped, token
            ),
            "getWithdrawalRequests(address)(uint256[])": _of_owner(),
            "getWithdrawalStatus(uint256[])((uint256,uint256,address,uint256,bool,bool)[])": (
                _statuses()
            ),
            "findCheckpointHints(uint256[],uint256,uint256)(uint256[])": _hints(),
            "getClaimableEther(uint256[],uint256[])(uint256[])": _claimable(),
            "finalize(uint256,uint256)()": _finalize(token),
            "claimWithdrawal(uint256)()": f"{_put('id', '4 CALLDATALOAD')} {_claim()} STOP",
            "claimWithdrawals(uint256[],uint256[])()": f"""
                {_V.array("array", 0)} {_V.array("hints", 1)}
                {_V.length("array")} {_V.length("hints")} XOR @refuse JUMPI
                {_V.count("claims", "i", "PUSH0", _V.length("array"), claim_each)} STOP""",
        },
        events=(
            "WithdrawalRequested(uint256 indexed,address indexed,address indexed,uint256,uint256)",
            "WithdrawalsFinalized(uint256 indexed,uint256 indexed,uint256,uint256,uint256)",
            "WithdrawalClaimed(uint256 indexed,address indexed,address indexed,uint256)",
            "Transfer(address indexed,address indexed,uint256 indexed)",
        ),
        errors=(
            "RequestAmountTooSmall(uint256)",
            "RequestAmountTooLarge(uint256)",
            "InvalidRequestId(uint256)",
            "RequestNotFoundOrNotFinalized(uint256)",
            "RequestAlreadyClaimed(uint256)",
            "NotOwner(address,address)",
            "InvalidHint(uint256)",
        ),
        rest=f"""
            {refusal("too_small", "RequestAmountTooSmall(uint256)", _get("amount"))}
            {refusal("too_large", "RequestAmountTooLarge(uint256)", _get("amount"))}
            {refusal("no_such", "InvalidRequestId(uint256)", _get("id"))}
            {refusal("not_final", "RequestNotFoundOrNotFinalized(uint256)", _get("id"))}
            {refusal("claimed_already", "RequestAlreadyClaimed(uint256)", _get("id"))}
            {refusal("not_owner", "NotOwner(address,address)", "CALLER", _get("owner"))}
            {refusal("bad_hint", "InvalidHint(uint256)", _get("hint"))}
            bubble: {BUBBLE}""",
        receives=True,
    )
