"""What is said to the market streams, and what they answer: web-socket-streams.md."""

import json

import pytest

from tests.exchange.desk import Desk
from tests.exchange.peer import connected
from tradefleet.exchange.streams.names import is_well_formed, parse

METHODS = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"
REFUSALS = [
    ("{", 3, "Invalid JSON: expected value at line 1 column 2", False),
    ("", 3, "Invalid JSON: expected value at line 1 column 1", False),
    ("[" * 100_000, 3, "Invalid JSON: recursion limit exceeded at line 1 column 128", False),
    ("[]", 2, "Invalid request: request must be an object", False),
    (
        '{"method":"LIST_SUBSCRIPTIONS"}',
        2,
        "Invalid request: request ID must be an unsigned integer",
        False,
    ),
    (
        '{"method":"LIST_SUBSCRIPTIONS","id":1.5}',
        2,
        "Invalid request: request ID must be an unsigned integer",
        False,
    ),
    (
        '{"method":"LIST_SUBSCRIPTIONS","id":true}',
        2,
        "Invalid request: request ID must be an unsigned integer",
        False,
    ),
    (
        '{"method":"LIST_SUBSCRIPTIONS","id":9223372036854775808}',
        2,
        "Invalid request: request ID must be an unsigned integer",
        False,
    ),
    (
        '{"id":1,"method":"SUBSCRIBED"}',
        2,
        f"Invalid request: unknown variant `SUBSCRIBED`, expected one of {METHODS} at line 1"
        " column 29",
        True,
    ),
    ('{"id":1}', 2, "Invalid request: missing field `method` at line 1 column 8", True),
    (
        '{"id":1,"method":"SUBSCRIBE","params":["@@@###"]}',
        2,
        "Invalid request: invalid stream",
        True,
    ),
    (
        '{"id":1,"method":"SUBSCRIBE","params":[1]}',
        2,
        "Invalid request: invalid stream",
        True,
    ),
    (
        '{"id":1,"method":"SUBSCRIBE","params":"btcusdt@trade"}',
        2,
        "Invalid request: params must be an array",
        True,
    ),
    (
        '{"id":1,"method":"LIST_SUBSCRIPTIONS","params":["x"]}',
        2,
        "Invalid request: too many parameters",
        True,
    ),
    (
        '{"id":1,"method":"GET_PROPERTY","params":["combined",true]}',
        2,
        "Invalid request: too many parameters",
        True,
    ),
    (
        '{"id":1,"method":"GET_PROPERTY","params":[7]}',
        2,
        "Invalid request: property name must be a string",
        True,
    ),
    (
        '{"id":1,"method":"SET_PROPERTY","params":[]}',
        2,
        "Invalid request: property name must be a string",
        True,
    ),
    ('{"id":1,"method":"GET_PROPERTY","params":["colour"]}', 0, "Unknown property", True),
    (
        '{"id":1,"method":"SET_PROPERTY","params":["combined","yes"]}',
        1,
        "Invalid value type: expected Boolean",
        True,
    ),
    (
        '{"id":1,"method":"SET_PROPERTY","params":["combined"]}',
        1,
        "Invalid value type: expected Boolean",
        True,
    ),
]


@pytest.mark.parametrize(("text", "code", "words", "has_id"), REFUSALS)
def test_what_makes_no_sense_is_refused_and_the_connection_goes_on(text, code, words, has_id):
    with connected(Desk(), "/ws") as peer:
        peer.say(text)
        refused = peer.next()
        assert peer.ask("LIST_SUBSCRIPTIONS")["result"] == []

    assert refused == {"error": {"code": code, "msg": words}} | ({"id": 1} if has_id else {})


@pytest.mark.parametrize("number", [1, 0, -5, 2**63 - 1, None, "a", "x" * 36, "8f2b-4e_1"])
def test_ids_are_echoed_as_they_came(number):
    with connected(Desk(), "/stream") as peer:
        peer.say(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))

        assert peer.next() == {"result": [], "id": number}


def test_an_id_of_more_than_36_letters_is_none():
    with connected(Desk(), "/stream") as peer:
        peer.say(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": "x" * 37}))

        assert peer.next()["error"]["code"] == 2


def test_a_stream_that_does_not_exist_may_be_followed_in_vain():
    names = ["nope@trade", "btcusdt@kline_7m", "!ticker@arr", "BTCUSDT@trade"]
    with connected(desk := Desk(), "/ws") as peer:
        assert peer.ask("SUBSCRIBE", names)["result"] is None
        assert peer.ask("LIST_SUBSCRIPTIONS")["result"] == names
        desk.market.move("101")
        peer.pass_time(5_000)
        peer.ask("LIST_SUBSCRIPTIONS")
        assert peer.heard == []


def test_the_property_decides_how_messages_come():
    with connected(desk := Desk(), "/ws/btcusdt@trade") as peer:
        assert peer.ask("GET_PROPERTY", ["combined"])["result"] is False
        assert peer.ask("SET_PROPERTY", ["combined", True]) == {"result": None, "id": 2}
        desk.market.move("101")
        peer.pass_time(0)
        assert peer.next()["stream"] == "btcusdt@trade"
    with connected(Desk(), "/stream") as peer:
        assert peer.ask("GET_PROPERTY", ["combined"])["result"] is True


def test_a_connection_follows_1024_streams_at_most():
    names = [f"coin{number}@trade" for number in range(1_024)]
    with connected(Desk(), "/ws") as peer:
        assert peer.ask("SUBSCRIBE", names)["result"] is None
        assert peer.ask("SUBSCRIBE", names[:3])["result"] is None  # followed already
        assert peer.ask("SUBSCRIBE", ["onemore@trade"])["error"]["code"] == 2
        assert peer.ask("UNSUBSCRIBE", names[:1])["result"] is None
        assert peer.ask("SUBSCRIBE", ["onemore@trade"])["result"] is None


def test_a_name_that_is_none_in_the_address_is_passed_over():
    with connected(Desk(), "/ws/0/btcusdt@trade") as peer:
        assert peer.ask("LIST_SUBSCRIPTIONS")["result"] == ["btcusdt@trade"]


def test_a_plus_in_the_address_need_not_be_escaped():
    with connected(Desk(), "/stream?streams=btcusdt@kline_1d@+08:00") as peer:
        assert peer.ask("LIST_SUBSCRIPTIONS")["result"] == ["btcusdt@kline_1d@+08:00"]


@pytest.mark.parametrize(
    "name",
    [
        "btcusdt@kline_1M@-03:30", "btcusdt@ticker_4h", "!ticker_1d@arr", "btcusdt@depth20@100ms",
        "btcusdt@depth@1000ms", "这是测试币456@trade",
    ],
)  # fmt: skip
def test_names_of_streams(name):
    assert is_well_formed(name)
    assert parse(name) is not None


@pytest.mark.parametrize(
    "name",
    [
        "btcusdt@kline_1m@+15:00", "btcusdt@kline_60m", "btcusdt@ticker_2h", "!ticker@arr",
        "!miniTicker_1h@arr", "btcusdt@depth7", "btcusdt@depth5@50ms", "btcusdt@tradeX", "!x@arr",
    ],
)  # fmt: skip
def test_names_of_no_stream(name):
    assert is_well_formed(name)
    assert parse(name) is None
