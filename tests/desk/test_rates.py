"""Rates of a desk whose venues are not those that the settings read them from."""

from decimal import Decimal

import pytest

from argosy.desk.settings import DeskSettings, Settings
from desk.running import desk_of, sandboxed, until


@pytest.mark.parametrize("venues", [("okx",), ("kraken", "okx")])
async def test_okx_alone_converts_by_its_own_indices(venues: tuple[str, ...]) -> None:
    settings = Settings(desk=DeskSettings(venues=venues, pairs=("BTC/USD",)))
    async with sandboxed(*venues) as sandbox, desk_of(sandbox, *venues, settings=settings) as desk:

        def tether():
            found = desk.universal("BTC/USD", 5).conversions
            return next((one for one in found if one.source_currency == "USDT"), None)

        await until(tether)
        await until(lambda: desk.universal("BTC/USD", 5).asks)
        one = tether()
        assert one.target_currency == "USD"
        assert abs(one.rate - 1) < Decimal("0.01")
        by_index = "index of okx:BTC/USD:BTC over okx:BTC/USDT:USDT"
        assert one.origin == (by_index if venues == ("okx",) else "kraken:USDT/USD mid")
