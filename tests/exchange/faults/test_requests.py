"""Requests of REST that are struck: what a raw client sees, and what became of its order."""

import asyncio
from typing import Any

import pytest

from tests.exchange.desk import BUY, KEY, ConnectionCutError, Desk

ORDER = "POST /api/v3/order"


def struck(kind: str, **values: Any) -> Desk:
    desk = Desk()
    desk.bring({"kind": kind, "path": ORDER, "times": 1, **values})
    return desk


def buy(desk: Desk, **more: Any) -> Any:
    return desk.send("POST", "/order", **BUY, newClientOrderId="mine", **more)


def orders(desk: Desk) -> list[str]:
    return [row["clientOrderId"] for row in desk.send("GET", "/allOrders", symbol="BTCUSDT").json()]


@pytest.mark.parametrize(
    ("kind", "executed"), [("dropped", []), ("lost_answer", ["mine"]), ("cut_body", ["mine"])]
)
def test_a_connection_is_cut(kind, executed):
    desk = struck(kind)

    with pytest.raises(ConnectionCutError):
        buy(desk)

    assert orders(desk) == executed


@pytest.mark.parametrize(("kind", "executed"), [("error_before", []), ("error_after", ["mine"])])
@pytest.mark.parametrize(
    ("code", "status"), [(-1000, 500), (-1001, 500), (-1006, 500), (-1007, 503), (-1008, 503)]
)
def test_an_error_says_nothing_about_whether_it_happened(kind, executed, code, status):
    desk = struck(kind, code=code)

    answer = buy(desk)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert "X-MBX-USED-WEIGHT-1M" in answer.headers
    assert orders(desk) == executed


def test_an_error_says_what_it_is_told_to():
    desk = struck("error_before", code=-2010, status=400, message="Market is closed.")

    answer = buy(desk)

    assert answer.status_code == 400
    assert answer.json() == {"code": -2010, "msg": "Market is closed."}


@pytest.mark.parametrize(
    ("kind", "status", "code", "wait"),
    [
        ("rate_limited", 429, -1003, "10"),
        ("banned", 418, -1003, "120"),
        ("outside_window", 400, -1021, None),
    ],
)
def test_a_request_is_refused(kind, status, code, wait):
    desk = struck(kind)

    answer = buy(desk)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == wait
    assert orders(desk) == []


def test_a_ban_holds_for_its_time_and_says_how_long_it_will():
    desk = Desk()
    desk.bring({"kind": "banned", "times": 1, "for_ms": 180_000})

    waits = []
    for _ in range(3):
        waits.append(desk.get("/ping").headers["Retry-After"])
        desk.pass_time(60_000)

    assert waits == ["180", "120", "60"]
    assert desk.get("/ping").status_code == 200


@pytest.mark.parametrize(("executed", "expected"), [(False, []), (True, ["mine"])])
@pytest.mark.parametrize(
    ("kind", "status", "content", "body"),
    [
        ("empty_body", 200, "application/json;charset=UTF-8", b""),
        ("html_502", 502, "text/html", b"<html>"),
    ],
)
def test_an_answer_is_no_json(kind, status, content, body, executed, expected):
    desk = struck(kind, executed=executed)

    answer = buy(desk)

    assert (answer.status_code, answer.headers["content-type"]) == (status, content)
    assert answer.content[:6] == body
    assert orders(desk) == expected


def test_a_firewall_refuses():
    desk = struck("forbidden")

    answer = buy(desk)

    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html")
    assert orders(desk) == []


@pytest.mark.parametrize("kind", ["delay", "slow_answer"])
def test_an_answer_takes_its_time(kind):
    desk = struck(kind, delay_ms=2_500)

    assert buy(desk).json()["status"] == "FILLED"

    assert desk.pauses == [2.5]


def test_an_answer_comes_byte_by_byte():
    desk = struck("trickle", byte_ms=20)

    answer = buy(desk)

    assert answer.json()["status"] == "FILLED"
    assert desk.pauses == [0.02] * len(answer.content)


@pytest.mark.parametrize(("executed", "expected"), [(False, []), (True, ["mine"])])
def test_a_request_is_never_answered(executed, expected):
    desk = struck("half_open", executed=executed)

    assert raw(desk, "POST", "/api/v3/order", desk.query({**BUY, "newClientOrderId": "mine"})) == []

    assert orders(desk) == expected


def test_a_late_request_comes_to_life_after_its_answer():
    desk = struck("late", delay_ms=3_000)

    answer = buy(desk)

    assert (answer.status_code, answer.json()["code"]) == (503, -1007)
    desk.pass_time(2_900)
    assert desk.send("GET", "/order", symbol="BTCUSDT", origClientOrderId="mine").json() == {
        "code": -2013,
        "msg": "Order does not exist.",
    }
    desk.pass_time(100)
    assert orders(desk) == ["mine"]


@pytest.mark.parametrize(("kind", "expected"), [("late", []), ("late_engine", ["mine"])])
def test_only_the_engine_carries_out_what_is_too_old(kind, expected):
    desk = struck(kind, delay_ms=9_000, cut=True)

    with pytest.raises(ConnectionCutError):
        buy(desk, recvWindow=5_000)

    desk.pass_time(9_000)
    assert orders(desk) == expected


def test_what_is_spared_and_how_often_it_strikes():
    desk = Desk()
    desk.bring({"kind": "rate_limited", "retry_after": 7, "skip": 1, "times": 1})

    answers = [desk.get("/ping") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    [row] = desk.client.get("/sim/faults").json()["faults"]
    assert (row["met"], row["struck"]) == (3, 1)


def test_a_path_is_exact_unless_it_has_a_star():
    desk = Desk()
    desk.bring(
        {"kind": "error_before", "path": "GET /api/v3/tick*", "code": -1000},
        {"kind": "error_before", "path": "GET /api/v3/p", "code": -1001},
    )

    assert desk.get("/ticker/price").json()["code"] == -1000
    assert desk.get("/ping").status_code == 200


def test_the_first_row_that_strikes_counts():
    desk = Desk()
    desk.bring(
        {"kind": "error_before", "code": -1000, "times": 1},
        {"kind": "error_before", "code": -1001, "times": 1},
    )

    assert [desk.get("/ping").json().get("code") for _ in range(3)] == [-1000, -1001, None]


def test_the_same_seed_strikes_the_same_requests():
    def statuses(seed: int) -> list[int]:
        desk = Desk()
        desk.bring({"kind": "error_before", "probability": 0.5}, seed=seed)
        return [desk.get("/ping").status_code for _ in range(40)]

    assert statuses(1) == statuses(1)
    assert set(statuses(1)) == {200, 503}
    assert statuses(1) != statuses(2)


def test_the_control_face_is_never_struck_and_an_empty_table_ends_all():
    desk = Desk()
    desk.bring({"kind": "dropped"})

    desk.bring()

    assert desk.get("/ping").status_code == 200
    assert desk.client.get("/sim/faults").json() == {"seed": 1, "faults": []}


def raw(desk: Desk, method: str, path: str, body: str) -> list[Any]:
    """Send a request, wait for nothing, leave; return what was sent back until then."""
    received: list[Any] = []
    messages = [
        {"type": "http.request", "body": body.encode(), "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        received.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"x-mbx-apikey", KEY.encode())],
        "client": ("127.0.0.1", 50_000),
    }
    asyncio.run(desk.app(scope, receive, send))
    return received
