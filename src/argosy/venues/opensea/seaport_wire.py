"""Seaport 1.6: functions, structs, events and errors, one to one with its interface.

Source: https://github.com/ProjectOpenSea/seaport/blob/main/docs/SeaportDocumentation.md and the
interface in @opensea/seaport-js 4.3.0 (read 2026-11-27).
"""

from argosy.dialects.evm.functions import Function

NAME, VERSION = "Seaport", "1.6"

OFFER_ITEM = "(uint8,address,uint256,uint256,uint256)"
CONSIDERATION_ITEM = "(uint8,address,uint256,uint256,uint256,address)"
_HEAD = f"address,address,{OFFER_ITEM}[],{CONSIDERATION_ITEM}[],uint8,uint256,uint256,bytes32"
COMPONENTS = f"({_HEAD},uint256,bytes32,uint256)"  # .. salt, conduit key, counter
PARAMETERS = f"({_HEAD},uint256,bytes32,uint256)"  # .. salt, conduit key, original items
ORDER = f"({PARAMETERS},bytes)"
ADVANCED_ORDER = f"({PARAMETERS},uint120,uint120,bytes,bytes)"
RESOLVER = "(uint256,uint8,uint256,uint256,bytes32[])"
BASIC = (
    "(address,uint256,uint256,address,address,address,uint256,uint256,uint8,uint256,uint256,"
    "bytes32,uint256,bytes32,bytes32,uint256,(uint256,address)[],bytes)"
)

COUNTER = Function("getCounter(address)", "uint256")
ORDER_HASH = Function(f"getOrderHash({COMPONENTS})", "bytes32")
ORDER_STATUS = Function("getOrderStatus(bytes32)", "bool", "bool", "uint256", "uint256")
FULFILL = Function(f"fulfillOrder({ORDER},bytes32)", "bool")
FULFILL_BASIC = Function(f"fulfillBasicOrder({BASIC})", "bool")
FULFILL_ADVANCED = Function(
    f"fulfillAdvancedOrder({ADVANCED_ORDER},{RESOLVER}[],bytes32,address)", "bool"
)
CANCEL = Function(f"cancel({COMPONENTS}[])", "bool")
INCREMENT_COUNTER = Function("incrementCounter()", "uint256")
IS_VALID_SIGNATURE = Function("isValidSignature(bytes32,bytes)", "bytes4")  # EIP-1271
VALID = bytes.fromhex("1626ba7e")

SPENT = "(uint8,address,uint256,uint256)"
RECEIVED = "(uint8,address,uint256,uint256,address)"
FULFILLED = f"OrderFulfilled(bytes32,address,address,address,{SPENT}[],{RECEIVED}[])"
FULFILLED_DATA = ("bytes32", "address", f"{SPENT}[]", f"{RECEIVED}[]")
CANCELLED = "OrderCancelled(bytes32,address,address)"
COUNTER_RAISED = "CounterIncremented(uint256,address)"

# What is signed (EIP-712), its parts in the order of their names.
OFFER_TYPE = (
    b"OfferItem(uint8 itemType,address token,uint256 identifierOrCriteria,uint256 startAmount,"
    b"uint256 endAmount)"
)
CONSIDERATION_TYPE = (
    b"ConsiderationItem(uint8 itemType,address token,uint256 identifierOrCriteria,"
    b"uint256 startAmount,uint256 endAmount,address recipient)"
)
ORDER_TYPE = (
    b"OrderComponents(address offerer,address zone,OfferItem[] offer,"
    b"ConsiderationItem[] consideration,uint8 orderType,uint256 startTime,uint256 endTime,"
    b"bytes32 zoneHash,uint256 salt,bytes32 conduitKey,uint256 counter)"
)

ERRORS = {
    "InvalidTime(uint256,uint256)": "the order has not begun, or has expired",
    "OrderIsCancelled(bytes32)": "the order is cancelled",
    "OrderAlreadyFilled(bytes32)": "the order is filled already",
    "OrderPartiallyFilled(bytes32)": "the order is filled, or a part of it is",
    "InvalidSigner()": "the signature is not the offerer's, or the offerer raised the counter",
    "InvalidSignature()": "the signature is not the offerer's, or the offerer raised the counter",
    "BadSignatureV(uint8)": "the last byte of the signature is neither 27 nor 28",
    "BadContractSignature()": "the offerer's contract refuses the signature",
    "InsufficientNativeTokensSupplied()": "less ether than the order wants",
    "InvalidMsgValue(uint256)": "the order wants another amount of ether",
    "InvalidConduit(bytes32,address)": "there is no conduit of this key",
    "InvalidRestrictedOrder(bytes32)": "the order's zone does not let it through",
    "InvalidCanceller()": "only the offerer, or the zone, cancels an order",
    "CannotCancelOrder()": "only the offerer, or the zone, cancels an order",
    "InvalidProof()": "this token is not among those that the order is for",
    "UnresolvedConsiderationCriteria(uint256,uint256)": "say which token is given",
    "UnresolvedOfferCriteria(uint256,uint256)": "say which token is taken",
    "ConsiderationNotMet(uint256,uint256,uint256)": "not all that the order wants is given",
    "TokenTransferGenericFailure(address,address,address,uint256,uint256)": (
        "a token could not be moved: balance, ownership or approval is missing"
    ),
    "BadReturnValueFromERC20OnTransfer(address,address,address,uint256)": (
        "a token did not say that it was moved"
    ),
    "NoContract(address)": "there is no token at that address",
    "MissingOriginalConsiderationItems()": "items that the order wants are left out",
    "InvalidERC721TransferAmount(uint256)": "of an ERC-721 there is one of each",
    "NoSpecifiedOrdersAvailable()": "none of the orders can be taken",
    "BadFraction()": "the order cannot be taken in parts like that",
    "PartialFillsNotEnabledForOrder()": "the order is taken whole, or not at all",
}
# What tokens say themselves comes through unchanged.
TEXTS = {
    "ERC20: transfer amount exceeds balance": ("BALANCE", "not enough of the token"),
    "ERC20: transfer amount exceeds allowance": ("ALLOWANCE", "it may not take so much"),
    "ERC721: caller is not token owner or approved": (
        "APPROVAL",
        "Seaport may not move the NFT; its owner must approve that",
    ),
    "ERC721: transfer caller is not owner nor approved": (
        "APPROVAL",
        "Seaport may not move the NFT; its owner must approve that",
    ),
    "NOT_AUTHORIZED": ("APPROVAL", "Seaport may not move the NFT; its owner must approve that"),
    "WRONG_FROM": ("OWNER", "the NFT belongs to somebody else by now"),
}
