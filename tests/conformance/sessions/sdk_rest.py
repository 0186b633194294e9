"""A whole session of Binance's official SDK (REST) against an exchange on this machine."""

from decimal import Decimal
from typing import Any

from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import (
    BadRequestError,
    RateLimitBanError,
    ServerError,
    TooManyRequestsError,
    UnauthorizedError,
)
from binance_sdk_spot.spot import Spot
from sdk_models import Complaints, data_of
from session import ACCOUNTS, KEY, REST, SECRET, break_down, move_price, refused, run, step, until

SYMBOL = "BTCUSDT"
complaints = Complaints()


def client(**keys: str) -> Any:
    """Return a client that talks to this machine instead of to Binance."""
    return Spot(ConfigurationRestAPI(base_path=REST, timeout=10_000, **keys)).rest_api


api = client(api_key=KEY, api_secret=SECRET)


def price(share: str = "1") -> str:
    """Return the last price, or a share of it, in whole ticks."""
    last = data_of(api.ticker_price(symbol=SYMBOL)).actual_instance.price
    return f"{Decimal(last) * Decimal(share):.2f}"


def place(type: str, side: str, **more: Any) -> Any:
    """Place an order of 0.01 and return the answer's model."""
    wanted = {"quantity": 0.01, "new_order_resp_type": "FULL"} | more
    return data_of(api.new_order(symbol=SYMBOL, side=side, type=type, **wanted))


def order_of(placed: Any) -> Any:
    """Ask for an order again."""
    return data_of(api.get_order(SYMBOL, order_id=placed.order_id))


def filled(placed: Any) -> Any:
    """Wait until an order is filled."""
    return until(lambda: order_of(placed).status == "FILLED", "the fill")


# ---------------------------------------------------------------- the market


@step
def clock() -> None:
    """The exchange is there and tells the time."""
    assert api.ping().status == 200
    assert data_of(api.time()).server_time > 1_700_000_000_000


@step
def symbols() -> None:
    """The symbols' rules fit the SDK's models, filter by filter."""
    info = data_of(api.exchange_info())
    assert {limit.rate_limit_type for limit in info.rate_limits} >= {
        "REQUEST_WEIGHT",
        "ORDERS",
    }
    (one,) = data_of(api.exchange_info(symbol=SYMBOL)).symbols
    assert (one.base_asset, one.quote_asset, one.status) == ("BTC", "USDT", "TRADING")
    kinds = {found.actual_instance.filter_type for found in one.filters}
    assert {"PRICE_FILTER", "LOT_SIZE", "MARKET_LOT_SIZE", "NOTIONAL"} <= kinds


@step
def prices() -> None:
    """Prices, averages and the day, for one symbol, some and all."""
    ticker = data_of(api.ticker24hr(symbol=SYMBOL)).actual_instance
    assert Decimal(ticker.low_price) <= Decimal(ticker.last_price) <= Decimal(ticker.high_price)
    assert len(data_of(api.ticker24hr(symbols=[SYMBOL, "ETHUSDT"])).actual_instance) == 2
    assert len(data_of(api.ticker24hr(symbols=[SYMBOL], type="MINI")).actual_instance) == 1
    assert len(data_of(api.ticker_price()).actual_instance) > 2
    best = data_of(api.ticker_book_ticker(symbol=SYMBOL)).actual_instance
    assert Decimal(best.bid_price) < Decimal(best.ask_price)
    assert len(data_of(api.ticker_book_ticker()).actual_instance) > 2
    assert data_of(api.avg_price(SYMBOL)).mins == 5


@step
def windows() -> None:
    """The ticker of a window and of the trading day."""
    window = data_of(api.ticker(symbol=SYMBOL, window_size="1h")).actual_instance
    assert 3_600_000 <= window.close_time - window.open_time < 3_660_000
    day = data_of(api.ticker_trading_day(symbol=SYMBOL)).actual_instance
    assert day.open_time % 86_400_000 == 0


@step
def order_book() -> None:
    """The book has both sides, best first."""
    book = data_of(api.depth(SYMBOL, limit=50))
    asks = [Decimal(level[0]) for level in book.asks]
    assert asks == sorted(asks)
    assert Decimal(book.bids[0][0]) < asks[0]


@step
def public_trades() -> None:
    """Trades one by one and put together."""
    until(lambda: len(data_of(api.get_trades(SYMBOL))) >= 10, "trades: the market has just begun")
    assert len(data_of(api.get_trades(SYMBOL, limit=10))) == 10
    rows = data_of(api.agg_trades(SYMBOL, limit=10))
    assert [row.a for row in rows] == sorted(row.a for row in rows)


@step
def older_trades() -> None:
    """Trades before a number."""
    newest = data_of(api.get_trades(SYMBOL, limit=1))[0].id
    rows = data_of(api.historical_trades(SYMBOL, limit=3, from_id=newest - 2))
    assert [row.id for row in rows] == [newest - 2, newest - 1, newest]


@step
def candles() -> None:
    """Candles, oldest first."""
    rows = data_of(api.klines(SYMBOL, interval="1h", limit=3))
    assert [len(row) for row in rows] == [12, 12, 12]
    assert len(data_of(api.ui_klines(SYMBOL, interval="1m", limit=2))) == 2


@step
def candles_elsewhere() -> None:
    """Days that begin where somebody lives."""
    (day,) = data_of(api.klines(SYMBOL, interval="1d", time_zone="2", limit=1))
    assert day[0] % 86_400_000 == 22 * 3_600_000


@step
def reference_prices() -> None:
    """What decides the notional filters, and the rules of execution."""
    data_of(api.execution_rules(symbol=SYMBOL))
    assert data_of(api.historical_block_trades(SYMBOL, from_id=1)) == []


# ---------------------------------------------------------------- the account


@step
def account() -> None:
    """Balances, fees and counts of the account."""
    held = {row.asset: row for row in data_of(api.get_account(omit_zero_balances=True)).balances}
    assert Decimal(held["BTC"].free) == 20
    assert data_of(api.account_commission(SYMBOL)).standard_commission.taker == "0.00100000"
    assert [row.interval for row in data_of(api.rate_limit_order())] == ["SECOND", "DAY"]
    answer = api.get_account()
    assert {limit.rateLimitType for limit in answer.rate_limits} == {"REQUEST_WEIGHT"}


@step
def keys_of_other_kinds() -> None:
    """Ed25519 and RSA keys open their accounts as well."""
    for kind in ("ed25519", "rsa"):
        keys = ACCOUNTS[kind]
        other = client(api_key=keys["key"], private_key=keys["private_key"])
        assert data_of(other.get_account(recv_window=5_000)).can_trade


# ---------------------------------------------------------------- orders of every type


@step
def market_orders() -> None:
    """By amount and by cost; the answer tells each fill with its fee."""
    bought = place("MARKET", "BUY")
    assert (bought.status, bought.fills[0].commission_asset) == ("FILLED", "BTC")
    spent = place("MARKET", "BUY", quantity=None, quote_order_qty=500.0)
    assert Decimal(spent.cummulative_quote_qty) <= 500
    assert place("MARKET", "SELL").fills[0].commission_asset == "USDT"


@step
def answers_as_long_as_wished() -> None:
    """An ACK is short, a RESULT has the state, FULL has the fills."""
    short = place("MARKET", "BUY", new_order_resp_type="ACK")
    longer = place("MARKET", "BUY", new_order_resp_type="RESULT")
    assert (short.status, short.fills) == (None, None)
    assert (longer.status, longer.fills) == ("FILLED", None)


@step
def limit_orders() -> None:
    """GTC rests, IOC and FOK do not; LIMIT_MAKER only rests."""
    low = {"price": price("0.9")}
    resting = place("LIMIT", "BUY", time_in_force="GTC", **low)
    assert order_of(resting).is_working
    assert data_of(api.delete_order(SYMBOL, order_id=resting.order_id)).status == "CANCELED"
    for force in ("IOC", "FOK"):
        assert place("LIMIT", "BUY", time_in_force=force, **low).status == "EXPIRED"
    maker = place("LIMIT_MAKER", "BUY", **low)
    named = data_of(api.delete_order(SYMBOL, order_id=maker.order_id, new_client_order_id="bye"))
    assert (named.client_order_id, named.orig_client_order_id) == ("bye", maker.client_order_id)


@step
def stops_and_targets() -> None:
    """Each kind of stop and target sleeps until the price reaches it."""
    for type, share in (
        ("STOP_LOSS", "0.99"),
        ("STOP_LOSS_LIMIT", "0.99"),
        ("TAKE_PROFIT", "1.01"),
        ("TAKE_PROFIT_LIMIT", "1.01"),
    ):
        at = price(share)
        more = {"stop_price": at}
        if type.endswith("LIMIT"):
            more |= {"time_in_force": "GTC", "price": f"{Decimal(at) * Decimal('0.98'):.2f}"}
        stop = place(type, "SELL", **more)
        assert not order_of(stop).is_working
        move_price(SYMBOL, Decimal(at))
        filled(stop)


@step
def trailing_stop() -> None:
    """A trailing stop follows the price and tells since when."""
    stop = place("STOP_LOSS", "SELL", trailing_delta=100)
    start = Decimal(price())
    for share in ("1.05", "1.03"):
        move_price(SYMBOL, (start * Decimal(share)).quantize(Decimal("0.01")))
    filled(stop)


@step
def iceberg() -> None:
    """An iceberg shows a part of its size."""
    berg = place("LIMIT", "SELL", time_in_force="GTC", price=price("1.1"), iceberg_qty=0.001)
    assert Decimal(order_of(berg).iceberg_qty) == Decimal("0.001")
    api.delete_order(SYMBOL, order_id=berg.order_id)


@step
def test_orders() -> None:
    """A test order is checked, also for what it would cost."""
    wanted = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": 0.01}
    data_of(api.order_test(**wanted))
    costs = data_of(api.order_test(**wanted, compute_commission_rates=True))
    assert costs.standard_commission_for_order.taker == "0.00100000"


# ---------------------------------------------------------------- change, cancel, look back


@step
def cancel_and_replace() -> None:
    """One order goes, another comes."""
    old = place("LIMIT", "BUY", time_in_force="GTC", price=price("0.9"))
    answer = data_of(
        api.order_cancel_replace(
            SYMBOL,
            side="BUY",
            type="LIMIT",
            cancel_replace_mode="STOP_ON_FAILURE",
            cancel_order_id=old.order_id,
            time_in_force="GTC",
            quantity=0.02,
            price=price("0.91"),
        )
    )
    assert (answer.cancel_result, answer.new_order_result) == ("SUCCESS", "SUCCESS")
    api.delete_order(SYMBOL, order_id=answer.new_order_response.order_id)


@step
def amendment() -> None:
    """An order is made smaller and keeps its place; the change is remembered."""
    order = place("LIMIT", "BUY", time_in_force="GTC", price=price("0.9"))
    made = data_of(api.order_amend_keep_priority(SYMBOL, new_qty=0.005, order_id=order.order_id))
    assert Decimal(made.amended_order.qty) == Decimal("0.005")
    (change,) = data_of(api.order_amendments(SYMBOL, order_id=order.order_id))
    assert Decimal(change.new_qty) == Decimal("0.005")
    api.delete_order(SYMBOL, order_id=order.order_id)


@step
def cancel_all() -> None:
    """All open orders of a symbol go at once."""
    for share in ("0.9", "0.91"):
        place("LIMIT", "BUY", time_in_force="GTC", price=price(share))
    assert len(data_of(api.get_open_orders(symbol=SYMBOL))) == 2
    assert len(data_of(api.delete_open_orders(SYMBOL))) == 2
    assert data_of(api.get_open_orders()) == []


@step
def history() -> None:
    """Orders and trades of the past."""
    orders = data_of(api.all_orders(SYMBOL))
    trades = data_of(api.my_trades(SYMBOL))
    done = {order.order_id for order in orders if Decimal(order.executed_qty) > 0}
    assert {trade.order_id for trade in trades} == done
    one = data_of(api.my_trades(SYMBOL, order_id=trades[0].order_id))
    assert one[0] == trades[0]


@step
def what_did_not_happen() -> None:
    """Prevented matches, allocations and the account's own filters: asked for, none there."""
    assert data_of(api.my_prevented_matches(SYMBOL, order_id=1)) == []
    assert data_of(api.my_allocations(SYMBOL)) == []
    data_of(api.my_filters(SYMBOL))


# ---------------------------------------------------------------- order lists


def _pair() -> dict[str, Any]:
    return {
        "above_type": "LIMIT_MAKER",
        "above_price": price("1.1"),
        "below_type": "STOP_LOSS_LIMIT",
        "below_stop_price": price("0.9"),
        "below_price": price("0.89"),
        "below_time_in_force": "GTC",
    }


def _working(share: str = "0.9") -> dict[str, Any]:
    return {
        "symbol": SYMBOL,
        "working_type": "LIMIT",
        "working_side": "BUY",
        "working_price": price(share),
        "working_quantity": 0.01,
        "working_time_in_force": "GTC",
        "pending_side": "SELL",
    }


def _cancel(made: Any) -> None:
    done = data_of(api.delete_order_list(SYMBOL, order_list_id=made.order_list_id))
    assert done.list_order_status == "ALL_DONE"
    assert done.order_reports


@step
def one_cancels_the_other() -> None:
    """Stop and target on the same coins."""
    made = data_of(api.order_list_oco(SYMBOL, side="SELL", quantity=0.01, **_pair()))
    assert (made.contingency_type, made.list_status_type) == ("OCO", "EXEC_STARTED")
    found = data_of(api.get_order_list(order_list_id=made.order_list_id))
    assert found.list_client_order_id == made.list_client_order_id
    assert len(data_of(api.open_order_list())) == 1
    _cancel(made)
    assert len(data_of(api.all_order_list())) == 1


@step
def one_triggers_the_other() -> None:
    """OTO and OTOCO wait for their first order."""
    pending = {"pending_type": "LIMIT_MAKER", "pending_price": price("1.1")}
    _cancel(data_of(api.order_list_oto(**_working(), pending_quantity=0.005, **pending)))
    pair = {f"pending_{name}": value for name, value in _pair().items()}
    _cancel(data_of(api.order_list_otoco(**_working(), pending_quantity=0.005, **pair)))


@step
def one_pays_for_the_other() -> None:
    """OPO and OPOCO sell what their first order bought."""
    pending = {"pending_type": "LIMIT_MAKER", "pending_price": price("1.1")}
    _cancel(data_of(api.order_list_opo(**_working(), **pending)))
    pair = {f"pending_{name}": value for name, value in _pair().items()}
    made = data_of(api.order_list_opoco(**_working("1.01"), **pair))
    until(lambda: len(data_of(api.get_open_orders(symbol=SYMBOL))) == 2, "stop and target")
    _cancel(made)


@step
def the_old_oco() -> None:
    """The deprecated endpoint for pairs still works."""
    made = data_of(
        api.order_oco(
            SYMBOL, side="SELL", quantity=0.01, price=price("1.1"), stop_price=price("0.9")
        )
    )
    _cancel(made)


# ---------------------------------------------------------------- what is wrong


@step
def refusals() -> None:
    """Wrong requests come back as the SDK's errors, with code and text."""
    limit = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "time_in_force": "GTC"}
    with refused(BadRequestError, -1121, "Invalid symbol."):
        api.ticker_price(symbol="NOPEUSDT")
    with refused(BadRequestError, -1100, "quantity"):
        api.new_order(**limit, quantity=1e-05, price=90_000.0)  # str() makes it 1e-05
    with refused(BadRequestError, -1102, "price"):
        api.new_order(**limit, quantity=0.01)
    with refused(BadRequestError, -1013, "Filter failure: NOTIONAL"):
        api.new_order(**limit, quantity="0.00001", price=90_000.0)
    with refused(BadRequestError, -1013, "Filter failure: PRICE_FILTER"):
        api.new_order(**limit, quantity=0.01, price=90_000.001)
    with refused(BadRequestError, -2010, "insufficient balance"):
        api.new_order(**limit, quantity=15.0, price=90_000.0)
    with refused(BadRequestError, -2011, "Unknown order sent."):
        api.delete_order(SYMBOL, order_id=123_456_789)
    with refused(BadRequestError, -2013, "Order does not exist."):
        api.get_order(SYMBOL, order_id=123_456_789)
    with refused(UnauthorizedError, -2014):
        client(api_key="no key", api_secret="s").get_account()
    with refused(UnauthorizedError, -2015):
        client(api_key="nobody", api_secret="s").get_account()
    with refused(BadRequestError, -1022):
        client(api_key=KEY, api_secret="wrong").get_account()


@step
def overloaded_exchange() -> None:
    """Too many requests, a ban, an answer that did not come."""
    for status, code, kind in (
        (429, -1003, TooManyRequestsError),
        (418, -1003, RateLimitBanError),
        (504, -1007, ServerError),
    ):
        break_down("POST /api/v3/order", status, code)
        with refused(kind):
            place("MARKET", "BUY")


if __name__ == "__main__":
    run(after_each=complaints.none)
