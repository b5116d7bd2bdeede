"""Keys: kept encrypted, opened by a passphrase, and limited in what they sign. Opens no socket."""
