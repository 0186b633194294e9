"""What every broker promises, and what ours does when the exchange misbehaves."""

import json
from contextlib import suppress
from decimal import Decimal

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.desk import BuiltIn, Desk, desk_before
from tests.contracts.fake_binance import KEY, SECRET, FakeBinance, Fault, error, html
from tradefleet.domain.errors import (
    AccessDeniedError,
    ExchangeError,
    ExchangeUnavailableError,
    InputError,
    OrderRefusedError,
    OutcomeUnknownError,
)
from tradefleet.domain.order import (
    OrderRequest,
    OrderStatus,
    OrderType,
    ProtectionRequest,
    Purpose,
    Side,
)


def a_buy(name: str = "tfp-test-1-1-1-B", spend: str = "101") -> OrderRequest:
    return OrderRequest(
        name, "BTCUSDT", Side.BUY, OrderType.MARKET, Purpose.ENTRY, quote_quantity=Decimal(spend)
    )


def a_sell(quantity: str, name: str = "tfp-test-1-1-9-S") -> OrderRequest:
    return OrderRequest(
        name, "BTCUSDT", Side.SELL, OrderType.MARKET, Purpose.EXIT, quantity=Decimal(quantity)
    )


def a_protection(
    stop: str | None = "49000", target: str | None = "52500", limit: str | None = None
) -> ProtectionRequest:
    return ProtectionRequest(
        list_client_order_id="tfp-test-1-1-2-L",
        stop_client_order_id="tfp-test-1-1-2-K",
        target_client_order_id="tfp-test-1-1-2-T",
        symbol="BTCUSDT",
        quantity=Decimal("0.00199"),
        stop_price=stop and Decimal(stop),
        stop_limit_price=limit and Decimal(limit),
        target_price=target and Decimal(target),
    )


# ---------------------------------------------------------------- done


def test_a_market_buy_comes_back_filled_with_its_fees_valued_in_quote(any_desk: Desk) -> None:
    order = any_desk.broker.place(a_buy())

    assert order.status is OrderStatus.FILLED
    assert order.executed_quantity == sum(fill.quantity for fill in order.fills)
    assert 99 < order.executed_quote <= 101
    assert order.fills[0].fee_asset == "BTC"
    assert order.fills[0].fee_quote == order.fills[0].fee * order.fills[0].price


def test_a_placed_order_is_found_by_its_name_with_the_same_fills(any_desk: Desk) -> None:
    placed = any_desk.broker.place(a_buy())

    found = any_desk.broker.find("BTCUSDT", "tfp-test-1-1-1-B")

    assert found is not None
    assert [(f.trade_id, f.quantity, f.fee, f.fee_quote) for f in found.fills] == [
        (f.trade_id, f.quantity, f.fee, f.fee_quote) for f in placed.fills
    ]


def test_an_order_nobody_sent_is_not_found(any_desk: Desk) -> None:
    assert any_desk.broker.find("BTCUSDT", "tfp-test-1-1-99-B") is None
    assert any_desk.broker.find_protection(a_protection()) is None


def test_what_a_sell_brings_is_told_net_of_its_quote_fee(any_desk: Desk) -> None:
    any_desk.broker.place(a_buy())

    order = any_desk.broker.place(a_sell("0.00199"))

    assert {fill.fee_asset for fill in order.fills} == {"USDT"}
    assert all(fill.fee_quote == fill.fee > 0 for fill in order.fills)


def test_stop_and_target_rest_as_one_list(any_desk: Desk) -> None:
    any_desk.broker.place(a_buy())

    any_desk.broker.protect(a_protection())
    found = any_desk.broker.find_protection(a_protection())

    assert found is not None
    assert not found.is_final
    assert {order.client_order_id: order.type for order in found.orders} == {
        "tfp-test-1-1-2-K": OrderType.STOP_LOSS,
        "tfp-test-1-1-2-T": OrderType.LIMIT_MAKER,
    }
    assert len(any_desk.broker.open_orders("BTCUSDT")) == 2


def test_a_stop_limit_is_sent_where_a_limit_is_given(any_desk: Desk) -> None:
    any_desk.broker.place(a_buy())

    placed = any_desk.broker.protect(a_protection(limit="48000"))

    stop = next(o for o in placed.orders if o.client_order_id.endswith("K"))
    assert stop.type is OrderType.STOP_LOSS_LIMIT
    assert (stop.stop_price, stop.price) == (Decimal(49_000), Decimal(48_000))


@pytest.mark.parametrize(("stop", "target"), [("49000", None), (None, "52500")])
def test_a_lone_level_is_a_single_order_under_the_lists_name(
    any_desk: Desk, stop: str | None, target: str | None
) -> None:
    any_desk.broker.place(a_buy())
    request = a_protection(stop, target)

    placed = any_desk.broker.protect(request)

    assert [order.client_order_id for order in placed.orders] == ["tfp-test-1-1-2-L"]
    found = any_desk.broker.find_protection(request)
    assert found is not None
    assert [order.order_id for order in found.orders] == [placed.orders[0].order_id]
    assert any_desk.broker.cancel_protection(request).is_final


def test_a_cancelled_protection_is_final_and_frees_the_coins(any_desk: Desk) -> None:
    any_desk.broker.place(a_buy())
    any_desk.broker.protect(a_protection())

    ended = any_desk.broker.cancel_protection(a_protection())

    assert {order.status for order in ended.orders} == {OrderStatus.CANCELED}
    assert any_desk.broker.open_orders("BTCUSDT") == ()
    assert any_desk.broker.place(a_sell("0.00199")).status is OrderStatus.FILLED


def test_a_triggered_stop_is_found_filled_and_its_partner_expired(any_desk: Desk) -> None:
    any_desk.broker.place(a_buy())
    any_desk.broker.protect(a_protection())
    any_desk.moves_to("48990")

    found = any_desk.broker.find_protection(a_protection())

    assert found is not None
    assert found.is_final
    stop, target = sorted(found.orders, key=lambda order: order.type is OrderType.LIMIT_MAKER)
    assert (stop.status, stop.executed_quantity) == (OrderStatus.FILLED, Decimal("0.00199"))
    assert (target.status, target.fills) == (OrderStatus.EXPIRED, ())


def test_a_target_that_is_passed_fills_at_its_price(any_desk: Desk) -> None:
    any_desk.broker.place(a_buy())
    any_desk.broker.protect(a_protection())
    any_desk.moves_to("52600")

    found = any_desk.broker.find_protection(a_protection())

    assert found is not None
    (fill,) = [fill for order in found.orders for fill in order.fills]
    assert (fill.price, fill.quantity) == (Decimal(52_500), Decimal("0.00199"))


def test_cancelling_what_already_filled_returns_the_fills(any_desk: Desk) -> None:
    any_desk.broker.place(a_buy())
    any_desk.broker.protect(a_protection())
    any_desk.moves_to("52600")

    ended = any_desk.broker.cancel_protection(a_protection())

    assert sum(order.executed_quantity for order in ended.orders) == Decimal("0.00199")


def test_fills_are_listed_from_a_trade_id_on(any_desk: Desk) -> None:
    bought = any_desk.broker.place(a_buy())
    sold = any_desk.broker.place(a_sell("0.00199"))

    everything = any_desk.broker.fills_since("BTCUSDT", bought.fills[0].trade_id)
    newest = any_desk.broker.fills_since("BTCUSDT", sold.fills[0].trade_id)

    assert everything == bought.fills + sold.fills
    assert newest == sold.fills


def test_the_wallet_moves_by_what_the_fills_say(any_desk: Desk) -> None:
    before = any_desk.broker.balances()["USDT"].free

    order = any_desk.broker.place(a_buy())

    after = any_desk.broker.balances()
    assert after["USDT"].free == before - order.executed_quote
    assert after["BTC"].free == order.executed_quantity - sum(fill.fee for fill in order.fills)


# ---------------------------------------------------------------- the long way to an order


def test_every_list_is_searched_before_an_order_counts_as_never_placed(built_in: BuiltIn) -> None:
    desk = built_in.desk()
    since = desk.clock.now()
    desk.broker.place(a_buy())
    desk.broker.protect(a_protection())

    assert [o.client_order_id for o in desk.broker.search(a_buy(), since)] == ["tfp-test-1-1-1-B"]
    assert {o.client_order_id for o in desk.broker.search(a_protection(), since)} == {
        "tfp-test-1-1-2-K",
        "tfp-test-1-1-2-T",
    }
    assert desk.broker.search(a_buy("tfp-test-1-1-7-B"), since) == ()


def test_N16_an_order_only_its_trade_tells_of_is_found_too(desk: Desk, fake: FakeBinance) -> None:
    """The list of all orders may lag behind the trades."""
    desk.broker.place(a_buy())
    fake.hides_orders = True

    found = desk.broker.search(a_buy(), fake.now)

    assert [order.client_order_id for order in found] == ["tfp-test-1-1-1-B"]


def test_a_list_that_cannot_be_read_proves_nothing(desk: Desk, fake: FakeBinance) -> None:
    fake.faults.append(Fault("/myTrades", html(502)))

    with pytest.raises(ExchangeUnavailableError):
        desk.broker.search(a_buy(), fake.now)


# ---------------------------------------------------------------- refused


def test_A17_an_account_without_the_right_to_trade_buys_nothing_until_it_has_it(
    desk: Desk, fake: FakeBinance
) -> None:
    fake.can_trade = False
    desk.broker.balances()
    with pytest.raises(AccessDeniedError, match="may not trade"):
        desk.broker.place(a_buy())
    assert fake.sent("POST") == 0

    fake.can_trade = True
    assert desk.broker.place(a_buy()).status is OrderStatus.FILLED


@pytest.mark.parametrize("code", [-1013, -1111, -1121])
def test_D11_rules_that_an_order_broke_are_fetched_anew(
    desk: Desk, fake: FakeBinance, code: int
) -> None:
    desk.market.instrument("BTCUSDT")
    fake.faults.append(Fault("/order", error(400, code)))

    with pytest.raises(OrderRefusedError):
        desk.broker.place(a_buy())
    desk.market.instrument("BTCUSDT")
    desk.market.instrument("BTCUSDT")

    assert fake.sent("GET", "/exchangeInfo") == 2


def test_too_many_orders_hold_orders_back_and_let_questions_through(
    desk: Desk, fake: FakeBinance
) -> None:
    fake.faults.append(Fault("/order", error(429, -1015, **{"Retry-After": "30"})))
    with pytest.raises(ExchangeUnavailableError):
        desk.broker.place(a_buy())

    desk.broker.balances()
    with pytest.raises(ExchangeUnavailableError):
        desk.broker.place(a_buy("tfp-test-1-1-2-B"))
    assert fake.sent("POST") == 1


def test_a_ban_that_says_its_end_only_in_words_is_obeyed(desk: Desk, fake: FakeBinance) -> None:
    until = desk.clock.now() + 300_000
    text = f"Way too much request weight used; IP banned until {until}."
    banned = httpx2.Response(418, json={"code": -1003, "msg": text})
    fake.faults.append(Fault("/account", banned))
    with pytest.raises(ExchangeUnavailableError):
        desk.broker.balances()

    with pytest.raises(ExchangeUnavailableError) as caught:
        desk.broker.balances()
    assert 290_000 < caught.value.retry_after_ms <= 300_000


def test_a_time_stamp_refused_with_a_servers_failure_proves_nothing(
    desk: Desk, fake: FakeBinance
) -> None:
    fake.faults.append(Fault("/order", error(500, -1021), executed=True))

    with pytest.raises(OutcomeUnknownError):
        desk.broker.place(a_buy())
    assert fake.sent("POST") == 1


@pytest.mark.parametrize("poison", ["NaN", "Infinity", "-1", "1e400", "", None, True])
def test_D6_amounts_that_are_none_are_refused_at_the_edge(
    desk: Desk, fake: FakeBinance, poison: object
) -> None:
    row = {"asset": "USDT", "free": poison, "locked": "0"}
    fake.faults.append(Fault("/account", httpx2.Response(200, json={"balances": [row]})))

    with pytest.raises(ExchangeUnavailableError, match="expected an amount"):
        desk.broker.balances()


def test_a_buy_beyond_the_wallet_is_refused(any_desk: Desk) -> None:
    with pytest.raises(OrderRefusedError, match="insufficient balance") as caught:
        any_desk.broker.place(a_buy(spend="10500"))
    assert caught.value.code == -2010


def test_a_protection_on_the_wrong_side_of_the_price_is_refused(any_desk: Desk) -> None:
    any_desk.broker.place(a_buy())

    with pytest.raises(OrderRefusedError):
        any_desk.broker.protect(a_protection(stop="60000", target="70000"))


def test_C2_a_wrong_secret_is_an_access_error(desk: Desk, fake: FakeBinance) -> None:
    with fake.client() as client, pytest.raises(AccessDeniedError):
        desk_before(client, KEY, "wrong", fake.moves_to).broker.balances()


@pytest.mark.parametrize(
    ("status", "expected"), [(403, OrderRefusedError), (451, AccessDeniedError)]
)
def test_N6_a_firewall_or_a_country_that_is_not_served_is_a_refusal(
    desk: Desk, fake: FakeBinance, status: int, expected: type[Exception]
) -> None:
    fake.faults.append(Fault("/order", html(status)))

    with pytest.raises(expected):
        desk.broker.place(a_buy())
    assert fake.sent("POST") == 1


def test_N4_an_order_may_turn_up_until_the_engine_gave_up_and_the_copies_caught_up(
    desk: Desk,
) -> None:
    assert desk.broker.settle_ms == 5_000 + 10_000 + 5_000  # recvWindow, engine, lag


# ---------------------------------------------------------------- the fake only: events and faults


def test_N19_a_cancel_whose_answer_is_lost_is_looked_up(desk: Desk, fake: FakeBinance) -> None:
    desk.broker.place(a_buy())
    desk.broker.protect(a_protection())
    fake.faults.append(Fault("/orderList", httpx2.ReadTimeout("lost"), executed=True))

    assert desk.broker.cancel_protection(a_protection()).is_final
    assert fake.sent("DELETE") == 1


def test_N19_a_cancel_that_never_arrived_leaves_the_outcome_unknown(
    desk: Desk, fake: FakeBinance
) -> None:
    desk.broker.place(a_buy())
    desk.broker.protect(a_protection())
    fake.faults.append(Fault("/orderList", httpx2.ReadTimeout("lost")))

    with pytest.raises(OutcomeUnknownError):
        desk.broker.cancel_protection(a_protection())
    assert fake.sent("DELETE") == 1


def test_A8_a_fee_in_bnb_is_valued_by_the_minute_of_the_fill(desk: Desk, fake: FakeBinance) -> None:
    fake.fee_asset = "BNB"

    (fill,) = desk.broker.place(a_buy()).fills

    assert fill.fee_quote == fill.fee * 600


def test_A8_a_fee_in_a_coin_without_a_price_counts_as_the_standard_commission(
    desk: Desk, fake: FakeBinance
) -> None:
    fake.fee_asset = "XYZ"

    (fill,) = desk.broker.place(a_buy()).fills

    assert fill.fee_quote == fill.quote_quantity / 1_000


LOST = [
    pytest.param(httpx2.ReadTimeout("lost"), id="no answer in time"),
    pytest.param(httpx2.ReadError("reset"), id="connection reset"),
    pytest.param(httpx2.RemoteProtocolError("closed"), id="closed without an answer"),
    pytest.param(httpx2.WriteError("reset"), id="reset while sending"),
    pytest.param(html(502), id="502 as HTML"),
    pytest.param(html(200), id="200 as HTML"),
    pytest.param(html(400), id="400 without a code"),
    pytest.param(httpx2.Response(200, text='{"symbol":"BTCU'), id="truncated JSON"),
    pytest.param(httpx2.Response(200, text="{}"), id="an empty object"),
    pytest.param(httpx2.Response(504, text=""), id="504 without a body"),
    pytest.param(error(503, -1008), id="-1008 overloaded"),
    pytest.param(error(504, -1007), id="-1007 timeout"),
    pytest.param(error(500, -1006), id="-1006 unexpected response"),
    pytest.param(error(400, -1000), id="-1000 unknown error"),
]


@pytest.mark.parametrize("executed", [True, False], ids=["executed", "not executed"])
@pytest.mark.parametrize("answer", LOST)
def test_N1_N5_N12_an_order_without_a_certain_answer_is_unknown_and_never_sent_again(
    desk: Desk, fake: FakeBinance, answer: httpx2.Response | Exception, executed: bool
) -> None:
    fake.faults.append(Fault("/order", answer, executed))

    with pytest.raises(OutcomeUnknownError) as caught:
        desk.broker.place(a_buy())

    assert fake.sent("POST") == 1
    found = desk.broker.find("BTCUSDT", caught.value.client_order_id)
    assert (found is not None) == executed
    assert fake.sent("POST") == 1


# What the parser looks for, so that it does not always stop at the first word.
WORDS = st.sampled_from(
    ["symbol", "orderId", "clientOrderId", "status", "side", "type", "origQty", "executedQty",
     "fills", "price", "qty", "commission", "commissionAsset", "tradeId", "balances", "asset",
     "free", "locked", "symbols", "filters", "code", "msg", "data"]
)  # fmt: skip
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(body=ANY_JSON, status=st.sampled_from([200, 200, 200, 400, 409, 418, 429, 500, 503]))
def test_N5_whatever_an_answer_says_only_our_own_errors_come_out_of_the_client(
    body: object, status: int
) -> None:
    fake = FakeBinance()
    answer = httpx2.Response(status, content=json.dumps(body).encode())
    with fake.client() as client:
        desk = desk_before(client, KEY, SECRET, fake.moves_to)
        fake.faults.append(Fault("/order", answer))
        with suppress(ExchangeError):
            desk.broker.place(a_buy())
        assert fake.sent("POST") == 1

        fake.faults.append(Fault("/account", answer))
        with suppress(ExchangeError):
            desk.broker.balances()
        fake.faults.append(Fault("/exchangeInfo", answer))
        with suppress(ExchangeError, InputError):
            desk.market.instrument("BTCUSDT")


@pytest.mark.parametrize("answer", LOST)
def test_N1_N5_N12_a_protection_without_a_certain_answer_is_unknown_and_never_sent_again(
    desk: Desk, fake: FakeBinance, answer: httpx2.Response | Exception
) -> None:
    desk.broker.place(a_buy())
    fake.faults.append(Fault("/orderList/oco", answer, executed=True))

    with pytest.raises(OutcomeUnknownError):
        desk.broker.protect(a_protection())

    assert fake.sent("POST", "/orderList/oco") == 1
    assert desk.broker.find_protection(a_protection()) is not None


def test_a_pair_that_rests_untouched_costs_one_question(desk: Desk, fake: FakeBinance) -> None:
    desk.broker.place(a_buy())
    desk.broker.protect(a_protection())

    found = desk.broker.find_protection(a_protection())

    assert found is not None
    assert len(found.orders) == 2
    assert fake.sent("GET", "/openOrders") == 1
    assert fake.sent("GET", "/orderList") == 0


@pytest.mark.parametrize("answer", LOST)
def test_a_read_never_has_an_unknown_outcome(
    desk: Desk, fake: FakeBinance, answer: httpx2.Response | Exception
) -> None:
    fake.faults.append(Fault("/account", answer))

    with pytest.raises(ExchangeError) as caught:
        desk.broker.balances()
    assert not isinstance(caught.value, OutcomeUnknownError)


@pytest.mark.parametrize("answer", [httpx2.ConnectError("refused"), httpx2.ConnectTimeout("slow")])
def test_N9_an_order_that_never_left_this_machine_did_not_happen(
    desk: Desk, fake: FakeBinance, answer: Exception
) -> None:
    fake.faults.append(Fault("/order", answer))

    with pytest.raises(ExchangeUnavailableError):
        desk.broker.place(a_buy())


def test_T1_an_order_refused_for_its_time_stamp_is_signed_anew_once(
    desk: Desk, fake: FakeBinance
) -> None:
    desk.broker.balances()
    fake.now += 60_000

    assert desk.broker.place(a_buy()).status is OrderStatus.FILLED
    assert fake.sent("POST") == 2
    assert len(fake.trades) == 1


def test_an_order_refused_twice_for_its_time_stamp_stays_refused(
    desk: Desk, fake: FakeBinance
) -> None:
    fake.faults += [Fault("/order", error(400, -1021)), Fault("/order", error(400, -1021))]

    with pytest.raises(OrderRefusedError):
        desk.broker.place(a_buy())
    assert fake.sent("POST") == 2


@pytest.mark.parametrize("status", [429, 418])
def test_N7_N8_too_many_requests_silence_everything_until_retry_after(
    desk: Desk, fake: FakeBinance, status: int
) -> None:
    fake.faults.append(Fault("/order", error(status, -1003, **{"Retry-After": "30"})))

    with pytest.raises(ExchangeUnavailableError) as caught:
        desk.broker.place(a_buy())
    assert caught.value.retry_after_ms == 30_000

    arrived = len(fake.requests)
    with pytest.raises(ExchangeUnavailableError):
        desk.broker.balances()
    assert len(fake.requests) == arrived


def test_N18_fills_the_exchange_does_not_show_yet_make_a_found_order_unavailable(
    desk: Desk, fake: FakeBinance
) -> None:
    desk.broker.place(a_buy())
    hidden = fake.trades.pop()

    with pytest.raises(ExchangeUnavailableError):
        desk.broker.find("BTCUSDT", "tfp-test-1-1-1-B")
    fake.trades.append(hidden)
    assert desk.broker.find("BTCUSDT", "tfp-test-1-1-1-B") is not None


def test_C2_neither_key_nor_signature_is_ever_logged(
    desk: Desk, fake: FakeBinance, caplog: pytest.LogCaptureFixture
) -> None:
    fake.faults.append(Fault("/account", html(500)))
    with pytest.raises(ExchangeError) as caught:
        desk.broker.balances()
    desk.broker.balances()

    said = caplog.text + str(caught.value)
    assert "signature" not in said
    assert KEY not in said


def test_a_stop_limit_that_was_jumped_over_is_cancelled_although_its_list_is_over(
    built_in,
) -> None:
    desk = built_in.desk()
    desk.broker.place(a_buy())
    protection = a_protection(stop="49000", limit="48900")
    desk.broker.protect(protection)

    desk.moves_to("48000")  # triggered, and it rests above the market; the target expired
    ended = desk.broker.cancel_protection(protection)

    assert ended.is_final
    assert desk.broker.open_orders("BTCUSDT") == ()
