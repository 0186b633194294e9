"""A bot on recorded real prices: its books are the exchange's, to the last digit."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby

import pytest

from tests.skips import shared_data
from tests.system.conftest import NewWorld
from tests.system.world import free_port, until
from tradefleet.domain.order import Fill, Side

pytestmark = pytest.mark.system

SYMBOL = "BTCUSDT"


def test_it_buys_is_protected_sells_and_compounds_to_the_last_digit(new_world: NewWorld):
    (recorded,) = (shared_data() / "klines" / "1m").glob(f"{SYMBOL}-*.parquet")
    world = new_world()
    market = ["--market", str(recorded), "--start", "2021-05-19T12:00", "--speed", "20"]
    world.start("exchange", "--port", str(free_port()), *market)
    until(world.folder.exchange_address.exists, "the exchange")
    world.up()

    percents = {"stop_loss": "0.5", "take_profit": "0.5"}
    bot_id = world.make_bot("Recorded", SYMBOL, interval="1m", every="1m", **percents)
    world.position_of(bot_id)
    until(lambda: len(buys(world.fills(bot_id))) == 2, "a second buy", 60)
    world.api("POST", f"bot/{bot_id}/stop", {"how": "sell"})
    until(lambda: world.lease(bot_id) is None, "the end of the bot")

    fills, totals = world.fills(bot_id), world.totals(bot_id)
    assert fills == world.fills_at_exchange(SYMBOL)
    assert (totals.cash, totals.dust) == (cash_after(fills), coins_after(fills))
    assert Decimal(world.bot(bot_id)["ledger"]["cash"]) == totals.cash
    last, first = world.api("GET", f"bot/{bot_id}/trades")["trades"]
    assert first["exit_reason"] in ("stop_loss", "take_profit")
    assert Decimal(first["profit"]) + Decimal(last["profit"]) == totals.profit
    second = buys(fills)[1]
    had = cash_after(fills[: fills.index(second[0])])
    spent = sum((fill.quote_quantity for fill in second), Decimal(0))
    assert had != 100
    assert had * Decimal("0.99") < spent <= had


def buys(fills: Sequence[Fill]) -> list[list[Fill]]:
    """Return the fills of each buy order, oldest first."""
    by_order = groupby(fills, key=lambda fill: (fill.side, fill.order_id))
    return [list(found) for (side, _), found in by_order if side is Side.BUY]


def cash_after(fills: Sequence[Fill]) -> Decimal:
    cash = Decimal(100)
    for fill in fills:
        cash += fill.quote_quantity * (1 if fill.side is Side.SELL else -1)
        cash -= fill.fee if fill.fee_asset == "USDT" else 0
    return cash


def coins_after(fills: Sequence[Fill]) -> Decimal:
    coins = Decimal(0)
    for fill in fills:
        coins += fill.quantity * (1 if fill.side is Side.BUY else -1)
        coins -= fill.fee if fill.fee_asset == "BTC" else 0
    return coins
