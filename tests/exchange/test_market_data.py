"""Public market data over REST: trades, aggregates, candles, tickers, and what they cost."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.exchange.desk import BUY, LIMIT, Desk
from tests.exchange.fixed_market import BTCUSDT, START, FixedMarket
from tradefleet.domain.candle import DAY, HOUR, INTERVALS, MINUTE
from tradefleet.exchange.clock import ReplayClock
from tradefleet.exchange.markets.coins import COINS
from tradefleet.exchange.markets.synthetic import SyntheticMarket

ETHUSDT = replace(BTCUSDT, symbol="ETHUSDT", base="ETH")
NOON = 1_790_000_000_000 // DAY * DAY + 12 * HOUR + 17_000
COIN = [coin for coin in COINS if coin.base == "BTC"]


def two_symbols() -> Desk:
    return Desk(FixedMarket(instruments=(BTCUSDT, replace(ETHUSDT, status="BREAK"))))


@pytest.fixture(scope="module")
def synthetic() -> Desk:
    """A synthetic market a minute after its beginning; nobody trades on it."""
    clock = ReplayClock(NOON, speed=None)
    desk = Desk(SyntheticMarket(clock, 7, coins=COIN))
    clock.step(MINUTE)
    desk.venue.catch_up()
    return desk


def weight_of(desk: Desk, path: str, **params) -> int:
    before = desk.venue.limits.used("127.0.0.1", desk.venue.now())
    desk.get(path, **params)
    return desk.venue.limits.used("127.0.0.1", desk.venue.now()) - before


# ---------------------------------------------------------------- trades


def test_what_one_order_takes_at_one_price_is_one_aggregate():
    desk = Desk()
    alike = {"selfTradePreventionMode": "NONE"}
    for quantity in ("0.5", "0.25"):
        rest = {"side": "SELL", "price": "101", "quantity": quantity}
        desk.send("POST", "/order", **LIMIT | alike | rest)
    for quantity in ("0.1", "0.1", "2.5"):
        desk.send("POST", "/order", **BUY | alike | {"quantity": quantity})

    trades = desk.get("/trades", symbol="BTCUSDT").json()
    aggregates = desk.get("/aggTrades", symbol="BTCUSDT").json()

    assert [(one["a"], one["p"], one["q"]) for one in aggregates] == [
        (1, "100.50000000", "0.10000000"),
        (2, "100.50000000", "0.10000000"),  # at one price, but of another order
        (3, "100.50000000", "0.80000000"),
        (4, "101.00000000", "1.70000000"),  # of the market and two others
    ]
    assert [(one["f"], one["l"]) for one in aggregates] == [(1, 1), (2, 2), (3, 3), (4, 6)]
    assert [trade["qty"] for trade in trades[3:]] == ["1.00000000", "0.50000000", "0.20000000"]


def test_aggregates_are_found_by_number_and_by_time():
    desk = Desk()
    for price in ("101", "102", "103", "104"):
        desk.market.move(price)
        desk.venue.catch_up()
        desk.market.step(1_000)

    def numbers(**params):
        found = desk.get("/aggTrades", symbol="BTCUSDT", **params).json()
        return [one["a"] for one in found]

    assert numbers(limit=2) == [3, 4]
    assert numbers(fromId=2, limit=2) == [2, 3]
    assert numbers(startTime=START + 1_000, limit=2) == [2, 3]
    assert numbers(endTime=START + 2_000, limit=2) == [2, 3]
    assert numbers(startTime=START + 1_000, endTime=START + 1_999) == [2]
    assert numbers(startTime=START + 9_000) == []
    refused = desk.get("/aggTrades", symbol="BTCUSDT", fromId=1, startTime=START)
    assert refused.json()["code"] == -1128


def test_older_trades_are_found_by_their_number():
    desk = Desk()
    for _ in range(5):
        desk.market.move("101")
        desk.venue.catch_up()

    older = desk.get("/historicalTrades", symbol="BTCUSDT", fromId=2, limit=2).json()

    assert [trade["id"] for trade in older] == [2, 3]
    assert [trade["id"] for trade in desk.get("/historicalTrades", symbol="BTCUSDT").json()] == [
        1, 2, 3, 4, 5,
    ]  # fmt: skip


def test_a_market_nobody_traded_on_answers_with_empty_lists_and_zeros():
    desk = Desk(FixedMarket("0"))

    assert desk.get("/trades", symbol="BTCUSDT").json() == []
    assert desk.get("/aggTrades", symbol="BTCUSDT").json() == []
    assert desk.get("/ticker/price", symbol="BTCUSDT").json()["price"] == "0.00000000"
    assert desk.get("/avgPrice", symbol="BTCUSDT").json()["price"] == "0.00000000"


# ---------------------------------------------------------------- candles


@pytest.mark.parametrize("interval", [*INTERVALS, "1M"])
@pytest.mark.parametrize("zone", ["0", "8", "-1:00", "05:45", "+14:00", "-12:00"])
def test_candles_of_every_interval_and_zone_follow_each_other(synthetic, interval, zone):
    params = {"symbol": "BTCUSDT", "interval": interval, "timeZone": zone, "limit": 30}
    rows = synthetic.get("/klines", **params).json()

    assert rows[-1][6] >= synthetic.market.now()  # the forming one is the last
    assert [row[0] for row in rows[1:]] == [row[6] + 1 for row in rows[:-1]]
    assert synthetic.get("/uiKlines", **params).json() == rows


@pytest.mark.parametrize("zone", ["14:01", "-12:01", "15", "x", "8:60", "8:0", "--8", "8:00:00"])
def test_a_zone_that_is_none_is_refused(synthetic, zone):
    answer = synthetic.get("/klines", symbol="BTCUSDT", interval="1d", timeZone=zone)

    assert answer.json()["code"] == -1130


def test_ranges_are_in_utc_whatever_the_zone(synthetic):
    midnight = NOON // DAY * DAY
    params = {"symbol": "BTCUSDT", "interval": "1d", "timeZone": "8"}

    def opens(**others):
        return [row[0] for row in synthetic.get("/klines", **params, **others).json()]

    first = midnight - 8 * HOUR
    assert opens(startTime=midnight - DAY, endTime=midnight) == [first]
    assert opens(startTime=first - DAY, limit=1) == [first - DAY]
    assert opens(endTime=midnight, limit=2) == [first - DAY, first]
    assert opens(startTime=midnight, endTime=first) == []


def test_more_than_a_thousand_candles_are_never_answered(synthetic):
    rows = synthetic.get("/klines", symbol="BTCUSDT", interval="1m", limit=5_000).json()

    assert len(rows) == 1_000
    assert len(synthetic.get("/klines", symbol="BTCUSDT", interval="1m").json()) == 500


# ---------------------------------------------------------------- tickers

WINDOW = {
    "symbol", "priceChange", "priceChangePercent", "weightedAvgPrice", "openPrice", "highPrice",
    "lowPrice", "lastPrice", "volume", "quoteVolume", "openTime", "closeTime", "firstId", "lastId",
    "count",
}  # fmt: skip
DAY_ONLY = {"prevClosePrice", "lastQty", "bidPrice", "bidQty", "askPrice", "askQty"}
NOT_MINI = {"priceChange", "priceChangePercent", "weightedAvgPrice"}


@pytest.mark.parametrize(
    ("path", "full"),
    [("/ticker/24hr", WINDOW | DAY_ONLY), ("/ticker", WINDOW), ("/ticker/tradingDay", WINDOW)],
)
def test_tickers_have_their_full_and_their_mini_form(synthetic, path, full):
    whole = synthetic.get(path, symbol="BTCUSDT").json()
    mini = synthetic.get(path, symbols='["BTCUSDT"]', type="MINI").json()

    assert set(whole) == full
    assert [set(one) for one in mini] == [WINDOW - NOT_MINI]
    assert mini[0].items() <= whole.items()
    assert synthetic.get(path, symbol="BTCUSDT", type="SMALL").json()["code"] == -1130


@pytest.mark.parametrize("window", ["1m", "59m", "1h", "4h", "23h", "1d", "7d"])
def test_a_rolling_window_holds_exactly_its_candles(synthetic, window):
    length = int(window[:-1]) * {"m": MINUTE, "h": HOUR, "d": DAY}[window[-1]]
    now = synthetic.market.now()
    found = synthetic.get("/ticker", symbol="BTCUSDT", windowSize=window).json()
    opened = (now - length) // MINUTE * MINUTE
    rows = synthetic.market.klines("BTCUSDT", "1m", opened, None, 20_000)

    assert (found["openTime"], found["closeTime"]) == (opened, now)
    assert found["openPrice"] == rows[0][1]
    assert Decimal(found["highPrice"]) == max(Decimal(row[2]) for row in rows)
    assert Decimal(found["lowPrice"]) == min(Decimal(row[3]) for row in rows)
    assert found["lastPrice"] == rows[-1][4]
    assert found["count"] == sum(row[8] for row in rows)
    assert Decimal(found["volume"]) == sum(Decimal(row[5]) for row in rows)
    change = Decimal(rows[-1][4]) - Decimal(rows[0][1])
    assert Decimal(found["priceChange"]) == change
    assert found["priceChangePercent"] == f"{change / Decimal(rows[0][1]) * 100:.3f}"


@pytest.mark.parametrize("window", ["60m", "24h", "8d", "0m", "1w", "m", "01h", ""])
def test_a_window_that_is_none_is_refused(synthetic, window):
    answer = synthetic.get("/ticker", symbol="BTCUSDT", windowSize=window)

    assert answer.json()["code"] == (-1130 if window else -1105)


@pytest.mark.parametrize(("zone", "hours"), [("0", 0), ("8", 8), ("-5:30", -5.5)])
def test_a_trading_day_begins_at_the_zones_midnight(synthetic, zone, hours):
    now, shift = synthetic.market.now(), int(hours * HOUR)
    found = synthetic.get("/ticker/tradingDay", symbol="BTCUSDT", timeZone=zone).json()
    opened = (now + shift) // DAY * DAY - shift
    rows = synthetic.market.klines("BTCUSDT", "1m", opened, None, 2_000)

    assert (found["openTime"], found["closeTime"]) == (opened, opened + DAY - 1)
    assert found["count"] == sum(row[8] for row in rows)


def test_the_day_tells_the_price_before_it(synthetic):
    found = synthetic.get("/ticker/24hr", symbol="BTCUSDT").json()
    now = synthetic.market.now()
    (before,) = synthetic.market.klines("BTCUSDT", "1m", None, now - DAY - MINUTE, 1)

    assert (found["openTime"], found["closeTime"]) == (now - DAY, now)
    assert found["prevClosePrice"] == before[4]


def test_some_symbols_are_asked_for_by_name_or_by_status():
    desk = two_symbols()

    def symbols(path, **params):
        return [one["symbol"] for one in desk.get(path, **params).json()]

    for path in ("/ticker/price", "/ticker/bookTicker", "/ticker/24hr"):
        assert symbols(path) == ["BTCUSDT", "ETHUSDT"]
        assert symbols(path, symbolStatus="TRADING") == ["BTCUSDT"]
        assert symbols(path, symbolStatus="HALT") == []
    for path in ("/ticker", "/ticker/tradingDay", "/ticker/price"):
        both = '["ETHUSDT","BTCUSDT"]'
        assert symbols(path, symbols=both) == ["ETHUSDT", "BTCUSDT"]
        assert symbols(path, symbols=both, symbolStatus="BREAK") == ["ETHUSDT"]
        mismatch = desk.get(path, symbol="ETHUSDT", symbolStatus="TRADING")
        assert (mismatch.status_code, mismatch.json()) == (
            400,
            {
                "code": -1220,
                "msg": "The symbol's status does not match the requested symbolStatus.",
            },
        )
    assert desk.get("/depth", symbol="ETHUSDT", symbolStatus="TRADING").json()["code"] == -1220
    for path in ("/ticker", "/ticker/tradingDay"):
        assert desk.get(path).json()["code"] == -1102


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("/klines", {"symbol": "BTCUSDT", "interval": "1m"}, 2),
        ("/uiKlines", {"symbol": "BTCUSDT", "interval": "1m"}, 2),
        ("/trades", {"symbol": "BTCUSDT"}, 25),
        ("/historicalTrades", {"symbol": "BTCUSDT"}, 25),
        ("/aggTrades", {"symbol": "BTCUSDT"}, 4),
        ("/avgPrice", {"symbol": "BTCUSDT"}, 2),
        ("/depth", {"symbol": "BTCUSDT"}, 5),
        ("/depth", {"symbol": "BTCUSDT", "limit": 101}, 25),
        ("/depth", {"symbol": "BTCUSDT", "limit": 1000}, 50),
        ("/depth", {"symbol": "BTCUSDT", "limit": 5000}, 250),
        ("/ticker/price", {"symbol": "BTCUSDT"}, 2),
        ("/ticker/price", {"symbols": '["BTCUSDT"]'}, 4),
        ("/ticker/bookTicker", {}, 4),
        ("/ticker/24hr", {"symbol": "BTCUSDT"}, 2),
        ("/ticker/24hr", {"symbols": '["BTCUSDT","ETHUSDT"]'}, 2),
        ("/ticker/24hr", {}, 80),
        ("/ticker", {"symbol": "BTCUSDT"}, 4),
        ("/ticker", {"symbols": '["BTCUSDT","ETHUSDT"]'}, 8),
        ("/ticker/tradingDay", {"symbols": '["BTCUSDT","ETHUSDT"]'}, 8),
    ],
)
def test_what_a_question_costs(path, params, weight):
    assert weight_of(two_symbols(), path, **params) == weight


def test_many_symbols_cost_more_up_to_a_limit():
    several = [replace(BTCUSDT, symbol=f"COIN{number}USDT") for number in range(90)]
    desk = Desk(FixedMarket(instruments=(BTCUSDT, *several)))

    def named(count):
        return "[" + ",".join(f'"COIN{number}USDT"' for number in range(count)) + "]"

    assert weight_of(desk, "/ticker/24hr", symbols=named(21)) == 40
    assert weight_of(desk, "/ticker", symbols=named(50)) == 200
    assert weight_of(desk, "/ticker", symbols=named(90)) == 200


def test_the_average_price_tells_when_the_last_trade_was():
    desk = Desk()
    desk.market.move("101")
    desk.venue.catch_up()
    desk.market.step(2_500)

    assert desk.get("/avgPrice", symbol="BTCUSDT").json()["closeTime"] == START
