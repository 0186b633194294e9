"""What every source of market data promises."""

from decimal import Decimal

import httpx2
import pytest

from tests.contracts.desk import Desk
from tests.contracts.fake_binance import FakeBinance, Fault
from tradefleet.domain.candle import MINUTE
from tradefleet.domain.errors import DataError, ExchangeUnavailableError, InputError


def test_an_instrument_brings_its_rules(any_desk: Desk) -> None:
    instrument = any_desk.market.instrument("BTCUSDT")

    assert (instrument.base, instrument.quote) == ("BTC", "USDT")
    assert instrument.tick_size == Decimal("0.01")
    assert instrument.lot_step == Decimal("0.00001")
    assert instrument.min_notional == 5
    assert instrument.max_stop_orders == 5
    assert instrument.why_not_tradeable() == ""


@pytest.mark.parametrize("symbol", ["NOSUCH", "btcusdt'; drop table", "这是测试币456"])
def test_D14_an_unknown_symbol_is_a_persons_mistake(any_desk: Desk, symbol: str) -> None:
    with pytest.raises(InputError) as caught:
        any_desk.market.instrument(symbol)
    assert caught.value.code == "unknown_symbol"


@pytest.mark.parametrize("count", [1, 100, 999, 1_000, 1_200])
def test_D4_only_closed_candles_come_and_as_many_as_asked_for(any_desk: Desk, count: int) -> None:
    candles = any_desk.market.closed_candles("BTCUSDT", "1m", count)

    assert len(candles) == count
    assert candles.last_close_time < any_desk.clock.now()
    assert any_desk.clock.now() - candles.last_close_time <= MINUTE + 5_000
    assert candles.longest_gap() == 0


def test_a_price_has_an_age(any_desk: Desk) -> None:
    price = any_desk.market.price("BTCUSDT")

    assert price.value > 0
    assert abs(any_desk.clock.now() - price.at) < 5_000


# ---------------------------------------------------------------- the fake only


def test_all_there_are_come_where_fewer_exist(desk: Desk, fake: FakeBinance) -> None:
    assert len(desk.market.closed_candles("BTCUSDT", "1m", 5_000)) == 1_499


def test_a_coin_that_never_traded_has_no_price(desk: Desk, fake: FakeBinance) -> None:
    fake.price = Decimal(0)
    with pytest.raises(DataError):
        desk.market.price("BTCUSDT")


def test_the_rules_are_asked_for_once(desk: Desk, fake: FakeBinance) -> None:
    for _ in range(3):
        desk.market.instrument("BTCUSDT")
    assert fake.sent("GET", "/exchangeInfo") == 1


def test_D6_rows_that_are_no_candles_are_no_answer(desk: Desk, fake: FakeBinance) -> None:
    fake.faults.append(Fault("/klines", httpx2.Response(200, json=[["x"]])))
    with pytest.raises(ExchangeUnavailableError):
        desk.market.closed_candles("BTCUSDT", "1m", 10)
