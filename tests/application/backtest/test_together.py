"""Several symbols with one wallet: each decides for itself, all spend the same cash."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.application.backtest import reference
from tests.application.backtest.test_jumps import QUICK, ToldAtOnce, rules
from tests.application.backtest.test_reference import (
    assumptions,
    caps,
    markets,
    opinions,
    percents,
    reference_bot,
    told_trades,
)
from tests.application.backtest.told import BUY, FREE, SELL, STEP, Told, bot, market, still
from tests.fakes.clock import MIDNIGHT
from tests.markets import random_market, recorded_market
from tradefleet.application.backtest.engine import play
from tradefleet.application.backtest.run import run
from tradefleet.application.backtest.setup import Assumptions, Setup, exact_money
from tradefleet.application.backtest.together import (
    Together,
    jump_together,
    play_together,
    run_together,
)
from tradefleet.domain.bot import Sizing
from tradefleet.domain.candle import Candles
from tradefleet.domain.signal import Signal
from tradefleet.strategies import BUILT_IN

D = Decimal
HELD = {"stop_loss": D(0), "take_profit": D(0)}


def played(
    symbols: Sequence[tuple[Candles, Mapping[int, Signal]]], places: int = 0, **terms: object
) -> Together:
    setups = [Setup(bot(**(HELD | terms)), candles, 0, FREE) for candles, _ in symbols]
    return play_together(setups, [Told(said) for _, said in symbols], places or len(symbols))


def costs(together: Together) -> list[list[Decimal]]:
    return [[trade.cost for trade in result.trades] for result in together.results]


def test_the_wallet_has_an_amount_for_each_place_and_each_first_buy_spends_one():
    together = played([(market(*still(4)), {0: BUY})] * 3)

    assert together.amount == 300
    assert costs(together) == [[D(100)]] * 3


def test_what_one_symbol_earns_the_others_spend():
    risen = market(*still(2), *still(6, 110))
    flat = market(*still(8))

    together = played([(risen, {0: BUY, 2: SELL}), (flat, {4: BUY})])

    assert costs(together) == [[D(100)], [D(105)]]


def test_the_last_free_place_gets_all_the_cash_there_is():
    risen = market(*still(2), *still(6, 110))

    together = played([(market(*still(8)), {0: BUY}), (risen, {0: BUY, 2: SELL, 4: BUY})])

    assert together.results[1].trades[1].cost == D(110)


def test_with_fixed_sums_each_buy_spends_the_amount_if_it_is_there():
    fallen = market(*still(2), *still(6, 60))
    flat = market(*still(8))

    together = played(
        [(fallen, {0: BUY, 2: SELL}), (flat, {0: BUY}), (flat, {4: BUY})], 2, sizing=Sizing.FIXED
    )

    assert costs(together) == [[D(100)], [D(100)], [D(60)]]


def test_at_one_moment_the_symbols_are_served_in_the_order_given():
    first, second = (market(*still(4, price)) for price in (100, 50))

    together = played([(first, {0: BUY}), (second, {0: BUY})], places=1)

    assert costs(together) == [[D(100)], []]
    assert together.results[1].denied == {"all 1 places of the wallet are taken": 1}


def test_what_a_strategy_sells_pays_for_what_is_bought_at_the_same_open():
    flat = market(*still(6))

    together = played([(flat, {2: BUY}), (flat, {0: BUY, 2: SELL})], places=1)

    assert costs(together) == [[D(100)], [D(100)]]
    assert together.results[0].trades[0].entry_time == together.results[1].trades[0].exit_time


def test_what_a_level_sells_pays_for_what_is_bought_at_the_next_open():
    fallen = market(*still(2), (95, 95, 95, 95), *still(3))
    flat = market(*still(6))

    together = played([(flat, {1: BUY, 2: BUY}), (fallen, {0: BUY})], places=1, stop_loss=D(2))

    assert together.results[1].trades[0].exit_time == MIDNIGHT + 2 * STEP
    assert [t.entry_time for t in together.results[0].trades] == [MIDNIGHT + 3 * STEP]
    assert together.results[0].denied == {"all 1 places of the wallet are taken": 1}


def test_a_symbol_that_ends_earlier_is_sold_there_and_gives_its_place_back():
    short, long = market(*still(3)), market(*still(6))

    together = played([(short, {0: BUY}), (long, {1: BUY, 3: BUY})], places=1)

    first, second = (result.trades[0] for result in together.results)
    assert (first.exit_time, str(first.exit_reason)) == (MIDNIGHT + 2 * STEP, "end")
    assert second.entry_time == MIDNIGHT + 4 * STEP


def test_a_symbol_without_a_candle_at_a_moment_waits_for_its_next_one():
    holed = market(*still(2), *still(2, 101), skip={2: 5})

    together = played([(holed, {1: BUY}), (market(*still(9)), {0: BUY})])

    assert together.results[0].trades[0].entry_time == MIDNIGHT + 7 * STEP


def test_one_that_is_interrupted_keeps_what_was_played():
    flat = market(*still(600))
    setups = [Setup(bot(**HELD), candles) for candles in (flat, flat.tail(580))]

    together = play_together(
        setups, [Told({0: BUY}), Told({})], 2, go_on=lambda done, _all: done < 256
    )

    assert not together.is_complete
    assert [result.played for result in together.results] == [256, 236]
    assert str(together.results[0].trades[0].exit_reason) == "end"


symbols = st.lists(st.tuples(markets(), opinions), min_size=1, max_size=4)


def setups_of(
    told: Sequence[tuple[Candles, Mapping[int, Signal]]], assumed: Assumptions, **more: object
) -> list[Setup]:
    terms = {name: more.pop(name) for name in TERMS}
    return [Setup(bot(**terms), candles, 0, assumed, **more) for candles, _ in told]  # type: ignore[arg-type]


TERMS = {
    "stop_loss": percents,
    "take_profit": percents,
    "sizing": st.sampled_from(Sizing),
    "price_cap": caps,
}
any_terms = st.fixed_dictionaries(TERMS)


@settings(max_examples=100, deadline=None)
@given(symbols, assumptions, any_terms, st.integers(1, 4))
def test_any_symbols_come_to_the_trades_of_the_reference(told, assumed, terms, places):
    setups = setups_of(told, assumed, **terms)

    together = play_together(setups, [Told(said) for _, said in told], places)

    bots = [reference_bot(result) for result in together.results]
    found = [told_trades(result) for result in together.results]
    assert found == reference.trades_together(bots, places)


def cash_after_each_moment(together: Together) -> list[Decimal]:
    """What the trades leave in the wallet: at one moment first what is sold by signal."""
    trades = [trade for result in together.results for trade in result.trades]
    with exact_money():
        buys = [(trade.entry_time, 1, -trade.cost) for trade in trades]
        sales = [
            (t.exit_time, 0 if t.exit_reason == "signal" else 2, t.cost + t.profit) for t in trades
        ]
        flows = (flow for _, _, flow in sorted(buys + sales))
        return list(accumulate(flows, initial=together.amount))


@settings(max_examples=100, deadline=None)
@given(symbols, assumptions, any_terms, st.integers(1, 4), rules)
def test_the_quick_way_comes_to_the_same_and_the_cash_is_never_below_zero(  # fmt: skip
    told, assumed, terms, places, instrument
):
    setups = setups_of(told, assumed, **terms, instrument=instrument)
    strategies = [ToldAtOnce(said) for _, said in told]

    quick = jump_together(setups, strategies, places)
    plain = play_together(setups, strategies, places)

    assert quick is not None
    assert_same(quick, plain)
    cash = cash_after_each_moment(plain)
    assert min(cash) >= 0
    with exact_money():
        assert cash[-1] == plain.amount + sum(t.profit for r in plain.results for t in r.trades)


def assert_same(quick: Together, plain: Together) -> None:
    for one, other in zip(quick.results, plain.results, strict=True):
        assert one.trades == other.trades
        assert list(one.evaluated) == list(other.evaluated)
        assert sum(one.denied.values()) == sum(other.denied.values())
        assert (one.played, one.is_complete) == (other.played, other.is_complete)


@settings(max_examples=50, deadline=None)
@given(markets(), opinions, assumptions, any_terms)
def test_one_symbol_with_a_wallet_is_that_symbol_alone(candles, said, assumed, terms):
    (setup,) = setups_of([(candles, said)], assumed, **terms)

    (together,) = play_together([setup], [Told(said)], 1).results

    assert together.trades == play(setup, Told(said)).trades


@pytest.mark.parametrize("key", QUICK)
def test_the_built_in_strategies_on_random_markets(key: str):
    setups = [Setup(bot(every="15m"), random_market(seed, 2_000), 40) for seed in (1, 2, 3)]
    strategies = [BUILT_IN[key]() for _ in setups]

    quick = jump_together(setups, strategies, 2)

    assert quick is not None
    assert_same(quick, play_together(setups, strategies, 2))


RECORDED = ("5m/BTCUSDT-5m-20220801-20231230", "5m/ETHUSDT-5m-20220801-20231230")


@pytest.mark.parametrize("key", BUILT_IN)
def test_recorded_markets_come_to_the_trades_of_the_reference(key: str):
    setups = [
        Setup(bot(every="15m"), recorded_market(name).tail(count))
        for name, count in zip(RECORDED, (2_500, 2_300), strict=True)
    ]

    together = run_together(setups, [BUILT_IN[key]() for _ in setups], 1)

    bots = [reference_bot(result) for result in together.results]
    assert [told_trades(r) for r in together.results] == reference.trades_together(bots, 1)


@pytest.mark.parametrize("places", [1, 2])
def test_stops_that_follow_the_price(places: int):
    terms = bot(trailing_stop=D("0.3"), break_even=D("0.2"))
    setups = [Setup(terms, random_market(seed, 1_500)) for seed in (1, 2)]
    strategies = [BUILT_IN["volatile"]() for _ in setups]

    quick, plain = (how(setups, strategies, places) for how in (jump_together, play_together))

    assert quick is not None
    assert_same(quick, plain)
    assert [one.stop_moves for one in quick.results] == [one.stop_moves for one in plain.results]
    assert sum(map(sum, (result.stop_moves for result in plain.results)))


def test_a_wallet_changes_no_decision():
    setups = [Setup(bot(every="15m"), random_market(seed, 1_500)) for seed in (1, 2)]
    alone = [run(setup, BUILT_IN["volatile"]()) for setup in setups]

    together = run_together(setups, [BUILT_IN["volatile"]() for _ in setups], 1)

    assert [list(r.evaluated) for r in together.results] == [list(r.evaluated) for r in alone]
    assert sum(together.results[1].denied.values())
