"""How a request is looked at: in which order, in which units, in which encodings."""

import json
from urllib.parse import quote

import pytest

from tests.exchange.desk import BUY, KEY, LIMIT, Desk, sign
from tradefleet.domain.candle import MINUTE

FORM = "application/x-www-form-urlencoded"


def post(desk: Desk, body: str, key: str | None = KEY, kind: str = FORM):
    headers = {"Content-Type": kind} | ({"X-MBX-APIKEY": key} if key is not None else {})
    return desk.client.post("/api/v3/order", content=body, headers=headers)


def test_one_thing_is_looked_at_after_the_other():
    """Path, key, parameters, time, signature, words, symbol, precision, filters, engine."""
    desk = Desk()
    good = {**LIMIT, "price": "90", "timestamp": str(desk.market.now())}
    # From the last check to the first: each step breaks one more thing, and that is what is told.
    steps = [
        ({"quantity": "500"}, -2010),
        ({"quantity": "0.0500001"}, -1013),
        ({"price": "90.123456789"}, -1111),
        ({"symbol": "NOPE"}, -1121),
        ({"side": "HOLD"}, -1117),
        ({"signature": "0" * 64}, -1022),
        ({"timestamp": "5"}, -1021),
        ({"price": "much"}, -1100),
    ]
    broken: dict[str, str] = {}
    for change, code in steps:
        broken |= change
        text = "&".join(f"{name}={value}" for name, value in (good | broken).items())
        signed = text if "signature" in broken else f"{text}&signature={sign(text)}"
        assert post(desk, signed).json()["code"] == code, change
    assert post(desk, signed, key="nobody").json()["code"] == -2015
    assert post(desk, signed, key=None).json()["code"] == -2014


def test_both_ends_of_the_window_are_told_apart():
    desk = Desk()
    now = desk.market.now()

    def code(timestamp: int, **more: str) -> tuple[int, str] | int:
        answer = desk.send("GET", "/account", timestamp=timestamp, **more)
        return answer.status_code if answer.status_code == 200 else tuple(answer.json().values())

    late = (-1021, "Timestamp for this request is outside of the recvWindow.")
    early = (-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    assert code(now - 5_000) == 200
    assert code(now - 5_001) == late
    assert code(now - 5_001, recvWindow="5001") == 200
    assert code(now - 3, recvWindow="2.5") == late
    assert code(now + 999) == 200
    assert code(now + 1_000) == early
    assert code(now * 1_000 + 999_999) == 200
    assert code(now * 1_000 + 1_000_000) == early
    assert code(now * 1_000 - 2_501, recvWindow="2.5") == late
    assert code(now, recvWindow="60000") == 200
    assert code(now, recvWindow="60000.001") == (-1131, "recvWindow must be less than 60000.")


@pytest.mark.parametrize("unit", ["MICROSECOND", "microsecond"])
def test_times_of_an_answer_are_microseconds_on_demand(unit):
    desk = Desk()
    now = desk.market.now()

    def ask(path: str, **params: str):
        headers = {"X-MBX-APIKEY": KEY, "X-MBX-TIME-UNIT": unit}
        text = desk.query(params) if path == "/order" else "&".join(map("=".join, params.items()))
        return desk.client.get(f"/api/v3{path}?{text}", headers=headers).json()

    order = desk.send("POST", "/order", **LIMIT).json()
    seen = ask("/order", symbol="BTCUSDT", orderId=str(order["orderId"]))
    (row,) = ask("/klines", symbol="BTCUSDT", interval="1m", limit="1")

    assert ask("/time") == {"serverTime": now * 1_000}
    assert [seen[name] for name in ("time", "updateTime", "workingTime")] == [now * 1_000] * 3
    assert (seen["orderId"], seen["orderListId"]) == (order["orderId"], -1)
    start = now // MINUTE * MINUTE
    assert (row[0], row[6]) == (start * 1_000, (start + MINUTE) * 1_000 - 1)
    assert row[8] == 1


def test_a_unit_of_time_must_be_one_of_two():
    answer = Desk().client.get("/api/v3/time", headers={"X-MBX-TIME-UNIT": "FORTNIGHT"})

    assert answer.status_code == 400
    assert answer.json() == {
        "code": -1194,
        "msg": "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.",
    }
    millis = Desk().client.get("/api/v3/time", headers={"X-MBX-TIME-UNIT": "MILLISECOND"})
    assert millis.json() == {"serverTime": Desk().market.now()}


def test_ranges_may_be_sent_in_microseconds():
    desk = Desk()
    desk.send("POST", "/order", **LIMIT)
    now = desk.market.now()

    def found(start: int) -> int:
        return len(desk.send("GET", "/allOrders", symbol="BTCUSDT", startTime=start).json())

    assert [found(now), found(now * 1_000), found(now + 1), found((now + 1) * 1_000)] == [
        1,
        1,
        0,
        0,
    ]


def test_a_json_body_holds_no_parameters():
    desk = Desk()
    body = json.dumps({**BUY, "timestamp": desk.market.now(), "signature": "x"})

    answer = post(desk, body, kind="application/json")

    assert answer.json() == {
        "code": -1102,
        "msg": "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
    }


def test_parameters_may_be_split_over_query_and_body_and_the_query_wins():
    desk = Desk()
    query = "symbol=BTCUSDT&side=BUY&quantity=1"
    body = f"type=MARKET&quantity=2&timestamp={desk.market.now()}"
    signature = sign(query + body)

    answer = desk.client.post(
        f"/api/v3/order?{query}",
        content=f"{body}&signature={signature}",
        headers={"X-MBX-APIKEY": KEY, "Content-Type": FORM},
    )

    assert answer.json()["executedQty"] == "1.00000000"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("symbol=BTCUSDT&interval=1m&limit=9223372036854775808", -1108),
        ("symbol=BTCUSDT&interval=1m&limit=" + "9" * 21, -1100),
        ("symbol=BTCUSDT&interval=1m&limit=", -1105),
        ("symbol=&interval=1m", -1102),
        ("symbol=btcusdt&interval=1m", -1100),
        ("symbol=BTCUSDT&interval=1M0", -1120),
        ("symbol=%FF%FE&interval=1m", -1100),
        ("symbol=BTCUSDT%0A&interval=1m", -1100),
        ("symbol=" + quote("１２３４５６") + "&interval=1m", -1121),
        ("symbol=BTCUSDT&interval=1m&Limit=5", -1104),
        ("symbol=BTCUSDT&interval=1m&interval=1m", -1101),
        ("&" * 500, -1100),
    ],
)
def test_odd_texts_get_the_code_for_what_is_odd(query, code):
    answer = Desk().client.get(f"/api/v3/klines?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, code)
