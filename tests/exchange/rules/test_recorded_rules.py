"""An exchangeInfo as the rules of an exchange: read, traded by, and told again as it came."""

import gzip
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.exchange.desk import LIMIT, Desk
from tests.exchange.fixed_market import FixedMarket
from tests.skips import shared_data
from tradefleet.adapters.binance import parse
from tradefleet.bootstrap.exchange import MarketChoice, Options, Replay, market_opener
from tradefleet.domain.errors import InputError
from tradefleet.exchange.clock import ReplayClock
from tradefleet.exchange.info.symbol_rules import ExchangeRules, load_rules
from tradefleet.exchange.markets.coins import COINS
from tradefleet.exchange.markets.synthetic import SyntheticMarket

NOON = 1_790_000_000_000

# As Binance told it in 2021, with a coin that is not traded any more.
OLD = {
    "timezone": "UTC",
    "serverTime": 1634000000000,
    "rateLimits": [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 2},
    ],
    "exchangeFilters": [{"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 1000}],
    "symbols": [
        {
            "symbol": symbol,
            "status": status,
            "baseAsset": symbol.removesuffix("USDT"),
            "baseAssetPrecision": 8,
            "quoteAsset": "USDT",
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "baseCommissionPrecision": 8,
            "quoteCommissionPrecision": 8,
            "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT"],
            "icebergAllowed": True,
            "ocoAllowed": True,
            "quoteOrderQtyMarketAllowed": True,
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": True,
            "filters": [
                {
                    "filterType": "PRICE_FILTER",
                    "minPrice": "0.10000000",
                    "maxPrice": "1000000.00000000",
                    "tickSize": "0.10000000",
                },
                {
                    "filterType": "PERCENT_PRICE",
                    "multiplierUp": "5",
                    "multiplierDown": "0.2",
                    "avgPriceMins": 5,
                },
                {
                    "filterType": "LOT_SIZE",
                    "minQty": "0.00100000",
                    "maxQty": "9000.00000000",
                    "stepSize": "0.00100000",
                },
                {
                    "filterType": "MIN_NOTIONAL",
                    "minNotional": "10.00000000",
                    "applyToMarket": True,
                    "avgPriceMins": 5,
                },
                {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
            ],
            "permissions": ["SPOT", "MARGIN"],
        }
        for symbol, status in (("BTCUSDT", "TRADING"), ("LUNAUSDT", "BREAK"))
    ],
}


@pytest.fixture(params=["rules.json", "rules.json.gz"])
def file(request, tmp_path) -> Path:
    path = tmp_path / request.param
    raw = json.dumps(OLD).encode()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def desk_by(rules: ExchangeRules) -> Desk:
    market = FixedMarket(instruments=[one.instrument for one in rules.symbols.values()])
    market.take_over(rules)
    return Desk(market)


def differences(told: dict, recorded: dict) -> dict:
    """The fields both have and that are not alike."""
    return {
        name: (told[name], recorded[name])
        for name in set(told) & set(recorded)
        if told[name] != recorded[name]
    }


def test_a_file_is_told_again_as_it_came(file):
    desk = desk_by(load_rules(file))

    told = desk.get("/exchangeInfo").json()

    assert [differences(*pair) for pair in zip(told["symbols"], OLD["symbols"], strict=True)] == [
        {},
        {},
    ]
    assert told["symbols"][0]["filters"] == OLD["symbols"][0]["filters"]
    assert told["exchangeFilters"] == OLD["exchangeFilters"]
    assert told["rateLimits"][:2] == OLD["rateLimits"]
    kinds = [limit["rateLimitType"] for limit in told["rateLimits"]]
    assert kinds == ["REQUEST_WEIGHT", "ORDERS", "RAW_REQUESTS"]


def test_what_an_older_exchange_did_not_know_is_switched_off(file):
    told = desk_by(load_rules(file)).get("/exchangeInfo").json()["symbols"][0]

    assert (told["otoAllowed"], told["amendAllowed"], told["allowTrailingStop"]) == (False,) * 3
    assert told["permissionSets"] == [["SPOT", "MARGIN"]]
    assert told["allowedSelfTradePreventionModes"] == ["NONE"]


def test_orders_and_requests_are_held_to_the_file(file):
    desk = desk_by(load_rules(file))
    answers = [desk.send("POST", "/order", **order).json().get("msg") for order in (
        LIMIT | {"price": "90.05"},
        LIMIT | {"quantity": "0.1"},
        LIMIT | {"price": "19"},
        LIMIT | {"type": "STOP_LOSS", "stopPrice": "98", "side": "SELL"},
    )]  # fmt: skip

    assert answers[:3] == [
        "Filter failure: PRICE_FILTER",
        "Filter failure: MIN_NOTIONAL",
        "Filter failure: PERCENT_PRICE",
    ]
    assert desk.send("POST", "/order", **LIMIT).status_code == 200
    assert desk.send("POST", "/order", **LIMIT).status_code == 200
    assert desk.send("POST", "/order", **LIMIT).json() == {
        "code": -1015,
        "msg": "Too many new orders; current limit is 2 orders per 10 SECOND.",
    }
    luna = desk.send("POST", "/order", **(LIMIT | {"symbol": "LUNAUSDT"}))
    assert luna.json() == {"code": -2010, "msg": "Market is closed."}


def test_the_synthetic_market_trades_the_coins_there_are_rules_for(file):
    said: list[str] = []
    choice = MarketChoice(("synthetic",), Replay(), rules=file)

    market = market_opener(Options(state=file.parent), choice, said.append)(1, None)

    assert list(market.rules().symbols) == ["BTCUSDT"]
    assert market.rules().symbols["BTCUSDT"].instrument.tick_size == Decimal("0.1")
    assert market.last_price("BTCUSDT") * 10 % 1 == 0
    assert len(said) == 1
    assert "has no rules of ETHUSDT, BNBUSDT" in said[0]


def test_prices_and_lots_of_the_synthetic_market_are_those_of_its_rules(file):
    market = SyntheticMarket(ReplayClock(NOON, None), 3, rules=load_rules(file))

    (symbol,) = market.rules().symbols
    depth = market.depth(symbol, 50)

    for level in (*depth.bids, *depth.asks):
        assert level.price * 10 % 1 == 0
        assert level.quantity * 1000 % 1 == 0


def test_a_recording_is_traded_by_the_file_and_needs_its_symbol(file, tmp_path):
    def opened(symbol: str):
        path = tmp_path / f"{symbol}-1m-x.csv"
        rows = [f"{1_700_000_040_000 + n * 60_000},10,11,9,10,5\n" for n in range(20)]
        path.write_text("open_time,open,high,low,close,volume\n" + "".join(rows))
        choice = MarketChoice((str(path),), Replay(speed=None), rules=file)
        return market_opener(Options(state=tmp_path), choice, print)(1, None)

    rules = opened("BTCUSDT").rules()
    assert rules.symbols["BTCUSDT"].entry["filters"] == OLD["symbols"][0]["filters"]
    assert list(rules.symbols) == ["BTCUSDT"]
    with pytest.raises(InputError, match="no rules of ETHUSDT"):
        opened("ETHUSDT")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "cannot be read: No such file"),
        (b"{", "is no JSON document"),
        (b"\x1f\x8b\x00", "is no JSON document|cannot be read"),
        (b"[]", "expected an object with a list of symbols"),
        (b'{"symbols": {}}', "expected an object with a list of symbols"),
        (b'{"symbols": [{"status": "TRADING"}]}', "is no exchangeInfo: an entry without"),
        (b'{"symbols": [3]}', "is no exchangeInfo: an entry"),
        (
            json.dumps(OLD).replace('"0.10000000"', '"a lot"').encode(),
            "expected a decimal text for minPrice, was 'a lot'",
        ),
        (
            json.dumps(OLD).replace('rs": 200}', 'rs": "many"}').encode(),
            "whole number for maxNumOrders",
        ),
        (json.dumps(OLD).replace('"LUNAUSDT"', "7").encode(), "expected a text for symbol, was 7"),
        (
            json.dumps(OLD).replace('["SPOT", "MARGIN"]', '["SPOT", 5]').encode(),
            "expected lists of texts for permissionSets",
        ),
        (json.dumps(OLD).replace('"SECOND"', '"MOON"').encode(), "expected an interval of SECOND"),
    ],
)
def test_a_file_that_holds_no_rules_is_refused_in_words(content, text, tmp_path):
    path = tmp_path / "rules.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError, match=text):
        load_rules(path)


def test_rules_for_none_of_the_coins_and_odd_ticks_are_refused_by_the_synthetic_market(file):
    luna = json.loads(json.dumps(OLD))
    del luna["symbols"][0]
    with pytest.raises(InputError, match="for none of the synthetic market's symbols"):
        SyntheticMarket(ReplayClock(NOON, None), 3, rules=ExchangeRules.read(luna))
    odd = json.loads(json.dumps(OLD).replace('"tickSize": "0.10000000"', '"tickSize": "0.25"'))
    with pytest.raises(InputError, match=r"a tick of BTCUSDT .* was 0.25"):
        SyntheticMarket(ReplayClock(NOON, None), 3, rules=ExchangeRules.read(odd))


def test_a_live_market_has_binances_own_rules(file):
    with pytest.raises(InputError, match="Binance's own rules"):
        market_opener(
            Options(state=file.parent), MarketChoice(("live",), Replay(), rules=file), print
        )


def test_traders_and_the_exchange_read_the_same_out_of_an_entry(file):
    for known in load_rules(file).symbols.values():
        assert parse.instrument(known.entry) == known.instrument


@pytest.mark.parametrize("year", ["mainnet-20211012", "testnet-20240908"])
class TestRecorded:
    def recorded(self, year: str) -> tuple[dict, ExchangeRules]:
        path = shared_data() / "exchange_info" / f"exchangeInfo-{year}.json.gz"
        return json.loads(gzip.decompress(path.read_bytes())), load_rules(path)

    def test_every_field_both_have_is_told_as_it_was_recorded(self, year):
        recorded, rules = self.recorded(year)

        told = desk_by(rules).get("/exchangeInfo").json()

        shown = {entry["symbol"]: entry for entry in told["symbols"]}
        assert told["rateLimits"] == recorded["rateLimits"]
        for entry in recorded["symbols"]:
            if {"SPOT", "MARGIN", "LEVERAGED"} & set(sum(shown_sets(rules, entry), [])):
                assert differences(shown[entry["symbol"]], entry) == {}
                assert set(entry) <= set(shown[entry["symbol"]])

    def test_both_sides_read_the_same(self, year):
        _, rules = self.recorded(year)

        for known in rules.symbols.values():
            assert parse.instrument(known.entry) == known.instrument

    def test_the_synthetic_market_opens_on_them(self, year):
        _, rules = self.recorded(year)

        market = SyntheticMarket(ReplayClock(NOON, None), 3, rules=rules)

        expected = {coin.symbol for coin in COINS} & set(rules.symbols)
        assert set(market.rules().symbols) == expected
        for symbol in expected:
            tick = rules.symbols[symbol].instrument.tick_size
            assert all(level.price % tick == 0 for level in market.depth(symbol, 20).asks)
            assert np.isfinite(float(market.last_price(symbol)))


def shown_sets(rules: ExchangeRules, entry: dict) -> list[list[str]]:
    return rules.symbols[entry["symbol"]].permission_sets
