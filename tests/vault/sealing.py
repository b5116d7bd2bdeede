"""Keys and passphrases of the tests, at a cost that tests can afford."""

from argosy.vault.keyfile import Cost, passphrase_bytes
from argosy.vault.secret import Secret

CHEAP = Cost(memory_kib=32, iterations=1, lanes=1)
WORDS = "correct horse battery staple"
# The first account of the test mnemonic that every local node knows; worth nothing anywhere.
KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ADDRESS = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"


def key() -> Secret:
    return Secret(bytes.fromhex(KEY))


def words(text: str = WORDS) -> Secret:
    return passphrase_bytes(text)
