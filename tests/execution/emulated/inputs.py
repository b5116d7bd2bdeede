"""Any input in any phase, given to a work: what must hold whatever comes."""

from decimal import Decimal

import msgspec
from hypothesis import strategies as st

from argosy.execution import works
from argosy.execution.work import (
    Began,
    Change,
    ChildRefused,
    ChildReport,
    Continue,
    Due,
    FeedBack,
    FeedLost,
    Market,
    Moved,
    Pause,
    Phase,
    Place,
    Resumed,
    Stop,
    Traded,
    Withdraw,
)
from argosy.model import OrderReport, OrderStatus, OrderType
from execution.emulated.worlds import ABOUT, SPOT, Seen

D = Decimal
some = st.integers(190, 210).map(lambda ticks: D(ticks) / 2)
maybe = st.none() | some
markets = st.none() | st.builds(
    Market,
    about=st.just(ABOUT),
    now_ns=st.integers(1_790_000_000_000_000_000, 1_790_000_003_000_000_000),
    bid=maybe,
    bid_size=maybe,
    ask=maybe,
    ask_size=maybe,
    last=maybe,
    mark=maybe,
    index=maybe,
    stale=st.sampled_from(["", "lost"]),
)
plain_inputs = st.one_of(
    st.sampled_from(
        [
            Began(),
            Resumed(),
            Due(),
            Pause(),
            Continue(),
            Moved(SPOT),
            FeedLost(SPOT),
            FeedBack(SPOT),
        ]
    ),
    st.builds(Traded, st.sampled_from([SPOT, "test:ETH/USD"]), some, some),
)


def of_child(data, child):
    """A report or refusal of a child, plausible or not."""
    if data.draw(st.booleans()) and child.status is OrderStatus.PENDING:
        return ChildRefused(child.client_id, "no", data.draw(st.booleans()))
    status = data.draw(st.sampled_from(OrderStatus))
    share = D(4) if status is OrderStatus.FILLED else D(data.draw(st.integers(0, 4)))
    return ChildReport(
        OrderReport(
            instrument=child.instrument,
            venue_id="O1",
            client_id=child.client_id,
            status=status,
            side=child.side,
            type=OrderType.LIMIT,
            size=child.size,
            filled=(child.size * share / 4).quantize(D("0.01")),
            average_price=D(100),
            venue_ns=1,
            received_ns=1,
        )
    )


def endure(work, data):
    """Give a work anything; it raises nothing, places nothing twice, and ends when told to."""
    ids, tag = set(), type(work).__struct_config__.tag
    for _ in range(data.draw(st.integers(1, 25))):
        market = data.draw(markets)
        seen = Seen.of(market)
        kind = data.draw(st.integers(0, 9))
        if work.live and kind < 5:
            event = of_child(data, data.draw(st.sampled_from(work.live)))
        elif kind == 9:
            event = Change(size=D(2), price=data.draw(maybe), trigger_price=data.draw(maybe))
        else:
            event = data.draw(plain_inputs)
        if isinstance(event, Traded) and event.instrument == SPOT and market is not None:
            seen = Seen.of(msgspec.structs.replace(market, last=event.price))
        before = work
        try:
            outcome = work.receive(event, seen)
        except ValueError:
            assert isinstance(event, Change)
            continue
        work = works.decode(tag, msgspec.json.encode(outcome.work))
        assert work == outcome.work
        for action in outcome.actions:
            if isinstance(action, Place):
                assert action.order.client_id not in ids
                assert not before.paused or isinstance(event, Continue)
                assert action.order.size > 0
                ids.add(action.order.client_id)
        assert not (before.done and (outcome.actions or outcome.work is not before))
        again = work.receive(Moved(SPOT), seen).work.receive(Moved(SPOT), seen)
        assert not [a for a in again.actions if isinstance(a, Place)], "asked twice it wants more"
    outcome = work.receive(Stop(), Seen())
    assert outcome.work.phase in {Phase.STOPPING, Phase.DONE}
    withdrawn = {a.client_id for a in outcome.actions if isinstance(a, Withdraw)}
    assert withdrawn == {c.client_id for c in work.live if not c.withdrawing}
    work = outcome.work
    for child in work.live:
        work = work.receive(ChildRefused(child.client_id, "gone"), Seen()).work
    assert work.done
    assert work.status.final
