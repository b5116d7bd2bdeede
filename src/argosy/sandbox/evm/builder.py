"""What a stage of deployment works with: the node, the accounts, and what stands so far."""

from decimal import Decimal

from argosy.sandbox.evm.contract import Contract, deploy
from argosy.sandbox.evm.layout import ROLES, Layout, Pool, Token
from argosy.sandbox.evm.link import Link
from argosy.sandbox.evm.ours import at

FOREVER = 2**255  # a deadline or an allowance that never ends


class Builder:
    """Deploys under labels and remembers everything for the layout."""

    def __init__(self, link: Link) -> None:
        self.link = link
        unlocked = [account.lower() for account in link.call("eth_accounts")]
        assert len(unlocked) >= len(ROLES), "the node was started with an account for each role"
        self.accounts = dict(zip(ROLES, unlocked, strict=False))
        self.owner = self.accounts["deployer"]
        self.tokens: dict[str, Token] = {}
        self.pools: list[Pool] = []
        self._contracts: dict[str, Contract] = {}
        self._artifacts: dict[str, str] = {}

    def deploy(
        self, label: str, name: str, *arguments: object, libraries: dict[str, str] | None = None
    ) -> Contract:
        """Create the artifact `name` and keep it under `label`."""
        contract = deploy(self.link, self.owner, name, *arguments, libraries=libraries)
        return self.keep(label, name, contract)

    def keep(self, label: str, name: str, contract: Contract) -> Contract:
        """Remember a contract that came about in another way."""
        assert label not in self._contracts, f"{label} stands already"
        self._contracts[label] = contract
        self._artifacts[label] = name
        return contract

    def at(self, name: str, address: str) -> Contract:
        """A contract made by another one, by its artifact's ABI."""
        return at(self.link, name, address)

    def __getitem__(self, label: str) -> Contract:
        return self._contracts[label]

    def token(self, symbol: str) -> Contract:
        """A token's contract."""
        return self._contracts[f"token.{symbol}"]

    def approve(self, owner: str, spender: str, *symbols: str) -> None:
        """Let a contract take any amount of these tokens from `owner`."""
        for symbol in symbols:
            self.token(symbol).send(owner, "approve", spender, FOREVER)

    def sorted(self, one: str, other: str) -> tuple[Token, Token]:
        """Two tokens in the order pools keep them in: by address."""
        first, second = sorted((self.tokens[one], self.tokens[other]), key=lambda t: t.address)
        return first, second

    def worth(self, symbol: str, usd: int | Decimal) -> int:
        """Units of a token for so many USD."""
        return self.tokens[symbol].worth(Decimal(usd))

    def layout(self) -> Layout:
        """What stands."""
        return Layout(
            accounts=self.accounts,
            tokens=self.tokens,
            contracts={label: contract.address for label, contract in self._contracts.items()},
            artifacts=self._artifacts,
            pools=tuple(self.pools),
        )
