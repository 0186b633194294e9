"""The engine against a reference that shares nothing with it: equal to the digit."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.application.backtest import reference
from tests.application.backtest.told import STEP, Told, bot
from tests.fakes.clock import MIDNIGHT
from tests.markets import recorded_market
from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.setup import Assumptions, Setup
from tradefleet.domain.bot import Sizing
from tradefleet.domain.candle import MINUTE, Candles
from tradefleet.domain.signal import Action, Signal
from tradefleet.strategies import BUILT_IN


def rows_of(candles: Candles) -> list[tuple[int, Fraction, Fraction, Fraction, Fraction]]:
    columns = (candles.open, candles.high, candles.low, candles.close)
    exact = [[Fraction(repr(float(price))) for price in column] for column in columns]
    return [(int(at), *prices) for at, *prices in zip(candles.open_time, *exact, strict=True)]  # type: ignore[misc]


def fraction(value: Decimal | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def expected(result: Result) -> list[tuple[object, ...]]:
    """What the reference makes of the same candles and opinions."""
    bot = reference_bot(result)
    return reference.trades_of(bot.rows, bot.opinions, bot.purse.terms, bot.finer)


def reference_bot(result: Result) -> reference.Bot:
    """The reference, with the candles and opinions of a run."""
    setup = result.setup
    candles = setup.candles.between(setup.first, len(setup.candles))
    rows = rows_of(candles)
    index_of = {int(at) + candles.interval - 1: i for i, at in enumerate(candles.open_time)}
    opinions = {
        index_of[said.close_time]: reference.Told(
            said.action is Action.BUY,
            fraction(said.fraction), fraction(said.stop_loss), fraction(said.take_profit),
        )
        for said in result.evaluated
        if said.action is not Action.HOLD
    }  # fmt: skip
    finer: dict[int, list[tuple[int, Fraction, Fraction, Fraction, Fraction]]] = {}
    for row in rows_of(setup.detail) if setup.detail is not None else ():
        part = row[0] - row[0] % candles.interval + candles.interval - 1
        if part in index_of:
            finer.setdefault(index_of[part], []).append(row)
    terms = reference.Terms(
        amount=Fraction(setup.settings.trade_amount),
        stop_loss=Fraction(setup.settings.stop_loss),
        take_profit=Fraction(setup.settings.take_profit),
        fee=Fraction(setup.assumptions.fee),
        slippage=Fraction(setup.assumptions.slippage),
        compound=setup.settings.sizing is Sizing.COMPOUND,
        trailing=Fraction(setup.settings.trailing_stop),
        break_even=Fraction(setup.settings.break_even),
        cap=Fraction(setup.settings.price_cap),
    )
    return reference.Bot(rows, opinions, terms, finer)


def told_trades(result: Result) -> list[tuple[object, ...]]:
    """The trades of a run, as the reference tells them."""
    return [
        (
            t.entry_time, t.entry_price, t.exit_time, t.exit_price,
            t.quantity, t.fees, t.profit, str(t.exit_reason),
        )
        for t in result.trades
    ]  # fmt: skip


def assert_equal(result: Result) -> None:
    assert told_trades(result) == expected(result)


cents = st.integers(9_300, 10_700)


@st.composite
def markets(draw: st.DrawFn) -> Candles:
    """Wild markets of a few dozen candles, some missing, between 93 and 107."""
    ohlc = draw(st.lists(st.tuples(cents, cents, cents, cents), min_size=1, max_size=40))
    skips = draw(
        st.lists(st.sampled_from([0, 0, 0, 1, 20]), min_size=len(ohlc), max_size=len(ohlc))
    )
    times = MIDNIGHT + (np.arange(len(ohlc), dtype=np.int64) + np.cumsum(skips)) * STEP
    prices = np.array(ohlc, float) / 100
    opened, close = prices[:, 0], prices[:, 3]
    return Candles.from_arrays(
        STEP, times, opened, prices.max(axis=1), prices.min(axis=1), close, np.ones(len(ohlc))
    )


caps = st.sampled_from([Decimal(0), Decimal("0.3"), Decimal(1), Decimal("2.5")])
percents = st.sampled_from([Decimal(0), Decimal("0.7"), Decimal(2), Decimal("3.33")])
carried = st.one_of(st.none(), percents)
signals = st.one_of(
    st.just(Signal(Action.SELL)),
    st.just(Signal(Action.BUY)),
    st.builds(
        lambda share, stop, target: Signal(
            Action.BUY, fraction=share, stop_loss=stop, take_profit=target
        ),
        st.sampled_from([None, Decimal("0.6"), Decimal(1), Decimal("0.3333")]),
        carried,
        carried,
    ),
)
opinions = st.dictionaries(st.integers(0, 60), signals, max_size=30)
assumptions = st.builds(
    Assumptions,
    st.sampled_from([Decimal(0), Decimal("0.001"), Decimal("0.00075")]),
    st.sampled_from([Decimal(0), Decimal("0.0005"), Decimal("0.013")]),
)


@settings(max_examples=300, deadline=None)
@given(
    markets(),
    opinions,
    assumptions,
    percents,
    percents,
    st.sampled_from(Sizing),
    st.booleans(),
    caps,
)
def test_any_candles_and_any_opinions(  # fmt: skip
    candles, said, assumed, stop, target, sizing, has_detail, cap
):
    terms = bot(stop_loss=stop, take_profit=target, sizing=sizing, price_cap=cap)
    detail = minutes_of(candles) if has_detail else None

    assert_equal(play(Setup(terms, candles, 0, assumed, detail=detail), Told(said)))


@settings(max_examples=300, deadline=None)
@given(
    markets(),
    opinions,
    assumptions,
    percents,
    percents,
    percents,
    st.one_of(percents, st.just(Decimal("0.1"))),
    st.booleans(),
    caps,
)
def test_any_stops_that_follow_the_price(  # fmt: skip
    candles, said, assumed, stop, target, trailing, even, has_detail, cap
):
    moving = {"trailing_stop": trailing, "break_even": even}
    terms = bot(stop_loss=stop, take_profit=target, price_cap=cap, **moving)
    detail = minutes_of(candles) if has_detail else None

    assert_equal(play(Setup(terms, candles, 0, assumed, detail=detail), Told(said)))


def minutes_of(candles: Candles) -> Candles:
    """Five one-minute candles each: open, then by turns high or low first, then the close."""
    rows: list[list[float]] = []
    columns = (candles.open, candles.high, candles.low, candles.close)
    for i in range(len(candles)):
        opened, high, low, close = (float(column[i]) for column in columns)
        turns = [opened, high, low, close] if i % 2 else [opened, low, high, close]
        at = int(candles.open_time[i])
        for minute, (a, b) in enumerate(zip(turns, [*turns[1:], close], strict=True)):
            rows.append([at + minute * MINUTE, a, max(a, b), min(a, b), b, 1.0])
    return Candles(MINUTE, rows)


def test_recorded_candles_and_stops_that_follow_the_price() -> None:
    candles = recorded_market("5m/BTCUSDT-5m-20220801-20231230")
    terms = bot(every="15m", trailing_stop=Decimal("1.5"), break_even=Decimal("0.8"))

    result = play(Setup(terms, candles), BUILT_IN["simple_profitable"]())

    assert_equal(result)
    assert sum(result.stop_moves) > len(result.trades) / 10


RECORDED = ("5m/BTCUSDT-5m-20220801-20231230", "5m/SHIBUSDT-5m-20240101-20240907")


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("key", BUILT_IN)
def test_recorded_candles_and_the_built_in_strategies(name: str, key: str) -> None:
    candles = recorded_market(name)

    result = play(Setup(bot(every="15m"), candles), BUILT_IN[key]())

    assert_equal(result)
    assert result.trades or key == "ticker_news"


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_candles_and_a_price_cap(name: str) -> None:
    terms = bot(every="15m", price_cap=Decimal("0.3"))

    result = play(Setup(terms, recorded_market(name)), BUILT_IN["volatile"]())

    assert_equal(result)
    assert result.trades
