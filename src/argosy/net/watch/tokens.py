"""What tokens are called, and which tokens pools have, as their contracts say. Asked once."""

from collections.abc import Collection, Iterable, Mapping

from argosy.dialects.evm.abi_reader import Values
from argosy.dialects.evm.call_words import COIN, TokenName
from argosy.dialects.evm.jsonrpc import Ask
from argosy.errors import ArgosyError, WireError
from argosy.net.rpc import RpcClient

_MOST = 50_000
_AT_ONCE = 200  # addresses asked in one go; the rest another time
_SYMBOL, _DECIMALS = "0x95d89b41", "0x313ce567"
_TOKEN0, _TOKEN1 = "0x0dfe1681", "0xd21220a7"
_WORD, _ADDRESS, _TEXT = Values("uint256"), Values("address"), Values("string")


class TokenBook:
    """One chain's tokens and pools, as far as they were asked for."""

    def __init__(self, client: RpcClient, names: Mapping[str, TokenName] | None = None) -> None:
        self.names: dict[str, TokenName] = dict(COIN) | dict(names or {})
        self.pools: dict[str, tuple[str, str]] = {}  # token 0 and 1
        self._client = client
        self._asked: set[str] = set()  # with or without success

    async def learn_names(self, tokens: Iterable[str]) -> None:
        """Ask for symbols and decimals of those that are not known. Trouble leaves them unknown."""
        for token, told in (await self._ask(tokens, self.names, (_SYMBOL, _DECIMALS))).items():
            try:
                decimals = _WORD.read(told[1])[0]
                if decimals <= 77:
                    self.names[token] = TokenName(_symbol(told[0]), decimals)
            except WireError:
                continue

    async def learn_pools(self, pools: Iterable[str]) -> None:
        """Ask for the tokens of those pools that are not known."""
        for pool, told in (await self._ask(pools, self.pools, (_TOKEN0, _TOKEN1))).items():
            try:
                self.pools[pool] = (_ADDRESS.read(told[0])[0], _ADDRESS.read(told[1])[0])
            except WireError:
                continue

    async def _ask(
        self, addresses: Iterable[str], known: Collection[str], calls: tuple[str, str]
    ) -> dict[str, tuple[bytes, bytes]]:
        wanted = list(
            dict.fromkeys(
                each
                for each in addresses
                if each not in known and calls[0] + each not in self._asked and len(each) == 42
            )
        )[:_AT_ONCE]
        if not wanted or len(self._asked) >= _MOST:
            return {}
        asks = [
            Ask("eth_call", ({"to": address, "data": data}, "latest"))
            for address in wanted
            for data in calls
        ]
        try:
            answers = await self._client.batch(asks)
        except ArgosyError:
            return {}  # another time
        self._asked.update(calls[0] + each for each in wanted)
        found = {}
        for place, address in enumerate(wanted):
            raw = [_bytes(each) for each in answers[2 * place : 2 * place + 2]]
            if all(raw):
                found[address] = (raw[0], raw[1])
        return found


def _bytes(answer: object) -> bytes:
    if not isinstance(answer, str):
        return b""
    try:
        return bytes.fromhex(answer[2:])
    except ValueError:
        return b""


def _symbol(raw: bytes) -> str:
    """A symbol as text; old tokens have it as 32 bytes. Only what can be printed, and not much."""
    text = raw.rstrip(b"\0").decode("ascii", "replace") if len(raw) == 32 else _TEXT.read(raw)[0]
    shown = "".join(letter for letter in text if letter.isprintable())[:20]
    if not shown:
        raise WireError("a symbol of no letters")
    return shown
