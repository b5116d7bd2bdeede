"""OKX's error codes, sorted into our tree by what they say about the outcome. Sends nothing.

https://www.okx.com/docs-v5/en/#error-code (read 2026-11). Codes not listed fall to their range.
"""

from collections.abc import Mapping
from enum import Enum, auto

from argosy.errors import (
    AddressRefused,
    ArgosyError,
    AuthFailed,
    DuplicateOrder,
    InsufficientFunds,
    InvalidOrder,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
    TransferRejected,
    VenueError,
    VenueUnavailable,
    WouldTake,
)

VENUE = "okx"


class Doing(Enum):
    """What a request does: an order or transfer whose answer got lost may stand all the same."""

    READING = auto()
    TRADING = auto()
    TRANSFERRING = auto()


_RATE = ("50011", "50061", "50040", "51113", "58102", "60014", "60030")
_UNAVAILABLE = ("50001", "50005", "50013", "50030", "51030", "51149", "51290", "64003", "64008")
# The venue says it does not know, or failed half-way: reconcile. 50004: "endpoint request timeout
# (does not mean success or failure, please check the request result)".
# 58124: "your transfer is being processed"; 58400: "request failed", of which nothing more is said.
_UNKNOWN = ("50004", "50026", "51054", "51999", "58124", "58400", "63999")
_AUTH = (
    "50007", "50008", "50009", "50010", "50012", "50027", "50028", "50035", "50038",
    "50100", "50101", "50102", "50103", "50104", "50105", "50106", "50107", "50108", "50109",
    "50110", "50111", "50112", "50113", "50114", "50115", "50119", "50120", "50121", "51024",
    "60004", "60005", "60006", "60007", "60009", "60011", "60022", "60024", "60029", "60032",
)  # fmt: skip
_FUNDS = (
    "51008", "51017", "51119", "51127", "51131", "51502", "54000", "54001", "59108", "59200",
    "59300", "59301", "59302",
    "58008", "58116", "58229", "58350",
)  # fmt: skip
_NOT_FOUND = (
    "51400", "51401", "51402", "51405", "51410", "51503", "51509", "51510", "51600", "51603",
    "51288",
)  # fmt: skip
_DUPLICATE = ("51016", "51065", "58404")
_ADDRESS = ("58203", "58207", "58213", "58217", "58218", "58221", "58222")
_WOULD_TAKE = ("51511",)
_INVALID = (
    "50000", "50002", "50006", "50014", "50015", "50016", "50024", "50025", "50044",
    "51000", "51001", "51002", "51003", "51004", "51005", "51006", "51007", "51009", "51010",
    "51011", "51012", "51014", "51015", "51018", "51020", "51021", "51022", "51023", "51025",
    "51026", "51027", "51028", "51029", "51031", "51032", "51033", "51034", "51037", "51038",
    "51039", "51040", "51041", "51042", "51043", "51044", "51046", "51047", "51048", "51049",
    "51050", "51051", "51052", "51053", "51055", "51056", "51057", "51058", "51059", "51060",
    "51061", "51062", "51063", "51064", "51066", "51067", "51068", "51069", "51070", "51071",
    "51072", "51073", "51074", "51075", "51076", "51077", "51078", "51079", "51080", "51081",
    "51082", "51083", "51084", "51085", "51086", "51087", "51088", "51089", "51090", "51091",
    "51092", "51093", "51094", "51095", "51096", "51097", "51098", "51099", "51100", "51101",
    "51102", "51103", "51104", "51105", "51106", "51107", "51108", "51109", "51110", "51111",
    "51112", "51115", "51116", "51117", "51118", "51120", "51121", "51122", "51123", "51124",
    "51125", "51126", "51128", "51129", "51130", "51132", "51133", "51134", "51135", "51136",
    "51137", "51138", "51139", "51143", "51147", "51148", "51150", "51151", "51152", "51153",
    "51154", "51155", "51156", "51157", "51158", "51159", "51162", "51163", "51164", "51166",
    "51167", "51168", "51169", "51170", "51171", "51174", "51175", "51176", "51177", "51178",
    "51179", "51180", "51181", "51182", "51183", "51184", "51185", "51186", "51187", "51188",
    "51189", "51201", "51202", "51203", "51204", "51205", "51250", "51251", "51252", "51253",
    "51254", "51255", "51256", "51257", "51258", "51259", "51260", "51261", "51262", "51263",
    "51264", "51265", "51267", "51268", "51269", "51270", "51271", "51272", "51273", "51274",
    "51275", "51276", "51277", "51278", "51279", "51280", "51281", "51282", "51283", "51284",
    "51285", "51286", "51287", "51289", "51291", "51292", "51293", "51294", "51295", "51296",
    "51297", "51298", "51299", "51300", "51302", "51303", "51304", "51305", "51306", "51307",
    "51308", "51309", "51310", "51311", "51312", "51313", "51317", "51327", "51328", "51329",
    "51330", "51331", "51332", "51333", "51338", "51339", "51340", "51341", "51342", "51343",
    "51344", "51345", "51346", "51403", "51404", "51406", "51407", "51408", "51409", "51412",
    "51413", "51500", "51501", "51504", "51505", "51506", "51507", "51508", "51512", "51513",
    "51514", "51515", "51516", "51517", "51518", "51519", "51520", "51521", "51522", "51523",
    "51524", "51525", "51526", "51527", "51528", "51529", "51530", "51531", "51532", "51533",
    "51534", "51535", "51536", "51537", "51538", "51601", "51602", "51604", "51605", "51606",
    "51607", "51608", "51609", "51610", "51611", "51612", "51613", "51614", "51615", "51616",
    "51617", "51618", "51619", "51620", "51621", "54011", "54012", "54018", "54019", "54024",
    "54025", "54026", "54027", "54084", "54085",
    "60012", "60013", "60018", "60019", "60031",
)  # fmt: skip

CODES: Mapping[str, type[ArgosyError]] = {
    code: kind
    for codes, kind in (
        (_INVALID, InvalidOrder),
        (_AUTH, AuthFailed),
        (_FUNDS, InsufficientFunds),
        (_NOT_FOUND, OrderNotFound),
        (_DUPLICATE, DuplicateOrder),
        (_WOULD_TAKE, WouldTake),
        (_ADDRESS, AddressRefused),
        (_RATE, RateLimited),
        (_UNAVAILABLE, VenueUnavailable),
        (_UNKNOWN, OutcomeUnknown),
    )
    for code in codes
}


def error_for(code: str, message: str, doing: Doing) -> ArgosyError:
    """The error that a code means, for a request that was `doing` something.

    Refusals that are about an order only become plain VenueErrors for requests that read, and
    TransferRejected for those that move funds. Outcomes that the venue does not know become
    VenueUnavailable for those that read, as nothing can have happened. Where funds move, even the
    venue's word that it was unavailable is not taken for a refusal: the transfer is looked up.
    """
    kind = CODES.get(code) or _by_range(code, doing)
    text = message or "no message"
    if doing is Doing.TRANSFERRING and kind is VenueUnavailable:
        kind = OutcomeUnknown
    if kind is OutcomeUnknown:
        if doing is Doing.READING:
            return VenueUnavailable(text, venue=VENUE, code=code)
        return OutcomeUnknown(f"{VENUE} {code}: {text}; look it up before anything else")
    if doing is Doing.READING and issubclass(kind, OrderRejected) and kind is not OrderNotFound:
        kind = VenueError
    if doing is Doing.TRANSFERRING and issubclass(kind, OrderRejected) and kind not in _OF_BOTH:
        kind = TransferRejected
    assert issubclass(kind, VenueError)  # OutcomeUnknown, the only other one, was dealt with
    return kind(text, venue=VENUE, code=code)


_OF_BOTH = frozenset({InsufficientFunds, DuplicateOrder})  # an order or a transfer


def _by_range(code: str, doing: Doing) -> type[ArgosyError]:
    if code.startswith("501"):
        return AuthFailed
    if code.startswith(("51", "54")):
        return OrderRejected
    if code.startswith("58"):
        return TransferRejected
    if code.startswith(("50", "60")) or not code:
        return VenueError
    return VenueError if doing is Doing.READING else OrderRejected
