"""A whole session of ccxt (the plain, blocking client) against an exchange on this machine."""

from decimal import Decimal
from pathlib import Path

import ccxt
from session import ACCOUNTS, KEY, REST, SECRET, move_price, run, step, until

SYMBOL = "BTC/USDT"


def client(account: str = "hmac") -> ccxt.binance:
    """Return a client that talks to this machine instead of to Binance."""
    keys = ACCOUNTS[account]
    secret = keys.get("secret") or Path(keys["private_key"]).read_text().strip()
    made = ccxt.binance({"apiKey": keys["key"], "secret": secret})
    made.urls["api"] |= {"public": f"{REST}/api/v3", "private": f"{REST}/api/v3"}
    made.urls["api"]["sapi"] = f"{REST}/sapi/v1"
    made.options |= {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False}
    return made


exchange = client()


def price(share: str = "1") -> float:
    """Return the last price, or a share of it, in whole ticks."""
    last = exchange.fetch_last_prices([SYMBOL])[SYMBOL]["price"]
    return float(exchange.price_to_precision(SYMBOL, last * float(share)))


def move_to(wanted: float) -> None:
    """Let the market trade at a price."""
    move_price("BTCUSDT", Decimal(exchange.price_to_precision(SYMBOL, wanted)))


# ---------------------------------------------------------------- the market


@step
def markets() -> None:
    """The symbols arrive with their filters as precision and limits."""
    market = exchange.load_markets()[SYMBOL]
    assert market["precision"] == {"amount": 0.00001, "price": 0.01, "base": 1e-8, "quote": 1e-8}
    assert market["limits"]["cost"]["min"] == 5.0
    assert market["active"]
    assert market["spot"]


@step
def currencies() -> None:
    """The coins come from the wallet, as on the real exchange."""
    assert {"BTC", "USDT"} <= set(exchange.fetch_currencies())


@step
def clock() -> None:
    """The exchange's clock is the clock."""
    assert abs(exchange.fetch_time() - exchange.milliseconds()) < 2_000
    exchange.load_time_difference()


@step
def prices() -> None:
    """One price, all prices, the best of the book, the day: they all agree."""
    ticker = exchange.fetch_ticker(SYMBOL)
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert ticker["bid"] < ticker["ask"]
    assert len(exchange.fetch_tickers()) == len(exchange.markets)
    best = exchange.fetch_bids_asks([SYMBOL, "ETH/USDT"])
    assert best[SYMBOL]["bid"] < best[SYMBOL]["ask"]
    assert exchange.fetch_last_prices([SYMBOL])[SYMBOL]["price"] > 0
    assert float(exchange.public_get_avgprice({"symbol": "BTCUSDT"})["price"]) > 0


@step
def windows() -> None:
    """The ticker of a window and of the trading day."""
    window = exchange.public_get_ticker({"symbol": "BTCUSDT", "windowSize": "1h"})
    assert window["symbol"] == "BTCUSDT"
    assert exchange.public_get_ticker_tradingday({"symbol": "BTCUSDT"})["symbol"] == "BTCUSDT"


@step
def order_book() -> None:
    """The book has depth on both sides, best first."""
    book = exchange.fetch_order_book(SYMBOL, 100)
    bids, asks = ([level[0] for level in book[side]] for side in ("bids", "asks"))
    assert len(bids) == len(asks) == 100
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]


@step
def public_trades() -> None:
    """Trades come one by one and put together, oldest first."""
    until(lambda: len(exchange.fetch_trades(SYMBOL)) >= 10, "trades: the market has just begun")
    together = exchange.fetch_trades(SYMBOL, limit=10)
    single = exchange.public_get_trades({"symbol": "BTCUSDT", "limit": 10})
    assert len(together) == 10
    assert together == sorted(together, key=lambda trade: trade["timestamp"])
    assert [int(trade["id"]) for trade in single] == sorted(int(trade["id"]) for trade in single)


@step
def older_trades() -> None:
    """Trades of the past are asked for with a key."""
    older = exchange.public_get_historicaltrades({"symbol": "BTCUSDT", "limit": 5})
    assert len(older) == 5


@step
def candles() -> None:
    """Candles of every length are on their grid; a range in the past stays as it is."""
    hour = 3_600_000
    for frame, length in (("1m", 60_000), ("1h", hour), ("1d", 24 * hour)):
        rows = exchange.fetch_ohlcv(SYMBOL, frame, limit=20)
        assert [row[0] % length for row in rows] == [0] * 20
        assert all(low <= min(o, c) and max(o, c) <= high for _, o, high, low, c, _ in rows)
    since = exchange.milliseconds() // hour * hour - 48 * hour
    first = exchange.fetch_ohlcv(SYMBOL, "1h", since=since, limit=24)
    assert first[0][0] == since
    assert exchange.fetch_ohlcv(SYMBOL, "1h", since=since, limit=24) == first
    assert len(exchange.public_get_uiklines({"symbol": "BTCUSDT", "interval": "1m"})) == 500


# ---------------------------------------------------------------- the account


@step
def account() -> None:
    """Balances, permissions and fees of the account."""
    balance = exchange.fetch_balance()
    assert balance["USDT"] == {"free": 1_000_000.0, "used": 0.0, "total": 1_000_000.0}
    fee = exchange.fetch_trading_fee(SYMBOL)
    assert fee["taker"] == fee["maker"] == 0.001
    assert set(exchange.fetch_trading_fees()) == set(exchange.markets)
    rates = exchange.private_get_account_commission({"symbol": "BTCUSDT"})
    assert rates["standardCommission"]["taker"] == "0.00100000"
    allowed = exchange.sapi_get_account_apirestrictions()
    assert allowed["enableSpotAndMarginTrading"]
    assert not allowed["enableWithdrawals"]


@step
def keys_of_other_kinds() -> None:
    """Ed25519 and RSA keys open their accounts as well."""
    for kind in ("ed25519", "rsa"):
        assert client(kind).fetch_balance()["BTC"]["free"] == 20.0


# ---------------------------------------------------------------- orders of every type


@step
def market_order_by_amount() -> None:
    """A market buy fills at once and pays its fee from what it bought."""
    before = exchange.fetch_balance()["BTC"]["free"]
    order = exchange.create_order(SYMBOL, "market", "buy", 0.01)
    assert (order["status"], order["filled"], order["remaining"]) == ("closed", 0.01, 0.0)
    assert order["cost"] == sum(trade["cost"] for trade in order["trades"])
    fees = sum(trade["fee"]["cost"] for trade in order["trades"])
    gained = exchange.fetch_balance()["BTC"]["free"] - before
    assert abs(gained - (0.01 - fees)) < 1e-9
    assert order["trades"][0]["fee"]["currency"] == "BTC"


@step
def market_order_by_cost() -> None:
    """A market order can say what to spend, or what to receive."""
    bought = exchange.create_market_buy_order_with_cost(SYMBOL, 500)
    sold = exchange.create_market_sell_order_with_cost(SYMBOL, 500)
    assert bought["status"] == sold["status"] == "closed"
    assert 490 < bought["cost"] <= 500
    assert 490 < sold["cost"] <= 510


@step
def limit_order_rests() -> None:
    """A limit order below the market rests, locks its money, and gives it back on cancel."""
    order = exchange.create_order(SYMBOL, "limit", "buy", 0.1, price("0.9"))
    assert order["status"] == "open"
    assert order["timeInForce"] == "GTC"
    used = exchange.fetch_balance()["USDT"]["used"]
    assert abs(used - 0.1 * order["price"]) < 0.01
    assert [found["id"] for found in exchange.fetch_open_orders(SYMBOL)] == [order["id"]]
    assert exchange.cancel_order(order["id"], SYMBOL)["status"] == "canceled"
    assert exchange.fetch_balance()["USDT"]["used"] == 0


@step
def limit_order_fills() -> None:
    """A resting order fills as maker, at its own price, when the market comes to it."""
    order = exchange.create_order(SYMBOL, "limit", "buy", 0.01, price("0.999"))
    move_to(order["price"] * 0.999)
    filled = until(lambda: _in_state(order["id"], "closed"), "the fill")
    assert filled["average"] == order["price"]
    assert [
        trade["takerOrMaker"] for trade in exchange.fetch_order_trades(order["id"], SYMBOL)
    ] == ["maker"]


@step
def immediate_or_cancel() -> None:
    """What an IOC order cannot have at once expires."""
    order = exchange.create_order(
        SYMBOL, "limit", "buy", 0.01, price("0.9"), {"timeInForce": "IOC"}
    )
    assert (order["status"], order["filled"]) == ("expired", 0.0)


@step
def fill_or_kill() -> None:
    """A FOK order is filled whole or not at all."""
    taken = exchange.create_order(
        SYMBOL, "limit", "buy", 0.01, price("1.01"), {"timeInForce": "FOK"}
    )
    killed = exchange.create_order(
        SYMBOL, "limit", "buy", 0.01, price("0.9"), {"timeInForce": "FOK"}
    )
    assert (taken["status"], killed["status"]) == ("closed", "expired")


@step
def limit_maker() -> None:
    """A post-only order rests."""
    order = exchange.create_order(SYMBOL, "limit", "sell", 0.01, price("1.1"), {"postOnly": True})
    assert (order["type"], order["status"]) == ("limit", "open")
    assert order["info"]["type"] == "LIMIT_MAKER"
    exchange.cancel_order(order["id"], SYMBOL)


@step
def stop_loss() -> None:
    """A stop order sleeps until the price falls to it, then sells at market."""
    at = price("0.99")
    order = exchange.create_order(SYMBOL, "market", "sell", 0.01, None, {"stopLossPrice": at})
    assert (order["status"], order["triggerPrice"]) == ("open", at)
    assert order["info"]["type"] == "STOP_LOSS"
    move_to(at * 0.999)
    assert until(lambda: _in_state(order["id"], "closed"), "the stop")["filled"] == 0.01


@step
def stop_loss_limit() -> None:
    """A stop with a limit becomes a limit order when it triggers."""
    at = price("0.99")
    order = exchange.create_order(SYMBOL, "limit", "sell", 0.01, at * 0.99, {"stopLossPrice": at})
    assert order["info"]["type"] == "STOP_LOSS_LIMIT"
    move_to(at * 0.999)
    until(lambda: _in_state(order["id"], "closed"), "the stop")


@step
def take_profit() -> None:
    """A take profit sleeps until the price rises to it, then sells at market."""
    at = price("1.01")
    order = exchange.create_order(SYMBOL, "market", "sell", 0.01, None, {"takeProfitPrice": at})
    assert order["info"]["type"] == "TAKE_PROFIT"
    move_to(at * 1.001)
    until(lambda: _in_state(order["id"], "closed"), "the profit")


@step
def take_profit_limit() -> None:
    """A take profit with a limit becomes a limit order when it triggers."""
    at = price("1.01")
    order = exchange.create_order(SYMBOL, "limit", "sell", 0.01, at, {"takeProfitPrice": at})
    assert order["info"]["type"] == "TAKE_PROFIT_LIMIT"
    move_to(at * 1.002)
    until(lambda: _in_state(order["id"], "closed"), "the profit")


@step
def trailing_stop() -> None:
    """A trailing stop follows the price up and sells when it comes back by its distance."""
    follow = {"trailingPercent": 1, "stopLossOrTakeProfit": "stopLoss"}
    order = exchange.create_order(SYMBOL, "market", "sell", 0.01, None, follow)
    assert int(order["info"]["trailingDelta"]) == 100
    start = price()
    move_to(start * 1.05)
    move_to(start * 1.045)
    assert exchange.fetch_order(order["id"], SYMBOL)["status"] == "open"
    move_to(start * 1.03)
    until(lambda: _in_state(order["id"], "closed"), "the trailing stop")


@step
def iceberg() -> None:
    """An iceberg shows a part of its size and is one order."""
    order = exchange.create_order(SYMBOL, "limit", "sell", 1, price("1.1"), {"icebergAmount": 0.1})
    assert Decimal(exchange.fetch_order(order["id"], SYMBOL)["info"]["icebergQty"]) == Decimal(
        "0.1"
    )
    exchange.cancel_order(order["id"], SYMBOL)


@step
def test_order() -> None:
    """A test order is checked and never placed."""
    before = len(exchange.fetch_orders(SYMBOL))
    exchange.create_order(SYMBOL, "limit", "buy", 0.01, price("0.9"), {"test": True})
    assert len(exchange.fetch_orders(SYMBOL)) == before


# ---------------------------------------------------------------- change and cancel


@step
def edit_order() -> None:
    """An order is cancelled and placed anew in one request."""
    order = exchange.create_order(SYMBOL, "limit", "buy", 0.01, price("0.9"))
    edited = exchange.edit_order(order["id"], SYMBOL, "limit", "buy", 0.02, price("0.91"))
    assert edited["id"] != order["id"]
    assert edited["amount"] == 0.02
    assert exchange.fetch_order(order["id"], SYMBOL)["status"] == "canceled"
    exchange.cancel_order(edited["id"], SYMBOL)


@step
def amend_order() -> None:
    """An order can be made smaller and keeps its number."""
    order = exchange.create_order(SYMBOL, "limit", "buy", 0.02, price("0.9"))
    wanted = {"symbol": "BTCUSDT", "orderId": order["id"], "newQty": "0.01"}
    amended = exchange.request("order/amend/keepPriority", ["private"], "PUT", wanted)[
        "amendedOrder"
    ]
    assert (str(amended["orderId"]), Decimal(amended["qty"])) == (order["id"], Decimal("0.01"))
    history = exchange.request(
        "order/amendments", ["private"], "GET", {"symbol": "BTCUSDT", "orderId": order["id"]}
    )
    assert [Decimal(change["newQty"]) for change in history] == [Decimal("0.01")]
    exchange.cancel_order(order["id"], SYMBOL)


@step
def cancel_all() -> None:
    """All orders of a symbol are cancelled at once."""
    for share in ("0.9", "0.91"):
        exchange.create_order(SYMBOL, "limit", "buy", 0.01, price(share))
    cancelled = exchange.cancel_all_orders(SYMBOL)
    assert [order["status"] for order in cancelled] == ["canceled", "canceled"]
    assert exchange.fetch_open_orders(SYMBOL) == []


@step
def own_client_order_id() -> None:
    """An order is found and cancelled by the id that its owner gave it."""
    exchange.create_order(
        SYMBOL, "limit", "buy", 0.01, price("0.9"), {"clientOrderId": "my-own-id_1"}
    )
    found = exchange.fetch_order(None, SYMBOL, {"clientOrderId": "my-own-id_1"})
    assert found["clientOrderId"] == "my-own-id_1"
    exchange.cancel_order(None, SYMBOL, {"clientOrderId": "my-own-id_1"})


@step
def history() -> None:
    """Orders and trades of the past agree with each other."""
    orders = exchange.fetch_orders(SYMBOL)
    assert {order["status"] for order in orders} == {"closed", "canceled", "expired"}
    closed = exchange.fetch_closed_orders(SYMBOL)
    assert closed == [order for order in orders if order["status"] == "closed"]
    assert exchange.fetch_canceled_orders(SYMBOL)
    trades = exchange.fetch_my_trades(SYMBOL)
    assert {trade["order"] for trade in trades} == {
        order["id"] for order in orders if order["filled"] > 0
    }
    counts = exchange.private_get_ratelimit_order()
    assert [count["interval"] for count in counts] == ["SECOND", "DAY"]


def _in_state(order_id: str, status: str) -> dict:
    order = exchange.fetch_order(order_id, SYMBOL)
    return order if order["status"] == status else {}


# ---------------------------------------------------------------- order lists


def _list(kind: str, **more: str) -> dict:
    place = getattr(exchange, f"private_post_orderlist_{kind}")
    return place({"symbol": "BTCUSDT", "newOrderRespType": "FULL", **more})


def _at(share: str) -> str:
    return exchange.price_to_precision(SYMBOL, price(share))


@step
def one_cancels_the_other() -> None:
    """Of a stop and a target on the same coins, the one that trades ends the other."""
    made = _list(
        "oco",
        side="SELL",
        quantity="0.01",
        aboveType="LIMIT_MAKER",
        abovePrice=_at("1.01"),
        belowType="STOP_LOSS",
        belowStopPrice=_at("0.9"),
    )
    assert made["contingencyType"] == "OCO"
    assert exchange.fetch_balance()["BTC"]["used"] == 0.01
    move_to(price("1.02"))
    ids = [order["orderId"] for order in made["orders"]]
    states = until(lambda: _both_done(ids), "the target")
    assert states == {"closed", "expired"}


@step
def one_triggers_the_other() -> None:
    """The second order of an OTO waits until the first is filled."""
    made = _list(
        "oto",
        workingType="LIMIT",
        workingSide="BUY",
        workingTimeInForce="GTC",
        workingPrice=_at("0.9"),
        workingQuantity="0.01",
        pendingType="LIMIT_MAKER",
        pendingSide="SELL",
        pendingPrice=_at("1.1"),
        pendingQuantity="0.005",
    )
    assert made["contingencyType"] == "OTO"
    assert [report["status"] for report in made["orderReports"]] == ["NEW", "PENDING_NEW"]
    _cancel_list(made)


@step
def one_triggers_two() -> None:
    """An OTOCO places a stop and a target when its first order is filled."""
    made = _list(
        "otoco",
        workingType="LIMIT",
        workingSide="BUY",
        workingTimeInForce="GTC",
        workingPrice=_at("0.999"),
        workingQuantity="0.01",
        pendingSide="SELL",
        pendingQuantity="0.005",
        pendingAboveType="LIMIT_MAKER",
        pendingAbovePrice=_at("1.1"),
        pendingBelowType="STOP_LOSS",
        pendingBelowStopPrice=_at("0.9"),
    )
    move_to(price("0.998"))
    working = next(r for r in made["orderReports"] if r["status"] != "PENDING_NEW")
    until(lambda: _in_state(working["orderId"], "closed"), "the first order")
    until(lambda: len(exchange.fetch_open_orders(SYMBOL)) == 2, "stop and target")
    _cancel_list(made)


@step
def one_pays_for_the_other() -> None:
    """OPO and OPOCO sell what the first order bought, less its fee."""
    first = {
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingTimeInForce": "GTC",
        "workingPrice": _at("0.9"),
        "workingQuantity": "0.01",
        "pendingSide": "SELL",
    }
    one = _list("opo", **first, pendingType="LIMIT_MAKER", pendingPrice=_at("1.1"))
    _cancel_list(one)
    two = _list(
        "opoco",
        **first,
        pendingAboveType="LIMIT_MAKER",
        pendingAbovePrice=_at("1.1"),
        pendingBelowType="STOP_LOSS",
        pendingBelowStopPrice=_at("0.8"),
    )
    assert len(two["orders"]) == 3
    _cancel_list(two)


@step
def lists_are_remembered() -> None:
    """Lists are found by number and among all; none is open any more."""
    everything = exchange.private_get_allorderlist()
    assert {made["listOrderStatus"] for made in everything} == {"ALL_DONE"}
    first = everything[0]
    found = exchange.private_get_orderlist({"orderListId": first["orderListId"]})
    assert found == first
    assert exchange.private_get_openorderlist() == []


def _both_done(ids: list[str]) -> set[str]:
    states = {exchange.fetch_order(order_id, SYMBOL)["status"] for order_id in ids}
    return set() if "open" in states else states


def _cancel_list(made: dict) -> None:
    done = exchange.private_delete_orderlist(
        {"symbol": "BTCUSDT", "orderListId": made["orderListId"]}
    )
    assert done["listOrderStatus"] == "ALL_DONE"


if __name__ == "__main__":
    assert (exchange.apiKey, exchange.secret) == (KEY, SECRET)
    run()
