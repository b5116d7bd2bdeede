"""What keys may sign on the sandbox's chain: as anywhere, but that what has no cap may be spent,
and that the sandbox's own protocols may be used where the settings name no contracts.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from argosy.desk import state
from argosy.desk.settings import ChainSettings, Settings
from argosy.desk.signing import Openly, guarded, limits_of
from argosy.dialects.evm.chains import ChainInfo, Token
from argosy.dialects.evm.functions import Function
from argosy.errors import ArgosyError
from argosy.model import ContractCall
from argosy.net.contracts import ContractClient
from argosy.ports import Reading, TxSigner
from argosy.vault.guarded import GuardedSigner

SANDBOX = "sandbox"  # as a chain's name
_PROTOCOLS = ("aave.pool", "staking", "staking.wrapped", "staking.queue", "seaport")
_LABEL = "token."  # and a symbol
_WRAPPER = "WETH"
_DECIMALS = Function("decimals()", "uint8")


def openly(labels: Mapping[str, str]) -> Openly:
    """The contracts of the sandbox's protocols, by their labels."""

    def at(*names: str) -> frozenset[str]:
        return frozenset(labels[name].lower() for name in names if name in labels)

    return Openly(contracts=at(*_PROTOCOLS), collections=at("collection"), typed_data=at("seaport"))


def told_tokens(chain_id: int, tokens: Mapping[str, tuple[str, int]]) -> ChainInfo:
    """The sandbox's chain as chains.toml would have it; addresses and decimals by symbol."""
    return ChainInfo(
        id=chain_id,
        key=SANDBOX,
        name="the sandbox's chain",
        native="ETH",
        wrapped=_WRAPPER if _WRAPPER in tokens else "",
        block_s=1.0,
        confirmations=1,
        tokens=tuple(
            Token(
                symbol=symbol,
                currency="ETH" if symbol == _WRAPPER else symbol,
                address=address.lower(),
                decimals=decimals,
            )
            for symbol, (address, decimals) in tokens.items()
        ),
    )


async def sandbox_signer(
    key: TxSigner,
    settings: Settings,
    labels: Mapping[str, str],
    client: ContractClient,
    chain_id: int,
    folder: Path,
) -> GuardedSigner:
    """A key behind [chains.sandbox.limits]. `folder`: where what was spent is counted.

    Raises:
        ConfigError: a cap for a token that is not known.
        And what the node raises, asked for tokens' digits.
    """
    addresses = {
        label.removeprefix(_LABEL): address
        for label, address in labels.items()
        if label.startswith(_LABEL)
    }
    digits = await client.ask(_digits(list(addresses.values()))) if addresses else []
    told = dict(zip(addresses, zip(addresses.values(), digits, strict=True), strict=True))
    info = told_tokens(chain_id, told)
    reach = settings.chains.get(SANDBOX, ChainSettings())
    limits = limits_of(info, (), reach.limits, sandbox=True, openly=openly(labels))
    return guarded(key, limits, folder, client.rpc.clock)


def _digits(tokens: Sequence[str]) -> Reading[list[int]]:
    calls = tuple(ContractCall(to=token, data=_DECIMALS.data()) for token in tokens)

    def read(told: Sequence[str | ArgosyError]) -> list[int]:
        return [int(_DECIMALS.one(str(each))) for each in told]

    return Reading(calls, read)


def spending_folder(settings: Settings, rpc: str, pid: int | None, own: Path) -> Path:
    """Where what was spent on a sandbox's chain is counted. Each chain begins anew, so each has its
    own; where nothing a day is limited, `own`, which is gone with the command.
    """
    reach = settings.chains.get(SANDBOX, ChainSettings())
    if not reach.limits.per_day:
        return own
    port = rpc.rpartition(":")[2].strip("/")
    name = f"sandbox-{port}" if pid is None else f"sandbox-{pid}-{port}"
    return state.folder(settings.desk.state_folder) / name
