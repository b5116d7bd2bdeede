"""A real chain, and its pools followed by the venue's own code, with no network code of ours."""

import http.client
import json
from urllib.parse import urlsplit

import msgspec

from argosy.books import Shelf
from argosy.desk.onchain import sandbox_exchange
from argosy.dialects.pools.venue import PoolVenue
from argosy.model import Nanos
from argosy.ports import Channel, HttpResponse, Subscription
from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.told import ToldChain


def told(chain: EvmChain) -> ToldChain:
    layout = chain.layout
    return ToldChain(
        chain_id=1337,
        rpc=chain.node.url,
        ws=chain.node.ws_url,
        accounts=layout.accounts,
        keys={"desk": private_key("desk")},
        tokens={symbol: token.address for symbol, token in layout.tokens.items()},
        decimals={symbol: token.decimals for symbol, token in layout.tokens.items()},
        contracts=layout.contracts,
    )


class Followed:
    """An exchange's pools followed on a chain: questions answered at once, logs handed over."""

    def __init__(self, chain: EvmChain, protocol: str) -> None:
        self.chain = chain
        self.pools = PoolVenue(protocol)
        self.pools.use(sandbox_exchange(protocol, protocol, told(chain)))
        found = []
        for call in self.pools.reference.instruments():
            found += self.collect(call)
        self.pools.reference.learn(found)
        self.instruments = {each.id: each for each in found}
        self.shelf = Shelf()
        wanted = [
            Subscription(channel=channel, instrument=instrument)
            for instrument in self.instruments
            for channel in (Channel.BOOK, Channel.TRADES)
        ]
        (plan,) = self.pools.feed.plans(wanted)
        self.session = self.pools.feed.session(plan, self.shelf)
        self.events = []
        self.sent = self.apply(self.session.open(Nanos(1)))
        self.seen = 0

    def ask(self, request) -> HttpResponse:
        where = urlsplit(self.chain.node.url)
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        try:
            connection.request("POST", "/", request.body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return HttpResponse(status=answer.status, body=answer.read(), received_ns=Nanos(5))
        finally:
            connection.close()

    def collect(self, call):
        """The values of a call and of those that it leads to."""
        found = []
        while call is not None:
            response = self.ask(call.request)
            found += call.read(response)
            call = call.then(response) if call.then is not None else None
        return found

    def apply(self, step):
        self.events += step.events
        waiting = list(step.calls)
        while waiting:
            call = waiting.pop(0)
            answered = self.session.answer(call.tag, self.ask(call.request))
            self.events += answered.events
            waiting += answered.calls
        return step.send

    def receive(self, frame: dict):
        return self.apply(self.session.receive(json.dumps(frame).encode(), Nanos(7)))

    def confirm(self) -> None:
        """Answer its subscriptions, and tell where the chain is."""
        for text in self.sent:
            frame = msgspec.json.decode(text)
            if frame["method"] == "eth_subscribe":
                self.receive({"id": frame["id"], "result": f"sub-{frame['id']}"})
        block = self.chain.link.call("eth_getBlockByNumber", "latest", False)
        self.seen = int(block["number"], 16)
        self.receive({"id": 10, "result": block})

    def head(self, number: int | None = None) -> None:
        at = "latest" if number is None else hex(number)
        block = self.chain.link.call("eth_getBlockByNumber", at, False)
        self.push(1, block)

    def push(self, kind: int, result) -> None:
        frame = {"method": "eth_subscription"}
        self.receive(frame | {"params": {"subscription": f"sub-{kind}", "result": result}})

    def logs(self, first: int) -> list[dict]:
        """What the pools told since a block, that one included."""
        tip = int(self.chain.link.call("eth_blockNumber"), 16)
        if first > tip:
            return []
        wanted = {"fromBlock": hex(first), "toBlock": hex(tip)}
        own = {spec.address for spec in self.pools.board.specs.values()}
        found = self.chain.link.call("eth_getLogs", wanted)
        return [log for log in found if log["address"].lower() in own]

    def catch_up(self) -> None:
        """Hand over what the chain did since."""
        tip = int(self.chain.link.call("eth_blockNumber"), 16)
        by_block = {}
        for log in self.logs(self.seen + 1):
            by_block.setdefault(int(log["blockNumber"], 16), []).append(log)
        manager = self.pools.board.exchange.v4
        for number in range(self.seen + 1, tip + 1):
            self.head(number)
            for log in by_block.get(number, ()):
                managed = manager is not None and log["address"] == manager.manager
                self.push(3 if managed else 2, log)
        self.seen = tip
