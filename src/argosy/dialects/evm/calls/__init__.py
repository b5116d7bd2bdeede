"""Calls of well-known contracts by selector, a module for each family; `evm.calldata` has all."""
