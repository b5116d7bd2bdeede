"""A sandwich of which a part is reverted, or waits still, is told by the watch on a real node."""

import asyncio

from argosy.analytics.mev import BackRun, FrontRun
from argosy.model import Nanos, PendingTransaction
from argosy.net.watch.events import BlockWatched
from argosy.net.watch.lens import attempts_of, sandwiches_of
from argosy.sandbox.evm.crowd import Crowd, CrowdSettings
from argosy.sandbox.evm.pools import GWEI, v2_out
from net.watch.watching import waiting_chain, watched


async def test_parts_that_were_reverted_or_wait(tmp_path):
    with waiting_chain() as chain:
        crowd = Crowd(chain, CrowdSettings(seed=7))
        pools = crowd._pools
        pool = next(each for each in pools.v2 if {each.token0, each.token1} == {"WETH", "USDC"})
        who = {role: pools.account(role) for role in ("sandwicher", "swapper_a")}
        front = 3 * 10**18
        async with watched(chain) as found:

            def swap(role, give, get, amount, least, tip):
                return pools.swap(
                    role, "test", pool, give, get, amount=amount, least=least, tip=tip * GWEI
                )

            def play(*, least, back):
                got = v2_out(front, *pools.reserves(pool, "WETH"))
                sent = [
                    swap("sandwicher", "WETH", "USDC", front, least or got, 9),
                    swap("swapper_a", "WETH", "USDC", 10**18, 0, 8),
                ]
                if back:
                    sent.append(swap("sandwicher", "USDC", "WETH", got, 0, 7))
                return sent, got

            await asyncio.to_thread(crowd.open)
            sent, _ = await asyncio.to_thread(play, least=10**30, back=True)
            await found.mine()
            block = found.of(BlockWatched)[-1]
            (attempt,) = attempts_of(block)
            assert (attempt.attacker, attempt.reason) == (
                who["sandwicher"],
                "its first part was reverted",
            )
            assert (attempt.front.transaction, attempt.back.transaction) == (sent[0], sent[2])
            (victim,) = attempt.victims
            assert (victim.trade.sender, victim.loss) == (who["swapper_a"], 0)
            assert not sandwiches_of(block)
            assert not any(isinstance(each, BackRun | FrontRun) for each in block.mev)

            _, got = await asyncio.to_thread(play, least=0, back=False)
            await found.mine()
            block = found.of(BlockWatched)[-1]
            assert not attempts_of(block)  # nobody knows of a last part
            lens, path = found.watch.lens, ("USDC", "WETH")
            router = pools.router(pool.protocol)
            waits = PendingTransaction(
                chain="sandbox",
                hash="0x" + "ee" * 32,
                sender=who["sandwicher"],
                to=router.address,
                data=router.data(
                    "swapExactTokensForTokens",
                    *(got, 0, [pools.token(name).address for name in path]),
                    *(who["sandwicher"], 2**40),
                ),
                received_ns=Nanos(1),
            )
            told = await lens.look(await lens.fetch(block.head), {}, [waits])
            (attempt,) = attempts_of(told)
            assert attempt.reason == "its last part is missing"
            assert attempt.victims[0].loss > 0
