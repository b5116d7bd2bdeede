"""JSON with one of its values replaced by what nobody should send."""

import json
from typing import Any

from hypothesis import strategies as st

STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "NaN", "-1", "1e400", "0" * 64, "f" * 64, "9" * 500]),
    st.sampled_from([-1, 2**63, 2**64, 10**30, 1e308, 21e14, 0.123456789]),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in it, the whole included."""
    found = [path]
    if isinstance(value, dict):
        for key, each in value.items():
            found += places(each, (*path, key))
    elif isinstance(value, list):
        for key, each in enumerate(value):
            found += places(each, (*path, key))
    return found


@st.composite
def broken(draw: Any, body: bytes) -> bytes:
    value = json.loads(body)
    path = draw(st.sampled_from(places(value)))
    if not path:
        return json.dumps(draw(STRANGE)).encode("utf-8", "surrogatepass")
    at = value
    for key in path[:-1]:
        at = at[key]
    if isinstance(at, dict) and draw(st.booleans()):
        del at[path[-1]]
    else:
        at[path[-1]] = draw(STRANGE)
    return json.dumps(value).encode("utf-8", "surrogatepass")
