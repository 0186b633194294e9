"""ccxt.pro (streams and orders over WebSockets) against an exchange on this machine."""

import asyncio
from contextlib import suppress
from decimal import Decimal
from typing import Any

import ccxt.pro as ccxt
from session import KEY, REST, SECRET, WS, move_price, refused, run, step

SYMBOL = "BTC/USDT"
exchange: Any = None


async def soon(watching: Any) -> Any:
    """Return what is watched for, unless it takes too long."""
    return await asyncio.wait_for(watching, 15)


async def price(share: float = 1.0) -> float:
    """Return the last price, or a share of it, in whole ticks."""
    last = (await exchange.fetch_last_prices([SYMBOL]))[SYMBOL]["price"]
    return float(exchange.price_to_precision(SYMBOL, last * share))


async def order_told(order_id: str, status: str) -> dict[str, Any]:
    """Return an order as the user's stream tells it, once it is in a state.

    What arrives between two watches wakes nobody, but the client keeps it: only the stream
    fills what it keeps.
    """
    for _ in range(50):
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(exchange.watch_orders(SYMBOL), 1)
        for order in exchange.orders or ():
            if (order["id"], order["status"]) == (order_id, status):
                return order
    raise AssertionError(f"nothing told of {order_id} as {status}")


@step
async def connected() -> None:
    """Streams and WebSocket API are at this machine as well."""
    global exchange
    exchange = ccxt.binance({"apiKey": KEY, "secret": SECRET})
    exchange.urls["api"] |= {"public": f"{REST}/api/v3", "private": f"{REST}/api/v3"}
    exchange.urls["api"]["ws"] |= {"spot": f"{WS}/ws", "ws-api": {"spot": f"{WS}/ws-api/v3"}}
    exchange.options |= {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False}
    exchange.options["fetchMargins"] = False
    await exchange.load_markets()


@step
async def tickers() -> None:
    """The day of one symbol and of several, the best of the book."""
    assert (await soon(exchange.watch_ticker(SYMBOL)))["last"] > 0
    several = await soon(exchange.watch_tickers([SYMBOL, "ETH/USDT"]))
    assert set(several) <= {SYMBOL, "ETH/USDT"}
    best = (await soon(exchange.watch_bids_asks([SYMBOL])))[SYMBOL]
    assert best["bid"] < best["ask"]


@step
async def trades() -> None:
    """Trades as they happen, of one symbol and of several."""
    assert (await soon(exchange.watch_trades(SYMBOL)))[-1]["price"] > 0
    some = await soon(exchange.watch_trades_for_symbols([SYMBOL, "ETH/USDT"]))
    assert some[-1]["symbol"] in {SYMBOL, "ETH/USDT"}


@step
async def candles() -> None:
    """A candle grows as the market moves."""
    rows = await soon(exchange.watch_ohlcv(SYMBOL, "1m"))
    _, opened, high, low, close, _ = rows[-1]
    assert low <= min(opened, close) <= max(opened, close) <= high


@step
async def order_book() -> None:
    """The client's copy of the book follows the exchange's without a gap."""
    for _ in range(10):
        book = await soon(exchange.watch_order_book(SYMBOL))
    bids, asks = ([level[0] for level in book[side]] for side in ("bids", "asks"))
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]


@step
async def user_data() -> None:
    """Orders, trades and balances of the account are told as they change."""
    watching = asyncio.create_task(soon(exchange.watch_balance()))
    fills = asyncio.create_task(soon(exchange.watch_my_trades(SYMBOL)))
    told = asyncio.create_task(soon(exchange.watch_orders(SYMBOL)))
    await asyncio.sleep(1)
    order = await exchange.create_order(SYMBOL, "market", "buy", 0.01)
    assert (await told)[-1]["id"] == order["id"]
    assert (await fills)[-1]["order"] == order["id"]
    assert (await watching)["BTC"]["total"] > 20


@step
async def stop_is_told() -> None:
    """A stop's life is told: placed, triggered, filled."""
    at = await price(0.99)
    order = await exchange.create_order(SYMBOL, "market", "sell", 0.01, None, {"stopPrice": at})
    told = asyncio.create_task(order_told(order["id"], "closed"))
    await asyncio.to_thread(move_price, "BTCUSDT", Decimal(str(at)))
    assert (await told)["filled"] == 0.01


@step
async def orders_over_the_websocket() -> None:
    """Orders are placed, found, told of and cancelled over the WebSocket API."""
    taken = await soon(exchange.create_order_ws(SYMBOL, "market", "buy", 0.01))
    assert taken["status"] == "closed"
    order = await soon(exchange.create_order_ws(SYMBOL, "limit", "buy", 0.01, await price(0.9)))
    found = await soon(exchange.fetch_order_ws(order["id"], SYMBOL))
    assert found["status"] == "open"
    assert len(await soon(exchange.fetch_open_orders_ws(SYMBOL))) == 1
    told = asyncio.create_task(order_told(order["id"], "canceled"))
    await soon(exchange.cancel_order_ws(order["id"], SYMBOL))
    assert (await told)["id"] == order["id"]
    assert len(await soon(exchange.fetch_my_trades_ws(SYMBOL))) > 0


@step
async def more_over_the_websocket() -> None:
    """Candles and balances are asked for over the WebSocket API."""
    assert len(await soon(exchange.fetch_ohlcv_ws(SYMBOL, "1m", limit=5))) == 5
    assert (await soon(exchange.fetch_balance_ws()))["info"]


@step
async def edited_over_the_websocket() -> None:
    """An order is cancelled and placed anew in one request."""
    order = await soon(exchange.create_order_ws(SYMBOL, "limit", "buy", 0.01, await price(0.9)))
    lower = await price(0.89)
    edited = await soon(exchange.edit_order_ws(order["id"], SYMBOL, "limit", "buy", 0.01, lower))
    assert edited["price"] == lower
    await soon(exchange.cancel_all_orders_ws(SYMBOL))


@step
async def errors() -> None:
    """The exchange's codes become ccxt's exceptions here too."""
    for kind, asked in (
        (ccxt.OrderNotFound, exchange.cancel_order_ws("123456789", SYMBOL)),
        (ccxt.InsufficientFunds, exchange.create_order_ws(SYMBOL, "market", "sell", 100)),
    ):
        with refused(kind):
            await soon(asked)
    await exchange.close()


if __name__ == "__main__":
    run()
