"""Recorded answers of the real exchange parse; new words of it do no harm."""

import gzip
import json
from decimal import Decimal
from typing import Any

import pytest

from tests.skips import shared_data
from tradefleet.adapters.binance import parse
from tradefleet.domain.order import OrderStatus, OrderType, Side


@pytest.fixture(scope="module")
def samples() -> Any:
    return json.loads((shared_data() / "api_samples/binance-spot-api-samples.json").read_text())


@pytest.mark.parametrize("name", ["mainnet-20211012", "testnet-20240908"])
def test_every_recorded_symbol_becomes_an_instrument(name: str) -> None:
    packed = shared_data() / f"exchange_info/exchangeInfo-{name}.json.gz"
    found = parse.instruments(json.loads(gzip.decompress(packed.read_bytes())))

    bitcoin = next(i for i in found if i.symbol == "BTCUSDT")
    assert len(found) > 1_000
    assert bitcoin.tick_size == Decimal("0.01")
    assert bitcoin.min_notional in (5, 10)
    assert bitcoin.max_stop_orders == 5
    assert "STOP_LOSS" not in bitcoin.order_types


def test_a_recorded_order_answer_becomes_an_order_with_fills(samples: Any) -> None:
    order = parse.order(samples["new_order_full_response"])

    assert order.status is OrderStatus.FILLED
    assert sum(fill.quantity for fill in order.fills) == order.executed_quantity
    assert {fill.fee_asset for fill in order.fills} == {"USDT"}
    assert parse.order(samples["order_response"]).updated_at == 1499827319559


def test_a_recorded_cancel_is_known_by_the_orders_own_name(samples: Any) -> None:
    order = parse.order(samples["cancel_order_response"])

    assert order.client_order_id == "myOrder1"
    assert order.status is OrderStatus.CANCELED


@pytest.mark.parametrize("told", ["-1", "-0.00000001", None], ids=["old", "negative", "absent"])
def test_A18_what_an_order_was_worth_is_not_believed_where_it_was_not_recorded(
    told: str | None,
) -> None:
    report = {
        "symbol": "BTCUSDT", "orderId": 1, "clientOrderId": "a", "side": "BUY", "type": "MARKET",
        "status": "FILLED", "origQty": "1", "executedQty": "1", "time": 1,
    }  # fmt: skip
    if told is not None:
        report["cummulativeQuoteQty"] = told

    assert parse.order(report).executed_quote == 0


def test_recorded_trades_balances_and_candles_parse(samples: Any) -> None:
    (fill,) = parse.trades(samples["account_trades_response"])
    assert (fill.trade_id, fill.side, fill.fee) == (28457, Side.BUY, Decimal("10.1"))
    assert parse.balances(samples["account_response"])["BTC"].free == Decimal("4723846.89208129")
    assert len(parse.rows(samples["klines_response"])) == 1
    assert "BNBBTC" in parse.day_tickers([samples["ticker_24hr_response"]])


def test_recorded_stream_candles_become_kline_rows() -> None:
    packed = shared_data() / "streams/binance-ws-2021.txt.gz"
    lines = gzip.decompress(packed.read_bytes()).decode().splitlines()[1:]
    messages = [json.loads(line.split(": ", 1)[1]) for line in lines if "@kline" in line]

    rows = [parse.stream_candle(message["data"]["k"]) for message in messages]

    assert rows
    assert parse.rows(rows) == rows
    assert {row[6] - row[0] for row in rows} == {59_999}


def an_order(**changes: Any) -> Any:
    return {
        "symbol": "BTCUSDT",
        "orderId": 1,
        "clientOrderId": "x",
        "side": "SELL",
        "type": "LIMIT",
        "status": "NEW",
        "origQty": "1",
        "executedQty": "0",
        "time": 1,
    } | changes


def test_N21_an_unknown_order_status_counts_as_still_working() -> None:
    assert parse.order(an_order(status="PENDING_CANCEL")).status is OrderStatus.NEW
    order = parse.order(an_order(status="THINKING", executedQty="0.5"))
    assert order.status is OrderStatus.PARTIALLY_FILLED
    assert not order.status.is_final


def test_an_unknown_order_type_of_somebody_else_does_no_harm() -> None:
    assert parse.order(an_order(type="PEGGED_DREAM")).type is OrderType.LIMIT


def test_N21_an_unknown_symbol_status_may_not_be_entered() -> None:
    symbol = {
        "symbol": "BTCUSDT",
        "baseAsset": "BTC",
        "quoteAsset": "USDT",
        "orderTypes": ["MARKET", "SOMETHING_NEW"],
        "filters": [{"filterType": "BRAND_NEW", "limit": 1}],
    }
    assert parse.instrument(symbol | {"status": "TRADING"}).why_not_tradeable() == ""
    assert "CANCEL_ONLY" in parse.instrument(symbol | {"status": "CANCEL_ONLY"}).why_not_tradeable()
    assert "DREAMING" in parse.instrument(symbol | {"status": "DREAMING"}).why_not_tradeable()
