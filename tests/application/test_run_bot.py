"""The waker: signals and the bell end its wait."""

import os
import signal

import pytest

from tests.application.test_bot_process import Running
from tradefleet.application.run_bot import SignalPipe, run_bot
from tradefleet.domain.bot import Wish


def test_a_signal_is_heard_through_the_pipe_and_kills_nobody():
    with SignalPipe() as signals:
        assert signals.take() == set()
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.take() == {signal.SIGTERM}
        assert signals.take() == set()


def a_bot_that_gets(number: signal.Signals, launcher: str, clock) -> tuple[int, Wish]:
    """Run a bot to which the signal comes during its first turn."""
    from dataclasses import replace

    running = Running(clock)
    parts = replace(
        running.process._parts, holder=replace(running.process._parts.holder, launcher=launcher)
    )
    running.bell.hub = False
    candles = running.exchange.closed_candles

    def candles_and_a_signal(*asked):
        os.kill(os.getpid(), number)
        return candles(*asked)

    running.exchange.closed_candles = candles_and_a_signal
    return run_bot(1, parts), running.bots.get(1).wish


def test_sigterm_ends_the_bot_and_leaves_the_wish_for_the_next_start(clock):
    assert a_bot_that_gets(signal.SIGTERM, "host", clock) == (0, Wish.RUN)


def test_quitting_its_screen_session_stops_the_bot_for_good(clock):
    assert a_bot_that_gets(signal.SIGHUP, "screen", clock) == (0, Wish.STOP_KEEP)


@pytest.mark.parametrize("launcher", ["terminal", "screen"])
def test_ctrl_c_stops_the_bot_for_good(launcher, clock):
    assert a_bot_that_gets(signal.SIGINT, launcher, clock) == (0, Wish.STOP_KEEP)


def test_a_closed_terminal_does_not_change_the_wish(clock):
    assert a_bot_that_gets(signal.SIGHUP, "by hand", clock) == (0, Wish.RUN)
