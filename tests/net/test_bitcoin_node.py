"""One node: how it knows us, and that nobody else learns it."""

import pytest

from argosy.errors import AuthFailed, ConfigError, NotSent
from argosy.model import Credentials
from argosy.net.audit import Redactor
from argosy.net.bitcoin_node import BitcoinNode
from net.bitcoin_worlds import client, simulated

DEAD = "http://127.0.0.1:1"


async def test_a_new_cookie_is_read_when_the_node_started_anew(tmp_path):
    cookie = tmp_path / ".cookie"
    async with simulated() as world:
        server = world.sandbox.nodes[0]
        node = BitcoinNode(name="node", url=server.url, cookie_file=str(cookie))
        async with client(node) as rpc:
            with pytest.raises(NotSent, match="no cookie at"):
                await rpc.tip()
            server.user, server.password = "__cookie__", "firstcookie"
            cookie.write_text("__cookie__:firstcookie")
            await rpc.tip()
            server.password = "secondcookie"
            cookie.write_text("__cookie__:secondcookie")
            await rpc.tip()
            cookie.write_text("__cookie__:wrongcookie")
            server.password = "thirdcookie"
            with pytest.raises(AuthFailed) as failed:
                await rpc.tip()
    assert "cookie__" not in str(failed.value)


async def test_the_audit_has_no_password(tmp_path):
    class Taps:
        def __init__(self):
            self.redactor = Redactor()
            self.kept = []

        def http(self, name, url, **fields):
            self.kept.append(repr((name, url, fields)))

    async with simulated() as world:
        tap = Taps()
        rpc = client(world.node)
        rpc._nodes[0].http._tap = tap
        async with rpc:
            await rpc.tip()
    assert len(tap.kept) == 2
    assert not any("not-a-secret" in each or "Basic" in each for each in tap.kept)


def test_settings_that_cannot_be_meant():
    with pytest.raises(ConfigError, match="holds a user or password") as wrong:
        client(BitcoinNode(name="node", url="http://me:hunter2@127.0.0.1:8332"))
    assert "hunter2" not in str(wrong.value)
    with pytest.raises(ConfigError, match="at least one node"):
        client()
    node = BitcoinNode(name="node", url=DEAD)
    with pytest.raises(ConfigError, match="a name of its own"):
        client(node, node)
    both = BitcoinNode(
        name="node", url=DEAD, login=Credentials(key="a", secret="b"), cookie_file="c"
    )
    with pytest.raises(ConfigError, match="choose one"):
        client(both)


async def test_a_limit_of_calls_is_kept_and_batches_count_whole():
    async with simulated() as world:
        node = BitcoinNode(
            name="node", url=world.node.url, login=world.node.login, calls_per_s=1_000
        )
        rpc = client(node)
        counted = []
        limiter = rpc._nodes[0].http._limiter
        real = limiter.try_acquire

        def acquire(cost, **more):
            counted.append(dict(cost))
            return real(cost, **more)

        limiter.try_acquire = acquire
        async with rpc:
            await rpc.hash_at(0)
            await rpc.transactions(["11" * 32, "22" * 32])
    assert counted == [{"calls": 1}, {"calls": 2}]


async def test_a_node_that_answers_is_no_trouble_though_it_refuses():
    async with simulated() as world, client(world.node) as rpc:
        assert await rpc.head("11" * 32) is None
        (state,) = await rpc.states()
    assert state.problem == ""
