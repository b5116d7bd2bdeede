"""Answers and rows that OKX's tests are made of."""

import json
from typing import Any

from argosy.model import Credentials
from argosy.ports import HttpResponse

NOW = 1_700_000_000_000_000_000
CREDENTIALS = Credentials(key="key", secret="secretsecret", passphrase="password")


def reply(data: Any, *, status: int = 200, code: str = "0", msg: str = "") -> HttpResponse:
    """A REST answer in OKX's envelope."""
    body = json.dumps({"code": code, "msg": msg, "data": data}).encode()
    return HttpResponse(status=status, body=body, received_ns=NOW)


def raw(body: bytes, status: int = 200) -> HttpResponse:
    """A REST answer of these very bytes."""
    return HttpResponse(status=status, body=body, received_ns=NOW)


def row(inst_type: str, inst_id: str, **more: Any) -> dict[str, Any]:
    """A row of a listing of instruments, with what most of them have in common."""
    return {
        "instType": inst_type, "instId": inst_id, "tickSz": "0.1", "lotSz": "1", "minSz": "1",
        "state": "live", "baseCcy": "", "quoteCcy": "", "settleCcy": "", "ctVal": "", "ctMult": "",
        "expTime": "", "stk": "", "optType": "", "lever": "", "listTime": "1548133413000", **more,
    }  # fmt: skip


LISTING = [
    row("SPOT", "BTC-USDT", baseCcy="BTC", quoteCcy="USDT", lotSz="0.00000001", minSz="0.00001",
        lever="10", maxLmtSz="9999999999", maxMktSz="1000000", instIdCode=10459),
    row("SPOT", "ETH-USDT", baseCcy="ETH", quoteCcy="USDT", tickSz="0.01", lotSz="0.000001",
        instIdCode=10460),
    row("SWAP", "BTC-USDT-SWAP", settleCcy="USDT", ctVal="0.01", ctMult="1", lotSz="0.01",
        ctType="linear", lever="100", maxMktSz="12000", instIdCode=10461),
    row("SWAP", "BTC-USD-SWAP", settleCcy="BTC", ctVal="100", ctMult="1", ctType="inverse",
        lever="100", instIdCode=10462),
    row("FUTURES", "BTC-USD-261225", settleCcy="BTC", ctVal="100", ctMult="1", ctType="inverse",
        expTime="1798185600000", instIdCode=10463),
    row("OPTION", "BTC-USD-261225-100000-C", settleCcy="BTC", ctVal="1", ctMult="0.01",
        tickSz="0.0001", expTime="1798185600000", stk="100000", optType="C", instIdCode=10464),
    row("SWAP", "BTC-USDC-SWAP", settleCcy="USDC", ctVal="0.0001", ctMult="1", ctType="linear"),
    row("SWAP", "BTC-USD_UM-SWAP", settleCcy="USDC", ctVal="0.0001", ctMult="1", ctType="linear"),
]  # fmt: skip
