"""A price that is through the stop before that can rest: the position is sold at market at once.

The whole bot with the real client, before the built-in exchange over HTTP.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.application.conftest import BUY
from tests.contracts.rehearsal import BuiltInProcess, Rehearsal, booked, traded
from tradefleet.domain.position import ExitReason


@pytest.fixture(scope="module")
def exchange() -> Iterator[BuiltInProcess]:
    """The built-in exchange as a process of its own."""
    with BuiltInProcess() as running:
        yield running


def falls_before(bot: Rehearsal, request: str, factor: str) -> None:
    """Let the price fall right before a request of the broker leaves."""
    send: Callable[..., Any] = getattr(bot.broker, request)

    def late(*args: Any) -> Any:
        bot.exchange.move("BTCUSDT", factor)
        return send(*args)

    setattr(bot.broker, request, late)


def assert_sold_at_once(bot: Rehearsal) -> None:
    [trade] = bot.trader.ledger.trades
    assert trade.exit_reason is ExitReason.STOP_LOSS
    truth = bot.truth()
    assert [o["type"] for o in truth.executed("SELL")] == ["MARKET"]
    assert not [o for o in truth.ours() if o["status"] in ("NEW", "PARTIALLY_FILLED")]
    assert booked(bot) == traded(truth)


def test_stop_and_target_refused_after_the_entry_sell_in_the_same_cycle(
    exchange: BuiltInProcess,
) -> None:
    bot = Rehearsal(exchange)
    falls_before(bot, "protect", "0.97")
    bot.strategy.next = BUY

    bot.trader.cycle()

    assert_sold_at_once(bot)
    bot.close()


def test_N20_a_lone_stop_refused_while_it_is_moved_sells_at_once(exchange: BuiltInProcess) -> None:
    alone = {"price_cap": Decimal("0.3"), "take_profit": Decimal(0), "trailing_stop": Decimal(1)}
    bot = Rehearsal(exchange, **alone)
    bot.buy()
    falls_before(bot, "replace_stop", "0.985")  # the old stop lies below, the new one above
    exchange.move("BTCUSDT", "1.02")

    bot.keep(lambda: not bot.holds, "the end of the position")

    assert_sold_at_once(bot)
    bot.close()
