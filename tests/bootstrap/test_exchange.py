"""The market the built-in exchange opens."""

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tradefleet.bootstrap.exchange import MarketChoice, Options, Replay, market_opener
from tradefleet.domain.errors import SettingsError

SYMBOL = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "baseAssetPrecision": 8,
    "quoteAsset": "USDT",
    "quotePrecision": 8,
    "quoteAssetPrecision": 8,
    "orderTypes": ["LIMIT", "MARKET"],
    "ocoAllowed": True,
    "isSpotTradingAllowed": True,
    "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.01"}],
}


def opener(folder: Path, *names: str, source: str = ""):
    choice = MarketChoice(names, Replay(speed=None), source)
    return market_opener(Options(state=folder), choice, print)


def test_live_symbols_are_kept_for_a_start_without_network(httpserver: HTTPServer, tmp_path):
    httpserver.expect_request("/api/v3/exchangeInfo").respond_with_json({"symbols": [SYMBOL]})
    open_market = opener(tmp_path, "live", source=httpserver.url_for(""))
    market = open_market(1, None)
    assert list(market.rules().symbols) == ["BTCUSDT"]
    httpserver.clear()
    assert open_market(1, market.state()).rules() == market.rules()


def test_live_prices_cannot_begin_while_nobody_answers(tmp_path):
    with pytest.raises(SettingsError, match="PAPER_MARKET=synthetic"):
        opener(tmp_path, "live", source="http://127.0.0.1:9")(1, None)


def test_paths_are_played_as_recordings(tmp_path):
    file = tmp_path / "BTCUSDT-1m-x.csv"
    rows = [f"{1_700_000_040_000 + n * 60_000},10,11,9,10,5\n" for n in range(20)]
    file.write_text("open_time,open,high,low,close,volume\n" + "".join(rows))
    market = opener(tmp_path, str(file))(1, None)
    assert market.name == "recorded"
    assert len(market.klines("BTCUSDT", "1m", None, None, 100)) == 2
