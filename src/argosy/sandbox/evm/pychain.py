"""A chain whose blocks py-evm makes, in memory: reads state, writes state, makes blocks, goes back.
Knows nothing of JSON-RPC, and keeps no transaction waiting.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from argosy.sandbox.clock import SandboxClock
from argosy.sandbox.evm.link import BLOCK_GAS

MNEMONIC = (
    "test test test test test test test test test test test junk"  # and anvil's accounts of it
)
HD_PATH = "m/44'/60'/0'/0"
COINBASE = bytes(20)
GWEI = 10**9
_NEWEST = {"latest", "safe", "finalized"}
_LISTED, _SET_CODE = 1, 4  # kinds of transactions: EIP-2930, EIP-7702
_BUILT_S = 1_000  # of the past, for a chain that is built in seconds, a block a second at least


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A call that nobody signed and nobody pays for."""

    sender: bytes
    to: bytes = b""  # none: what creates a contract
    data: bytes = b""
    value: int = 0
    gas: int = BLOCK_GAS
    # What it says it will touch, and who says whose code its account has from then on.
    accesses: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    authorizations: tuple[Any, ...] = ()


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """What an account is to have for the time of a call."""

    balance: int | None = None
    nonce: int | None = None
    code: bytes | None = None
    slots: Mapping[int, int] = {}
    bare: bool = False  # without the slots that it has


class NoBlock(Exception):
    """There is no block of this number."""


class PyChain:
    """The accounts of the test mnemonic, and every block since the first."""

    def __init__(
        self,
        *,
        chain_id: int,
        accounts: int,
        balance_eth: int,
        block_s: int,
        genesis_s: int,
        clock: SandboxClock,
        state: bytes = b"",
    ) -> None:
        """`state`: what `dump` gave, to go on from."""
        from eth_tester import PyEVMBackend

        self.chain_id = chain_id
        self.block_s = block_s
        self._clock = clock
        self._due_s = 0  # when the next block was asked to be
        begins_s = genesis_s if block_s else self._now_s() - _BUILT_S
        backend = PyEVMBackend.from_mnemonic(
            MNEMONIC,
            genesis_state_overrides={"balance": balance_eth * 10**18},
            genesis_parameters=PyEVMBackend.generate_genesis_params(
                {"timestamp": begins_s, "gas_limit": BLOCK_GAS}
            ),
            num_accounts=accounts,
            hd_path=HD_PATH,
        )
        self.keys = {key.public_key.to_canonical_address(): key for key in backend.account_keys}
        self._chain = _loaded(backend.chain, state) if state else backend.chain
        self._chain.chain_id = chain_id  # the library's own cannot be chosen; read by each block

    def dump(self) -> bytes:
        """Everything there is."""
        kept: Any = self._chain.chaindb.db
        return msgspec.msgpack.encode({key: kept[key] for key in kept.wrapped_db})

    # --- reading ----------------------------------------------------------------------------------

    @property
    def head(self) -> Any:
        """The newest block's header."""
        return self._chain.get_canonical_head()

    @property
    def base_fee(self) -> int:
        """What the next block burns for a unit of gas."""
        return int(self._chain.header.base_fee_per_gas)

    def header(self, at: int | str | bytes) -> Any:
        """The header to read a state by, of a number, a word or a hash. Raises NoBlock."""
        if isinstance(at, bytes):
            named = self.block_named(at)
            if named is None:
                raise NoBlock(f"unknown block 0x{at.hex()}")
            return self.header(int(named.number))
        head, following = self.head, self._chain.header
        if at in _NEWEST:  # with what was written since
            return head.copy(state_root=following.state_root)
        if at == "pending":
            return following.copy(timestamp=self._next_s())
        number = 0 if at == "earliest" else at
        if not isinstance(number, int) or number > head.block_number:
            raise NoBlock(f"unknown block {at}")
        if number == head.block_number:
            return self.header("latest")
        return self._chain.get_canonical_block_header_by_number(number)

    def state(
        self, at: int | str | bytes, *, free: bool = False, other: Mapping[str, Any] | None = None
    ) -> Any:
        """The state after a block, to read, or to call with where gas is `free`, in a block that is
        `other`; what is done to it is kept nowhere. Raises NoBlock.
        """
        header = self.header(at)
        if free:
            header = header.copy(base_fee_per_gas=0, **(other or {}))
        return self._chain.get_vm(header).state

    def supposed(self, after: Any, other: Mapping[str, Any]) -> Any:
        """The header of a block that is not made, after a header; gas is free in it."""
        told: dict[str, Any] = {
            "block_number": after.block_number + 1,
            "timestamp": after.timestamp + (self.block_s or 1),
            **other,
        }
        return after.copy(parent_hash=after.hash, base_fee_per_gas=0, gas_used=0, **told)

    def move(self, state: Any, to: Any, passed: Sequence[bytes]) -> None:
        """Let what is done to a state from now on be in the block of a header, `passed` being the
        hashes before it, the newest first.
        """
        vm = self._chain.get_vm(self.head)
        state.execution_context = vm.create_execution_context(to, iter(passed), vm.chain_context)

    def hash_at(self, number: int) -> bytes:
        """The name of the block of a number that is there."""
        return bytes(self._chain.chaindb.get_canonical_block_hash(number))

    def block(self, at: int | str | bytes) -> Any:
        """A block. Raises NoBlock."""
        number = self.header(at).block_number
        if number > self.head.block_number:
            return self._chain.get_vm().get_block()
        return self._chain.get_canonical_block_by_number(number)

    def block_named(self, name: bytes) -> Any | None:
        """The block of a hash, where it is part of the chain."""
        from eth.exceptions import BlockNotFound, HeaderNotFound

        try:
            number = self._chain.get_block_by_hash(name).number
            found = self.block(number)
        except (BlockNotFound, HeaderNotFound, NoBlock):
            return None
        return found if found.hash == name else None

    def place(self, name: bytes) -> tuple[Any, int] | None:
        """The block that a transaction is in, and its place there."""
        from eth.exceptions import TransactionNotFound

        try:
            number, index = self._chain.chaindb.get_transaction_index(name)
            block = self.block(number)
        except (TransactionNotFound, NoBlock):
            return None
        inside = block.transactions  # it may be another since, after going back
        return (block, index) if index < len(inside) and inside[index].hash == name else None

    def receipts(self, block: Any) -> Any:
        """A block's receipts, as the library has them."""
        return block.get_receipts(self._chain.chaindb)

    # --- calls ------------------------------------------------------------------------------------

    def run(self, state: Any, asked: Asked) -> Any:
        """What a call does to this state; the library's computation."""
        from eth.vm.spoof import SpoofTransaction

        unsigned = self._chain.create_unsigned_transaction(
            nonce=state.get_nonce(asked.sender),
            gas_price=0,
            gas=asked.gas,
            to=asked.to,
            value=asked.value,
            data=asked.data,
        )
        more: dict[str, Any] = {}
        if asked.accesses or asked.authorizations:  # they cost gas before the call begins
            more = {"access_list": asked.accesses, "authorization_list": asked.authorizations}
            more["type_id"] = _SET_CODE if asked.authorizations else _LISTED
            more["intrinsic_gas"] = unsigned.intrinsic_gas + more_gas(asked)
        done = state.apply_transaction(SpoofTransaction(unsigned, from_=asked.sender, **more))
        state.lock_changes()
        return done

    def gas_needed(self, asked: Asked, fresh: Callable[[], Any]) -> tuple[int, Any]:
        """The gas to send a transaction with, and the computation that shows it: one that failed
        with all the gas there is, where nothing is enough. `fresh` gives the state to try it on.
        """
        most = msgspec.structs.replace(asked, gas=BLOCK_GAS)
        done = self.run(fresh(), most)
        if done.is_error:
            return BLOCK_GAS, done
        gas = max(BLOCK_GAS - done.get_gas_remaining(), data_gas(asked.data))
        while gas < BLOCK_GAS:  # a call inside gets but 63 of 64 parts of what is left
            some = msgspec.structs.replace(asked, gas=gas)
            done = self.run(fresh(), some)
            if not done.is_error:
                break
            gas = gas * 65 // 64 + 1
        return min(gas, BLOCK_GAS), done

    # --- writing ----------------------------------------------------------------------------------

    def decoded(self, raw: bytes) -> Any:
        """A signed transaction."""
        return self._chain.get_vm().get_transaction_builder().decode(raw)

    def signed(self, sender: bytes, fields: Mapping[str, Any]) -> Any:
        """A transaction of an account of ours; with the chain's fees where none are given."""
        told: dict[str, Any] = {"to": b"", "value": 0, "data": b"", "gas": BLOCK_GAS, **fields}
        accesses = told.pop("access_list", ())
        builder = self._chain.get_vm().get_transaction_builder()
        if "gas_price" in told and accesses:
            make = builder.new_unsigned_access_list_transaction
        elif "gas_price" in told:
            unsigned = self._chain.create_unsigned_transaction(**told)
            return unsigned.as_signed_transaction(self.keys[sender], chain_id=self.chain_id)
        else:
            tip = told.setdefault("max_priority_fee_per_gas", GWEI)
            told.setdefault("max_fee_per_gas", 2 * self.base_fee + tip)
            make = builder.new_unsigned_dynamic_fee_transaction
        unsigned = make(chain_id=self.chain_id, access_list=accesses, **told)
        return unsigned.as_signed_transaction(self.keys[sender])

    def write(self, account: bytes, what: Override) -> None:
        """Give an account something that no transaction could."""
        vm = self._chain.get_vm()
        overwrite(vm.state, account, what)
        vm.state.persist()
        self._chain.header = self._chain.header.copy(state_root=vm.state.state_root)

    def mine(self, transactions: Iterable[Any] = (), *, seed: bytes = b"") -> dict[bytes, str]:
        """Make a block of these, in this order; why each that is not in it was refused. Another
        seed makes another block.
        """
        from eth.exceptions import PyEVMError
        from eth.vm.forks.cancun import get_total_blob_gas
        from eth_utils import ValidationError, keccak

        chain = self._chain
        header = chain.header.copy(timestamp=self._next_s(), coinbase=COINBASE)
        vm = chain.get_vm(header)
        inside, receipts, refused = [], [], {}
        for each in transactions:
            try:
                receipt, _ = vm.apply_transaction(header, each)
            except (PyEVMError, ValidationError) as e:
                refused[each.hash] = str(e)
                continue
            header = vm.add_receipt_to_header(header, receipt)
            inside.append(each)
            receipts.append(receipt)
        vm.state.persist()
        filled = vm.set_block_transactions_and_withdrawals(
            vm.get_block(), header.copy(state_root=vm.state.state_root), inside, receipts
        )
        mined = vm.mine_block(
            filled,
            mix_hash=keccak(header.block_number.to_bytes(8) + seed),  # the library's is random
            blob_gas_used=sum(get_total_blob_gas(each) for each in inside),
        ).block
        chain.validate_block(mined)
        chain.chaindb.persist_block(mined)
        chain.header = chain.create_header_from_parent(mined.header)
        self._due_s = 0
        return refused

    # --- time -------------------------------------------------------------------------------------

    def _now_s(self) -> int:
        return self._clock.now_ns() // 10**9

    def _next_s(self) -> int:
        last = int(self.head.timestamp)
        if self._due_s > last:
            return self._due_s
        return last + self.block_s if self.block_s else max(self._now_s(), last + 1)

    def due(self, at_s: int) -> None:
        """When the next block is to be, in the chain's own seconds. Raises ValueError."""
        if at_s <= self.head.timestamp:
            raise ValueError(f"{at_s} is not after the last block's {self.head.timestamp}")
        self._due_s = at_s

    def later(self, seconds: int) -> None:
        """Put the next block off by so much."""
        self._due_s = self._next_s() + seconds

    def mark(self) -> Any:
        """Where the chain is, to go back to."""
        return self.head, self._chain.header

    def back(self, mark: Any) -> None:
        """Go back to a mark: what came after it is no part of the chain any more."""
        from eth.constants import GENESIS_PARENT_HASH

        head, following = mark
        kept = self._chain.chaindb
        # eth-tester goes back by the same; what is public makes the block once more.
        kept._set_as_canonical_chain_head(  # noqa: SLF001
            kept.db, head, GENESIS_PARENT_HASH
        )
        self._chain.header = following

    def shorten(self, depth: int) -> None:
        """Take the last blocks off the chain."""
        head = self.header(max(0, self.head.block_number - depth))
        self.back((head, self._chain.create_header_from_parent(head)))


def data_gas(data: bytes) -> int:
    """The least gas for a transaction of so much data (EIP-7623); py-evm takes it, but does not ask
    for it.
    """
    zeros = data.count(0)
    return 21_000 + 10 * (zeros + 4 * (len(data) - zeros))


def more_gas(asked: Asked) -> int:
    """What lists of accesses (EIP-2930) and of authorizations (EIP-7702) cost."""
    slots = sum(len(slots) for _, slots in asked.accesses)
    return 2_400 * len(asked.accesses) + 1_900 * slots + 25_000 * len(asked.authorizations)


def overwrite(state: Any, account: bytes, what: Override) -> None:
    """Put something into a state."""
    if what.balance is not None:
        state.set_balance(account, what.balance)
    if what.nonce is not None:
        state.set_nonce(account, what.nonce)
    if what.code is not None:
        state.set_code(account, what.code)
    if what.bare:
        state.delete_storage(account)
    for slot, value in what.slots.items():
        state.set_storage(account, slot, value)
    state.lock_changes()  # no part of the transaction that follows


def _loaded(empty: Any, state: bytes) -> Any:
    """A chain of the same kind that goes on from a state."""
    from eth.db.atomic import AtomicDB
    from eth.db.backends.memory import MemoryDB

    kept = msgspec.msgpack.decode(state, type=dict[bytes, bytes])
    return type(empty)(AtomicDB(MemoryDB(kept)))
