"""The terminal in a real browser: what it shows, that it moves, and that it never shows old numbers
as live. Needs Chromium and a built terminal; says so where either is absent.
"""

import asyncio
import importlib.util
import re
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from argosy.desk.view import VenueState
from argosy.web import pages, stream
from argosy.web.server import serve
from web.desks import SteppedDesk, run_market

SCREENSHOT = Path(__file__).parents[2] / "scripts" / "screenshot.py"
LIVE = '.terminal[data-link="live"]'

pytest.importorskip("playwright")
from playwright.async_api import async_playwright, expect  # noqa: E402


def load_script():
    spec = importlib.util.spec_from_file_location("screenshot", SCREENSHOT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = load_script()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(script.chromium() is None, reason="no Chromium on the path"),
    pytest.mark.skipif(not pages.terminal_built(), reason="the terminal is not built: `make web`"),
]


class Watch:
    """What the page asked for and complained of."""

    def __init__(self, page):
        self.hosts = set()
        self.complaints = []
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))
        page.on("websocket", lambda socket: self.hosts.add(urlsplit(socket.url).hostname))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in {"error", "warning"}
                else None
            ),
        )


@asynccontextmanager
async def terminal(desk, width=1280, height=800):
    async with serve(desk, port=0) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=script.chromium(), args=list(script.FLAGS)
        )
        try:
            page = await browser.new_page(viewport={"width": width, "height": height})
            watch = Watch(page)
            await page.goto(address)
            yield page, watch
        finally:
            await browser.close()


@asynccontextmanager
async def moving(desk):
    async with asyncio.TaskGroup() as tasks:
        market = tasks.create_task(run_market(desk))
        yield
        market.cancel()


@pytest.fixture
def desk():
    desk = SteppedDesk()
    desk.step(400)
    return desk


async def opacity(page, selector):
    return float(await page.locator(selector).evaluate("e => getComputedStyle(e).opacity"))


async def text(page, selector):
    return await page.locator(selector).inner_text()


async def changed(page, selector, before):
    await expect(page.locator(selector)).not_to_have_text(before, use_inner_text=True)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1920, 1080)])
async def test_the_terminal_shows_both_venues_and_moves(desk, width, height):
    async with moving(desk), terminal(desk, width, height) as (page, watch):
        await page.wait_for_selector(f"{LIVE} .rung[data-side]")
        for side in ("buy", "sell"):
            for venue in ("kraken", "okx"):
                rungs = page.locator(f'.rung[data-side="{side}"][data-venues~="{venue}"]')
                assert await rungs.count() > 0, (side, venue)
        for row in await page.locator(".venues tbody tr").all():
            assert await row.get_attribute("data-state") == "live"
        assert await page.locator(".print").count() > 10
        assert "SANDBOX" in (await text(page, ".topbar")).upper()

        for part in (".side.bids", ".prints", ".spread"):
            await changed(page, part, await text(page, part))
        await expect(page.locator(".answer .main dd")).to_contain_text("64,")

        fits = await page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        assert fits == [width, height]
        for panel in await page.locator(".panel").all():
            assert await panel.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), (
                await panel.get_attribute("aria-label")
            )
        assert watch.hosts == {"127.0.0.1"}
        assert watch.complaints == []


async def test_keys_change_the_pair_and_the_prices(desk):
    async with moving(desk), terminal(desk) as (page, watch):
        await page.wait_for_selector(f"{LIVE} .rung[data-side]")
        await page.keyboard.press("n")
        assert await page.get_by_role("button", name="Raw").get_attribute("aria-pressed") == "true"
        await page.keyboard.press("2")
        await expect(page.locator(".pairs [aria-pressed=true]")).to_have_text("ETH/USD")
        await expect(page.locator(".last dd")).to_contain_text("3,18")
        await page.keyboard.press("/")
        await page.keyboard.type("-4")
        await expect(page.locator(".cost [role=alert]")).to_contain_text("must be above 0")
        assert [said for said in watch.complaints if "400" not in said] == []


async def test_the_chart_is_of_the_chosen_pair_alone(desk):
    async with moving(desk), terminal(desk) as (page, _):
        await page.wait_for_selector(f"{LIVE} .rung[data-side]")
        chart = page.locator(".price-chart .plot")
        await expect(chart).to_have_attribute("aria-label", re.compile(r"at 6\d{4}.* to 6\d{4}"))
        for key, prices in (("2", r"at 3\d{3}\b.* to 3\d{3}\b"), ("1", r"at 6\d{4}.* to 6\d{4}")):
            await page.keyboard.press(key)
            await page.wait_for_selector(f"{LIVE} .rung[data-side]")
            await changed(page, ".prints", await text(page, ".prints"))
            await expect(chart).to_have_attribute("aria-label", re.compile(prices))


async def test_numbers_dim_when_the_desk_goes(desk):
    async with terminal(desk) as (page, _):
        await page.wait_for_selector(f"{LIVE} .rung[data-side]")
        await expect(page.locator(".rungs")).to_have_css("opacity", "1")
        desk.stop()
        await page.wait_for_selector('.terminal[data-link="down"]')
        await expect(page.locator(".stopped")).to_contain_text("not live")
        await page.wait_for_timeout(400)
        for panel in (".rungs", ".prints", ".quote", ".venues table", ".answer"):
            assert await opacity(page, panel) < 0.5, panel


async def test_numbers_dim_when_an_open_stream_says_nothing(desk, monkeypatch):
    monkeypatch.setattr(stream, "BEAT_S", 3600.0)
    async with terminal(desk) as (page, _):
        await page.wait_for_selector(f"{LIVE} .rung[data-side]")
        await page.wait_for_selector('.terminal[data-link="stale"]')
        desk.step()
        await page.wait_for_selector(LIVE)


async def test_a_stale_venue_leaves_the_ladder_and_says_why(desk):
    async with moving(desk), terminal(desk) as (page, _):
        await page.wait_for_selector(f'{LIVE} .rung[data-venues~="okx"]')
        desk.states["okx"] = VenueState.STALE
        await expect(page.locator('.rung[data-venues~="okx"]')).to_have_count(0)
        await expect(page.locator('tr[data-venue="okx"] .state')).to_contain_text("stale")
        await expect(page.locator(".statusbar")).to_contain_text("left out: stale")
        for state in VenueState:
            desk.states["okx"] = state
            await expect(page.locator('tr[data-venue="okx"]')).to_have_attribute(
                "data-state", state
            )
            assert await page.locator(".scroll").evaluate("e => e.scrollWidth <= e.clientWidth"), (
                state
            )


async def test_a_crossed_market_is_flagged(desk):
    desk.crossed = True
    async with moving(desk), terminal(desk) as (page, _):
        await page.wait_for_selector(f"{LIVE} .spread[data-crossed]")
        await expect(page.locator(".crossed")).to_contain_text("after fees")
