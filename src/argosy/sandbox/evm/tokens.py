"""The chain's tokens: wrapped ether and ERC-20s of 6, 8 and 18 decimals, handed to everyone."""

from decimal import Decimal

from argosy.sandbox.evm.builder import Builder
from argosy.sandbox.evm.layout import LISTED, Token, first_price

PURSE_USD = Decimal(20_000_000)  # what each account gets of each token
LARGE = ("provider", "whale")  # these get 20 times that


def deploy_tokens(build: Builder) -> None:
    """Deploy, and give each account some of each."""
    for symbol, name, decimals, asset in LISTED:
        if symbol == "WETH":
            contract = build.deploy("token.WETH", "WETH9")
        else:
            label = f"token.{symbol}"
            contract = build.deploy(label, "MintableERC20", name, symbol, decimals)
        build.tokens[symbol] = Token(
            symbol=symbol,
            name=name,
            address=contract.address,
            decimals=decimals,
            usd=first_price(asset),
        )
        for role, account in build.accounts.items():
            amount = build.tokens[symbol].worth(PURSE_USD)
            if role.startswith(LARGE):
                amount *= 20
            if symbol == "WETH":
                contract.send(account, "deposit", value=amount)
            else:
                contract.send(account, "mint(uint256)", amount)
