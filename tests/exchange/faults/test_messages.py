"""Messages of streams that are struck."""

from typing import Any

import pytest

from tests.exchange.desk import BUY, LIMIT, Desk
from tests.exchange.faults.peer import Peer, connected

TRADES = "/ws/btcusdt@trade"


def trade(desk: Desk, *prices: str) -> None:
    for price in prices:
        desk.market.move(price)
    desk.pass_time(0)


def prices(peer: Peer, count: int) -> list[int]:
    return [round(float(peer.next()["p"])) for _ in range(count)]


@pytest.mark.parametrize(
    ("fault", "received"),
    [
        ({"kind": "event_missing", "skip": 1, "times": 1}, [101, 103, 104]),
        ({"kind": "event_duplicated", "skip": 1, "times": 1}, [101, 102, 102, 103, 104]),
        ({"kind": "event_reordered", "skip": 1, "times": 1}, [101, 103, 102, 104]),
    ],
)
def test_trades_are_missing_twice_there_or_out_of_order(fault, received):
    desk = Desk()
    desk.bring({**fault, "path": "btcusdt@trade"})
    with connected(desk, TRADES) as peer:
        trade(desk, "101", "102", "103", "104")

        assert prices(peer, len(received)) == received


def test_a_message_is_late():
    desk = Desk()
    desk.bring({"kind": "event_late", "delay_ms": 2_000, "times": 1})
    with connected(desk, TRADES) as peer:
        trade(desk, "101", "102")
        desk.pass_time(1_900)
        trade(desk, "103")
        desk.pass_time(100)

        assert prices(peer, 3) == [102, 103, 101]


def test_the_last_message_is_not_held_back_for_ever():
    desk = Desk()
    desk.bring({"kind": "event_reordered", "delay_ms": 3_000})
    with connected(desk, TRADES) as peer:
        trade(desk, "101")
        desk.pass_time(3_000)

        assert prices(peer, 1) == [101]


def followed(desk: Desk, count: int) -> list[tuple[Any, ...]]:
    """Buy and return the events of it that were told."""
    with connected(desk) as peer:
        peer.follow_account()
        desk.send("POST", "/order", **BUY)
        events = [peer.next()["event"] for _ in range(count)]
    return [(event["e"], event.get("x")) for event in events]


NEW, TRADE = ("executionReport", "NEW"), ("executionReport", "TRADE")
POSITION = ("outboundAccountPosition", None)


@pytest.mark.parametrize(
    ("fault", "events"),
    [
        ({"kind": "event_missing", "path": "executionReport"}, [POSITION]),
        ({"kind": "event_missing", "path": "executionReport", "times": 1}, [TRADE, POSITION]),
        ({"kind": "event_duplicated", "path": "exec*"}, [NEW, NEW, TRADE, TRADE, POSITION]),
        ({"kind": "event_reordered", "path": "executionReport"}, [TRADE, NEW, POSITION]),
    ],
)
def test_events_of_an_account_are_struck(fault, events):
    desk = Desk()
    desk.bring(fault)

    assert followed(desk, len(events)) == events


def test_the_same_seed_strikes_the_same_messages():
    def received(seed: int) -> list[int]:
        desk = Desk()
        desk.bring({"kind": "event_missing", "probability": 0.5}, seed=seed)
        with connected(desk, TRADES) as peer:
            trade(desk, *(str(price) for price in range(101, 121)))
            desk.bring()
            trade(desk, "200")
            found = []
            while not found or found[-1] != 200:
                found += prices(peer, 1)
        return found

    assert received(1) == received(1)
    assert 1 < len(received(1)) < 21
    assert received(1) != received(2)


# ---------------------------------------------------------------- happenings on the connections


def test_connections_end_with_a_goodbye():
    desk = Desk()
    with connected(desk, TRADES) as peer:
        desk.bring({"kind": "stream_cut"})

        assert peer.ending() == 1001


@pytest.mark.parametrize(
    ("streams", "cut"), [("user", ["/ws-api/v3"]), ("market", ["/ws/btcusdt@trade"])]
)
def test_only_some_are_cut_without_a_word(streams, cut):
    desk = Desk()
    with desk.client as client, client.websocket_connect(TRADES):  # noqa: SIM117
        with client.websocket_connect("/ws-api/v3"):
            desk.bring({"kind": "stream_cut", "streams": streams, "abrupt": True})

    assert desk.wires.cuts == cut


def test_a_request_sets_a_happening_off_as_it_arrives_or_afterwards():
    for moment, events in (("path", []), ("after", [NEW, TRADE, POSITION])):
        desk = Desk()
        with connected(desk) as peer:
            peer.follow_account()
            desk.bring({"kind": "stream_terminated", moment: "POST /api/v3/order", "times": 1})
            desk.send("POST", "/order", **BUY)
            desk.send("POST", "/order", **LIMIT)
            told = [peer.next()["event"] for _ in range(len(events) + 1)]

        assert [(event["e"], event.get("x")) for event in told] == [
            *events,
            ("eventStreamTerminated", None),
        ]


def test_a_message_of_the_websocket_api_sets_a_happening_off():
    for moment in ("path", "after"):
        desk = Desk()
        with connected(desk) as peer:
            desk.bring({"kind": "stream_cut", moment: "order.place"})
            peer.tell("order.place", **desk.ws_params(**BUY))
            if moment == "after":
                assert peer.next()["result"]["status"] == "FILLED"
            assert peer.ending() == 1001


def test_a_happening_waits_for_its_time_and_for_its_table():
    desk = Desk()
    with connected(desk, TRADES) as peer:
        desk.bring({"kind": "server_shutdown", "at_ms": 1_000})
        desk.bring({"kind": "server_shutdown", "at_ms": 2_000})
        desk.pass_time(1_500)
        trade(desk, "101")
        desk.pass_time(500)

        assert [peer.next()["e"] for _ in range(2)] == ["trade", "serverShutdown"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/ws/btcusdt@trade", {"e": "serverShutdown", "E": 0}),
        (
            "/stream?streams=btcusdt@trade",
            {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": 0}},
        ),
        ("/ws-api/v3", {"event": {"e": "serverShutdown", "E": 0}}),
    ],
)
def test_a_shutdown_is_announced_to_all(path, said):
    desk = Desk()
    with connected(desk, path) as peer:
        desk.bring({"kind": "server_shutdown"})
        told = peer.next()

    innermost = told.get("data") or told.get("event") or told
    innermost["E"] -= desk.market.now()
    assert told == said


def test_silence_lasts_its_time_and_strikes_only_who_is_there():
    desk = Desk()
    with connected(desk, TRADES), desk.client.websocket_connect("/ws/ethusdt@trade"):
        desk.bring({"kind": "stream_silent", "for_ms": 5_000})
        with desk.client.websocket_connect("/ws/0"):
            assert sorted(desk.wires.silent) == ["/ws/btcusdt@trade", "/ws/ethusdt@trade"]
            desk.pass_time(5_000)
            assert desk.wires.silent == []


def test_another_table_undoes_what_happened():
    desk = Desk()
    with connected(desk, TRADES):
        desk.bring({"kind": "stream_silent"})
        assert desk.wires.silent
        desk.bring()
        assert not desk.wires.silent
