"""Measures Argosy against its peers on the same bytes. Decides nothing and is not shipped."""
