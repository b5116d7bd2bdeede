"""Arbitrage over HTTP: looked for with the token, and refusals that say what to do."""

from web.test_web_orders import served


async def test_a_scan_and_what_cannot_be_taken() -> None:
    async with served() as session:
        ask = {"kinds": ["cross"], "min_bps": "-1000"}
        async with session.post("/api/arbitrage/scan", json=ask) as answer:
            assert answer.status == 200
            found = await answer.json()
        assert found["quote"] == "USD"
        assert found["opportunities"]  # two books of one venue, at the least
        each = found["opportunities"][0]
        assert each["kind"] == "cross"
        assert isinstance(each["net"], str)
        async with session.post("/api/arbitrage/scan") as answer:  # nothing said: everything
            assert answer.status == 200
        for path, body, word in (
            ("scan", {"kinds": ["magic"]}, "kinds are"),
            ("scan", {"magic": 1}, "magic"),
            ("take", {"which": "ffffffff"}, "no opportunity"),
            ("take", {}, "which"),
        ):
            async with session.post(f"/api/arbitrage/{path}", json=body) as answer:
                said = await answer.json()
                assert 400 <= answer.status < 500, said
                assert word in said["detail"]
