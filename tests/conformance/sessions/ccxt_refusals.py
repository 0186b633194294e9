"""What ccxt makes of everything that can be wrong: the exchange's codes become its exceptions.

ccxt refuses some mistakes by itself, so most of these are sent as they are, past its checks.
"""

import ccxt
from session import ACCOUNTS, REST, break_down, refused, run, step


def client(account: str = "hmac", **changed: str) -> ccxt.binance:
    """Return a client for one of the accounts, or for none."""
    keys = ACCOUNTS[account] | changed
    made = ccxt.binance({"apiKey": keys["key"], "secret": keys["secret"]})
    made.urls["api"] |= {"public": f"{REST}/api/v3", "private": f"{REST}/api/v3"}
    made.options |= {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False}
    made.options["fetchMargins"] = False
    return made


exchange = client()
SYMBOL = "BTC/USDT"
LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
GOOD = LIMIT | {"quantity": "0.01", "price": "90000"}


def place(**changed: str | None) -> dict:
    """Place a good order with something changed; None leaves a parameter out."""
    wanted = GOOD | {"newOrderRespType": "RESULT"} | changed
    return exchange.private_post_order({k: v for k, v in wanted.items() if v is not None})


def last_price() -> float:
    """Return the last price."""
    return exchange.fetch_last_prices([SYMBOL])[SYMBOL]["price"]


# ---------------------------------------------------------------- who asks


@step
def wrong_secret() -> None:
    """A wrong secret makes a wrong signature."""
    with refused(ccxt.AuthenticationError, -1022, "Signature for this request is not valid."):
        client(secret="wrong").private_get_account()


@step
def unknown_key() -> None:
    """A key that nobody has."""
    with refused(ccxt.AuthenticationError, -2015, "Invalid API-key, IP, or permissions"):
        client(key="nobody").private_get_account()


@step
def malformed_key() -> None:
    """A key that no key looks like."""
    with refused(ccxt.AuthenticationError, -2014, "API-key format invalid."):
        client(key="no key").private_get_account()


@step
def reading_key() -> None:
    """An account that may read but not trade."""
    with refused(ccxt.PermissionDenied, "This account may not place or cancel orders."):
        client("reader").private_post_order(GOOD)


@step
def old_timestamp() -> None:
    """A request that is too old, and one from the future."""
    now = exchange.milliseconds()
    with refused(ccxt.InvalidNonce, -1021, "outside of the recvWindow"):
        exchange.private_get_account({"timestamp": now - 30_000})
    with refused(ccxt.InvalidNonce, -1021, "1000ms ahead of the server's time"):
        exchange.private_get_account({"timestamp": now + 30_000})


# ---------------------------------------------------------------- what is asked


@step
def unknown_symbol() -> None:
    """A symbol that is not traded."""
    with refused(ccxt.BadSymbol, -1121, "Invalid symbol."):
        exchange.public_get_ticker_price({"symbol": "NOPEUSDT"})
    with refused(ccxt.BadSymbol, -1121, "Invalid symbol."):
        place(symbol="NOPEUSDT")


@step
def malformed_parameters() -> None:
    """Parameters that are missing, empty, too many, or not what they should be."""
    with refused(ccxt.BadRequest, -1102, "Mandatory parameter 'quantity'"):
        place(quantity=None)
    with refused(ccxt.BadRequest, -1105, "Parameter 'price' was empty."):
        place(price="")
    with refused(ccxt.BadRequest, -1104, "Not all sent parameters were read"):
        place(colour="red")
    with refused(ccxt.BadRequest, -1100, "Illegal characters found in parameter 'price'"):
        place(price="1e5")
    with refused(ccxt.BadRequest, -1106, "Parameter 'price' sent when not required."):
        place(type="MARKET", timeInForce=None)
    with refused(ccxt.BadRequest, -1115, "Invalid timeInForce."):
        place(timeInForce="WHENEVER")
    with refused(ccxt.BadRequest, -1116, "Invalid orderType."):
        place(type="HOPE")
    with refused(ccxt.BadRequest, -1117, "Invalid side."):
        place(side="HOLD")
    with refused(ccxt.BadRequest, -1111, "Parameter 'quantity' has too much precision."):
        place(quantity="0.0123456789")
    with refused(ccxt.BadRequest, -1100, "newClientOrderId"):
        place(newClientOrderId="no spaces please")


@step
def wrong_interval() -> None:
    """A candle length that does not exist."""
    with refused(ccxt.BadRequest, -1120, "Invalid interval."):
        exchange.public_get_klines({"symbol": "BTCUSDT", "interval": "7m"})


# ---------------------------------------------------------------- the rules of the symbol


@step
def broken_filters() -> None:
    """Prices and amounts that the symbol's filters forbid."""
    with refused(ccxt.InvalidOrder, "Filter failure: PRICE_FILTER"):
        place(price="90000.001")
    with refused(ccxt.InvalidOrder, "Filter failure: LOT_SIZE"):
        place(quantity="0.000011")
    with refused(ccxt.BadRequest, -1013, "Filter failure: NOTIONAL"):
        place(quantity="0.00001")
    with refused(ccxt.InvalidOrder, "Filter failure: PERCENT_PRICE_BY_SIDE"):
        place(price="10000")
    with refused(ccxt.BadRequest, -1013, "Invalid quantity."):
        place(quantity="0")


@step
def too_many_stops() -> None:
    """The sixth stop order of a symbol."""
    stop = {"type": "STOP_LOSS", "side": "SELL", "timeInForce": None, "price": None}
    stop["stopPrice"] = f"{last_price() * 0.9:.2f}"
    for _ in range(5):
        place(**stop)
    with refused(ccxt.BadRequest, -1013, "Filter failure: MAX_NUM_ALGO_ORDERS"):
        place(**stop)
    exchange.cancel_all_orders(SYMBOL)


# ---------------------------------------------------------------- the engine


@step
def too_little_money() -> None:
    """An order that the account cannot pay for."""
    with refused(ccxt.InsufficientFunds, "Account has insufficient balance"):
        client("poor").private_post_order(GOOD)
    with refused(ccxt.InsufficientFunds, "Account has insufficient balance"):
        exchange.create_order(SYMBOL, "market", "sell", 100)


@step
def crossing_maker() -> None:
    """A post-only order that would take."""
    with refused(ccxt.OrderImmediatelyFillable, "Order would immediately match and take."):
        exchange.create_order(SYMBOL, "limit", "buy", 0.01, last_price() * 1.05, {"postOnly": True})


@step
def triggered_stop() -> None:
    """A stop on the wrong side of the price."""
    stop = {"stopLossPrice": last_price() * 1.05}
    with refused(ccxt.OrderImmediatelyFillable, "Order would trigger immediately."):
        exchange.create_order(SYMBOL, "market", "sell", 0.01, None, stop)


@step
def same_id_twice() -> None:
    """Two open orders with the same name."""
    place(newClientOrderId="twin")
    with refused(ccxt.InvalidOrder, -2010, "Duplicate order sent."):
        place(newClientOrderId="twin")
    exchange.cancel_all_orders(SYMBOL)


@step
def unknown_order() -> None:
    """Orders that do not exist, or are gone."""
    with refused(ccxt.OrderNotFound, -2013, "Order does not exist."):
        exchange.fetch_order("123456789", SYMBOL)
    with refused(ccxt.OrderNotFound, -2011, "Unknown order sent."):
        exchange.cancel_order("123456789", SYMBOL)
    with refused(ccxt.OrderNotFound, -2011, "Unknown order sent."):
        exchange.cancel_all_orders(SYMBOL)
    with refused(ccxt.BadRequest, -1102, "'origClientOrderId' or 'orderId' must be sent"):
        exchange.private_get_order({"symbol": "BTCUSDT"})


@step
def disagreeing_ids() -> None:
    """Two ids in one request that name different orders."""
    order = place(newClientOrderId="one")
    with refused(ccxt.ExchangeError, -2039, "Client order ID is not correct for this order ID."):
        exchange.private_get_order(
            {"symbol": "BTCUSDT", "orderId": order["orderId"], "origClientOrderId": "other"}
        )
    exchange.cancel_all_orders(SYMBOL)


@step
def failed_replacement() -> None:
    """An order to replace that does not exist: nothing is cancelled, nothing is placed."""
    with refused(ccxt.ExchangeError, -2022, "Order cancel-replace failed."):
        exchange.private_post_order_cancelreplace(
            GOOD | {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": "123456789"}
        )


@step
def larger_amendment() -> None:
    """An amendment may only make an order smaller."""
    order = place()
    wanted = {"symbol": "BTCUSDT", "orderId": order["orderId"], "newQty": "0.02"}
    with refused(ccxt.ExchangeError, -2038):
        exchange.request("order/amend/keepPriority", ["private"], "PUT", wanted)
    exchange.cancel_all_orders(SYMBOL)


@step
def crooked_list() -> None:
    """A pair of orders whose prices do not lie on both sides of the market."""
    with refused(ccxt.InvalidOrder, -2010, "The relationship of the prices"):
        exchange.private_post_orderlist_oco(
            {
                "symbol": "BTCUSDT",
                "side": "SELL",
                "quantity": "0.01",
                "aboveType": "LIMIT_MAKER",
                "abovePrice": f"{last_price() * 0.9:.2f}",
                "belowType": "STOP_LOSS",
                "belowStopPrice": f"{last_price() * 0.8:.2f}",
            }
        )
    with refused(ccxt.OrderNotFound, -2011, "Unknown order list sent."):
        exchange.private_delete_orderlist({"symbol": "BTCUSDT", "orderListId": "123456789"})


# ---------------------------------------------------------------- the exchange itself


@step
def overloaded_exchange() -> None:
    """Too many requests, a ban, an answer that did not come: told as on the real exchange."""
    for status, code, kind in (
        (429, -1003, ccxt.DDoSProtection),
        (418, -1003, ccxt.DDoSProtection),
        (504, -1007, ccxt.RequestTimeout),
    ):
        break_down("POST /api/v3/order", status, code)
        with refused(kind):
            place()
    assert exchange.fetch_open_orders(SYMBOL) == []


if __name__ == "__main__":
    run()
