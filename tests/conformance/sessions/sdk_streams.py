"""Binance's official SDK listens to every market stream of an exchange on this machine."""

import asyncio
from collections import defaultdict
from decimal import Decimal
from typing import Any

from binance_common.configuration import ConfigurationWebSocketStreams
from binance_sdk_spot.spot import Spot
from sdk_models import Complaints, check
from session import WS, move_price, run, step

SYMBOL = "btcusdt"
complaints = Complaints()
heard: dict[str, list[Any]] = defaultdict(list)
connection: Any = None


async def subscribe(name: str, subscribing: Any) -> Any:
    """Keep what a stream says under a name."""
    handle = await subscribing
    handle.on("message", heard[name].append)
    return handle


async def first(name: str, count: int = 1) -> Any:
    """Return the first message of a stream, once there are `count`; each fits its model."""
    for _ in range(750):
        if len(heard[name]) >= count:
            check(heard[name])
            return heard[name][0]
        await asyncio.sleep(0.02)
    raise AssertionError(f"heard {len(heard[name])} of {name}, not {count}")


@step
async def connected() -> None:
    """One connection carries all streams: the SDK connects without naming any, then subscribes."""
    global connection
    wanted = ConfigurationWebSocketStreams(stream_url=f"{WS}/stream")
    connection = await Spot(config_ws_streams=wanted).websocket_streams.create_connection()


@step
async def trades() -> None:
    """Trades one by one and put together."""
    await subscribe("trade", connection.trade(symbol=SYMBOL))
    await subscribe("aggTrade", connection.agg_trade(symbol=SYMBOL))
    one, together = await first("trade", 3), await first("aggTrade", 3)
    assert (one.e, one.s, together.e) == ("trade", "BTCUSDT", "aggTrade")
    numbers = [trade.t for trade in heard["trade"]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@step
async def candles() -> None:
    """A candle grows with each message, until it is closed."""
    await subscribe("kline", connection.kline(symbol=SYMBOL, interval="1s"))
    await first("kline", 3)
    closed = [message.k for message in heard["kline"] if message.k.x]
    assert closed
    assert all(candle.T == candle.t + 999 for candle in closed)


@step
async def tickers() -> None:
    """The day of one symbol, of all symbols, and the average price."""
    await subscribe("ticker", connection.ticker(symbol=SYMBOL))
    await subscribe("mini", connection.mini_ticker(symbol=SYMBOL))
    await subscribe("all", connection.all_mini_ticker())
    full, mini = await first("ticker"), await first("mini")
    assert (full.e, mini.e) == ("24hrTicker", "24hrMiniTicker")
    everything = await first("all")
    assert "BTCUSDT" in {row.s for row in everything}


@step
async def windows() -> None:
    """The average price and the tickers of one hour, of one symbol and of all."""
    await subscribe("average", connection.avg_price(symbol=SYMBOL))
    await subscribe("window", connection.rolling_window_ticker(symbol=SYMBOL, window_size="1h"))
    await subscribe("windows", connection.all_market_rolling_window_ticker(window_size="1h"))
    assert (await first("average")).e == "avgPrice"
    assert (await first("window")).e == "1hTicker"
    assert await first("windows")


@step
async def book() -> None:
    """The best of the book, its top, and its changes, which join without a gap."""
    await subscribe("best", connection.book_ticker(symbol=SYMBOL))
    await subscribe("top", connection.partial_book_depth(symbol=SYMBOL, levels=5))
    await subscribe("changes", connection.diff_book_depth(symbol=SYMBOL, update_speed="100ms"))
    best, top = await first("best"), await first("top")
    assert Decimal(best.b) < Decimal(best.a)
    assert len(top.bids) == len(top.asks) == 5
    await first("changes", 5)
    changes = heard["changes"]
    assert all(later.U == sooner.u + 1 for sooner, later in zip(changes, changes[1:], strict=False))


@step
async def candles_elsewhere() -> None:
    """A day that begins at midnight in Hong Kong."""
    await subscribe("offset", connection.kline_offset(symbol=SYMBOL, interval="1d"))
    day = await first("offset")
    assert day.k.t % 86_400_000 == 16 * 3_600_000


@step
async def moved_price() -> None:
    """A trade is told at once."""
    at = (Decimal(heard["trade"][-1].p) * Decimal("1.02")).quantize(Decimal("0.01"))
    move_price("BTCUSDT", at)
    for _ in range(250):
        if at in {Decimal(trade.p) for trade in heard["trade"]}:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"no trade at {at}")


@step
async def unsubscribed() -> None:
    """The list of streams is told; a stream that was left says nothing more."""
    handle = await subscribe("other", connection.trade(symbol="ethusdt"))
    await first("other")
    listed = await connection.list_subscribe()
    assert "ethusdt@trade" in str(listed)
    await handle.unsubscribe()
    await asyncio.sleep(0.3)
    count = len(heard["other"])
    await asyncio.sleep(0.5)
    assert len(heard["other"]) == count
    await connection.close_connection(close_session=True)


if __name__ == "__main__":
    run(after_each=complaints.none)
