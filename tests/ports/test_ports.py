"""The ports: one place to import them from, and requests that do not show what is secret."""

import importlib
import pkgutil
from urllib.parse import parse_qsl

import pytest

import argosy.ports
from argosy.ports import HttpRequest, target


def test_every_port_is_offered_by_the_package():
    for module in pkgutil.iter_modules(argosy.ports.__path__):
        found = importlib.import_module(f"argosy.ports.{module.name}")
        own = {
            name
            for name, value in vars(found).items()
            if getattr(value, "__module__", "") == found.__name__ and isinstance(value, type)
        }
        assert own <= set(argosy.ports.__all__), module.name


def test_a_request_tells_what_it_is_for_and_no_more():
    request = HttpRequest(
        method="POST", path="/order", query=(("key", "secret"),), body=b"secret", signed=True
    )
    assert "secret" not in f"{request} {request!r}"
    assert "POST rest /order" in str(request)


@pytest.mark.parametrize(
    ("query", "path"), [((), "/a"), ((("b", "c d"), ("b", "é")), "/a?b=c+d&b=%C3%A9")]
)
def test_a_target_is_what_is_signed(query, path):
    found = target(HttpRequest(method="GET", path="/a", query=query))
    assert found == path
    assert tuple(parse_qsl(found.partition("?")[2])) == query
