"""A whole session of python-binance (the blocking client) against an exchange on this machine."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import binance
from binance.exceptions import BinanceAPIException
from session import (
    ACCOUNTS,
    KEY,
    REST,
    SECRET,
    WS,
    break_down,
    move_price,
    refused,
    run,
    step,
    until,
)

SYMBOL = "BTCUSDT"


class Client(binance.Client):
    """The client, with this machine's addresses instead of Binance's."""

    API_URL = f"{REST}/api"
    MARGIN_API_URL = f"{REST}/sapi"
    WS_API_URL = f"{WS}/ws-api/v3"


client = Client(KEY, SECRET)


def price(share: str = "1") -> str:
    """Return the last price, or a share of it, in whole ticks."""
    last = Decimal(client.get_symbol_ticker(symbol=SYMBOL)["price"])
    return f"{last * Decimal(share):.2f}"


def place(type: str, side: str, **more: Any) -> dict[str, Any]:
    """Place an order of 0.01."""
    wanted = {"quantity": "0.01", "newOrderRespType": "FULL"} | more
    return client.create_order(symbol=SYMBOL, side=side, type=type, **wanted)


def status(order: dict[str, Any]) -> str:
    """Ask for an order's status."""
    return client.get_order(symbol=SYMBOL, orderId=order["orderId"])["status"]


# ---------------------------------------------------------------- the market


@step
def market_data() -> None:
    """Symbols, time, prices and the book."""
    assert client.ping() == {}
    assert client.get_server_time()["serverTime"] > 1_700_000_000_000
    known = client.get_symbol_info(SYMBOL)
    assert known["baseAsset"] == "BTC"
    assert len(client.get_exchange_info()["symbols"]) == len(client.get_all_tickers())
    assert len(client.get_orderbook_tickers()) == len(client.get_all_tickers())
    best = client.get_orderbook_ticker(symbol=SYMBOL)
    assert Decimal(best["bidPrice"]) < Decimal(best["askPrice"])
    assert len(client.get_order_book(symbol=SYMBOL, limit=20)["bids"]) == 20
    assert client.get_ticker(symbol=SYMBOL)["symbol"] == SYMBOL
    assert client.get_avg_price(symbol=SYMBOL)["mins"] == 5


@step
def trades() -> None:
    """Trades one by one, put together, and all of them since a moment."""
    until(lambda: len(client.get_aggregate_trades(symbol=SYMBOL)) >= 5, "trades")
    rows = client.get_aggregate_trades(symbol=SYMBOL, limit=5)
    assert len(rows) == 5
    walked = list(client.aggregate_trade_iter(symbol=SYMBOL, last_id=rows[0]["a"]))
    assert walked[0]["a"] == rows[0]["a"] + 1


@step
def candles() -> None:
    """Candles of the past: the client first asks for the oldest candle that there is."""
    rows = client.get_klines(symbol=SYMBOL, interval="1h", limit=5)
    assert [len(row) for row in rows] == [12] * 5
    day = client.get_historical_klines(SYMBOL, "1h", "1 day ago UTC")
    assert 23 <= len(day) <= 25
    assert len(client.get_ui_klines(symbol=SYMBOL, interval="1m", limit=3)) == 3


@step
def older_trades_and_windows() -> None:
    """Trades of the past, and the ticker of a window."""
    assert len(client.get_historical_trades(symbol=SYMBOL, limit=3)) == 3
    assert client.get_symbol_ticker_window(symbol=SYMBOL, windowSize="1h")["symbol"] == SYMBOL


# ---------------------------------------------------------------- the account


@step
def account() -> None:
    """Balances, fees, limits and rights of the account."""
    assert client.get_account()["accountType"] == "SPOT"
    assert client.get_asset_balance(asset="BTC")["free"] == "20.00000000"
    (fee,) = client.get_trade_fee(symbol=SYMBOL)
    assert fee["takerCommission"] == "0.00100000"
    assert client.v3_get_account_commission(symbol=SYMBOL)["symbol"] == SYMBOL
    assert [row["interval"] for row in client.get_current_order_count()] == ["SECOND", "DAY"]
    assert client.get_account_api_permissions()["enableSpotAndMarginTrading"]
    assert {coin["coin"] for coin in client.get_all_coins_info()} >= {"BTC", "USDT"}


@step
def keys_of_other_kinds() -> None:
    """Ed25519 and RSA keys open their accounts as well."""
    for kind in ("ed25519", "rsa"):
        keys = ACCOUNTS[kind]
        other = Client(keys["key"], private_key=Path(keys["private_key"]).read_text().strip())
        assert other.get_asset_balance(asset="BTC")["free"] == "20.00000000"


# ---------------------------------------------------------------- orders of every type


@step
def market_orders() -> None:
    """By amount and by cost."""
    assert client.order_market_buy(symbol=SYMBOL, quantity="0.01")["status"] == "FILLED"
    spent = client.order_market_buy(symbol=SYMBOL, quoteOrderQty="500")
    assert Decimal(spent["cummulativeQuoteQty"]) <= 500
    assert client.order_market_sell(symbol=SYMBOL, quantity="0.01")["fills"]


@step
def limit_orders() -> None:
    """GTC rests, IOC and FOK do not, LIMIT_MAKER only rests."""
    resting = client.order_limit_buy(symbol=SYMBOL, quantity="0.01", price=price("0.9"))
    assert status(resting) == "NEW"
    assert client.get_open_orders(symbol=SYMBOL)[0]["orderId"] == resting["orderId"]
    gone = client.cancel_order(symbol=SYMBOL, orderId=resting["orderId"])
    assert gone["status"] == "CANCELED"
    for force in ("IOC", "FOK"):
        order = place("LIMIT", "BUY", timeInForce=force, price=price("0.9"))
        assert order["status"] == "EXPIRED"
    place("LIMIT_MAKER", "SELL", price=price("1.1"))
    place("LIMIT_MAKER", "SELL", price=price("1.2"))
    assert len(client.cancel_all_open_orders(symbol=SYMBOL)) == 2


@step
def stops_and_targets() -> None:
    """Each kind of stop and target sleeps until the price reaches it."""
    for type, share in (
        ("STOP_LOSS", "0.99"),
        ("STOP_LOSS_LIMIT", "0.99"),
        ("TAKE_PROFIT", "1.01"),
        ("TAKE_PROFIT_LIMIT", "1.01"),
    ):
        more = {"stopPrice": price(share)}
        if type.endswith("LIMIT"):
            more |= {"timeInForce": "GTC", "price": f"{Decimal(more['stopPrice']) * 95 / 100:.2f}"}
        order = place(type, "SELL", **more)
        move_price(SYMBOL, Decimal(more["stopPrice"]))
        until(lambda order=order: status(order) == "FILLED", type)


@step
def trailing_and_iceberg() -> None:
    """A trailing stop follows the price; an iceberg shows a part of its size."""
    stop = place("STOP_LOSS", "SELL", trailingDelta=100)
    start = Decimal(price())
    for share in ("1.05", "1.03"):
        move_price(SYMBOL, (start * Decimal(share)).quantize(Decimal("0.01")))
    until(lambda: status(stop) == "FILLED", "the trailing stop")
    berg = place("LIMIT", "SELL", timeInForce="GTC", price=price("1.1"), icebergQty="0.001")
    client.cancel_order(symbol=SYMBOL, orderId=berg["orderId"])


@step
def test_order() -> None:
    """A test order is checked and never placed."""
    wanted = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    assert client.create_test_order(**wanted) == {}
    assert client.get_open_orders() == []


@step
def cancel_and_replace() -> None:
    """One order goes, another comes."""
    old = client.order_limit_buy(symbol=SYMBOL, quantity="0.01", price=price("0.9"))
    answer = client.cancel_replace_order(
        symbol=SYMBOL,
        side="BUY",
        type="LIMIT",
        timeInForce="GTC",
        quantity="0.02",
        price=price("0.91"),
        cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrderId=old["orderId"],
    )
    assert (answer["cancelResult"], answer["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    client.cancel_order(symbol=SYMBOL, orderId=answer["newOrderResponse"]["orderId"])


@step
def history() -> None:
    """Orders and trades of the past agree."""
    orders = client.get_all_orders(symbol=SYMBOL)
    done = {order["orderId"] for order in orders if Decimal(order["executedQty"]) > 0}
    assert {trade["orderId"] for trade in client.get_my_trades(symbol=SYMBOL)} == done


@step
def what_did_not_happen() -> None:
    """Prevented matches and allocations: asked for, none there."""
    assert client.get_prevented_matches(symbol=SYMBOL, orderId=1) == []
    assert client.get_allocations(symbol=SYMBOL) == []


# ---------------------------------------------------------------- order lists


def _pair() -> dict[str, str]:
    return {
        "aboveType": "LIMIT_MAKER",
        "abovePrice": price("1.1"),
        "belowType": "STOP_LOSS",
        "belowStopPrice": price("0.9"),
    }


def _cancel_list(made: dict[str, Any]) -> None:
    done = client.v3_delete_order_list(symbol=SYMBOL, orderListId=made["orderListId"])
    assert done["listOrderStatus"] == "ALL_DONE"


@step
def one_cancels_the_other() -> None:
    """Stop and target on the same coins, in the present form of the endpoint."""
    made = client.create_oco_order(symbol=SYMBOL, side="SELL", quantity="0.01", **_pair())
    assert made["contingencyType"] == "OCO"
    found = client.v3_get_order_list(orderListId=made["orderListId"])
    assert found["listOrderStatus"] == "EXECUTING"
    assert len(client.get_open_oco_orders()) == 1
    _cancel_list(made)
    assert len(client.v3_get_all_order_list()) == 1


@step
def one_triggers_the_others() -> None:
    """OTO and OTOCO wait for their first order."""
    working = {
        "symbol": SYMBOL,
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingTimeInForce": "GTC",
        "workingPrice": price("0.9"),
        "workingQuantity": "0.01",
        "pendingSide": "SELL",
        "pendingQuantity": "0.005",
    }
    one = {"pendingType": "LIMIT_MAKER", "pendingPrice": price("1.1")}
    _cancel_list(client.v3_post_order_list_oto(**working, **one))
    two = {f"pending{name[0].upper()}{name[1:]}": value for name, value in _pair().items()}
    _cancel_list(client.v3_post_order_list_otoco(**working, **two))


# ---------------------------------------------------------------- the WebSocket API


@step
def over_the_websocket() -> None:
    """The same client places and finds orders over the WebSocket API."""
    assert client.ws_get_time()["serverTime"] > 1_700_000_000_000
    order = client.ws_order_limit_buy(symbol=SYMBOL, quantity="0.01", price=price("0.9"))
    found = client.ws_get_order(symbol=SYMBOL, orderId=order["orderId"])
    assert found["status"] == "NEW"
    assert client.ws_cancel_order(symbol=SYMBOL, orderId=order["orderId"])["status"] == "CANCELED"
    assert client.ws_get_account()["accountType"] == "SPOT"
    with refused(BinanceAPIException, -1121, "Invalid symbol."):
        client.ws_get_symbol_ticker(symbol="NOPEUSDT")


# ---------------------------------------------------------------- what is wrong


@step
def refusals() -> None:
    """Wrong requests come back as BinanceAPIException, with code and text."""
    limit = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
    good = limit | {"quantity": "0.01", "price": price("0.9")}
    for code, text, changed in (
        (-1121, "Invalid symbol.", {"symbol": "NOPEUSDT"}),
        (-1100, "Illegal characters found in parameter 'price'", {"price": "1e5"}),
        (-1105, "Parameter 'quantity' was empty.", {"quantity": ""}),
        (-1111, "Parameter 'price' has too much precision.", {"price": "90000.123456789"}),
        (-1115, "Invalid timeInForce.", {"timeInForce": "GTX"}),
        (-1013, "Filter failure: LOT_SIZE", {"quantity": "0.000011"}),
        (-1013, "Filter failure: NOTIONAL", {"quantity": "0.00001"}),
        (-2010, "Account has insufficient balance for requested action.", {"quantity": "15"}),
    ):
        with refused(BinanceAPIException, f"code={code}", text):
            client.create_order(**(good | changed))
    with refused(BinanceAPIException, "code=-2013", "Order does not exist."):
        client.get_order(symbol=SYMBOL, orderId=123_456_789)
    with refused(BinanceAPIException, "code=-2011", "Unknown order sent."):
        client.cancel_order(symbol=SYMBOL, orderId=123_456_789)
    for code, key, secret in ((-2014, "no key", "s"), (-2015, "nobody", "s"), (-1022, KEY, "s")):
        with refused(BinanceAPIException, f"code={code}"):
            Client(key, secret).get_account()


@step
def overloaded_exchange() -> None:
    """Too many requests, a ban, an answer that did not come."""
    for status_code, code in ((429, -1003), (418, -1003), (504, -1007)):
        break_down("POST /api/v3/order", status_code, code)
        with refused(BinanceAPIException, f"code={code}"):
            place("MARKET", "BUY")


if __name__ == "__main__":
    run()
