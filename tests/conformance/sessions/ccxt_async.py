"""ccxt without blocking, with its default options: much is asked and ordered at the same time."""

import asyncio
from decimal import Decimal
from typing import Any

import ccxt.async_support as ccxt
from session import KEY, REST, SECRET, move_price, refused, run, step

SYMBOL = "BTC/USDT"
SYMBOLS = ["BTC/USDT", "ETH/USDT", "SOL/USDT", "BNB/USDT"]
exchange: Any = None


async def until_status(order: dict[str, Any], status: str) -> dict[str, Any]:
    """Wait until an order is in a state."""
    for _ in range(200):
        found = await exchange.fetch_order(order["id"], order["symbol"])
        if found["status"] == status:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{order['id']} is {found['status']}, not {status}")


async def price(symbol: str = SYMBOL, share: float = 1.0) -> float:
    """Return the last price, or a share of it, in whole ticks."""
    last = (await exchange.fetch_last_prices([symbol]))[symbol]["price"]
    return float(exchange.price_to_precision(symbol, last * share))


@step
async def default_options() -> None:
    """Only the hosts are others; coins, margin pairs and futures are asked for as always."""
    global exchange
    exchange = ccxt.binance({"apiKey": KEY, "secret": SECRET})
    hosts = ("https://api.binance.com", "https://fapi.binance.com", "https://dapi.binance.com")
    for name, url in exchange.urls["api"].items():
        for host in hosts:
            if isinstance(url, str) and url.startswith(host):
                exchange.urls["api"][name] = url.replace(host, REST)
    markets = await exchange.load_markets()
    assert {market["type"] for market in markets.values()} == {"spot"}
    assert not any(market["margin"] for market in markets.values())
    assert exchange.currencies["BTC"]["id"] == "BTC"


@step
async def many_questions_at_once() -> None:
    """Books, candles, trades and tickers of several symbols at the same time."""
    books, candles, tickers = await asyncio.gather(
        asyncio.gather(*(exchange.fetch_order_book(symbol, 5) for symbol in SYMBOLS)),
        asyncio.gather(*(exchange.fetch_ohlcv(symbol, "5m", limit=50) for symbol in SYMBOLS)),
        exchange.fetch_tickers(SYMBOLS),
    )
    assert all(book["bids"][0][0] < book["asks"][0][0] for book in books)
    assert [len(rows) for rows in candles] == [50] * 4
    assert set(tickers) == set(SYMBOLS)


@step
async def many_orders_at_once() -> None:
    """Orders in several symbols at the same time; each is filled once and paid once."""
    before = await exchange.fetch_balance()
    amounts = {"BTC/USDT": 0.01, "ETH/USDT": 0.1, "SOL/USDT": 1, "BNB/USDT": 0.1}
    orders = await asyncio.gather(
        *(exchange.create_order(s, "market", "buy", amount) for s, amount in amounts.items())
    )
    assert {order["status"] for order in orders} == {"closed"}
    after = await exchange.fetch_balance()
    spent = before["USDT"]["total"] - after["USDT"]["total"]
    assert abs(spent - sum(order["cost"] for order in orders)) < 1e-6


@step
async def every_simple_type() -> None:
    """Resting, post-only, immediate and whole orders, stops and targets."""
    low, high = await price(share=0.9), await price(share=1.1)
    wanted = (
        ("limit", "buy", low, {}, "open"),
        ("limit", "buy", low, {"postOnly": True}, "open"),
        ("limit", "buy", low, {"timeInForce": "IOC"}, "expired"),
        ("limit", "buy", low, {"timeInForce": "FOK"}, "expired"),
        ("market", "sell", None, {"stopLossPrice": low}, "open"),
        ("limit", "sell", low * 0.99, {"stopLossPrice": low}, "open"),
        ("market", "sell", None, {"takeProfitPrice": high}, "open"),
        ("limit", "sell", high, {"takeProfitPrice": high}, "open"),
    )
    for type, side, at, params, status in wanted:
        order = await exchange.create_order(SYMBOL, type, side, 0.01, at, params)
        assert order["status"] == status, (type, params, order["status"])
    resting = await exchange.fetch_open_orders(SYMBOL)
    assert len(resting) == 6
    await asyncio.gather(*(exchange.cancel_order(order["id"], SYMBOL) for order in resting))
    assert await exchange.fetch_open_orders(SYMBOL) == []


@step
async def triggered_stop() -> None:
    """A stop sells when the price falls to it."""
    at = await price(share=0.99)
    order = await exchange.create_order(SYMBOL, "market", "sell", 0.01, None, {"stopPrice": at})
    await asyncio.to_thread(move_price, "BTCUSDT", Decimal(str(at)))
    assert (await until_status(order, "closed"))["filled"] == 0.01


@step
async def edited_order() -> None:
    """An order is cancelled and placed anew in one request."""
    order = await exchange.create_order(SYMBOL, "limit", "buy", 0.01, await price(share=0.9))
    lower = await price(share=0.89)
    edited = await exchange.edit_order(order["id"], SYMBOL, "limit", "buy", 0.01, lower)
    assert edited["price"] == lower
    await exchange.cancel_order(edited["id"], SYMBOL)


@step
async def errors() -> None:
    """The exchange's codes become ccxt's exceptions here too."""
    for kind, asked in (
        (ccxt.OrderNotFound, exchange.fetch_order("123456789", SYMBOL)),
        (ccxt.OrderNotFound, exchange.cancel_order("123456789", SYMBOL)),
        (ccxt.InsufficientFunds, exchange.create_order(SYMBOL, "market", "sell", 100)),
        (ccxt.BadSymbol, exchange.public_get_depth({"symbol": "NOPEUSDT"})),
    ):
        with refused(kind):
            await asked


@step
async def history() -> None:
    """Orders and trades of the past agree."""
    orders, trades = await asyncio.gather(
        exchange.fetch_orders(SYMBOL), exchange.fetch_my_trades(SYMBOL)
    )
    done = {order["id"] for order in orders if order["filled"] > 0}
    assert {trade["order"] for trade in trades} == done
    await exchange.close()


if __name__ == "__main__":
    run()
