"""What somebody wants to see of a chain beyond what is known of it: names of addresses, prices of
tokens, from which worth on a transfer is told, and the events of which contracts.
"""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import msgspec

from argosy.dialects.evm.addresses import address_bytes
from argosy.dialects.evm.chains import ChainInfo, chains
from argosy.dialects.evm.contract_events import ContractEvents
from argosy.errors import ConfigError
from argosy.model.calls import NATIVE
from argosy.model.money import parse_decimal
from argosy.net.watch.lens import LensSettings

_LABEL_LENGTH = 80
_LABELS_MOST = 100_000
_STABLE = {"USDC", "USDT", "DAI"}  # a dollar each, unless somebody says otherwise


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """As people write it: nothing is looked at but files."""

    labels: str = ""  # a TOML file: "0x..." = "name"
    prices: tuple[str, ...] = ()  # "WETH=3000", "0x...=1.5": USD of a whole token
    large_usd: str = ""
    events: tuple[str, ...] = ()  # "0x...=abi.json"

    def over(self, lens: LensSettings, chain_id: int) -> LensSettings:
        """A lens with this beside what it knows.

        Raises:
            ConfigError: a file, an address, a price or a symbol that is none.
        """
        info = next((each for each in chains().values() if each.id == chain_id), None)
        symbols = _symbols(lens, info)
        stable = {symbols[each]: Decimal(1) for each in _STABLE if each in symbols}
        told = dict(_price(each, symbols) for each in self.prices)
        large = lens.large_usd
        if self.large_usd:
            large = _number(self.large_usd, "--large-usd")
        return msgspec.structs.replace(
            lens,
            labels={**lens.labels, **(read_labels(Path(self.labels)) if self.labels else {})},
            prices=stable | dict(lens.prices) | told,
            large_usd=large,
            contracts={**lens.contracts, **dict(_events(each) for each in self.events)},
        )


def read_labels(path: Path) -> dict[str, str]:
    """Names by address, of a TOML file. Raises ConfigError, naming the line's key and value."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise ConfigError(f"labels: {path} cannot be read: {e}") from e
    if len(told) > _LABELS_MOST:
        raise ConfigError(f"labels: {path} has {len(told)}; {_LABELS_MOST} are the most")
    found = {}
    for address, name in told.items():
        if (
            not isinstance(name, str)
            or not 0 < len(name) <= _LABEL_LENGTH
            or not name.isprintable()
        ):
            raise ConfigError(
                f"labels: {path} calls {address} {str(name)[:40]!r}; a name of 1 to"
                f" {_LABEL_LENGTH} printable characters is needed"
            )
        found[_address(address, f"labels: {path}")] = name
    return found


def _symbols(lens: LensSettings, info: ChainInfo | None) -> dict[str, str]:
    """Addresses by symbol, of what is known there."""
    found = {name.symbol.upper(): address for address, name in lens.names.items()}
    tokens: Iterable[tuple[str, str]] = ()
    if info is not None:
        tokens = [(token.symbol.upper(), token.address) for token in info.tokens]
        found[info.native.upper()] = NATIVE
    return {"ETH": NATIVE, **found, **dict(tokens)}


def _price(text: str, symbols: Mapping[str, str]) -> tuple[str, Decimal]:
    name, _, price = text.partition("=")
    address = symbols.get(name.upper())
    if address is None:
        known = ", ".join(sorted(symbols))
        address = _address(name, f"--price {text}: {name} is none of {known}")
    return address, _number(price, f"--price {text}")


def _events(text: str) -> tuple[str, ContractEvents]:
    address, _, file = text.partition("=")
    contract = _address(address, f"--events {text}")
    try:
        abi = Path(file).read_bytes()
    except OSError as e:
        raise ConfigError(f"--events {text}: {file or 'no file'} cannot be read: {e}") from e
    return contract, ContractEvents(abi)


def _address(text: str, what: str) -> str:
    try:
        address_bytes(text)
    except ValueError as e:
        raise ConfigError(f"{what}: {e}") from None
    return text.lower()


def _number(text: str, what: str) -> Decimal:
    try:
        found = parse_decimal(text, what)
    except ValueError as e:
        raise ConfigError(str(e)) from None
    if found < 0:
        raise ConfigError(f"{what} is {found}; 0 and above is possible")
    return found
