"""The life of lists whose first order triggers others when it has filled whole."""

from decimal import Decimal

import pytest

from tests.exchange.bench import Bench, order
from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.order import OrderStatus, OrderType, Side
from tradefleet.exchange.books.orders import TimeInForce
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.tickets import OtoTicket

NEW, PENDING = OrderStatus.NEW, OrderStatus.PENDING_NEW
FILLED, EXPIRED, CANCELED = OrderStatus.FILLED, OrderStatus.EXPIRED, OrderStatus.CANCELED


def bid(quantity: str = "1", price: str = "99", force: TimeInForce = TimeInForce.GTC):
    return order(Side.BUY, OrderType.LIMIT, quantity, price=price, force=force)


def ask(quantity: str | None = "0.5", price: str = "105"):
    return order(Side.SELL, OrderType.LIMIT, quantity, price=price)


def stop(quantity: str | None = "0.5", level: str = "95"):
    return order(Side.SELL, OrderType.STOP_LOSS, quantity, stop=level)


def target(quantity: str | None = "0.5", price: str = "105"):
    return order(Side.SELL, OrderType.LIMIT_MAKER, quantity, price=price)


def oto(bench: Bench, working=None, *pending, pays: bool = False):
    """A list; returns it, its working order and its pending ones (of a pair the stop first)."""
    ticket = OtoTicket("", working or bid(), pending or (ask(),), pays)
    number = bench.engine.place_oto(bench.account, ticket).order_list.id
    order_list = bench.books.lists(1).get(number)
    assert order_list is not None
    return order_list, *bench.engine.orders_of(order_list)


def statuses(*orders) -> list[OrderStatus]:
    return [one.status for one in orders]


# -------------------------------------------------------------- phase one


def test_only_the_working_order_reserves_funds_and_rests():
    bench = Bench()

    order_list, working, pending = oto(bench)

    assert (order_list.contingency, order_list.order_status) == ("OTO", "EXECUTING")
    assert statuses(working, pending) == [NEW, PENDING]
    assert (bench.locked("USDT"), bench.locked("BTC")) == (99, 0)
    assert pending.working_at == -1


def test_a_part_of_the_working_order_triggers_nothing():
    bench = Bench(FixedMarket(size="0"))
    _, working, pending = oto(bench)

    bench.move("99", "0.4")

    assert statuses(working, pending) == [OrderStatus.PARTIALLY_FILLED, PENDING]


def test_the_pending_order_is_placed_when_the_working_order_has_filled():
    bench = Bench()
    order_list, working, pending = oto(bench)

    bench.move("98.5")

    assert statuses(working, pending) == [FILLED, NEW]
    assert bench.locked("BTC") == Decimal("0.5")
    assert order_list.order_status == "EXECUTING"
    bench.move("106")
    assert pending.status is FILLED
    assert (order_list.status_type, order_list.order_status) == ("ALL_DONE", "ALL_DONE")


def test_an_immediate_fill_is_answered_before_the_pending_order_is_placed():
    bench = Bench()
    market_sale = order(Side.SELL, OrderType.MARKET, "0.5")

    placed = bench.engine.place_oto(bench.account, OtoTicket("", bid(price="101"), (market_sale,)))

    assert statuses(*placed.orders) == [FILLED, PENDING]
    assert placed.order_list.order_status == "EXECUTING"
    known = bench.books.lists(1).get(placed.order_list.id)
    assert statuses(*bench.engine.orders_of(known)) == [FILLED, FILLED]
    assert known.order_status == "ALL_DONE"


@pytest.mark.parametrize("force", [TimeInForce.IOC, TimeInForce.FOK])
def test_a_working_order_that_expires_takes_the_pending_ones_along(force):
    bench = Bench()

    order_list, working, low, high = oto(bench, bid(force=force), target(), stop())

    assert statuses(working, low, high) == [EXPIRED] * 3
    assert working.expiry_reason.startswith("UNFILLED_")
    assert (low.expiry_reason, high.expiry_reason) == ("OTO_PHASE_ONE_EXPIRED",) * 2
    assert order_list.order_status == "ALL_DONE"
    assert (bench.locked("USDT"), bench.free("USDT")) == (0, 10_000)


@pytest.mark.parametrize("which", [0, 1])
def test_cancelling_either_order_cancels_both(which):
    bench = Bench()
    order_list, *orders = oto(bench)

    assert bench.engine.cancel(bench.account, orders[which], "bye") is order_list

    assert statuses(*orders) == [CANCELED] * 2
    assert order_list.order_status == "ALL_DONE"
    assert bench.locked("USDT") == 0


# -------------------------------------------------------------- phase two


@pytest.mark.parametrize(
    "pending",
    [
        pytest.param(ask("20"), id="funds"),
        pytest.param(stop(level="98.7"), id="would trigger"),
        pytest.param(order(Side.SELL, OrderType.LIMIT_MAKER, "1", price="90"), id="would take"),
    ],
)
def test_what_cannot_be_placed_then_expires_as_rejected(pending):
    bench = Bench()
    order_list, working, refused = oto(bench, bid(), pending)
    assert refused.status is PENDING

    bench.move("98.5")

    assert (working.status, refused.status, refused.expiry_reason) == (FILLED, EXPIRED, "REJECTED")
    assert order_list.order_status == "ALL_DONE"
    assert bench.locked("BTC") == 0


def test_what_was_bought_is_short_of_the_fee():
    """Without other coins an OTO cannot sell all that it bought; an OPO can."""
    bench = Bench(USDT="10000")
    _, _, pending = oto(bench, bid("1"), ask("1"))

    bench.move("98.5")

    assert (pending.status, pending.expiry_reason) == (EXPIRED, "REJECTED")


def test_a_pair_is_locked_once_and_lives_on_as_an_oco():
    bench = Bench()
    order_list, _, low, high = oto(bench, bid(), target(), stop())

    bench.move("98.5")

    assert statuses(low, high) == [NEW, NEW]
    assert bench.locked("BTC") == Decimal("0.5")
    bench.move("94.5")
    assert (low.status, high.status, high.expiry_reason) == (FILLED, EXPIRED, "OCO_TRIGGER")
    assert (order_list.order_status, bench.locked("BTC")) == ("ALL_DONE", 0)


def test_a_pair_that_the_market_has_left_behind_expires_whole():
    bench = Bench()
    order_list, _, low, high = oto(bench, bid(), target(), stop())

    bench.move("94")

    assert statuses(low, high) == [EXPIRED] * 2
    assert (low.expiry_reason, high.expiry_reason) == ("REJECTED",) * 2
    assert order_list.order_status == "ALL_DONE"


def test_cancelling_a_placed_pair_leaves_the_filled_order():
    bench = Bench()
    _, working, low, high = oto(bench, bid(), target(), stop())
    bench.move("98.5")

    bench.engine.cancel(bench.account, high)

    assert statuses(working, low, high) == [FILLED, CANCELED, CANCELED]
    assert bench.locked("BTC") == 0


def test_a_continuous_market_places_at_the_price_where_the_working_order_filled():
    """The price passes 99 on its way to 94: the stop at 95 is there when it comes."""
    bench = Bench(FixedMarket(continuous=True))
    order_list, working, low, high = oto(bench, bid(), target(), stop())

    bench.move("94")

    assert statuses(working, low, high) == [FILLED, FILLED, EXPIRED]
    assert low.executed_quote == Decimal("47.5")
    assert order_list.order_status == "ALL_DONE"


def test_a_list_may_not_be_placed_without_funds_for_its_working_order():
    bench = Bench(USDT="50")

    with pytest.raises(ApiError, match="insufficient balance"):
        oto(bench)

    assert (bench.books.lists(1).open(), bench.books.orders(1).open()) == ([], [])


# -------------------------------------------------------------- lists that pay


def test_what_is_bought_is_kept_for_the_pending_order():
    bench = Bench(FixedMarket(size="0"), USDT="10000")
    order_list, _, pending = oto(bench, bid(), ask(None), pays=True)
    assert pending.quantity == 0

    bench.move("99", "0.4")

    assert (order_list.locked, bench.locked("BTC"), bench.free("BTC")) == (
        Decimal("0.3996"),
        Decimal("0.3996"),
        0,
    )


def test_the_pending_order_sells_what_was_received_without_the_fee_in_whole_lots():
    bench = Bench(USDT="10000")
    order_list, _, pending = oto(bench, bid("0.12345"), ask(None), pays=True)

    bench.move("98.5")

    assert (pending.status, pending.quantity) == (NEW, Decimal("0.12332"))  # of 0.12332655
    assert (bench.locked("BTC"), bench.free("BTC")) == (
        Decimal("0.12332"),
        Decimal("0.00000655"),
    )
    bench.move("106")
    assert (pending.status, order_list.order_status) == (FILLED, "ALL_DONE")
    assert bench.locked("BTC") == 0


def test_the_fee_is_taken_from_coins_that_were_free_before():
    bench = Bench(USDT="10000", BTC="1")
    _, _, pending = oto(bench, bid(), ask(None), pays=True)

    bench.move("98.5")

    assert (pending.quantity, bench.free("BTC")) == (1, Decimal("0.999"))


def test_a_pair_that_is_paid_is_locked_once():
    bench = Bench(USDT="10000")
    order_list, _, low, high = oto(bench, bid(), target(None), stop(None), pays=True)

    bench.move("98.5")

    assert statuses(low, high) == [NEW, NEW]
    assert low.quantity == high.quantity == bench.locked("BTC") == Decimal("0.999")
    bench.move("94.9")
    assert (low.status, high.expiry_reason) == (FILLED, "OCO_TRIGGER")
    assert (bench.locked("BTC"), bench.free("BTC"), order_list.locked) == (0, 0, 0)


def test_cancelling_a_list_that_pays_sets_free_what_was_bought():
    bench = Bench(FixedMarket(size="0"), USDT="10000")
    order_list, working, pending = oto(bench, bid(), ask(None), pays=True)
    bench.move("99", "0.4")

    bench.engine.cancel(bench.account, working)

    assert statuses(working, pending) == [CANCELED, CANCELED]
    assert (bench.locked("BTC"), bench.free("BTC")) == (0, Decimal("0.3996"))
    assert (bench.locked("USDT"), order_list.locked) == (0, 0)


def test_what_is_too_little_to_sell_expires_as_rejected():
    """0.05 coins buy at 100, and sell at 95 for less than the least an order may be worth."""
    bench = Bench(USDT="10000")
    _, _, pending = oto(bench, bid("0.051"), ask(None, "97"), pays=True)

    bench.move("98.5")

    assert (pending.status, pending.expiry_reason) == (EXPIRED, "REJECTED")
    assert (bench.locked("BTC"), bench.free("BTC")) == (0, Decimal("0.050949"))


def test_a_trailing_stop_follows_from_where_it_was_placed():
    bench = Bench()
    trailing = order(Side.SELL, OrderType.STOP_LOSS, "0.5", delta=200)
    _, _, pending = oto(bench, bid(), trailing)
    assert not pending.follows

    bench.move("98.5")

    assert (pending.trailing_extreme, pending.wake_price) == (
        Decimal("98.5"),
        Decimal("96.53"),
    )


# -------------------------------------------------------------- smaller in place


def test_the_orders_of_an_oto_are_made_smaller_one_by_one():
    bench = Bench()
    _, working, pending = oto(bench)

    bench.engine.amending.amend(bench.account, working, Decimal("0.6"), "")
    bench.engine.amending.amend(bench.account, pending, Decimal("0.2"), "")

    assert (working.quantity, pending.quantity) == (Decimal("0.6"), Decimal("0.2"))
    assert (bench.locked("USDT"), bench.locked("BTC")) == (Decimal("59.4"), 0)


def test_the_legs_of_a_pending_pair_are_made_smaller_together():
    bench = Bench()
    _, working, low, high = oto(bench, bid(), target(), stop())

    bench.engine.amending.amend(bench.account, high, Decimal("0.2"), "")
    bench.move("98.5")

    assert [one.quantity for one in (working, low, high)] == [1, Decimal("0.2"), Decimal("0.2")]
    assert bench.locked("BTC") == Decimal("0.2")


def test_a_pending_order_without_a_quantity_cannot_be_made_smaller():
    bench = Bench()
    _, _, pending = oto(bench, bid(), ask(None), pays=True)

    with pytest.raises(ApiError, match="pending OPO order") as refused:
        bench.engine.amending.amend(bench.account, pending, Decimal("0.2"), "")

    assert refused.value.code == -2038


# -------------------------------------------------------------- events


def told(bench: Bench) -> list[tuple[str, ...]]:
    """What was said of lists and orders since the account was opened."""
    return [
        (e["l"], e["L"]) if e["e"] == "listStatus" else (e["x"], e["X"], e["o"])
        for e in bench.listener.events
        if e["e"] in ("listStatus", "executionReport")
    ]


def test_the_reports_come_in_the_order_of_the_lists_life():
    bench = Bench()
    oto(bench, bid(), target(), stop())
    bench.move("98.5")
    bench.move("94.5")

    assert told(bench) == [
        ("EXEC_STARTED", "EXECUTING"),
        ("NEW", "NEW", "LIMIT"),
        ("NEW", "PENDING_NEW", "STOP_LOSS"),
        ("NEW", "PENDING_NEW", "LIMIT_MAKER"),
        ("TRADE", "FILLED", "LIMIT"),
        ("NEW", "NEW", "STOP_LOSS"),
        ("NEW", "NEW", "LIMIT_MAKER"),
        ("EXPIRED", "EXPIRED", "LIMIT_MAKER"),
        ("ALL_DONE", "ALL_DONE"),
        ("NEW", "NEW", "STOP_LOSS"),
        ("TRADE", "FILLED", "STOP_LOSS"),
    ]


def test_an_expired_beginning_is_told_before_what_it_takes_along():
    bench = Bench()
    oto(bench, bid(force=TimeInForce.FOK))

    assert told(bench) == [
        ("EXEC_STARTED", "EXECUTING"),
        ("NEW", "NEW", "LIMIT"),
        ("NEW", "PENDING_NEW", "LIMIT"),
        ("EXPIRED", "EXPIRED", "LIMIT"),
        ("EXPIRED", "EXPIRED", "LIMIT"),
        ("ALL_DONE", "ALL_DONE"),
    ]
