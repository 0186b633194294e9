"""`tradefleet backtest` on the candles the data folder keeps."""

import pytest

from tests.interfaces.cli.conftest import Terminal
from tests.interfaces.cli.test_backtest import ASKED, QUICK
from tests.markets import random_market
from tradefleet.domain.resampling import resample

MINUTE = 60_000
COUNT = 2_500


def keep(
    terminal: Terminal,
    interval: str = "5m",
    skipped: range = range(0),
    symbol: str = "BTCUSDT",
    seed: int = 3,
) -> str:
    """Write a market's candles to a file and import them; return the file's name."""
    market = random_market(seed, COUNT, interval)
    lines = [
        ",".join(map(str, row[:6]))
        for number, row in enumerate(market.klines())
        if number not in skipped
    ]
    name = f"{symbol}-{interval}.csv"
    text = "\n".join(["open_time,open,high,low,close,volume", *lines])
    (terminal.here / name).write_text(text + "\n")
    terminal.run("data", "import", name)
    return name


@pytest.mark.parametrize("start", [None, "2023-11-15T00:00", "2023-11-20T10:00"])
def test_what_is_kept_is_played_as_its_file_is(terminal: Terminal, start: str | None):
    name = keep(terminal, skipped=range(1_000, 1_020))
    part = ("--start", start) if start else ()

    of_file = terminal.json(*ASKED, *QUICK, *part, "--data", name, "--decisions")
    of_kept = terminal.json(*ASKED, *QUICK, *part, "--decisions")

    assert of_file["settings"].pop("data") == name
    assert of_kept["settings"].pop("data") is None
    assert of_kept == of_file
    assert of_kept["trades"]


def test_longer_candles_are_made_of_what_is_kept_and_this_is_said(terminal: Terminal):
    keep(terminal)
    longer = resample(random_market(3, COUNT), 15 * MINUTE)

    found = terminal.json(*ASKED, *QUICK, "--interval", "15m")

    assert found["candles"]["played"] == len(longer)
    assert "BTCUSDT 15m candles are made of 5m candles; no others are kept" in found["warnings"]


def test_finer_candles_that_are_kept_decide_within_a_candle(terminal: Terminal):
    name = keep(terminal, "1m")
    keep(terminal, "15m")

    of_kept = terminal.json(*ASKED, *QUICK, "--interval", "15m", "--detail", "1m")
    of_file = terminal.json(*ASKED, *QUICK, "--interval", "15m", "--detail", name)

    assert of_kept["settings"].pop("detail") == "1m"
    assert of_file["settings"].pop("detail") == name
    assert of_kept == of_file


def test_several_symbols_that_are_kept_share_a_wallet(terminal: Terminal):
    files = [keep(terminal), keep(terminal, symbol="ETHUSDT", seed=4)]
    asked = (*ASKED, "--symbol", "ETHUSDT", *QUICK)

    of_kept = terminal.json(*asked)
    of_files = terminal.json(*asked, "--data", files[0], "--data", files[1])

    assert of_kept["settings"].pop("data") is None
    assert of_files["settings"].pop("data") == files
    assert of_kept == of_files


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "--data: there are no 5m candles of BTCUSDT"),
        (("--interval", "1h"), "tradefleet data download BTCUSDT --interval 1h --from"),
        (("--interval", "15m", "--detail", "1m"), "--detail: there are no 1m candles of BTCUSDT"),
    ],
)
def test_what_is_not_kept_is_refused_with_the_ways_to_get_it(
    terminal: Terminal, words: tuple[str, ...], says: str
):
    if "--detail" in words:
        keep(terminal, "15m")

    assert says in terminal.run(*ASKED, *words, exits=2).stderr


def test_a_part_in_which_nothing_is_kept_is_refused(terminal: Terminal):
    keep(terminal)

    told = terminal.run(*ASKED, "--start", "2031-01-01", exits=1).stderr

    assert "BTCUSDT 5m: expected candles between --start and --end; there are 2,500" in told
