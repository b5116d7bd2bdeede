"""Sample orders fit together for every type, flag and choice, and rest far from the market."""

import pytest

from argosy.model import OrderType, Side, TimeInForce, TriggerSource
from argosy.testing import samples
from venues.kraken.test_contract import FACTS


@pytest.mark.parametrize("kind", list(OrderType))
def test_every_type(kind):
    order = samples.order(FACTS, kind)
    assert order.type is kind
    assert order.side is Side.BUY
    if order.price is not None and order.trigger is None:
        assert order.price < FACTS.price * 9 / 10


@pytest.mark.parametrize("flag", samples.FLAGS)
def test_every_flag(flag):
    order = samples.with_flag(FACTS, flag)
    plain = samples.order(FACTS, order.type, instrument=order.instrument)
    assert order != plain


def test_other_choices():
    for kind in TimeInForce:
        assert samples.with_time_in_force(FACTS, kind, 0).time_in_force is kind
    for source in TriggerSource:
        order = samples.with_trigger(FACTS, source)
        assert order.trigger is not None
        assert order.trigger.source is source
    percent = samples.trailing_by_percent(FACTS)
    assert percent.trigger is not None
    assert samples.cancel(percent).type is OrderType.TRAILING_STOP
