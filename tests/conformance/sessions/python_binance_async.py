"""python-binance without blocking: AsyncClient and BinanceSocketManager on this machine."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import binance
from binance.exceptions import BinanceAPIException
from session import KEY, REST, SECRET, WS, move_price, refused, run, step

SYMBOL = "BTCUSDT"


class Client(binance.AsyncClient):
    """The client, with this machine's addresses instead of Binance's."""

    API_URL = f"{REST}/api"
    MARGIN_API_URL = f"{REST}/sapi"
    WS_API_URL = f"{WS}/ws-api/v3"


client: Any = None
sockets: Any = None


async def price(share: str = "1") -> str:
    """Return the last price, or a share of it, in whole ticks."""
    last = Decimal((await client.get_symbol_ticker(symbol=SYMBOL))["price"])
    return f"{last * Decimal(share):.2f}"


async def hear(socket: Any, wanted: Callable[[Any], bool], what: str) -> Any:
    """Return the first message of a socket that is wanted."""
    try:
        async with asyncio.timeout(15):
            while not wanted(message := await socket.recv()):
                pass
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None
    return message


@step
async def connected() -> None:
    """The client says hello and asks for the time as it is made."""
    global client, sockets
    client = await Client.create(KEY, SECRET)
    sockets = binance.BinanceSocketManager(client)
    sockets.STREAM_URL = f"{WS}/"


@step
async def many_questions_at_once() -> None:
    """Market and account are asked for at the same time."""
    info, book, rows, account, day = await asyncio.gather(
        client.get_exchange_info(),
        client.get_order_book(symbol=SYMBOL),
        client.get_klines(symbol=SYMBOL, interval="1m"),
        client.get_account(),
        client.get_historical_klines(SYMBOL, "1h", "1 day ago UTC"),
    )
    assert info["timezone"] == "UTC"
    assert len(book["asks"]) == 100
    assert len(rows) == 500
    assert account["canTrade"]
    assert 23 <= len(day) <= 25


@step
async def market_streams() -> None:
    """Each kind of market stream speaks."""
    for open_socket, kind in (
        (sockets.trade_socket(SYMBOL), "trade"),
        (sockets.aggtrade_socket(SYMBOL), "aggTrade"),
        (sockets.kline_socket(SYMBOL, interval="1m"), "kline"),
        (sockets.symbol_ticker_socket(SYMBOL), "24hrTicker"),
        (sockets.symbol_miniticker_socket(SYMBOL), "24hrMiniTicker"),
        (sockets.depth_socket(SYMBOL), "depthUpdate"),
    ):
        async with open_socket as socket:
            message = await hear(socket, lambda _: True, kind)
            assert (message["e"], message["s"]) == (kind, SYMBOL)


@step
async def book_streams() -> None:
    """The best of the book and its top carry no event name."""
    async with sockets.symbol_book_ticker_socket(SYMBOL) as socket:
        best = await hear(socket, lambda _: True, "the best prices")
        assert Decimal(best["b"]) < Decimal(best["a"])
    async with sockets.depth_socket(SYMBOL, depth="5") as socket:
        top = await hear(socket, lambda _: True, "the top of the book")
        assert len(top["bids"]) == 5


@step
async def all_tickers() -> None:
    """The days of all symbols at once, as often as wished."""
    async with sockets.miniticker_socket() as socket:
        rows = await hear(socket, lambda _: True, "all tickers")
        assert SYMBOL in {row["s"] for row in rows}


@step
async def combined_streams() -> None:
    """Several streams share a connection, each message under its stream's name."""
    names = ["btcusdt@trade", "ethusdt@trade"]
    async with sockets.multiplex_socket(names) as socket:
        for name in names:
            message = await hear(socket, lambda m, name=name: m["stream"] == name, name)
            assert message["data"]["e"] == "trade"


@step
async def depth_cache() -> None:
    """The client's own copy of the book follows the exchange's without a gap."""
    manager = binance.DepthCacheManager(client, SYMBOL, bm=sockets, ws_interval=100)
    async with manager as cache:
        for _ in range(5):
            book = await asyncio.wait_for(cache.recv(), 15)
        assert book.get_bids()[0][0] < book.get_asks()[0][0]


@step
async def user_data() -> None:
    """An order's whole life is told on the user's socket."""
    async with sockets.user_socket() as socket:
        order = await client.order_market_buy(symbol=SYMBOL, quantity="0.01")
        fill = await hear(socket, lambda m: m.get("X") == "FILLED", "the fill")
        assert (fill["e"], fill["i"]) == ("executionReport", order["orderId"])
        told = await hear(socket, lambda m: m["e"] == "outboundAccountPosition", "balances")
        assert {row["a"] for row in told["B"]} == {"BTC", "USDT"}

        stop_at = await price("0.99")
        stop = await client.create_order(
            symbol=SYMBOL, side="SELL", type="STOP_LOSS", quantity="0.01", stopPrice=stop_at
        )
        await hear(socket, lambda m: m.get("i") == stop["orderId"], "the new stop")
        await asyncio.to_thread(move_price, SYMBOL, Decimal(stop_at))
        await hear(
            socket, lambda m: (m.get("i"), m.get("X")) == (stop["orderId"], "FILLED"), "the stop"
        )

        low = await price("0.9")
        resting = await client.order_limit_buy(symbol=SYMBOL, quantity="0.01", price=low)
        await client.cancel_order(symbol=SYMBOL, orderId=resting["orderId"])
        gone = await hear(socket, lambda m: m.get("X") == "CANCELED", "the cancel")
        assert gone["C"] == resting["clientOrderId"]

        pair = await client.create_oco_order(
            symbol=SYMBOL,
            side="SELL",
            quantity="0.01",
            aboveType="LIMIT_MAKER",
            abovePrice=await price("1.1"),
            belowType="STOP_LOSS",
            belowStopPrice=await price("0.9"),
        )
        made = await hear(socket, lambda m: m["e"] == "listStatus", "the list")
        assert (made["g"], made["l"]) == (pair["orderListId"], "EXEC_STARTED")
        await client.cancel_all_open_orders(symbol=SYMBOL)
        done = await hear(socket, lambda m: m["e"] == "listStatus", "the list's end")
        assert done["l"] == "ALL_DONE"


@step
async def over_the_websocket() -> None:
    """Orders travel over the WebSocket API as well."""
    order = await client.ws_order_market_buy(symbol=SYMBOL, quantity="0.01")
    assert order["status"] == "FILLED"
    with refused(BinanceAPIException, -2013, "Order does not exist."):
        await client.ws_get_order(symbol=SYMBOL, orderId=123_456_789)


@step
async def good_bye() -> None:
    """The client closes its HTTP connections (its WebSocket reader would take ten seconds)."""
    await client.session.close()


if __name__ == "__main__":
    run()
