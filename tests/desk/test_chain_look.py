"""What people want to see of a chain, as they write it."""

import json
from decimal import Decimal

import pytest

from argosy.desk.chain_look import Look, read_labels
from argosy.desk.chain_source import known_routers
from argosy.dialects.evm.call_words import TokenName
from argosy.dialects.evm.chains import chains
from argosy.dialects.uniswap_v4.deployments import deployments
from argosy.errors import ConfigError
from argosy.model.calls import NATIVE
from argosy.net.watch.lens import LensSettings

BOB = "0x" + "B0" * 20
ETHEREUM = chains()["ethereum"]
ABI = [
    {
        "type": "event",
        "name": "Ping",
        "inputs": [{"name": "n", "type": "uint256", "indexed": False}],
    }
]


def test_names_prices_and_events_are_put_beside_what_is_known(tmp_path):
    labels, abi = tmp_path / "names.toml", tmp_path / "abi.json"
    labels.write_text(f'"{BOB}" = "Bob"\n', encoding="utf-8")
    abi.write_text(json.dumps(ABI), encoding="utf-8")
    look = Look(
        labels=str(labels),
        prices=("eth=3000", "WBTC=90000.5", f"{BOB}=2", "DAI=0.99"),
        large_usd="5",
        events=(f"{BOB}={abi}",),
    )
    before = LensSettings(labels={NATIVE: "nobody"}, names={BOB.lower(): TokenName("BOB", 18)})
    lens = look.over(before, 1)
    assert lens.labels == {NATIVE: "nobody", BOB.lower(): "Bob"}
    wbtc, dai, usdc = (ETHEREUM.token(symbol).address for symbol in ("WBTC", "DAI", "USDC"))
    assert lens.prices[NATIVE] == 3000
    assert lens.prices[wbtc] == Decimal("90000.5")
    assert lens.prices[BOB.lower()] == 2
    assert (lens.prices[dai], lens.prices[usdc]) == (Decimal("0.99"), 1)
    assert lens.large_usd == 5
    assert set(lens.contracts) == {BOB.lower()}
    assert Look(prices=("bob=7",)).over(before, 9_999).prices == {BOB.lower(): 7}
    assert Look().over(before, 9_999) == before


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (Look(prices=("XYZ=1",)), "XYZ is none of .*WETH"),
        (Look(prices=("WETH",)), "--price WETH"),
        (Look(prices=("WETH=-1",)), "0 and above is possible"),
        (Look(large_usd="much"), "--large-usd"),
        (Look(events=("0x12=x.json",)), "40 hexadecimal digits"),
        (Look(events=(f"{BOB}=nowhere.json",)), "nowhere.json cannot be read"),
        (Look(events=(BOB,)), "no file cannot be read"),
        (Look(labels="nowhere.toml"), "nowhere.toml cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(look, words):
    with pytest.raises(ConfigError, match=words):
        look.over(LensSettings(), 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"0x12" = "x"', "40 hexadecimal digits"),
        (f'"{BOB}" = 5', "a name of 1 to 80 printable"),
        (f'"{BOB}" = ""', "a name of 1 to 80"),
        (f'"{BOB}" = "a\\u001b[2J"', "printable"),
        (f'"{BOB}" "x"', "cannot be read"),
    ],
)
def test_labels_that_are_none_are_refused(tmp_path, text, words):
    path = tmp_path / "names.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        read_labels(path)


def test_no_more_labels_than_can_be_held(tmp_path, monkeypatch):
    monkeypatch.setattr("argosy.desk.chain_look._LABELS_MOST", 0)
    path = tmp_path / "names.toml"
    path.write_text(f'"{BOB}" = "x"', encoding="utf-8")
    with pytest.raises(ConfigError, match="0 are the most"):
        read_labels(path)


def test_contracts_that_many_use_are_known_in_every_family():
    contracts = deployments()["uniswap"].chains[1]
    found = known_routers(1)
    assert contracts.universal_router.lower() in found
    assert contracts.positions.lower() in found
    assert "" not in found
