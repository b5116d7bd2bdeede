"""Keys of the sandbox's accounts: of the mnemonic that every development chain uses, and the whole
world knows. Worth nothing anywhere.
"""

from argosy.sandbox.evm.layout import ROLES

MNEMONIC = "test test test test test test test test test test test junk"


def private_key(role: str) -> str:
    """The key of a role's account, as 0x hex (BIP-44, m/44'/60'/0'/0/N)."""
    from eth_account.hdaccount import key_from_seed, seed_from_mnemonic

    seed = seed_from_mnemonic(MNEMONIC, "")
    key: bytes = key_from_seed(seed, f"m/44'/60'/0'/0/{ROLES.index(role)}")
    return "0x" + key.hex()
