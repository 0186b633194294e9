"""A whole session of Binance's official SDK (WebSocket API) against an exchange on this machine."""

import asyncio
from decimal import Decimal
from typing import Any

from binance_common.configuration import ConfigurationWebSocketAPI
from binance_sdk_spot.spot import Spot
from sdk_models import Complaints, check, data_of
from session import ACCOUNTS, KEY, SECRET, WS, move_price, run, step

SYMBOL = "BTCUSDT"
complaints = Complaints()
connections: dict[str, Any] = {}
events: list[Any] = []


async def connect(name: str, **keys: str) -> Any:
    """Open a connection to this machine instead of to Binance."""
    wanted = ConfigurationWebSocketAPI(stream_url=f"{WS}/ws-api/v3", **keys)
    connections[name] = await Spot(config_ws_api=wanted).websocket_api.create_connection()
    return connections[name]


def result_of(answer: Any) -> Any:
    """Return the result of an answer that fits the SDK's models and tells the limits."""
    data = data_of(answer)
    data = getattr(data, "actual_instance", data)
    assert data.status == 200, data
    assert "REQUEST_WEIGHT" in {limit.rateLimitType for limit in answer.rate_limits}
    return data.result


async def price(share: str = "1") -> str:
    """Return the last price, or a share of it, in whole ticks."""
    last = result_of(await api().ticker_price(symbol=SYMBOL)).price
    return f"{Decimal(last) * Decimal(share):.2f}"


def api() -> Any:
    """Return the connection that signs with an HMAC key."""
    return connections["hmac"]


async def place(type: str, side: str, **more: Any) -> Any:
    """Place an order of 0.01."""
    wanted = {"quantity": 0.01, "new_order_resp_type": "FULL"} | more
    return result_of(await api().order_place(symbol=SYMBOL, side=side, type=type, **wanted))


async def event(kind: str, **wanted: Any) -> Any:
    """Return the first user event of a kind whose fields are as wanted."""
    for _ in range(500):
        for heard in events:
            told = heard.actual_instance
            if type(told).__name__ == kind and all(
                getattr(told, k) == v for k, v in wanted.items()
            ):
                check(told)
                return told
        await asyncio.sleep(0.02)
    raise AssertionError(f"no {kind} with {wanted} among {len(events)} events")


async def refused(request: Any, code: int, *words: str) -> None:
    """Expect an error with this code; the SDK hands out what the exchange said."""
    error = (await request).data()["error"]
    assert error["code"] == code, error
    assert all(word in error["msg"] for word in words), error
    complaints.heard.clear()  # the SDK logs each error as well


# ---------------------------------------------------------------- the market


@step
async def connected() -> None:
    """The exchange answers on the WebSocket API."""
    await connect("hmac", api_key=KEY, api_secret=SECRET)
    assert data_of(await api().ping()).status == 200
    assert result_of(await api().time()).server_time > 1_700_000_000_000


@step
async def market_data() -> None:
    """Symbols, prices, book, trades and candles fit the SDK's models."""
    answer = (await api().exchange_info(symbol=SYMBOL)).data()
    info = type(answer).from_dict(answer.additional_properties["result"])  # a slip of the SDK's
    check(info)
    assert [known.symbol for known in info.symbols] == [SYMBOL]
    day = result_of(await api().ticker24hr(symbol=SYMBOL))
    assert Decimal(day.low_price) <= Decimal(day.high_price)
    best = result_of(await api().ticker_book(symbol=SYMBOL))
    assert Decimal(best.bid_price) < Decimal(best.ask_price)
    assert len(result_of(await api().ticker_price(symbols=[SYMBOL, "ETHUSDT"]))) == 2
    assert result_of(await api().avg_price(SYMBOL)).mins == 5
    assert len(result_of(await api().depth(SYMBOL, limit=5)).bids) == 5
    assert len(result_of(await api().trades_recent(SYMBOL, limit=1))) == 1
    assert len(result_of(await api().trades_aggregate(SYMBOL, limit=1))) == 1
    assert len(result_of(await api().klines(SYMBOL, interval="1h", limit=5))) == 5


@step
async def more_market_data() -> None:
    """Older trades, windows, the trading day, candles for charts, rules of execution."""
    assert len(result_of(await api().trades_historical(SYMBOL, limit=1))) == 1
    assert len(result_of(await api().ui_klines(SYMBOL, interval="1h", limit=5))) == 5
    result_of(await api().ticker(symbol=SYMBOL, window_size="1h"))
    result_of(await api().ticker_trading_day(symbol=SYMBOL))
    result_of(await api().execution_rules(symbol=SYMBOL))


# ---------------------------------------------------------------- account and user data


@step
async def account() -> None:
    """Balances, fees and counts of the account."""
    held = {row.asset: row for row in result_of(await api().account_status()).balances}
    assert Decimal(held["BTC"].free) == 20
    rates = result_of(await api().account_commission(SYMBOL))
    assert rates.standard_commission.taker == "0.00100000"
    assert len(result_of(await api().account_rate_limits_orders())) == 2


@step
async def user_data_by_signature() -> None:
    """A signed subscription tells of this account's orders from now on."""
    subscribed = await api().user_data_stream_subscribe_signature()
    assert result_of(subscribed.response).subscription_id == 0
    subscribed.stream.on("message", events.append)


@step
async def session_logon() -> None:
    """An Ed25519 key logs on once and then trades without signatures."""
    keys = ACCOUNTS["ed25519"]
    own = await connect("ed25519", api_key=keys["key"], private_key=keys["private_key"])
    logon = await own.session_logon()
    assert result_of(logon).api_key == keys["key"]
    assert result_of(await own.session_status()).api_key == keys["key"]
    subscribed = await own.user_data_stream_subscribe()
    assert result_of(subscribed.response).subscription_id == 0
    order = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": 0.01}
    assert result_of(await own.order_place(**order)).status == "FILLED"
    result_of(await own.user_data_stream_unsubscribe(subscription_id=0))
    result_of(await own.session_logout())


@step
async def rsa_key() -> None:
    """An RSA key signs each request."""
    keys = ACCOUNTS["rsa"]
    own = await connect("rsa", api_key=keys["key"], private_key=keys["private_key"])
    assert result_of(await own.account_status()).can_trade


# ---------------------------------------------------------------- orders


@step
async def market_order() -> None:
    """A market order is filled; its life and the new balances are told."""
    placed = await place("MARKET", "BUY")
    assert placed.status == "FILLED"
    new = await event("ExecutionReport", i=placed.order_id, x="NEW")
    fill = await event("ExecutionReport", i=placed.order_id, x="TRADE", X="FILLED")
    assert (new.X, new.C, fill.z) == ("NEW", "", "0.01000000")
    assert fill.n == placed.fills[-1].commission
    told = await event("OutboundAccountPosition")
    assert {row.a for row in told.B} == {"BTC", "USDT"}


@step
async def limit_order() -> None:
    """A limit order rests, is found, and is cancelled; all of it is told."""
    placed = await place("LIMIT", "BUY", time_in_force="GTC", price=await price("0.9"))
    found = result_of(await api().order_status(SYMBOL, order_id=placed.order_id))
    assert (found.status, found.is_working) == ("NEW", True)
    assert len(result_of(await api().open_orders_status(symbol=SYMBOL))) == 1
    gone = result_of(await api().order_cancel(SYMBOL, order_id=placed.order_id))
    assert gone.status == "CANCELED"
    told = await event("ExecutionReport", i=placed.order_id, x="CANCELED")
    assert told.C == placed.client_order_id


@step
async def stop_order() -> None:
    """A stop sleeps until the price falls to it."""
    at = await price("0.99")
    placed = await place("STOP_LOSS", "SELL", stop_price=at)
    move_price(SYMBOL, Decimal(at))
    await event("ExecutionReport", i=placed.order_id, X="FILLED")


@step
async def other_types() -> None:
    """A post-only order rests; IOC and FOK that find nothing expire."""
    low = await price("0.9")
    maker = await place("LIMIT_MAKER", "BUY", price=low)
    assert maker.status == "NEW"
    for force in ("IOC", "FOK"):
        assert (await place("LIMIT", "BUY", time_in_force=force, price=low)).status == "EXPIRED"
    assert len(result_of(await api().open_orders_cancel_all(SYMBOL))) == 1
    tested = await api().order_test(symbol=SYMBOL, side="BUY", type="MARKET", quantity=0.01)
    result_of(tested)


@step
async def changed_orders() -> None:
    """An order is replaced, and one is made smaller."""
    low = await price("0.9")
    first = await place("LIMIT", "BUY", time_in_force="GTC", price=low)
    replaced = result_of(
        await api().order_cancel_replace(
            SYMBOL,
            cancel_replace_mode="STOP_ON_FAILURE",
            side="BUY",
            type="LIMIT",
            cancel_order_id=first.order_id,
            time_in_force="GTC",
            price=low,
            quantity=0.02,
        )
    )
    order_id = replaced.new_order_response.order_id
    made = result_of(await api().order_amend_keep_priority(SYMBOL, new_qty=0.01, order_id=order_id))
    assert Decimal(made.amended_order.qty) == Decimal("0.01")
    assert len(result_of(await api().order_amendments(SYMBOL, order_id=order_id))) == 1
    await event("ExecutionReport", i=order_id, x="REPLACED")
    result_of(await api().order_cancel(SYMBOL, order_id=order_id))


@step
async def history() -> None:
    """Orders and trades of the past agree."""
    orders = result_of(await api().all_orders(SYMBOL))
    trades = result_of(await api().my_trades(SYMBOL))
    done = {order.order_id for order in orders if Decimal(order.executed_qty) > 0}
    assert {trade.order_id for trade in trades} == done


# ---------------------------------------------------------------- lists


async def _pair() -> dict[str, Any]:
    return {
        "above_type": "LIMIT_MAKER",
        "above_price": await price("1.1"),
        "below_type": "STOP_LOSS",
        "below_stop_price": await price("0.9"),
    }


async def _cancel_list(made: Any) -> None:
    done = result_of(await api().order_list_cancel(SYMBOL, order_list_id=made.order_list_id))
    assert done.list_order_status == "ALL_DONE"


@step
async def one_cancels_the_other() -> None:
    """Stop and target on the same coins; the list's life is told."""
    made = result_of(
        await api().order_list_place_oco(SYMBOL, side="SELL", quantity=0.01, **await _pair())
    )
    told = await event("ListStatus", g=made.order_list_id, l="EXEC_STARTED")
    assert (told.c, len(told.O)) == ("OCO", 2)
    found = result_of(await api().order_list_status(order_list_id=made.order_list_id))
    assert found.list_order_status == "EXECUTING"
    assert len(result_of(await api().open_order_lists_status())) == 1
    await _cancel_list(made)
    await event("ListStatus", g=made.order_list_id, l="ALL_DONE")
    assert len(result_of(await api().all_order_lists())) == 1


@step
async def one_triggers_the_others() -> None:
    """OTO, OTOCO, OPO and OPOCO wait for their first order."""
    working = {
        "symbol": SYMBOL,
        "working_type": "LIMIT",
        "working_side": "BUY",
        "working_price": await price("0.9"),
        "working_quantity": 0.01,
        "working_time_in_force": "GTC",
        "pending_side": "SELL",
    }
    one = {"pending_type": "LIMIT_MAKER", "pending_price": await price("1.1")}
    two = {f"pending_{name}": value for name, value in (await _pair()).items()}
    own = {"pending_quantity": 0.005}
    await _cancel_list(result_of(await api().order_list_place_oto(**working, **one, **own)))
    await _cancel_list(result_of(await api().order_list_place_otoco(**working, **two, **own)))
    await _cancel_list(result_of(await api().order_list_place_opo(**working, **one)))
    await _cancel_list(result_of(await api().order_list_place_opoco(**working, **two)))


# ---------------------------------------------------------------- what is wrong


@step
async def refusals() -> None:
    """Wrong requests come back with their code; the connection lives on."""
    limit = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "time_in_force": "GTC"}
    await refused(api().ticker_price(symbol="NOPEUSDT"), -1121, "Invalid symbol.")
    await refused(api().order_place(**limit, quantity=0.01), -1102, "price")
    await refused(api().order_place(**limit, quantity="0.00001", price=90_000.0), -1013, "NOTIONAL")
    await refused(
        api().order_place(**limit, quantity=15.0, price=90_000.0), -2010, "insufficient balance"
    )
    await refused(api().order_cancel(SYMBOL, order_id=123_456_789), -2011, "Unknown order sent.")
    await refused(api().order_status(SYMBOL, order_id=123_456_789), -2013, "does not exist")
    nobody = await connect("nobody", api_key="nobody", api_secret="s")
    await refused(nobody.account_status(), -2015)
    forger = await connect("forger", api_key=KEY, api_secret="wrong")
    await refused(forger.account_status(), -1022, "Signature for this request is not valid.")
    assert result_of(await api().time())


@step
async def good_bye() -> None:
    """The connections close in good order."""
    for connection in connections.values():
        await connection.close_connection(close_session=True)


if __name__ == "__main__":
    run(after_each=complaints.none)
