"""The market the built-in exchange opens."""

import gzip
import json

import pytest
from pytest_httpserver import HTTPServer

from tests.skips import shared_data
from tradefleet.bootstrap.market import MarketChoice, read_rules
from tradefleet.domain.errors import DataError, ExchangeUnavailableError
from tradefleet.exchange.markets.recorded import Replay

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


def test_live_symbols_are_kept_for_a_start_without_network(httpserver: HTTPServer, tmp_path):
    httpserver.expect_request("/api/v3/exchangeInfo").respond_with_json({"symbols": [SYMBOL]})
    choice = MarketChoice(["live"], tmp_path / "symbols.json", source=httpserver.url_for(""))
    market = choice.open(1, None)
    assert [one.symbol for one in market.instruments()] == ["BTCUSDT"]
    httpserver.clear()
    assert choice.open(1, market.state()).instruments() == market.instruments()


def test_live_prices_cannot_begin_while_nobody_answers(tmp_path):
    choice = MarketChoice(["live"], tmp_path / "symbols.json", source="http://127.0.0.1:9")
    with pytest.raises(ExchangeUnavailableError, match="--market synthetic"):
        choice.open(1, None)


def test_paths_are_played_as_recordings(tmp_path):
    file = tmp_path / "BTCUSDT-1m-x.csv"
    rows = [f"{1_700_000_040_000 + n * 60_000},10,11,9,10,5\n" for n in range(20)]
    file.write_text("open_time,open,high,low,close,volume\n" + "".join(rows))
    market = MarketChoice([str(file)], tmp_path / "k", Replay(speed=None)).open(1, None)
    assert market.name == "recorded"
    assert len(market.klines("BTCUSDT", "1m", None, None, 100)) == 2


def test_rules_are_read_from_an_exchange_info_file(tmp_path):
    source = shared_data() / "exchange_info" / "exchangeInfo-testnet-20240908.json.gz"
    file = tmp_path / "info.json"
    file.write_bytes(gzip.decompress(source.read_bytes()))
    assert len(read_rules(file)) > 1_000


@pytest.mark.parametrize("text", ["nonsense", json.dumps({"code": -1121}), ""])
def test_a_file_that_is_no_exchange_info_is_refused(tmp_path, text):
    file = tmp_path / "info.json"
    file.write_text(text)
    with pytest.raises(DataError, match="no exchangeInfo"):
        read_rules(file)
