"""Three say which sandwiches there were: whoever made them, `argosy chain sandwiches`, and a short
script on web3.py that knows nothing of it. `ARGOSY_MEV_SEEDS=1,2,3` looks at other seeds.
"""

import json
import os
import sys
from pathlib import Path

import pytest

from argosy.sandbox.evm.crowd import Crowd, CrowdSettings
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.node import NodeSettings
from sandbox.evm.chains import missing
from thirdparty.environment import python_with, run

HERE = Path(__file__).parent
SEEDS = [int(each) for each in os.environ.get("ARGOSY_MEV_SEEDS", "52004").split(",")]
BLOCKS, SLOW_BLOCKS = 90, 40  # as many as there is time for, where py-evm makes them
ARGOSY = "import sys; from argosy.cli.main import main; sys.exit(main())"
pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(600)]


def made(crowd):
    """The transactions of the sandwicher, block by block, both of whose parts came off."""
    sent, found = set(), set()
    submit = crowd._pools.submit

    def submitting(role, kind, *rest, **named):
        name = submit(role, kind, *rest, **named)
        if kind == "sandwich":
            sent.add(name)
        return name

    crowd._pools.submit = submitting
    crowd.open()
    link, first = crowd.chain.link, 0
    for _ in range(SLOW_BLOCKS if crowd.chain.lost else BLOCKS):
        report = crowd.step()
        first = first or report.number
        receipts = link.call("eth_getBlockReceipts", report.hash)
        parts = [each for each in receipts if each["transactionHash"] in sent]
        if len(parts) == 2 and all(each["status"] == "0x1" for each in parts):
            found.add(tuple(each["transactionHash"] for each in parts))
    return first, report.number, found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_sandwiches_are_found(seed):
    if why := missing():
        pytest.skip(why)
    python = python_with("web3", "web3")
    with EvmChain(NodeSettings(mine=False)) as chain:
        first, last, truth = made(Crowd(chain, CrowdSettings(seed=seed, whale_rate=0.15)))
        routers = [
            chain.layout.contracts[name] for name in chain.layout.contracts if "router" in name
        ]
        script = str(HERE / "web3_sandwiches.py")
        theirs = run(python, script, chain.node.url, str(first), str(last), *routers)
        assert theirs.returncode == 0, theirs.stderr[-2000:]
        words = (
            "chain",
            "sandwiches",
            "--url",
            chain.node.url,
            "--blocks",
            str(last - first + 1),
            "--json",
        )
        ours = run(sys.executable, "-c", ARGOSY, *words)
        assert ours.returncode == 0, ours.stderr[-2000:]
    *rows, told = map(json.loads, theirs.stdout.splitlines())
    report = json.loads(ours.stdout)
    assert (report["first"], report["last"]) == (first, last)
    assert report["trades"] == told["swaps"]
    found = {
        "web3": {tuple(each["parts"]) for each in rows},
        "argosy": {
            (each["front"]["transaction"], each["back"]["transaction"])
            for each in report["sandwiches"]
        },
    }
    print(f"seed {seed}: {len(truth)} sandwiches in {told['swaps']} swaps;", end=" ")
    print(", ".join(f"{who} {len(each & truth)} of {len(each)}" for who, each in found.items()))
    assert len(truth) > 15, "there was something to find"
    for who, each in found.items():
        right = len(each & truth)
        assert right > 0.95 * len(each), f"{who} took others for some"
        assert right > 0.95 * len(truth), f"{who} missed some"
    assert len(found["argosy"] ^ found["web3"]) < 0.05 * len(truth)
