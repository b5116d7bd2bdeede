"""Many instruments and venues as one instruction. Does no I/O."""

from argosy.execution.baskets.basket import Basket, OnFailure
from argosy.execution.baskets.leg import BasketLeg, Style

KINDS = (Basket,)

__all__ = ["KINDS", "Basket", "BasketLeg", "OnFailure", "Style"]
