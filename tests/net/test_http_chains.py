"""Calls that lead to others: pages that follow, and where to ask when an answer leaves it open."""

import msgspec
import pytest

from argosy.errors import OutcomeUnknown
from argosy.ports import Call, HttpRequest, HttpResponse
from net.servers import Cut, answer, raw_server
from net.test_http import client


def page(number: int, last: int) -> Call[list[int]]:
    def then(response: HttpResponse) -> Call[list[int]] | None:
        (found,) = msgspec.json.decode(response.body)
        return page(found + 1, last) if found < last else None

    return Call(
        HttpRequest(method="GET", path=f"/{number}"),
        lambda response: msgspec.json.decode(response.body, type=list[int]),
        then,
    )


def number_of(request: bytes) -> bytes:
    return b"[" + request.split(b" ")[1][1:] + b"]"


async def test_pages_follow_one_another_and_are_joined():
    async with (
        raw_server(lambda _, request: answer(number_of(request))) as server,
        client(server.url) as http,
    ):
        assert await http.collect([page(1, 3), page(7, 8)]) == [1, 2, 3, 7, 8]


async def test_a_list_without_end_is_no_answer():
    async with (
        raw_server(lambda _, request: answer(number_of(request))) as server,
        client(server.url) as http,
    ):
        with pytest.raises(OutcomeUnknown, match="goes on after 5 pages"):
            await http.collect([page(1, 100)], pages=5)
    assert len(server.requests) == 5


async def test_where_an_answer_leaves_it_open_the_other_call_decides():
    def unclear(_response: HttpResponse) -> str:
        raise OutcomeUnknown("not among the open ones")

    done = Call(HttpRequest(method="GET", path="/closed"), lambda response: response.body.decode())
    first = Call(HttpRequest(method="GET", path="/open"), unclear, otherwise=done)
    async with raw_server(lambda *_: answer(b"found")) as server, client(server.url) as http:
        assert await http.call(first) == "found"
        assert [request.split(b" ")[1] for request in server.requests] == [b"/open", b"/closed"]


async def test_a_lost_answer_is_asked_for_again_not_elsewhere():
    """An answer that never came says nothing: to ask elsewhere would take silence for a no."""
    answers = [Cut(), Cut(), answer(b"here")]
    elsewhere = Call(HttpRequest(method="GET", path="/closed"), lambda _: "elsewhere")
    first = Call(
        HttpRequest(method="GET", path="/open"),
        lambda response: response.body.decode(),
        otherwise=elsewhere,
    )
    async with raw_server(lambda *_: answers.pop(0)) as server, client(server.url) as http:
        assert await http.call(first) == "here"


async def test_a_lost_answer_is_no_answer_and_leads_nowhere_else():
    """Asking elsewhere after silence would find nothing there, and take that for the truth."""

    def unclear(_response: HttpResponse) -> str:
        raise AssertionError("there was nothing to read")

    elsewhere = Call(HttpRequest(method="GET", path="/closed"), lambda _: "not found there")
    first = Call(HttpRequest(method="GET", path="/open"), unclear, otherwise=elsewhere)
    async with raw_server(lambda *_: Cut()) as server, client(server.url) as http:
        with pytest.raises(OutcomeUnknown, match="no answer"):
            await http.call(first)
        assert {request.split(b" ")[1] for request in server.requests} == {b"/open"}


def step(path: str, following: Call[str] | None = None) -> Call[str]:
    return Call(
        HttpRequest(method="GET", path=path),
        lambda response: response.body.decode(),
        (lambda _: following) if following is not None else None,
    )


async def test_of_single_values_the_last_of_a_chain_counts():
    def unclear(_response: HttpResponse) -> str:
        raise OutcomeUnknown("not among the open ones")

    elsewhere = step("/triggered", step("/became"))
    first = Call(HttpRequest(method="GET", path="/open"), unclear, otherwise=elsewhere)
    async with (
        raw_server(lambda _, request: answer(request.split(b" ")[1])) as server,
        client(server.url) as http,
    ):
        assert await http.call(first) == "/became"
        asked = [request.split(b" ")[1] for request in server.requests]
        assert asked == [b"/open", b"/triggered", b"/became"]


async def test_a_chain_without_end_is_no_answer():
    def again(_response: HttpResponse) -> Call[str]:
        return Call(HttpRequest(method="GET", path="/on"), lambda _: "on", again)

    async with raw_server(lambda *_: answer(b"on")) as server, client(server.url) as http:
        with pytest.raises(OutcomeUnknown, match="goes on after 4 calls"):
            await http.call(again(None), steps=4)
    assert len(server.requests) == 4
