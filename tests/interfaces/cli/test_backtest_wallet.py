"""`tradefleet backtest` with several symbols: one wallet, one document."""

from decimal import Decimal

import pytest

from tests.application.backtest import reference
from tests.application.backtest.test_reference import rows_of
from tests.interfaces.cli.conftest import Terminal
from tests.interfaces.cli.test_backtest import ASKED, COUNT, QUICK, write
from tests.markets import random_market
from tests.skips import shared_data
from tradefleet.adapters.candles.files import read_recording

D = Decimal
SYMBOLS = ("--symbol", "BTCUSDT", "--symbol", "ethusdt")
BOTH = ("backtest", "--strategy", "volatile", *SYMBOLS, *QUICK)


@pytest.fixture
def folder(terminal: Terminal) -> str:
    (terminal.here / "candles").mkdir()
    for seed, symbol in ((3, "BTCUSDT"), (4, "ETHUSDT")):
        lines = [list(row[:6]) for row in random_market(seed, COUNT).klines()]
        write(terminal, lines[seed - 3 :], f"candles/{symbol}-5m-2023.csv")
    return "candles"


def test_the_document_of_several_symbols(terminal: Terminal, folder: str):
    found = terminal.json(*BOTH, "--data", folder, "--decisions")

    assert list(found) == [
        "settings", "complete", "candles", "metrics", "chance", "trades", "equity", "warnings",
        "decisions",
    ]  # fmt: skip
    assert found["settings"]["symbols"] == ["BTCUSDT", "ETHUSDT"]
    assert (found["settings"]["max_open"], found["settings"]["wallet"]) == (2, "200")
    assert {trade["symbol"] for trade in found["trades"]} == {"BTCUSDT", "ETHUSDT"}
    assert set(found["decisions"]) == set(found["candles"]) == set(found["metrics"]["symbols"])
    assert len(found["equity"]) == found["candles"]["BTCUSDT"]["played"] == COUNT
    assert found["candles"]["ETHUSDT"]["played"] == COUNT - 1


def test_the_money_of_the_symbols_adds_up_to_the_wallets(terminal: Terminal, folder: str):
    found = terminal.json(*BOTH, "--data", folder)

    metrics, symbols = found["metrics"], found["metrics"]["symbols"].values()
    profit = sum(D(trade["profit"]) for trade in found["trades"])
    assert profit == D(metrics["net_profit"]) == sum(D(one["net_profit"]) for one in symbols)
    assert D(metrics["final_equity"]) == 200 + profit
    assert D(found["equity"][-1][1]) == pytest.approx(D(metrics["final_equity"]))
    assert metrics["total_return"] == pytest.approx(sum(one["contribution"] for one in symbols))
    assert metrics["trades"] == sum(one["trades"] for one in symbols)
    assert metrics["evaluations"] == sum(one["evaluations"] for one in symbols)
    bought = [one["buy_and_hold"] for one in symbols]
    assert metrics["buy_and_hold"]["total_return"] == pytest.approx(sum(bought) / 2)


def test_each_symbol_decides_as_it_would_alone(terminal: Terminal, folder: str):
    together = terminal.json(*BOTH, "--data", folder, "--decisions")

    alone = terminal.json(*ASKED, *QUICK, "--data", folder, "--decisions")

    assert together["decisions"]["BTCUSDT"] == alone["decisions"]


def test_a_strategy_of_the_persons_own_remembers_each_symbol_for_itself(
    terminal: Terminal, folder: str
):
    (terminal.home / "strategies").mkdir(parents=True)
    (terminal.home / "strategies" / "counting.py").write_text(
        "class Counting:\n"
        "    asked = 0\n"
        "    def analyze(self, data):\n"
        "        self.asked += 1\n"
        "        said = {0: 'BUY', 1: 'SELL'}.get(self.asked % 7, 'HOLD')\n"
        "        return {'signal': said, 'reasoning': 'the count'}\n"
    )
    asked = ("backtest", "--strategy", "counting", "--data", folder, "--decisions")

    together = terminal.json(*asked, *SYMBOLS)
    alone = terminal.json(*asked, "--symbol", "BTCUSDT")

    assert together["decisions"]["BTCUSDT"] == alone["decisions"]
    assert len(together["trades"]) > 50


def test_finer_candles_are_found_for_each_symbol(terminal: Terminal, folder: str):
    (terminal.here / "minutes").mkdir()
    for seed, symbol in ((3, "BTCUSDT"), (4, "ETHUSDT")):
        minutes = [
            [int(at) + 60_000 * minute, *prices]
            for at, *prices in (row[:6] for row in random_market(seed, COUNT).klines())
            for minute in range(5)
        ]
        write(terminal, minutes, f"minutes/{symbol}-1m-2023.csv")

    found = terminal.json(*BOTH, "--data", folder, "--detail", "minutes")

    assert found["settings"]["detail"] == "minutes"
    assert found["trades"]


def test_one_symbol_alone_has_the_document_of_one(terminal: Terminal, folder: str):
    found = terminal.json(*ASKED, *QUICK, "--data", folder, "--max-open", "1")

    assert found["settings"]["symbol"] == "BTCUSDT"
    assert not {"symbols", "max_open", "wallet"} & set(found["settings"])
    assert "symbol" not in found["trades"][0]


def test_a_file_for_each_symbol_is_the_same_as_a_folder_of_them(terminal: Terminal, folder: str):
    files = [f"{folder}/{symbol}-5m-2023.csv" for symbol in ("BTCUSDT", "ETHUSDT")]

    each = terminal.json(*BOTH, "--data", files[0], "--data", files[1])
    whole = terminal.json(*BOTH, "--data", folder)

    assert each["settings"]["data"] == files
    assert each["trades"] == whole["trades"]


def test_entries_that_found_no_place_are_counted_with_the_reason(terminal: Terminal, folder: str):
    found = terminal.json(*BOTH, "--data", folder, "--max-open", "1")

    assert found["settings"]["wallet"] == "100"
    assert found["metrics"]["denied_entries"] > 0
    assert any("all 1 places of the wallet are taken" in said for said in found["warnings"])


def test_for_people_it_prints_what_each_symbol_brought(terminal: Terminal, folder: str):
    told = terminal.run(*BOTH, "--data", folder).stdout

    assert "2 symbols" in told
    assert [line.split()[0] for line in told.splitlines() if "USDT" in line] == [
        "BTCUSDT",
        "ETHUSDT",
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--symbol", "btcusdt"), "--symbol: expected each symbol once, was BTCUSDT twice"),
        (("--max-open", "3"), "--max-open: expected at most one position a symbol, 2, was 3"),
        (("--max-open", "0"), "is not in the range x>=1"),
        (("--data", "a", "--data", "b"), "--data: expected one for all 2 symbols, or one for each"),
        (("--symbol", "SOLUSDT"), "expected candles of SOLUSDT 5m in candles"),
    ],
)
def test_wrong_usage_is_said_and_exits_2(
    terminal: Terminal, folder: str, words: tuple[str, ...], says: str
):
    told = terminal.run(*BOTH, "--data", folder, *words, "--json", exits=2)

    assert says in told.stderr
    assert told.stdout == ""


def test_one_file_for_several_symbols_is_refused(terminal: Terminal, folder: str):
    told = terminal.run(*BOTH, "--data", f"{folder}/BTCUSDT-5m-2023.csv", exits=2)

    assert "expected a folder with candles of all 2 symbols, or a file for each" in told.stderr


RECORDED = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


@pytest.mark.parametrize("symbols", [RECORDED[:1], RECORDED])
@pytest.mark.parametrize("key", ["volatile", "enhanced"])
def test_each_trade_on_recorded_candles_is_that_of_the_reference(
    terminal: Terminal, key: str, symbols: tuple[str, ...]
):
    data = shared_data() / "klines" / "5m"
    start, end = 1_679_616_000_000, 1_680_307_200_000  # a week with an outage of the exchange
    asked = [word for symbol in symbols for word in ("--symbol", symbol)]

    found = terminal.json(
        "backtest", "--strategy", key, *asked, "--data", str(data), "--decisions",
        "--start", "2023-03-24", "--end", "2023-04-01", "--slippage", "0.0003",
    )  # fmt: skip

    terms = reference.Terms(
        *map(reference.Fraction, (100, 2, 5)),
        reference.Fraction(1, 1000), reference.Fraction(3, 10_000), True,
    )  # fmt: skip
    bots = []
    for symbol in symbols:
        rows = [
            row
            for row in rows_of(read_recording(data, symbol, "5m").candles)
            if start <= row[0] < end
        ]
        said = found["decisions"] if len(symbols) == 1 else found["decisions"][symbol]
        index = {row[0] + 299_999: place for place, row in enumerate(rows)}
        opinions = {index[at]: told(word, *more) for at, word, *more in said if word != "HOLD"}
        bots.append(reference.Bot(rows, opinions, terms))
    expected = reference.trades_together(bots, len(bots))
    for symbol, trades in zip(symbols, expected, strict=True):
        assert [
            exact(trade) for trade in found["trades"] if trade.get("symbol", symbol) == symbol
        ] == trades
    assert found["trades"]


def told(word: str, carried: dict[str, str] | None = None) -> reference.Told:
    """An opinion of the document, in fractions."""
    names = ("fraction", "stop_loss", "take_profit")
    own = {name: reference.Fraction(value) for name, value in (carried or {}).items()}
    return reference.Told(word == "BUY", *(own.get(name) for name in names))


def exact(trade: dict[str, str]) -> tuple[object, ...]:
    """A trade of the document, as the reference tells it."""
    names = (
        "entry_time", "entry_price", "exit_time", "exit_price", "quantity", "fees", "profit",
    )  # fmt: skip
    return (*(reference.Fraction(trade[name]) for name in names), trade["exit_reason"])
