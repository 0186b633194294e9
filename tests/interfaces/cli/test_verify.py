"""`tradefleet verify`: what it refuses, and what it makes of a bot that traded for itself."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.interfaces.cli.conftest import Terminal
from tests.interfaces.cli.test_backtest import rows, write
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.application.parity.life import AT_THE_EXCHANGE, SIZED_THEN, STOPPED
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import Fill, Side
from tradefleet.domain.position import ExitReason
from tradefleet.domain.signal import Reason
from tradefleet.interfaces.cli.backtest import backtest_command
from tradefleet.interfaces.cli.verify import verify_command
from tradefleet.ports.journal import Decision

ASKED = ("verify", "--strategy", "volatile", "--symbol", "BTCUSDT")


@pytest.fixture
def data(terminal: Terminal) -> str:
    return write(terminal, rows())


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--trailing-stop", "1"), "--trailing-stop: expected none, because it cannot be compared"),
        (("--break-even", "3"), "--break-even: expected none"),
        (("--detail", "finer.csv"), "--detail: expected none"),
        (("--symbol", "ETHUSDT"), "--symbol: expected one symbol, was 2"),
        (("--bot", "1"), "--strategy: expected none with --bot"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    terminal: Terminal, data: str, more: tuple[str, ...], told: str
):
    assert told in terminal.run(*ASKED, "--data", data, *more, exits=2).output


def test_a_strategy_or_a_bot_is_needed_and_a_backtest_still_needs_its_strategy(terminal: Terminal):
    assert "or --bot ID" in terminal.run("verify", exits=2).output
    needed = {option.name for option in backtest_command.params if option.required}
    assert needed == {"strategy", "symbol"}
    assert not any(option.required for option in verify_command.params)


def test_a_bot_that_never_decided_has_nothing_to_compare(made: Installation, terminal: Terminal):
    told = terminal.run("verify", "--bot", "1", exits=2).output

    assert "bot 1 has never decided" in told


def backtested(terminal: Terminal, data: str) -> Any:
    words = ("backtest", "--strategy", "volatile", "--symbol", "BTCUSDT", "--data", data)
    return terminal.json(*words, "--param", "votes=1", "--decisions")


def test_the_life_of_a_bot_is_explained(made: Installation, terminal: Terminal, data: str):
    found = backtested(terminal, data)
    trade, decisions = found["trades"][0], found["decisions"]
    asleep = [at for at, action in decisions if at > trade["exit_time"]][5:9]
    journal = _journal(made)
    for at, action in decisions:
        if at not in asleep:
            journal.record_decision(_decision(at, action))
    bought = Decimal(trade["entry_price"]) * Decimal("1.001")
    journal.book([_fill(1, Side.BUY, bought, trade["entry_time"] + 900)])
    reason = ExitReason(trade["exit_reason"])
    sold = _fill(2, Side.SELL, Decimal(trade["exit_price"]), trade["exit_time"] + 900)
    journal.book([FillBooked(sold.fill, reason)])

    told = terminal.json("verify", "--bot", "1", "--data", data, exits=1)

    of_trade = {
        d["what"]: d["cause"] for d in told["differences"] if d["at"] == trade["entry_time"]
    }
    assert of_trade["entry_price"] == f"{AT_THE_EXCHANGE} (0.9 s after the open)"
    assert of_trade["quantity"] == SIZED_THEN
    assert "exit_price" not in of_trade
    missed = [
        d["at"] for d in told["differences"] if (d["what"], d["cause"]) == ("decision", STOPPED)
    ]
    assert missed == asleep
    assert told["settings"]["price_cap"] == "0.3"


def test_a_bot_that_saw_other_candles_is_told_which(
    made: Installation, terminal: Terminal, data: str
):
    decisions = backtested(terminal, data)["decisions"]
    journal = _journal(made)
    wrong = next(at for at, action in decisions if action == "HOLD" and at > decisions[200][0])
    for at, action in decisions:
        journal.record_decision(_decision(at, "SELL" if at == wrong else action))

    told = terminal.json("verify", "--bot", "1", "--data", data, exits=1)

    (found,) = [d for d in told["differences"] if d["what"] == "decision"]
    assert (found["at"], found["backtest"], found["bot"]) == (wrong, "HOLD", "SELL")
    assert found["cause"].startswith("the bot saw another candle: it closed at 1, in the data at")
    assert json.dumps(told)


def _journal(made: Installation) -> SqlJournal:
    lease = made.leases.acquire(1, made.processes.here("terminal"), 0)
    return SqlJournal(made.store, made.bots.get(1), lease)


def _decision(at: int, action: str) -> Decision:
    said = (Reason("because"),)
    return Decision(at, at + 717, action, "held", "waiting", Decimal(1), said)


def _fill(number: int, side: Side, price: Decimal, at: int) -> FillBooked:
    quantity = Decimal("0.003")
    fill = Fill(
        symbol="BTCUSDT", trade_id=number, order_id=number, side=side, price=price,
        quantity=quantity, quote_quantity=quantity * price, fee=Decimal(0), fee_asset="USDT",
        time=at, fee_quote=Decimal(0),
    )  # fmt: skip
    return FillBooked(fill)
